"""The command line: everything, or one vendor alone."""

import importlib
import sys

#: Named, not imported: one vendor alone must not pay for the other, nor the launcher for both.
_VENDORS = {"pipedrive": "sandbox.run_pipedrive", "xero": "sandbox.run_xero"}


def main(argv: list[str]) -> int:
    """This will run what the arguments ask for and return the exit code."""
    if argv and argv[0] in _VENDORS:
        code: int = importlib.import_module(_VENDORS[argv[0]]).run(argv[1:])
    else:
        code = importlib.import_module("sandbox.launcher").run(argv)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
