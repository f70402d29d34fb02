"""What every room may stand on: clock, identities, errors, sentences, settings (standard library, Babel, platformdirs)."""
