"""What a shell can complete: the names of the config, and the runs of the state.

It is asked at each press of a key, so it imports no adapter, fetches no secret and checks nothing. What cannot be read
completes nothing, and nothing is said about it: the command itself will.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

from bridge.cli.app import state_folder
from bridge.report.visible import visible
from bridge.settings.config import default_path
from bridge.state import glance

MOST = 50
"""How many runs are offered, the latest first."""


def names(
    ctx: click.Context, param: click.Parameter, incomplete: str, what: str, *, files: bool
) -> list[CompletionItem]:
    """Return the accounts, the jobs, or with the name of a kind both accounts and jobs of that kind.

    With `files` the shell adds files. Names that are on the command line already are left out where several are taken.
    """
    taken = ctx.params.get(str(param.name)) or () if param.nargs == -1 else ()
    items = {name: help_ for name, help_ in _found(_tables(ctx), what) if name not in taken and name.isprintable()}
    completed = [CompletionItem(name, help=help_) for name, help_ in items.items() if name.startswith(incomplete)]
    return [*completed, CompletionItem(incomplete, type="file")] if files else completed


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the numbers of the latest runs, each with what it was."""
    folder = state_folder(ctx.find_root().params.get("state_dir"))
    taken = ctx.params.get(str(param.name)) or () if param.nargs == -1 else ()
    return [
        CompletionItem(str(number), help=visible(f"{kind} {source} -> {target}"))
        for number, kind, source, target in glance.runs(folder, MOST)
        if str(number).startswith(incomplete) and number not in taken
    ]


def _found(tables: dict[str, Any], what: str) -> Iterator[tuple[str, str]]:
    """Yield names, and what each is."""
    accounts, jobs = _section(tables, "accounts"), _section(tables, "jobs")
    if what not in ("accounts", "jobs"):
        yield from ((name, f"{what} job") for name, table in jobs if table.get("kind") == what)
    if what != "jobs":
        yield from ((name, _word(table, "service")) for name, table in accounts)
    else:
        yield from ((name, _word(table, "kind")) for name, table in jobs)


def _section(tables: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    section = tables.get(name)
    if not isinstance(section, dict):
        return []
    return [(name, table) for name, table in section.items() if isinstance(table, dict)]


def _word(table: dict[str, Any], key: str) -> str:
    return visible(str(table.get(key, "")))


def _tables(ctx: click.Context) -> dict[str, Any]:
    path = ctx.find_root().params.get("config") or default_path()
    try:
        # A pipe would have the shell wait for whoever writes to it.
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return {}
