"""`python -m jjbgen`, and the console script."""

import gc
import os
import sys

from jjbgen.cli import run


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    # What a run makes stays until its end and holds no circles; Python would look for some time and again.
    gc.set_threshold(1_000_000, 20, 20)
    # Of pydantic: it would look through all that is installed for some, in every run.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    code = run()
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
