"""A receipt as plain text: its sentences, and its lists cut to the first of each group."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from bridge.model.receipt import Receipt
from bridge.report.lists import Section, sections
from bridge.report.sentences import balance, heading, summary
from bridge.report.text import shortened
from bridge.report.visible import visible

FIRST = 10
"""How many rows of a group, and groups of a section, are shown."""


def render(receipt: Receipt) -> str:
    """Return the receipt as plain text that ends in a line break, and in where more is shown and how it is taken back.

    What is cut says by how much. Of a dry run there is nowhere else to look: `tables` shows its plan.
    """
    listed = sections(receipt)
    lines = [heading(receipt), "", balance(receipt), *summary(receipt)]
    for section in listed:
        lines += ["", f"{section.title}: {section.total:,} ({section.meaning})"]
        lines += [f"  {line}" for line in _set(section)]
    wrote = receipt.run is not None and any(any(attrs.astuple(written)) for written in receipt.writes.values())
    if wrote or any(_is_cut(section) for section in listed):
        where = "--json" if receipt.run is None else f"bookmark-bridge show {receipt.run} --all"
        lines += ["", f"Shown in full by: {where}"]
    if wrote:
        lines.append(f"Taken back by: bookmark-bridge undo {receipt.run}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _is_cut(section: Section) -> bool:
    rows = [row for group in section.groups for row in group.rows]
    long = any(len(group.rows) > FIRST for group in section.groups) or len(section.groups) > FIRST
    return long or any(shortened(row.detail) != row.detail for row in rows)


def _set(section: Section) -> Iterator[str]:
    """Yield the lines of a section; a group of one row is one line."""
    groups = section.groups[:FIRST]
    for group in groups:
        if len(group.rows) == 1:
            row = group.rows[0]
            yield ": ".join(shortened(part) for part in (row.url, group.name, row.detail) if part)
            continue
        yield f"{group.name} ({len(group.rows):,})"
        rows = group.rows[:FIRST]
        for row in rows:
            yield "  " + ": ".join(shortened(part) for part in (row.url, row.detail) if part)
        if len(group.rows) > len(rows):
            yield f"  and {len(group.rows) - len(rows):,} more"
    rest = section.total - sum(len(group.rows) for group in groups)
    if rest:
        yield f"and {rest:,} more"
