"""runs, show and forget."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bridge.cli.app import App
from bridge.cli.move import check_page, write_page
from bridge.cli.workplace import Workplace, workplace
from bridge.model.bookmark import describe
from bridge.model.errors import BridgeError, ConfigurationError, InputError, Stopped
from bridge.model.link import Side
from bridge.model.operation import Operation, Update
from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report import text
from bridge.state.journal import Journal, RunRecord
from bridge.state.lock import locked
from bridge.state.store import Pair, Store

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
    records = Journal(store).runs()
    store.close()
    app.result(_table(records), {"runs": [_as_json(record) for record in records]})
    return 0


@click.command()
@click.argument("run", type=click.IntRange(1, 2**63 - 1))
@click.option("--all", "everything", is_flag=True, help="Cut no list, and list every operation.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html", help="Write a page.")
@click.pass_obj
def show(app: App, *, run: int, everything: bool, report: Path | None) -> int:
    """Show the receipt of a RUN.

    \b
    bookmark-bridge show 12 --all
    bookmark-bridge show 12 --report receipt.html
    """
    check_page(report)
    store = Store(app.folder)
    journal = Journal(store)
    record, steps = journal.run(run), journal.steps(run)
    store.close()
    operations = "".join(f"{_operation(step)}\n" for step in steps) if everything else ""
    listed = {"operations": [_operation_as_json(step) for step in steps]} if everything else {}
    if record.receipt is None:
        if report is not None:
            raise ConfigurationError(f"Run {run} came to no receipt, so there is no page.", "Run its command again.")
        app.result(_unfinished(record, steps) + operations, {**_as_json(record), "receipt": None, **listed})
        return 0
    app.result(text.render(record.receipt, all=everything) + operations, {**record.receipt.as_json(), **listed})
    if report is not None:
        write_page(report, record.receipt)
    return 0


@click.command()
@click.argument("left")
@click.argument("right")
@click.option("--with", "beside", multiple=True, metavar="FILE", help="The relics that LEFT was read together with.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_obj
def forget(app: App, *, left: str, right: str, beside: tuple[str, ...], yes: bool) -> int:
    """Drop the links between LEFT and RIGHT: the next run meets both as if for the first time.

    No bookmark is touched.

    \b
    bookmark-bridge forget pocket.zip pinboard
    bookmark-bridge forget pinboard backup.jsonl --yes
    """
    with workplace(app) as place:
        identities = [_identity(place, left, beside), _identity(place, right)]
        question = f"Forget which bookmarks of {left} and {right} are the same?"
        if not yes and app.interactive and not place.ask(question, default=False):
            raise Stopped("Nothing was forgotten, as you wished.")
        with locked(place.world.store.folder, identities, "forget"):
            numbers = [place.world.store.account(identity) for identity in identities]
            dropped = place.world.store.forget(Pair(*numbers))
    app.result(f"Forgot {text.count(dropped, 'link')} between {left} and {right}.", {"forgotten": dropped})
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
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _table(records: list[RunRecord]) -> str:
    if not records:
        return "No run yet."
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "started", "what", "state", *_COUNTS, "exit"):
        table.add_column(heading, justify="right" if heading in {"run", *_COUNTS, "exit"} else "left")
    for record in records:
        receipt = record.receipt
        counts = _counts(receipt) if receipt is not None else [""] * len(_COUNTS)
        started = datetime.fromtimestamp(record.started, UTC).astimezone()
        table.add_row(
            str(record.id),
            f"{started:%Y-%m-%d %H:%M}",
            text.visible(f"{_what(record)} {record.source} -> {record.target}"),
            record.state,
            *counts,
            "" if record.exit is None else str(record.exit),
        )
    written = io.StringIO()
    Console(width=120, no_color=True, file=written).print(table, markup=False, highlight=False)
    return written.getvalue()


def _counts(receipt: Receipt) -> list[str]:
    return [f"{number:,}" for number in (receipt.added, receipt.merged, receipt.removed, len(receipt.failed))]


def _what(record: RunRecord) -> str:
    undone = record.receipt.undoes if record.receipt is not None else ()
    return " ".join([record.kind, *(f"{number}:" if number == undone[-1] else str(number) for number in undone)])


def _unfinished(record: RunRecord, steps: list[Entered]) -> str:
    states = Counter(step.state for step in steps)
    counted = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items())) or "nothing written"
    return (
        f"Run {record.id} ({record.kind} {record.source} -> {record.target}) has no receipt: it is {record.state}, "
        f"{counted}.\n"
        "Run the same command again: it goes on from here.\n"
    )


def _operation(entered: Entered) -> str:
    kind = type(entered.step.operation).__name__
    parts = [entered.step.url, *_changes(entered.step.operation), *filter(None, [entered.outcome])]
    return text.visible(f"{entered.seq + 1:>6} {kind:<6} {entered.state:<7} {': '.join(parts)}")


def _operation_as_json(entered: Entered) -> dict[str, Any]:
    return {
        "operation": type(entered.step.operation).__name__.lower(),
        "side": "source" if entered.step.side is Side.LEFT else "target",
        "state": entered.state,
        "url": entered.step.url,
        "changes": _changes(entered.step.operation),
        "outcome": entered.outcome,
    }


def _changes(operation: Operation) -> list[str]:
    """Say what an operation makes of each field: of a new or a former entry nothing is said but that it is."""
    if not isinstance(operation, Update):
        return []
    before, delta = operation.entry.bookmark, operation.delta
    values = [
        f'{field.value} "{describe(before.get(field))}" becomes "{describe(value)}"'
        for field, value in delta.values.items()
    ]
    tags = [*(f"+{tag}" for tag in delta.add_tags), *(f"-{tag}" for tag in delta.remove_tags)]
    return [*values, f"tags {', '.join(tags)}"] if tags else values
