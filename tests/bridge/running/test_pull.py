"""What one pull brings, and that it is told of while it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.model.adapter import End, Page, Problem
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.errors import ProtocolError
from bridge.running.pull import gather
from bridge.running.world import Work
from tests.support.bench import Heard
from tests.support.memory_adapter import MemoryAdapter


def page(*numbers: int) -> Page:
    """Return a page of bookmarks."""
    return Page(tuple(Entry(str(number), Bookmark(f"https://example.org/{number}")) for number in numbers))


class Paged(MemoryAdapter):
    """An account whose listing comes in pages; `heard_of` is what was told when each of them was asked for."""

    def __init__(self, heard: Heard, *parts: Page | End) -> None:
        super().__init__("here")
        self.heard_of: list[int] = []
        self._heard = heard
        self._parts = parts

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        for part in self._parts:
            self.heard_of.append(self._heard.phases[-1].done)
            yield part


def test_pages_are_told_of_as_they_arrive() -> None:
    """Before the next one is asked for, and by what is in them; a record that cannot be read counts, too."""
    heard = Heard()
    broken = Page(problems=(Problem("row 4", "It has no url."),))
    account = Paged(heard, page(1, 2), broken, page(3), End(complete=True))
    with heard.phase(Work.READING, "here"):
        listing = gather(account, None, heard)

    assert [0, 2, 3, 4] == account.heard_of
    assert [("here", None, 4, 1)] == heard.of(Work.READING)
    assert ["1", "2", "3"] == [entry.ref for entry in listing.entries]


def test_a_listing_without_an_end_is_no_listing() -> None:
    """What came of it is not kept."""
    heard = Heard()
    account = Paged(heard, page(1))
    with heard.phase(Work.READING, "here"), pytest.raises(ProtocolError, match="broke off"):
        gather(account, None, heard)
