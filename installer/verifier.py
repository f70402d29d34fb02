"""Where the verifier for customers starts."""

import sys

from fieldapp.verifier import main

if __name__ == "__main__":
    sys.exit(main())
