"""`python -m jjbgen`, and the console script."""

import gc
import sys

from jjbgen.cli import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    # What a run makes stays until its end and holds no circles; Python would look for some time and again.
    gc.set_threshold(100_000, 20, 20)
    code = run()
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
