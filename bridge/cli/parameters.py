"""Kinds of values on the command line, and how the shell completes them; and an option of several commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bridge.settings.values import Moment

F = TypeVar("F", bound=Callable[..., Any])


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from bridge.settings.values import parse_duration  # noqa: PLC0415 - completing a word needs no settings

        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class _Moment(click.ParamType["Moment"]):
    """A day, or a day and a time: without a zone they are local."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        from bridge.settings.values import Moment, parse_moment  # noqa: PLC0415 - as above

        try:
            return Moment(value if isinstance(value, datetime) else parse_moment(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class _Run(click.ParamType[int]):
    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not isinstance(value, str):
            return int(value)
        if not re.fullmatch(r"0*[1-9][0-9]{0,17}", value, re.ASCII):
            self.fail(
                f"a run is a number such as 12, and not {value!r}. `bookmark-bridge runs` lists them.", param, ctx
            )
        return int(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from bridge.cli import known  # noqa: PLC0415 - only a shell that completes asks for it

        return known.runs(ctx, param, incomplete)


class _Name(click.ParamType[str]):
    """A name of the config, and where `files` is true also a file."""

    name = "text"

    def __init__(self, what: str, *, files: bool = False) -> None:
        self._what = what
        self._files = files

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from bridge.cli import known  # noqa: PLC0415 - as above

        return known.names(ctx, param, incomplete, self._what, files=self._files)


DURATION = _Duration()
"""Seconds, written as in the config: "2s", "15m", "1h"."""

MOMENT = _Moment()
"""A time, written as a date ("2020-12-31", local midnight) or as a date and a time."""

FILE = click.Path(path_type=Path, dir_okay=False)
"""A file to read or to write."""

RUN = _Run()
"""The number of a run."""

ACCOUNT = _Name("accounts")
"""An account of the config, or the name of a service."""

PLACE = _Name("accounts", files=True)
"""An account, a service, or a file."""

JOB = _Name("jobs")
"""A job of any kind."""


def relics_option(what: str) -> Callable[[F], F]:
    """Return the option that names files to be read together with a SOURCE; `what` is its help."""
    return click.option("--with", "beside", type=click.Path(), multiple=True, metavar="FILE", help=what)


def place_or_job(kind: str) -> _Name:
    """Return the kind of value that names an account or a file, or a job of this kind."""
    return _Name(kind, files=True)
