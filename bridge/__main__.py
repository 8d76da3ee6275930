"""The program: `bookmark-bridge`, or `python -m bridge`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from bridge.cli.main import run  # noqa: PLC0415 - Ctrl-C is heard while the program is loaded, too

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
