"""runs, show and forget."""

from __future__ import annotations

import io
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click

from bridge.cli.app import App
from bridge.cli.parameters import PLACE, RUN, relics_option
from bridge.cli.results import (
    Shown,
    check_page,
    deliver,
    drawn_operations,
    operations_as_json,
    show_options,
    told,
)
from bridge.cli.workplace import Workplace, workplace
from bridge.model.errors import BridgeError, ConfigurationError, InputError, Stopped
from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report import text
from bridge.report.visible import visible
from bridge.state.journal import Journal, RunRecord, as_it_is
from bridge.state.lock import locked
from bridge.state.store import Pair, Store

_WIDTH = 120
"""Columns of the list of runs where it is not read on a terminal."""

_COUNTS = ("added", "merged", "removed", "failed")
"""What `runs` counts of each."""


@click.command()
@click.pass_obj
def runs(app: App) -> int:
    """List the runs, the latest first.

    \b
    bookmark-bridge runs
    bookmark-bridge --json runs
    """
    store = Store(app.folder)
    records = [as_it_is(record) for record in Journal(store).runs()]
    store.close()
    app.result(_table(records), {"runs": [_as_json(record) for record in records]})
    return 0


@click.command()
@click.argument("run", type=RUN)
@show_options
@click.pass_obj
def show(app: App, *, run: int, everything: bool, report: Path | None) -> int:
    """Show the receipt of a RUN.

    With --all on a terminal it goes through your pager.

    \b
    bookmark-bridge show 12 --all
    bookmark-bridge show 12 --report report.html
    """
    check_page(report)
    store = Store(app.folder)
    journal = Journal(store)
    record, entered = as_it_is(journal.run(run)), journal.steps(run)
    store.close()
    if record.receipt is None:
        if report is not None:
            raise ConfigurationError(f"Run {run} came to no receipt, so there is no page.", "Run its command again.")
        shown = Shown(Receipt(record.kind, record.source, record.target, run=run), entered)
        listed = {"operations": operations_as_json(shown)} if everything else {}
        drawn = drawn_operations(app, shown) if everything else ()
        unfinished = (f"{visible(line)}\n" for line in _unfinished(record, entered))
        app.drawn(chain(unfinished, drawn), {**_as_json(record), "receipt": None, **listed}, paged=everything)
        return 0
    shown = Shown(record.receipt, entered, record.started)
    return deliver(app, *told(app, shown, everything=everything), [shown], paged=everything, report=report)


@click.command()
@click.argument("left", type=PLACE)
@click.argument("right", type=PLACE)
@relics_option("The relics that LEFT was read together with.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def forget(app: App, *, left: str, right: str, beside: tuple[str, ...], yes: bool) -> int:
    """Drop the links between LEFT and RIGHT: the next run meets both as if for the first time.

    No bookmark is touched, but runs between the two can then no longer be undone.

    \b
    bookmark-bridge forget pocket.zip pinboard
    bookmark-bridge forget pinboard backup.jsonl --yes
    """
    with workplace(app) as place:
        identities = [_identity(place, left, beside), _identity(place, right)]
        question = (
            f"Forget all that is known of the bookmarks that {left} and {right} have in common? Runs between them can "
            "then no longer be undone."
        )
        if not yes and app.interactive and not place.ask(question, default=False):
            raise Stopped("Nothing was forgotten, as you wished.")
        with locked(place.world.store.folder, identities, "forget"):
            numbers = [place.world.store.account(identity) for identity in identities]
            dropped = place.world.store.forget(Pair(*numbers))
    said = f"Forgot {text.count(dropped, 'link')} between {left} and {right}."
    if not dropped:
        said = (
            f"Nothing was known of {left} and {right} together. Name them as the run did, with the same --with files."
        )
    app.result(said, {"forgotten": dropped})
    return 0


def _identity(place: Workplace, name: str, beside: tuple[str, ...] = ()) -> str:
    """Return the identity of an account. A file that we wrote may be gone: its pair is what is to be forgotten."""
    try:
        return place.open(place.account(name, beside=beside)).identity
    except InputError as missing:
        try:
            return place.open(place.account(name, target=True)).identity
        except BridgeError:
            raise missing from None


def _as_json(record: RunRecord) -> dict[str, Any]:
    return {
        "run": record.id,
        "kind": record.kind,
        "source": record.source,
        "target": record.target,
        "started": _moment(record.started),
        "ended": None if record.ended is None else _moment(record.ended),
        "state": record.state,
        "exit": record.exit,
        **_counts(record.receipt),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _table(records: list[RunRecord]) -> str:
    if not records:
        return "No run yet."
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import, and only this table needs it
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False)
    for heading in ("run", "started", "what", "state", *_COUNTS, "exit"):
        right = heading in {"run", *_COUNTS, "exit"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "what", overflow="fold")
    for record in records:
        counts = ["" if number is None else f"{number:,}" for number in _counts(record.receipt).values()]
        started = datetime.fromtimestamp(record.started, UTC).astimezone()
        table.add_row(
            str(record.id),
            f"{started:%Y-%m-%d %H:%M}",
            visible(f"{_what(record)} {record.source} -> {record.target}{_aside(record.receipt)}"),
            record.state,
            *counts,
            "" if record.exit is None else str(record.exit),
        )
    written = io.StringIO()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDTH
    Console(width=width, no_color=True, file=written).print(table, markup=False, highlight=False)
    return written.getvalue()


def _counts(receipt: Receipt | None) -> dict[str, int | None]:
    """Return what `runs` counts of each, None where there is no receipt."""
    if receipt is None:
        return dict.fromkeys(_COUNTS)
    return dict(zip(_COUNTS, (receipt.added, receipt.merged, receipt.removed, len(receipt.failed)), strict=True))


def _aside(receipt: Receipt | None) -> str:
    """Return what a run has changed where its stars were: no bookmark's fate, but the run is to be found by it, too."""
    if receipt is None or receipt.kind != "forward":
        return ""
    changed = receipt.writes[receipt.source].merged if receipt.source in receipt.writes else 0
    return f", {changed:,} changed at {receipt.source}" if changed else ""


def _what(record: RunRecord) -> str:
    undone = record.receipt.undoes if record.receipt is not None else ()
    return " ".join([record.kind, *(f"{number}:" if number == undone[-1] else str(number) for number in undone)])


def _unfinished(record: RunRecord, steps: list[Entered]) -> tuple[str, str]:
    states = Counter(step.state for step in steps)
    counted = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items())) or "nothing written"
    return (
        f"Run {record.id} ({record.kind} {record.source} -> {record.target}) has no receipt: it is {record.state}, "
        f"{counted}.",
        "Run the same command again: it goes on from here.",
    )
