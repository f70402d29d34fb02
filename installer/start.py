"""Where the bundle starts: the same command line as the installed program."""

import sys

from fieldapp.cli import main

if __name__ == "__main__":
    sys.exit(main())
