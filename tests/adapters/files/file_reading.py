"""Opening files as accounts in tests, and bookmarks with nasty texts."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import attrs
from hypothesis import strategies as st

from adapters.http.pacing import InMemoryPace
from bridge.model.adapter import Adapter, Context, End, FileConfig, Page, Problem, Spec
from bridge.model.bookmark import Bookmark, Entry, Highlight
from bridge.model.receipt import Loss
from tests.support.clock import FakeClock

URL = "https://example.com/a"

TRAPS = " \t\n\r\f\x00\x0b\x85\u2028&;<>\"'#,/ax1\ufeff\udcff"
ANY_TEXT = st.text(st.characters(), max_size=30) | st.text(TRAPS, max_size=12)
"""Every code point, control characters and halves of surrogate pairs included; often what formats trip over."""
TIMES = st.datetimes(timezones=st.just(UTC))


def bookmarks(texts: st.SearchStrategy[str], tags: st.SearchStrategy[str]) -> st.SearchStrategy[Bookmark]:
    """Return bookmarks with all their fields."""
    return st.builds(
        Bookmark,
        url=texts.filter(bool),
        title=texts,
        note=texts,
        tags=st.lists(tags, max_size=4).map(tuple),
        added=st.none() | TIMES,
        unread=st.booleans(),
        favorite=st.booleans(),
        private=st.booleans(),
        highlights=st.lists(st.builds(Highlight, texts, st.none() | TIMES), max_size=2).map(tuple),
    )


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


def opened(spec: Spec, path: Path, *, target: bool = False, beside: tuple[str, ...] = ()) -> Adapter:
    """Open a file as an account."""
    clock = FakeClock()
    context = Context(InMemoryPace(), clock, clock.sleep)
    return spec.build(FileConfig(str(path), beside=beside, target=target), context)


def listed(account: Adapter) -> Listing:
    """Pull an account, whose listing must end as listings do."""
    *pages, end = account.pull(None)
    assert isinstance(end, End)
    assert all(isinstance(page, Page) for page in pages)
    return Listing(
        entries=tuple(entry for page in pages for entry in page.entries),
        problems=tuple(problem for page in pages for problem in page.problems),
        losses=tuple(loss for page in pages for loss in page.losses),
        remarks=tuple(remark for page in pages for remark in page.remarks),
        complete=end.complete,
    )


def read(spec: Spec, path: Path, content: str | bytes) -> Listing:
    """Write a file and list it as a source."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return listed(opened(spec, path))
