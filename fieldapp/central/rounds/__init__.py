"""The centre's half of a sync round: merging changes, verdicts, scopes, news, number blocks."""
