"""The pages of the documents, taken to pieces: every Markdown file that a reader of the project meets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)


@attrs.frozen
class Block:
    """A fenced block: its language, its lines without their indent, and where its text stands in the page."""

    language: str
    text: str
    indent: str
    span: tuple[int, int]


@attrs.frozen
class Page:
    """A page by its path below the project, as it is written."""

    path: str
    text: str

    @property
    def blocks(self) -> Sequence[Block]:
        """The fenced blocks, in their order."""
        return [_block(found) for found in _BLOCK.finditer(self.text)]

    @property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _BLOCK.sub("", self.text)

    def of(self, language: str) -> list[str]:
        """Return the texts of all blocks in a language."""
        return [block.text for block in self.blocks if block.language == language]

    def section(self, heading: str) -> str:
        """Return what stands under a heading, up to the next one of its level or above."""
        level = len(heading) - len(heading.lstrip("#"))
        _, found, rest = self.text.partition(f"{heading}\n")
        assert found, f"{self.path} has no heading {heading!r}"
        return re.split(rf"^#{{1,{level}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def page(path: str) -> Page:
    """Read a page."""
    return Page(path, (ROOT / path).read_text(encoding="utf-8"))


def paths() -> list[str]:
    """Return the paths of all pages: what stands at the top, and all below docs/."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def _block(found: re.Match[str]) -> Block:
    indent = found["indent"]
    lines = found["text"].splitlines(keepends=True)
    return Block(found["language"], "".join(line.removeprefix(indent) for line in lines), indent, found.span("text"))
