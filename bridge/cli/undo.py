"""undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from bridge.cli import faults
from bridge.cli.app import App
from bridge.cli.parameters import RUN
from bridge.cli.results import Shown, check_page, deliver, finish, gathered, show_options, told
from bridge.cli.workplace import workplace
from bridge.jobs import undo as job
from bridge.model.errors import BridgeError, Stopped
from bridge.running.job import Job
from bridge.running.run import run
from bridge.running.world import Party, World


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=RUN)
@click.option("--dry-run", is_flag=True, help="Make the plan and show it; write nothing.")
@show_options
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def undo(app: App, /, *, runs: tuple[int, ...], dry_run: bool, everything: bool, report: Path | None, yes: bool) -> int:
    """Take back what each RUN has written.

    What was added is removed, what was changed becomes what it was, what was removed is added again. An entry that has
    changed since is left, and listed with the reason.

    \b
    bookmark-bridge undo 12 --dry-run
    bookmark-bridge undo 12 13
    """
    check_page(report)
    with workplace(app, yes=yes) as place:

        def open_party(name: str) -> Party:
            return place.party(name, target=True)

        world = place.world
        todo = [job.job(batch, open_party, world, dry_run=dry_run) for batch in job.batches(runs, world.journal)]
        if len(todo) == 1:
            return finish(app, run(todo[0], world), world.journal, everything=everything, report=report)
        return _in_turn(app, todo, world, everything=everything, report=report)


def _in_turn(app: App, todo: list[Job], world: World, *, everything: bool, report: Path | None) -> int:
    """Take back one after the other, write the receipts together, and return the exit code that speaks for all."""
    shown: list[Shown] = []
    texts: list[Iterable[str]] = []
    results: list[Mapping[str, Any]] = []
    errors: list[BridgeError] = []
    codes: list[int] = []
    for item in todo:
        try:
            ended = run(item, world)
        except BridgeError as error:
            errors.append(error)
            results.append(faults.as_json(error))
            codes.append(error.exit_code)
        else:
            errors += [ended.error] if ended.error is not None else []
            shown.append(gathered(ended, world.journal, whole=everything or report is not None))
            as_text, as_json = told(app, shown[-1], everything=everything)
            texts.append(as_text)
            results.append(as_json)
            codes.append(ended.exit_code)
        if errors and isinstance(errors[-1], Stopped):
            break
    between = (piece for number, text in enumerate(texts) for piece in (*(["\n"] if number else []), *text))
    return deliver(
        app, between, {"undone": results}, shown, paged=everything, report=report, errors=errors, codes=codes
    )
