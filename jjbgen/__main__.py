"""`python -m jjbgen`, and the console script."""

import sys

from jjbgen.cli import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
