"""Reading relics of Pocket in tests: the pages as one listing, and exports of a few lines."""

from __future__ import annotations

from pathlib import Path

import attrs

from adapters.files import pocket_export
from bridge.model.adapter import End, Page, Problem
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.receipt import Loss

HEADER = "title,url,time_added,tags,status"
URL = "https://example.com/a"


@attrs.frozen
class Listing:
    """All pages of a pull, put together."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    losses: tuple[Loss, ...]
    remarks: tuple[str, ...]
    complete: bool

    @property
    def bookmarks(self) -> list[Bookmark]:
        return [entry.bookmark for entry in self.entries]

    @property
    def only(self) -> Bookmark:
        """The one bookmark that there is."""
        (bookmark,) = self.bookmarks
        return bookmark

    def remark(self, word: str) -> str:
        """Return the one remark that holds a word."""
        (remark,) = (remark for remark in self.remarks if word in remark)
        return remark

    @property
    def lost(self) -> list[tuple[str, str]]:
        """The places where nobody knows how much is lost, and why; a listing with one of them is not complete."""
        lost = [(problem.where, problem.why) for problem in self.problems if problem.lost]
        assert not (lost and self.complete)
        return lost


def read(path: Path, *beside: Path) -> Listing:
    """Read relics as one listing, which ends as a listing must."""
    *pages, end = pocket_export.pages(str(path), tuple(map(str, beside)))
    assert isinstance(end, End)
    assert all(isinstance(page, Page) and len(page.entries) <= 500 for page in pages)
    return Listing(
        entries=tuple(entry for page in pages for entry in page.entries),
        problems=tuple(problem for page in pages for problem in page.problems),
        losses=tuple(loss for page in pages for loss in page.losses),
        remarks=tuple(remark for page in pages for remark in page.remarks),
        complete=end.complete,
    )


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def export(folder: Path, *rows: str, header: str = HEADER, name: str = "part_000000.csv") -> Path:
    """Write a part of an export, its rows as they are given."""
    return write(folder, name, "\n".join((header, *rows)) + "\n")
