"""The program: `bookmark-bridge`, or `python -m bridge`."""

from __future__ import annotations

import os
import sys

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from bridge.cli.main import run  # noqa: PLC0415 - Ctrl-C is heard while the program is loaded, too

        _open_streams()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _open_streams() -> None:
    """Have nobody listen where a stream was closed, as some timers and daemons do.

    Else the next file that is opened, such as the state, would take that stream's number.
    """
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end


if __name__ == "__main__":
    main()
