"""The program: `bookmark-bridge`, or `python -m bridge`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from bridge.cli.main import run  # noqa: PLC0415 - a broken installation should still say so in one line

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
