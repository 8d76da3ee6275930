"""What went wrong, as a person reads it and as a script does."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from typing import Any

import click

from bridge.cli import usage
from bridge.model.errors import BridgeError, Refused, Stopped, UsageError

_GRAVEST = (Stopped.exit_code, 5, 3, UsageError.exit_code, 4, 1, 75)
"""The exit codes of several accounts or jobs, the one that counts first."""


def explained(error: BaseException) -> BridgeError:
    """Return a failure as one that says what to do."""
    if isinstance(error, BridgeError):
        return error
    if isinstance(error, click.UsageError):
        explained: BridgeError = usage.explained(error)
    elif isinstance(error, (KeyboardInterrupt, click.Abort)):
        explained = Stopped(
            "Stopped at once.", "Run the same command again: if a bookmark was on its way, it is looked up first."
        )
    else:
        explained = BridgeError(
            f"A fault of the program: {type(error).__name__}.", "Run it again with -v, and report it."
        )
    explained.__cause__ = error
    return explained


def trace(error: BridgeError) -> list[str]:
    """Return the lines of the traceback."""
    return "".join(traceback.format_exception(error)).rstrip("\n").split("\n")


def as_json(error: BridgeError) -> dict[str, Any]:
    """Return the error as the command line's contract spells it."""
    described: dict[str, Any] = {"error": {"exit": error.exit_code, "message": error.message, "remedy": error.remedy}}
    if isinstance(error, Refused):
        described["refused"] = {"approve": error.approve, "items": list(error.items), "total": error.total}
    return described


def gravest(codes: Collection[int]) -> int:
    """Return the exit code of a command that came to all of these."""
    return next((code for code in _GRAVEST if code in codes), 0)
