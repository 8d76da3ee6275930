"""A service in memory that has bad days: its listings lack something or are old, its answers get lost."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from bridge.model.adapter import Elsewhere, End, Missing, Page
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import Unavailable
from bridge.model.operation import Failed, Operation, Outcome, Remove, Unknown, Update
from tests.mirrored.kinds import Kind
from tests.support.memory_adapter import Killed, MemoryAdapter

START = datetime(2020, 1, 1, tzinfo=UTC)

LISTINGS = ("whole", "cut", "wrong", "stale", "doubled")
"""How a listing can be.

All that there is; not all, and it says so; not all, and it says that it is; what was there some time ago; all of it,
some entries twice.
"""

_KEPT = 6
"""How many former states a stale listing may show."""


class Clock:
    """The time of the accounts: each change takes a second."""

    def __init__(self) -> None:
        self.seconds = 0

    def tick(self) -> datetime:
        """Return the time, which moves on."""
        self.seconds += 1
        return START + timedelta(seconds=self.seconds)


class Service(MemoryAdapter):
    """An account of a kind.

    `listing` is how the next listings are, `trouble` the chance that an operation goes wrong and `silence` the chance
    that a look-up fails; `luck` decides. With
    `dates_anew` a bookmark that becomes unread gets the date of that.
    """

    def __init__(self, identity: str, kind: Kind, clock: Clock, luck: random.Random) -> None:
        super().__init__(identity, kind.can)
        self.kind = kind
        self.warp = kind.warp
        self.upserts = kind.upserts
        self.increments = kind.increments
        self.today = clock.tick
        self.listing = "whole"
        self.trouble = 0.0
        self.silence = 0.0
        self.dates_anew = False
        self._clock = clock
        self._luck = luck
        self._past: list[dict[str, Entry]] = []
        self._old: dict[str, Entry] | None = None

    def remember(self) -> None:
        """Keep the present state: a stale listing may show it some time."""
        self._past = [*self._past[1 - _KEPT :], dict(self.entries)]

    def grow_old(self) -> None:
        """Have the next listings show the state that was remembered last."""
        self._old = self._past[-1]
        self.listing = "stale"

    def put(self, item: Bookmark | Entry) -> Entry:
        """Hold an entry as its owner wants it, with the time."""
        entry = super().put(item)
        return self._stamped(entry.ref)

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        mode = self.listing
        if mode == "whole":
            yield from super().pull(cursor)
            return
        self._called()
        shown = list(self.entries.values())
        if mode == "stale" and self._past:
            shown = list((self._old or self._luck.choice(self._past)).values())
        if mode in {"cut", "wrong"}:
            shown = [entry for entry in shown if self._luck.random() < 0.6]
        if mode == "doubled":
            shown += [entry for entry in shown if self._luck.random() < 0.4]
        yield Page(tuple(self.shown(entry) for entry in shown))
        yield End(complete=mode != "cut", cursor=None)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        if self.trouble == 0.0:
            yield from super().push(operations)
            return
        for operation in operations:
            yield from self._troubled(operation)

    def look_up(self, entries: Sequence[Entry], since: float | None = None, /) -> Iterator[Entry | Elsewhere | Missing]:
        if self._luck.random() < self.silence:
            self._called()
            raise Unavailable("Away.")
        for entry in entries:
            self._called()
            yield self._looked(entry)

    def find(self, url: str) -> Entry | None:
        """Return the entry of a url, as it is given or as the service stores it."""
        return super().find(url) or super().find(self.kind.warp(Bookmark(url)).url)

    def _looked(self, entry: Entry) -> Entry | Elsewhere | Missing:
        found = self.entries.get(entry.ref) or self.find(entry.bookmark.url)
        if found is None:
            return Missing(entry.ref)
        if found.ref != entry.ref and found.bookmark.url != entry.bookmark.url:
            return Elsewhere(entry.ref, self.shown(found))
        return self.shown(found)

    def _troubled(self, operation: Operation) -> Iterator[Outcome]:
        if self._luck.random() >= self.trouble:
            yield from super().push([operation])
            return
        self._called()
        kind = self._luck.choice(["refused", "lost", "unheard", "away", "dead", "dead after"])
        if kind in {"unheard", "dead after"}:
            self._carry_out(operation)
        if kind in {"dead", "dead after"}:
            raise Killed
        if kind == "away":
            raise Unavailable("Away.")
        yield Failed("It does not like it.") if kind == "refused" else Unknown("Timed out.")

    def _applied(self, operation: Operation, ref: str) -> None:
        super()._applied(operation, ref)
        if self.dates_anew and isinstance(operation, Update) and operation.delta.values.get(Field.UNREAD):
            entry = self.entries[ref]
            dated = attrs.evolve(entry.bookmark, added=self._clock.tick())
            self.entries[ref] = attrs.evolve(entry, bookmark=dated)
        if not isinstance(operation, Remove):
            self._stamped(ref)

    def _stamped(self, ref: str) -> Entry:
        entry = self.entries[ref]
        if self.kind.dated:
            entry = self.entries[ref] = attrs.evolve(entry, changed=self._clock.tick())
        return entry
