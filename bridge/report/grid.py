"""Rows of a long table as text: each cell folded to the width of its column.

Rich's own table is eight times slower, half a minute for the operations of a large run. The width of characters and the
folding of what is too long are rich's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

import attrs
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

Line: TypeAlias = tuple[str, str]
"""A line of a cell and its style ("" for none); the text is visible already."""

Cell: TypeAlias = Sequence[Line]

_GAP = "  "


@attrs.frozen
class Grid:
    """The columns of a table, by their widths in columns of text."""

    widths: Sequence[int]
    colours: bool
    _console: Console = attrs.field(factory=Console, init=False, repr=False)

    def head(self, titles: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a head."""
        yield from self.row([[(title, "bold")] for title in titles])
        yield "─" * (sum(self.widths) + len(_GAP) * (len(self.widths) - 1))

    def row(self, cells: Sequence[Cell]) -> Iterator[str]:
        """Yield the lines of a row."""
        columns = [list(self._folded(cell, width)) for cell, width in zip(cells, self.widths, strict=True)]
        for lines in zip_longest(*columns, fillvalue=("", "")):
            parts = (self._set(line, width) for line, width in zip(lines, self.widths, strict=True))
            yield _GAP.join(parts).rstrip(" ")

    def _folded(self, cell: Cell, width: int) -> Iterator[Line]:
        for text, style in cell:
            if cell_len(text) <= width:
                yield text, style
            else:
                for part in Text(text).wrap(self._console, width, overflow="fold"):
                    yield part.plain, style

    def _set(self, line: Line, width: int) -> str:
        text, style = line
        padding = " " * max(0, width - cell_len(text))
        if not style or not self.colours:
            return text + padding
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) + padding
