"""An account in memory that keeps the contract of bridge.model.adapter, and fails on command.

A script says what happens to the calls about one url, in their order:

- an outcome, or an answer of look_up: it is yielded, and nothing is carried out;
- an exception: it is raised, and nothing is carried out;
- `After(either)`: the operation is carried out first;
- `SILENCE`: no answer, and no further one of this call;
- a function: it is called (somebody else does something meanwhile), then the operation goes on as usual.

So `push("u", After(Unknown("timed out")))` is a lost answer, and `look_up("u", Missing("u"))` a replica that lags.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Checked, Elsewhere, End, Missing, Page, Problem
from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.capabilities import Absence, Capabilities
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Update
from bridge.model.receipt import Loss

CAPABLE = Capabilities(single=True, absence=Absence.REMOVED)
"""An account that can hold and do everything, one call an operation."""

SILENCE = object()
"""The call ends without an answer for this operation, against the contract."""

SET_BY_THE_SERVICE = datetime(2026, 11, 21, tzinfo=UTC)
"""The date of an entry that was added without one, where nothing else is said."""


class Killed(BaseException):
    """The process dies here; nothing that the program does afterwards can reach the world."""


@attrs.frozen
class After:
    """What follows once the operation has been carried out."""

    result: object


class MemoryAdapter:
    """A service in memory.

    `entries` is what it holds, by ref. `applied` are the operations that took effect, in order; `added` counts the
    effective adds of each url key, and `met` are the urls of Adds that met an entry. Entries whose url is in `hidden`
    are missing from listings, which say nothing of it. `warp` is what the service makes of a bookmark unasked. With
    `upserts` an Add that meets an entry overwrites it instead of being refused; `resolves` gives urls that the service
    takes for another one.
    """

    def __init__(
        self, identity: str, capabilities: Capabilities = CAPABLE, entries: Iterable[Bookmark | Entry] = ()
    ) -> None:
        self.identity = identity
        self.capabilities = capabilities
        self.calls = 0
        self.entries: dict[str, Entry] = {}
        self.applied: list[Operation] = []
        self.added: Counter[str] = Counter()
        self.met: set[str] = set()
        self.looked_up: list[str] = []
        self.pulls: list[str | None] = []
        self.hidden: set[str] = set()
        self.problems: tuple[Problem, ...] = ()
        self.losses: tuple[Loss, ...] = ()
        self.remarks: tuple[str, ...] = ()
        self.increments = False
        self.upserts = False
        self.resolves: dict[str, str] = {}
        self.warp: Callable[[Bookmark], Bookmark] = lambda bookmark: bookmark
        self.today: Callable[[], datetime] = lambda: SET_BY_THE_SERVICE
        self.before_each: Callable[[], None] = lambda: None
        self._pushes: defaultdict[str, deque[object]] = defaultdict(deque)
        self._looks: defaultdict[str, deque[object]] = defaultdict(deque)
        self._listings: deque[object] = deque()
        self._changes: list[str] = []
        self._number = 0
        for item in entries:
            self.put(item)

    def on_push(self, url: str, *script: object) -> None:
        """Say what happens to the next operations on a url."""
        self._pushes[url].extend(script)

    def on_look_up(self, url: str, *script: object) -> None:
        """Say what happens to the next look-ups of a url."""
        self._looks[url].extend(script)

    def on_pull(self, *script: object) -> None:
        """Say how the next pulls end: an End, an exception, or None for none of both."""
        self._listings.extend(script)

    def put(self, item: Bookmark | Entry) -> Entry:
        """Hold an entry, as if its owner had put it there."""
        if isinstance(item, Bookmark):
            standing = self.find(item.url)
            item = Entry(self._ref(item) if standing is None else standing.ref, item)
        self.entries[item.ref] = item
        self._changes.append(item.ref)
        return item

    def drop(self, url: str) -> None:
        """Lose an entry, as if its owner had removed it."""
        entry = self.find(url)
        assert entry is not None
        del self.entries[entry.ref]
        self._changes.append(entry.ref)

    def find(self, url: str) -> Entry | None:
        """Return the entry of a url."""
        wanted = urls.key(url)
        return next((entry for entry in self.entries.values() if urls.key(entry.bookmark.url) == wanted), None)

    def persistent(self) -> object:
        """Return all of the account that outlives the process that uses it, as a value that compares."""
        scripts = [{url: tuple(map(repr, script)) for url, script in said.items() if script} for said in self._scripts]
        held = {ref: repr(entry) for ref, entry in self.entries.items()}
        return held, tuple(self._changes), self._number, scripts, dict(self.added), frozenset(self.met)

    @property
    def _scripts(self) -> tuple[dict[str, deque[object]], ...]:
        return self._pushes, self._looks, {"": self._listings}

    def held(self) -> dict[str, Bookmark]:
        """Return what is held now, by url."""
        return {entry.bookmark.url: entry.bookmark for entry in self.entries.values()}

    def check(self) -> Checked:
        self.calls += 1
        return Checked("somebody")

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        self._called()
        self.pulls.append(cursor)
        now = str(len(self._changes)) if self.increments else None
        if cursor is None or not self.increments:
            shown, gone, end = list(self.entries.values()), (), End(complete=True, cursor=now)
        else:
            changed = dict.fromkeys(self._changes[int(cursor) :])
            shown = [self.entries[ref] for ref in changed if ref in self.entries]
            gone, end = tuple(ref for ref in changed if ref not in self.entries), End(complete=False, cursor=now)
        visible = [self.shown(entry) for entry in shown if entry.bookmark.url not in self.hidden]
        half = len(visible) // 2
        yield Page(tuple(visible[:half]), losses=self.losses, remarks=self.remarks)
        scripted = self._listings.popleft() if self._listings else end
        if isinstance(scripted, BaseException):
            raise scripted
        yield Page(tuple(visible[half:]), gone, self.problems)
        if isinstance(scripted, End):
            yield scripted

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        assert len(operations) <= (self.capabilities.batch or len(operations)) > 0
        for operation in operations:
            self._called()
            scripted = self._scripted(self._pushes[operation.url])
            if scripted is None:
                yield self._carry_out(operation)
            elif scripted is SILENCE:
                return
            else:
                if isinstance(scripted, After):
                    self._carry_out(operation)
                    scripted = scripted.result
                if isinstance(scripted, BaseException):
                    raise scripted
                yield scripted  # type: ignore[misc]

    def look_up(self, entries: Sequence[Entry], since: float | None = None, /) -> Iterator[Entry | Elsewhere | Missing]:
        self._called()
        for entry in entries:
            self.looked_up.append(entry.bookmark.url)
            scripted = self._scripted(self._looks[entry.bookmark.url])
            if isinstance(scripted, BaseException):
                raise scripted
            if scripted is SILENCE:
                return
            url = entry.bookmark.url
            found = self.entries.get(entry.ref) or self.find(self.resolves.get(url, url))
            if scripted is None and found is not None and url in self.resolves:
                scripted = Elsewhere(entry.ref, self.shown(found))
            yield scripted or (self.shown(found) if found is not None else Missing(entry.ref))  # type: ignore[misc]

    def _called(self) -> None:
        self.before_each()
        self.calls += 1

    def _scripted(self, script: deque[Any]) -> Any:
        """Return what is scripted for this call, None if nothing but somebody else's doing is."""
        scripted = script.popleft() if script else None
        if callable(scripted):
            scripted()
            return None
        return scripted

    def _ref(self, bookmark: Bookmark) -> str:
        self._number += 1
        return bookmark.url if self.capabilities.url_is_ref else f"{self._number:04}"

    def shown(self, entry: Entry) -> Entry:
        """Return an entry as it is read: fields that the service does not know are as nobody ever set them."""
        unknown = Bookmark(entry.bookmark.url)
        lacking = {field.value: unknown.get(field) for field in Field if field not in self.capabilities.reads}
        return attrs.evolve(entry, bookmark=attrs.evolve(entry.bookmark, **lacking))

    def _carry_out(self, operation: Operation) -> Outcome:
        can = self.capabilities
        if not {Add: can.adds, Update: can.updates, Remove: can.removes}[type(operation)]:
            return Failed("that cannot be done here")
        match operation:
            case Add(bookmark):
                return self._add(operation, bookmark)
            case Update(entry, delta):
                return self._update(operation, entry, delta)
            case Remove(entry):
                self._applied(operation, entry.ref)
                self.entries.pop(entry.ref, None)
                return Done(entry)

    def _add(self, operation: Add, bookmark: Bookmark) -> Outcome:
        standing = self.find(self.resolves.get(bookmark.url, bookmark.url))
        if standing is not None and self.upserts:
            return self._upsert(operation, bookmark, standing)
        if standing is not None:
            self.met.add(bookmark.url)
            return Failed("item already exists", exists=True)
        unsaid = Bookmark(bookmark.url)
        untaken = {field.value: unsaid.get(field) for field in Field if field not in self.capabilities.sets}
        taken = self.warp(attrs.evolve(bookmark, **untaken))
        entry = Entry(self._ref(bookmark), attrs.evolve(taken, added=taken.added or self.today()))
        self.entries[entry.ref] = entry
        self._applied(operation, entry.ref)
        self.added[urls.key(bookmark.url)] += 1
        return Done(attrs.evolve(entry, bookmark=bookmark))

    def _upsert(self, operation: Add, bookmark: Bookmark, standing: Entry) -> Outcome:
        """Overwrite an entry as Pocket does: its tags and its favorite stay beside what the Add says, nothing else."""
        old = standing.bookmark
        new = attrs.evolve(
            bookmark,
            url=old.url,
            tags=(*old.tags, *bookmark.tags),
            favorite=old.favorite or bookmark.favorite,
            title=bookmark.title or old.title,
        )
        self.entries[standing.ref] = attrs.evolve(standing, bookmark=new)
        self._applied(operation, standing.ref)
        return Done(Entry(standing.ref, new))

    def _update(self, operation: Update, entry: Entry, delta: Delta) -> Outcome:
        found = self.entries.get(entry.ref)
        if found is None:
            return Failed("there is no such item", missing=True)
        assert delta.fields <= self.capabilities.edits
        seen = self.shown(found).bookmark
        if any(not same(field, value, seen.get(field)) for field, value in delta.expects.items()):
            return Failed("it was changed meanwhile", moved=True)
        self.entries[entry.ref] = attrs.evolve(found, bookmark=self.warp(delta.apply(found.bookmark)))
        self._applied(operation, entry.ref)
        return Done(Entry(entry.ref, delta.apply(seen)))

    def _applied(self, operation: Operation, ref: str) -> None:
        self.applied.append(operation)
        self._changes.append(ref)
