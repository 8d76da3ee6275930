"""A pull put together, for tests to look at."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from bridge.model.adapter import End, Page, Problem
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.receipt import Loss


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


def gathered(parts: Iterable[Page | End]) -> Listing:
    """Return a pull as one listing; its pages are of the promised size, and its End is the last of it."""
    *pages, end = parts
    assert isinstance(end, End)
    assert all(isinstance(page, Page) and len(page.entries) <= 500 for page in pages)
    return Listing(
        entries=tuple(entry for page in pages for entry in page.entries),
        problems=tuple(problem for page in pages for problem in page.problems),
        losses=tuple(loss for page in pages for loss in page.losses),
        remarks=tuple(remark for page in pages for remark in page.remarks),
        complete=end.complete,
    )
