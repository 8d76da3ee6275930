"""What the contract's tests need of an account: to open it, its owner's hands, and ways to break it.

A new adapter joins by one function in `cases.py` that yields a Stand.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import attrs

from bridge.model.adapter import Adapter, Elsewhere, End, Missing, Page
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.operation import Operation, Outcome

DAY = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


class Break(enum.Enum):
    """What happens to the next request."""

    AWAY = enum.auto()
    """The service fails for as long as it is asked, and carries nothing out."""
    LOST = enum.auto()
    """It is carried out, and the connection ends before the answer."""
    DENIED = enum.auto()
    """The login is refused."""
    GARBLED = enum.auto()
    """The answer is an HTML page, for as long as it is asked."""


@attrs.define
class Stand:
    """An account on the test stand.

    `open` opens it as one more process would. `put` lets its owner save a bookmark and returns what is held then,
    `drop` lets them remove it, `held` tells what is there, by url. `break_next` is None where no network can fail.
    `secrets` must never be told.
    """

    open: Callable[[], Adapter]
    put: Callable[[Bookmark], Bookmark]
    drop: Callable[[str], None]
    held: Callable[[], Mapping[str, Bookmark]]
    break_next: Callable[[Break], None] | None = None
    secrets: Sequence[str] = ()

    def only(self) -> Bookmark:
        """Return the only bookmark that is held."""
        [bookmark] = self.held().values()
        return bookmark


Opening: TypeAlias = Callable[[Path], AbstractContextManager[Stand]]


@attrs.frozen
class Case:
    """An account that the contract is tried on: what it can do, and how it is set up in a folder of its own."""

    capabilities: Capabilities
    set_up: Opening
    network: bool = False


def bookmark(name: str = "a", **fields: object) -> Bookmark:
    """Return a bookmark that every account can hold as far as it knows the fields."""
    rich = Bookmark(
        url=f"https://{name}.example.org/page",
        title=f"Title {name}",
        note=f"Note {name}",
        tags=("alpha", "beta"),
        added=DAY,
        unread=True,
        favorite=False,
        private=True,
    )
    return attrs.evolve(rich, **fields)  # type: ignore[arg-type]


def known(whole: Bookmark, fields: frozenset[Field]) -> Bookmark:
    """Return a bookmark as an account shows it that knows these fields alone."""
    return whole.without(ALL_FIELDS - fields)


def listing(adapter: Adapter, cursor: str | None = None) -> tuple[dict[str, Entry], set[str], End]:
    """Pull: the entries by url, the refs that are reported gone, and the end, which must come last and once."""
    *pages, end = adapter.pull(cursor)
    assert isinstance(end, End)
    assert all(isinstance(page, Page) for page in pages)
    found = [page for page in pages if isinstance(page, Page)]
    entries = [entry for page in found for entry in page.entries]
    assert not [problem for page in found for problem in page.problems]
    return {entry.bookmark.url: entry for entry in entries}, {ref for page in found for ref in page.removed}, end


def pushed(adapter: Adapter, *operations: Operation) -> list[Outcome]:
    """Push, in calls as large as the account takes."""
    most = adapter.capabilities.batch or len(operations)
    return [
        outcome
        for first in range(0, len(operations), most)
        for outcome in adapter.push(operations[first : first + most])
    ]


def looked_up(adapter: Adapter, *entries: Entry, since: float | None = None) -> dict[str, Entry | None]:
    """Look up, and return what is there for each ref that was asked for."""
    asked = {entry.bookmark.url: entry.ref for entry in entries}
    refs = {entry.ref for entry in entries}
    found: dict[str, Entry | None] = {}
    for answer in adapter.look_up(entries, since):
        match answer:
            case Missing(ref):
                found[ref] = None
            case Elsewhere(ref, entry):
                found[ref] = entry
            case Entry(ref=ref) as entry:
                found[ref if ref in refs else asked[entry.bookmark.url]] = entry
    return found
