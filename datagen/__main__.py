"""`python -m datagen`."""

import sys

from datagen.cli import run

if __name__ == "__main__":
    sys.exit(run())
