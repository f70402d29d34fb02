"""`python -m fieldapp.central`: the same as the command `fieldapp-central`."""

from fieldapp.central.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
