"""Opening files as accounts in tests, and bookmarks with nasty texts."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from hypothesis import strategies as st

from adapters.http.pacing import InMemoryPace
from bridge.model.adapter import Adapter, Context, FileConfig, Spec
from bridge.model.bookmark import Bookmark, Highlight
from tests.adapters.files.listing import Listing, gathered
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


def opened(spec: Spec, path: Path, *, target: bool = False, beside: tuple[str, ...] = ()) -> Adapter:
    """Open a file as an account."""
    clock = FakeClock()
    context = Context(InMemoryPace(), clock, clock.sleep)
    return spec.build(FileConfig(str(path), beside=beside, target=target), context)


def listed(account: Adapter) -> Listing:
    """Pull an account, whose listing must end as listings do."""
    return gathered(account.pull(None))


def read(spec: Spec, path: Path, content: str | bytes) -> Listing:
    """Write a file and list it as a source."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return listed(opened(spec, path))
