"""The lists of a receipt: what failed, what was skipped, what was lost, each with what its rows have in common."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from bridge.model.receipt import Conflict, Loss, Receipt

_UNSAID = "the reason was not kept"
"""Stands for the reason of a loss in a receipt that is older than reasons."""


@attrs.frozen
class Row:
    """A bookmark (its url, "" if it has none), what there is to say about it alone, and the same cell by cell."""

    url: str
    detail: str = ""
    cells: tuple[str, ...] = ()


@attrs.frozen
class Group:
    """Rows that have a field or a reason in common."""

    name: str
    rows: tuple[Row, ...]


@attrs.frozen
class Section:
    """A list of the receipt under its title, with what it means, and what its groups and its cells are."""

    title: str
    meaning: str
    grouped_by: str
    groups: tuple[Group, ...]
    columns: tuple[str, ...] = ()

    @property
    def rows(self) -> list[tuple[Row, str]]:
        """All rows, each with the name of its group."""
        return [(row, group.name) for group in self.groups for row in group.rows]

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the columns of a table of this."""
        return ("Bookmark", self.grouped_by, *self.columns)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(len(group.rows) for group in self.groups)


def sections(receipt: Receipt) -> list[Section]:
    """Return the lists of the receipt that have rows, the ones to act on first."""
    wrong = receipt.verified.wrong if receipt.verified is not None else ()
    would = receipt.dry_run
    made = [
        Section(
            "Would fail" if would else "Failed",
            "they cannot be written" if would else "they could not be written",
            "Reason",
            _grouped((item.reason, Row(item.url)) for item in receipt.failed),
        ),
        Section(
            "Wrong on reading back",
            "the service shows another value than was sent",
            "Field",
            _grouped((item.field, Row(item.url)) for item in wrong),
        ),
        Section(
            "Conflicts",
            "both sides changed the same field",
            "Field",
            _grouped((item.field, _contested(item, receipt)) for item in receipt.conflicts),
            (f"At {receipt.source}", f"At {receipt.target}", "What stands"),
        ),
        Section(
            "Skipped",
            "left out, each for its reason",
            "Reason",
            _grouped((item.reason, Row(item.url)) for item in receipt.skipped),
        ),
        Section(
            "Losses",
            "values that cannot be carried over" if would else "values that could not be carried over",
            "Reason",
            _grouped((item.reason or _UNSAID, _lost(item)) for item in receipt.losses),
            ("Field", "Wanted", "Kept"),
        ),
    ]
    return [section for section in made if section.groups]


def _contested(conflict: Conflict, receipt: Receipt) -> Row:
    values = (conflict.source, conflict.target)
    winner = conflict.winner
    stands = "open, neither side was changed" if winner is None else f"the {winner} side's value stands"
    both = (f'"{value}" at {name}' for value, name in zip(values, (receipt.source, receipt.target), strict=True))
    detail = stands if None in values else f"{', '.join(both)}: {stands}"
    shown = ("not known" if value is None else value or "(empty)" for value in values)
    return Row(conflict.url, detail, (*shown, stands))


def _lost(loss: Loss) -> Row:
    kept = f'"{loss.wanted}" is kept as "{loss.kept}"' if loss.kept else f'"{loss.wanted}" stays behind'
    return Row(loss.url, f"{loss.field} {kept}", (loss.field, loss.wanted, loss.kept or "(nothing)"))


def _grouped(rows: Iterable[tuple[str, Row]]) -> tuple[Group, ...]:
    """Return the rows by what they have in common: the largest group first, else in the order in which they came."""
    groups: dict[str, list[Row]] = {}
    for name, row in rows:
        groups.setdefault(name, []).append(row)
    made = (Group(name, tuple(members)) for name, members in groups.items())
    return tuple(sorted(made, key=lambda group: -len(group.rows)))
