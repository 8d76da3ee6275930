"""How a command shows what came of it: the receipt as text or tables, the one object with --json, and the page."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from bridge.cli import faults
from bridge.cli.app import App
from bridge.model.errors import BridgeError, InputError, UsageError
from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report import operations, plain
from bridge.running.job import Ended
from bridge.state.journal import Journal

F = TypeVar("F", bound=Callable[..., Any])

_WIDTH = 100
"""Columns, where nobody says how wide the paper is."""

_LONGEST_NAME = 255
"""Bytes of a file's name, on all the systems that we know."""

_FILE = click.Path(path_type=Path, dir_okay=False)


@attrs.frozen
class Shown:
    """A receipt and the operations of its run, as they are to be shown. `started` is in seconds since the epoch."""

    receipt: Receipt
    entered: Sequence[Entered] = ()
    started: float | None = None


def show_options(command: F) -> F:
    """Add the options by which a command that runs a job shows what came of it."""
    everything = click.option("--all", "everything", is_flag=True, help="Show every operation, and cut no list.")
    report = click.option("--report", type=_FILE, metavar="FILE.html", help="Write the report as a page, too.")
    return everything(report(command))


def finish(app: App, ended: Ended, journal: Journal, *, everything: bool = False, report: Path | None = None) -> int:
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
    return tables.render(receipt, operations.deeds(shown.entered, receipt), canvas, everything=everything), as_json


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
    check_folder(_followed(path))
    if path.exists() and not page.is_ours(_beginning(path)):
        raise InputError(f"{path} exists and is not a report of ours.", "Name a new file; this one was left alone.")


def _followed(path: Path) -> Path:
    """Return where a link leads to. Raises an error if that is to itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path} is a link that leads to no file.", "Name another one.") from error


def check_folder(path: Path) -> None:
    """Raise an error if no file of this name can be written."""
    folder = path.absolute().parent
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise InputError("The name of the file to write is too long.", "Name another one.")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(
            f"{path} cannot be written: its folder is missing, or not yours to write to.", "Name another one."
        )


def _unwritten(path: Path, shown: Sequence[Shown]) -> InputError | None:
    """Write a page that only its owner reads, or return why not: at every moment the old or the new one is whole."""
    if not shown:
        return None
    from bridge.report import page  # noqa: PLC0415 - jinja2 is slow to import, and only pages need it

    text = page.render([page.Paper(item.receipt, item.entered, item.started) for item in shown])
    place = path.resolve()  # a link stays one
    try:
        _replace(place, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return InputError(
            f"The report cannot be written to {path}: {error.strerror}.",
            "Free some space or name another file, then `bookmark-bridge show RUN --report FILE` writes it.",
        )
    return None


def _replace(place: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".bookmark-bridge-", suffix=".tmp", dir=place.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _beginning(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(1000)


def _canvas(app: App) -> tuple[int, bool]:
    """Return how wide the terminal is, and whether it has colours; a file is as wide as it always was."""
    if not sys.stdout.isatty():
        return _WIDTH, False
    environ = app.around.environ
    colours = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return shutil.get_terminal_size((_WIDTH, 24)).columns, colours
