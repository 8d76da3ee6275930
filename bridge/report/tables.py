"""A plan, or a run with all its operations, as tables on a terminal or in a file: counts, samples of each kind, lists.

Whatever comes from outside is made visible and is never read as markup.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.model.receipt import Receipt
from bridge.report.grid import Cell, Grid
from bridge.report.lists import Group, Section, sections
from bridge.report.operations import ADD, CHANGE, KINDS, MERGE, REMOVE, Deed
from bridge.report.sentences import balance, heading, summary
from bridge.report.text import TO_DO, duration, shortened
from bridge.report.visible import visible

T = TypeVar("T")

SAMPLES = 5
"""How many operations of a kind, and rows of a list's group, stand for all of them."""

GROUPS = 10
"""How many groups of a list are shown."""

VALUE = 80
"""How many characters of a value are shown."""

_STYLES = {ADD: "green", MERGE: "yellow", CHANGE: "yellow", REMOVE: "red"}
_TO_DO = {ADD: "To add at", MERGE: "To merge at", CHANGE: "To change at", REMOVE: "To remove at"}
_DONE = {ADD: "Additions at", MERGE: "Merges at", CHANGE: "Other changes at", REMOVE: "Removals at"}
_SAID = {ADD: "With", MERGE: "What changes", CHANGE: "What changes", REMOVE: ""}
_UNSAID = frozenset({"done", "to be done"})
"""How an operation stands goes without saying, if it stands so."""

_FIELD = 10
_NARROWEST = 8
"""Columns of text that a field's name, and any value, take at least."""

_PIECE = 200
"""Rows that are handed over at once."""


@attrs.frozen
class Canvas:
    """What is drawn on: so many columns wide, with colours or without."""

    width: int = 100
    colours: bool = False


def render(
    receipt: Receipt, deeds: Sequence[Deed], canvas: Canvas, *, states: str = "", everything: bool = False
) -> Iterator[str]:
    """Yield the tables piece by piece, lines that end in a line break; `everything`: nothing is cut.

    `states` says how the bookmarks stand that are added. A reader has the first of tens of thousands of rows before the
    last are drawn.
    """
    return _Drawing(canvas, everything).pieces(receipt, deeds, states)


def render_operations(receipt: Receipt, deeds: Sequence[Deed], canvas: Canvas) -> Iterator[str]:
    """Yield all operations of a run that came to no receipt; `receipt` has nothing but the names of its accounts."""
    return _Drawing(canvas, everything=True).operations(receipt, deeds)


class _Drawing:
    """Draws on a page of its own, which each piece takes away with it."""

    def __init__(self, canvas: Canvas, everything: bool) -> None:
        self._written = io.StringIO()
        self._everything = everything
        self._cut = False
        self._canvas = canvas
        self._console = Console(
            file=self._written,
            width=canvas.width,
            force_terminal=canvas.colours,
            color_system="standard" if canvas.colours else None,
            no_color=not canvas.colours,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def pieces(self, receipt: Receipt, deeds: Sequence[Deed], states: str) -> Iterator[str]:
        self._say(heading(receipt), "bold")
        self._say("")
        self._say(balance(receipt))
        self._say("")
        self._counts(receipt)
        self._say("")
        for sentence in summary(receipt, counts=False):
            self._say(sentence)
        if states:
            self._say(f"{'What is to be added' if receipt.dry_run else 'What was added'}: {states}.")
        yield from self.operations(receipt, deeds)
        for section in sections(receipt):
            yield from self._section(section)
        if self._cut:
            where = "--all" if receipt.run is None else f"`bookmark-bridge show {receipt.run} --all`"
            self._say("")
            self._say(f"Shown in part; {where} shows everything.")
        yield self._taken()

    def operations(self, receipt: Receipt, deeds: Sequence[Deed]) -> Iterator[str]:
        for account in dict.fromkeys((receipt.target, receipt.source)):
            for kind in KINDS:
                of_kind = [deed for deed in deeds if (deed.account, deed.kind) == (account, kind)]
                if of_kind:
                    what = (_TO_DO if receipt.dry_run else _DONE)[kind]
                    self._head(f"{what} {account}: {len(of_kind):,}", _STYLES[kind])
                    yield from self._operations(of_kind, _SAID[kind])

    def _taken(self) -> str:
        """Return what was drawn since the last piece."""
        drawn = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        return drawn

    def _counts(self, receipt: Receipt) -> None:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(overflow="fold")
        table.add_column(justify="right")
        for what, number in _counted(receipt):
            table.add_row(Text(visible(what)), number)
        self._console.print(table)

    def _operations(self, deeds: Sequence[Deed], title: str) -> Iterator[str]:
        shown = self._first(deeds, SAMPLES)
        yield from self._table(("Bookmark", title), ([self._bookmark(deed), self._what(deed)] for deed in shown))
        self._rest(len(deeds) - len(shown))

    def _section(self, section: Section) -> Iterator[str]:
        self._head(f"{section.title}: {section.total:,} ({section.meaning})", "")
        groups = self._first(section.groups, GROUPS)
        for group in groups:
            yield from self._group(section, group)
        self._rest(section.total - sum(len(group.rows) for group in groups))

    def _group(self, section: Section, group: Group) -> Iterator[str]:
        self._say("")
        self._say(f"{self._value(group.name)} ({len(group.rows):,})", "bold")
        rows = self._first(group.rows, SAMPLES)
        cells = ((row.url or "(no url)", *row.cells) for row in rows)
        if section.columns:
            values = ([[(visible(self._value(cell)), "")] for cell in of] for of in cells)
            yield from self._table(("Bookmark", *section.columns), values)
        else:
            for url, *_ in cells:
                self._say(f"  {self._value(url)}")
        self._rest(len(group.rows) - len(rows))

    def _table(self, titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
        grid = Grid(_widths(self._canvas.width, titles), self._canvas.colours)
        self._written.writelines(f"{line}\n" for line in grid.head(titles))
        for number, row in enumerate(rows, 1):
            self._written.writelines(f"{line}\n" for line in grid.row(row))
            if number % _PIECE == 0:
                yield self._taken()
        yield self._taken()

    def _bookmark(self, deed: Deed) -> Cell:
        url = visible(self._value(deed.url))
        if not deed.title or deed.title == deed.url:
            return [(url, "")]
        return [(visible(self._value(deed.title)), ""), (url, "dim")]

    def _what(self, deed: Deed) -> Cell:
        state = "" if deed.state in _UNSAID else deed.state
        told = [*deed.lines, *(part for part in (state, deed.note) if part)]
        return [(visible(self._value(line)), "") for line in told]

    def _first(self, items: Sequence[T], most: int) -> Sequence[T]:
        return items if self._everything else items[:most]

    def _rest(self, number: int) -> None:
        if number:
            self._cut = True
            self._say(f"and {number:,} more", "dim")

    def _value(self, value: str) -> str:
        shown = value if self._everything else shortened(value, VALUE)
        self._cut |= shown != value
        return shown

    def _head(self, title: str, style: str) -> None:
        self._say("")
        self._say(title, f"bold {style}".strip())

    def _say(self, sentence: str, style: str = "") -> None:
        self._console.print(Text(visible(sentence), style=style), soft_wrap=True)


def _counted(receipt: Receipt) -> Iterator[tuple[str, str]]:
    """Yield what there is to count, and how much of it there is."""
    for account, written in receipt.writes.items():
        for verb, number in attrs.asdict(written).items():
            if number:
                yield f"{TO_DO[verb] if receipt.dry_run else verb} at {account}", f"{number:,}"
    counts = {
        "unchanged": receipt.unchanged,
        "skipped": len(receipt.skipped),
        "outside of the selection": receipt.filtered,
        "that would fail" if receipt.dry_run else "failed": len(receipt.failed),
        "in open conflict": receipt.open,
        "losses": len(receipt.losses),
    }
    yield from ((what, f"{number:,}") for what, number in counts.items() if number)
    if receipt.estimate is not None:
        yield "calls", f"{receipt.estimate.calls:,}"
        seconds = receipt.estimate.seconds
        yield "time", f"about {duration(seconds)}" if seconds >= 1 else "less than 1 s"


def _widths(width: int, titles: Sequence[str]) -> list[int]:
    """Return how wide the columns are, with two blanks between them: alike, but for the names of fields."""
    fixed = {number: _FIELD for number, title in enumerate(titles) if title == "Field"}
    free = max(width - 2 * (len(titles) - 1) - sum(fixed.values()), _NARROWEST * len(titles))
    share = free // (len(titles) - len(fixed))
    return [fixed.get(number, share) for number in range(len(titles))]
