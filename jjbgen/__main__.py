"""`python -m jjbgen`, and the console script."""

import gc
import sys

from jjbgen.cli import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    # What a run makes stays until its end, and is a tree: looking for circles in it over and over finds none.
    gc.disable()
    sys.exit(run())


if __name__ == "__main__":
    main()
