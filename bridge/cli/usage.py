"""What is wrong with a command line, and how it is typed instead."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.exceptions import NoArgsIsHelpError

from bridge.model.errors import UsageError
from bridge.report.text import guess


def no_such_command(given: str, known: Iterable[str]) -> UsageError:
    """Return the fault of a command that there is none of, with what may have been meant."""
    remedy = guess(given, known) or "`bookmark-bridge --help` lists them."
    return UsageError(f"There is no command {given!r}.", remedy)


def explained(error: click.UsageError) -> UsageError:
    """Return a fault that click found, with the remedy."""
    if isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.parent is not None:
        belongs = _of_all_commands(error.ctx.find_root(), error.option_name)
        if belongs is not None:
            return _misplaced(error.option_name, belongs, error.ctx)
    if error.ctx is not None and (isinstance(error, NoArgsIsHelpError) or error.message == "Missing command."):
        return _no_command(error.ctx)
    where = f"See `{error.ctx.command_path} --help`." if error.ctx is not None else ""
    return UsageError(error.format_message(), where)


def _no_command(ctx: click.Context) -> UsageError:
    return UsageError(
        f"A command is missing after `{ctx.command_path}`.", f"`{ctx.command_path} --help` lists what there is."
    )


def _of_all_commands(root: click.Context, option: str) -> click.Option | None:
    options = (param for param in root.command.params if isinstance(param, click.Option))
    return next((param for param in options if option in param.opts), None)


def _misplaced(option: str, belongs: click.Option, ctx: click.Context) -> UsageError:
    program, _, command = ctx.command_path.partition(" ")
    value = f" {belongs.metavar}" if belongs.metavar else ""
    return UsageError(
        f"{option} is an option of all commands, and stands before the command.",
        f"Type: {program} {option}{value} {command}",
    )
