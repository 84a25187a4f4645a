"""`python -m jjbgen`, and the console script."""

import gc
import sys

from jjbgen.cli import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    # What a run makes stays until its end and holds no circles; Python would look for some over and over.
    gc.set_threshold(100_000, 20, 20)
    sys.exit(run())


if __name__ == "__main__":
    main()
