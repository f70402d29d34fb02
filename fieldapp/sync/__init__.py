"""The field's end of a sync: the round, and the ways to the centre."""
