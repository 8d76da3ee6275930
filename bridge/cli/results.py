"""How a command shows what came of it: the receipt as text or tables, the one object with --json, and the page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import click

from bridge.cli import faults
from bridge.cli.app import App
from bridge.cli.parameters import FILE, F
from bridge.model.errors import BridgeError, InputError, UsageError
from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report import operations, plain
from bridge.report.figures import figures, states_of_added
from bridge.running.job import Ended
from bridge.state.journal import Journal
from bridge.state.replaced import replace

_WIDTH = 100
"""Columns, where nobody says how wide the paper is."""


@attrs.frozen
class Shown:
    """A receipt and the operations of its run, as they are to be shown. `started` is in seconds since the epoch."""

    receipt: Receipt
    entered: Sequence[Entered] = ()
    started: float | None = None


def show_options(command: F) -> F:
    """Add the options by which a command that runs a job shows what came of it."""
    everything = click.option("--all", "everything", is_flag=True, help="Show every operation, and cut no list.")
    report = click.option("--report", type=FILE, metavar="FILE.html", help="Write the report as a page, too.")
    return everything(report(command))


def finish(app: App, ended: Ended, journal: Journal, *, everything: bool, report: Path | None) -> int:
    """Write the receipt or the plan, its page, and what cut the run short, and return the exit code."""
    if not app.as_json:
        app.say("")
    shown = gathered(ended, journal, whole=everything or report is not None)
    errors = [] if ended.error is None else [ended.error]
    result = told(app, shown, everything=everything)
    return deliver(app, *result, [shown], paged=everything, report=report, errors=errors, codes=[ended.exit_code])


def deliver(
    app: App,
    pieces: Iterable[str],
    as_json: Mapping[str, Any],
    shown: Sequence[Shown],
    *,
    paged: bool,
    report: Path | None,
    errors: Sequence[BridgeError] = (),
    codes: Collection[int] = (),
) -> int:
    """Write the page, the result, and what went wrong, in this order; return the exit code that speaks for all.

    A page that cannot be written takes nothing away from the result.
    """
    unwritten = None if report is None else _unwritten(report, shown)
    app.drawn(pieces, as_json, paged=paged)
    if report is not None and shown and unwritten is None:
        app.say(f"The page is in {report}.")
    wrong = [*errors, *([] if unwritten is None else [unwritten])]
    for error in wrong:
        app.complain(error)
    return faults.gravest({*codes, *(error.exit_code for error in wrong)})


def gathered(ended: Ended, journal: Journal, *, whole: bool) -> Shown:
    """Return what came of a run, if it is wanted `whole` with its operations: those of the plan, of a dry run."""
    receipt = ended.receipt
    if receipt.dry_run:
        return Shown(receipt, operations.planned(ended.plan))
    if receipt.run is None or not whole:
        return Shown(receipt)
    return Shown(receipt, journal.steps(receipt.run), journal.run(receipt.run).started)


def told(app: App, shown: Shown, *, everything: bool) -> tuple[Iterable[str], Mapping[str, Any]]:
    """Return a result piece by piece, made visible, and as JSON: a plan and a whole run as tables, else the receipt."""
    receipt = shown.receipt
    as_json = receipt.as_json()
    if everything:
        as_json["operations"] = operations_as_json(shown)
    if app.as_json:
        return (), as_json
    if not everything and not receipt.dry_run:
        return (plain.render(receipt),), as_json
    from bridge.report import tables  # noqa: PLC0415 - rich is slow to import, and only tables need it

    canvas = tables.Canvas(*_canvas(app))
    states = states_of_added(figures(shown.entered, receipt))
    deeds = operations.deeds(shown.entered, receipt)
    return tables.render(receipt, deeds, canvas, states=states, everything=everything), as_json


def drawn_operations(app: App, shown: Shown) -> Iterator[str]:
    """Yield all operations of a run that came to no receipt, as tables."""
    from bridge.report import tables  # noqa: PLC0415 - rich is slow to import, and only tables need it

    canvas = tables.Canvas(*_canvas(app))
    return tables.render_operations(shown.receipt, operations.deeds(shown.entered, shown.receipt), canvas)


def operations_as_json(shown: Shown) -> list[dict[str, Any]]:
    """Return the operations of a run as the command line's contract spells them."""
    told = zip(shown.entered, operations.deeds(shown.entered, shown.receipt), strict=True)
    return [operations.as_json(entered, deed) for entered, deed in told]


def check_page(path: Path | None) -> None:
    """Raise an error if a report cannot or must not be written there: nothing but an older report is replaced."""
    if path is None:
        return
    from bridge.report import page  # noqa: PLC0415 - jinja2 is slow to import, and only pages need it

    if path.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f"The report {path} is written as a page, so its name ends in .html.", "Rename it.")
    check_place(path)
    if path.exists() and not page.is_ours(_beginning(path)):
        raise InputError(f"{path} exists and is not a report of ours.", "Name a new file; this one was left alone.")


def check_place(path: Path) -> None:
    """Raise an error if no file of this name can be written."""
    try:
        place = path.resolve()
        taken = place.exists() and not place.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long a name, a loop of links, a null character
        raise InputError(f"{str(path)!r} cannot be the path of a file.", "Name another one.") from error
    if taken:  # nor can it be read to see whether it may be replaced: a pipe would be waited for
        raise InputError(f"{path} is not a regular file.", "Name a file to write to.")
    if not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
        raise InputError(
            f"{place} cannot be written: its folder is missing, or not yours to write to.", "Name another one."
        )


def _unwritten(path: Path, shown: Sequence[Shown]) -> InputError | None:
    """Write a page that only its owner reads, or return why not."""
    if not shown:
        return None
    from bridge.report import page  # noqa: PLC0415 - jinja2 is slow to import, and only pages need it

    text = page.render([page.Paper(item.receipt, item.entered, item.started) for item in shown])
    try:
        replace(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return InputError(
            f"The report cannot be written to {path}: {error.strerror}.",
            f"Free some space or name another file, then {_again(shown[0].receipt)} writes it.",
        )
    return None


def _again(receipt: Receipt) -> str:
    """Return what writes the page of a receipt once more."""
    known = receipt.run is not None
    return f"`bookmark-bridge show {receipt.run} --report FILE`" if known else "the same command"


def _beginning(path: Path) -> str:
    """Return how a file begins, "" for what cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1000)
    except OSError:
        return ""


def _canvas(app: App) -> tuple[int, bool]:
    """Return how wide the terminal is, and whether it has colours; a file is as wide as it always was."""
    if not sys.stdout.isatty():
        return _WIDTH, False
    return shutil.get_terminal_size((_WIDTH, 24)).columns, app.colours
