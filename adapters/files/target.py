"""A file that is written: read whole, changed in memory, replaced at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from adapters.files import atomic
from adapters.files.form import Foreign, Form
from adapters.files.listing import Refs
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Entry, same
from bridge.model.errors import InputError
from bridge.model.operation import Add, Done, Failed, Operation, Outcome, Remove, Update
from bridge.model.receipt import Loss

_ANOTHER_NAME = "Name a new file to write to; this one was left as it is."


class Target:
    """A file that is written: read whole, changed in memory, replaced at once."""

    def __init__(self, path: Path, form: Form) -> None:
        self._path = path
        self._form = form

    def read(self) -> Iterator[Bookmark]:
        """Yield what the file holds, nothing if there is none yet.

        Raises InputError at the first thing that could not be written back.
        """
        if self._path.exists() and not self._path.is_file():
            raise InputError(f"{self._path} is not a regular file.", "Name a file to write to.")
        if not self._path.exists() or not self._path.stat().st_size:
            return
        decode = self._form.decode_own or self._form.decode
        for found in decode(self._path):
            if not isinstance(found, Bookmark):
                raise InputError(f"{self._path.name} {_obstacle(found)}", _ANOTHER_NAME)
            yield found

    def check(self) -> None:
        """Raise InputError if the file cannot be kept whole, OSError if its folder cannot be written."""
        for _ in self.read():
            pass
        if not os.access(self._path.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "its folder is missing or is not yours to write to")

    def push(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Carry out the operations and return their outcomes. Raises InputError and OSError with nothing changed."""
        holding = _Holding(self._form.project, self.read())
        outcomes = [holding.carry_out(operation) for operation in operations]
        if holding.changed:
            atomic.write(self._path, self._form.encode(holding.bookmarks))
        return outcomes


class _Holding:
    """The bookmarks of a file while operations are carried out on them."""

    def __init__(self, project: Callable[[Bookmark], Bookmark], bookmarks: Iterable[Bookmark]) -> None:
        self.changed = False
        self._project = project
        self._refs = Refs()
        self._held: dict[str, Bookmark] = {}
        self._by_url: dict[str, list[str]] = {}
        for bookmark in bookmarks:
            self._take(bookmark)

    @property
    def bookmarks(self) -> Iterable[Bookmark]:
        """What is held now, in order."""
        return self._held.values()

    def carry_out(self, operation: Operation) -> Outcome:
        """Return the outcome of one operation."""
        if isinstance(operation, Add):
            return self._add(operation)
        return self._update(operation) if isinstance(operation, Update) else self._remove(operation)

    def _add(self, operation: Add) -> Outcome:
        if operation.url in self._by_url:
            return Failed("the file already holds this address", exists=True)
        try:
            bookmark = self._project(operation.bookmark)
        except ValueError as error:
            return Failed(str(error))
        return self._done(Entry(self._take(bookmark), bookmark))

    def _update(self, operation: Update) -> Outcome:
        ref = self._find(operation.entry)
        if ref is None:
            return Failed("the file no longer holds this address", missing=True)
        delta, held = operation.delta, self._held[ref]
        if not all(same(field, expected, held.get(field)) for field, expected in delta.expects.items()):
            return Failed("the entry has changed since it was read", moved=True)
        try:
            self._held[ref] = self._project(delta.apply(held))
        except ValueError as error:
            return Failed(str(error))
        return self._done(Entry(ref, self._held[ref]))

    def _remove(self, operation: Remove) -> Outcome:
        # Only what stands under this very ref: a removal that is repeated must not take the other entry of its url.
        ref, refs = operation.entry.ref, self._by_url.get(operation.url, [])
        if ref not in refs:
            return Done(operation.entry)
        refs.remove(ref)
        if not refs:
            del self._by_url[operation.url]
        return self._done(Entry(ref, self._held.pop(ref)))

    def _take(self, bookmark: Bookmark) -> str:
        ref = self._refs.ref(bookmark.url)
        self._held[ref] = bookmark
        self._by_url.setdefault(bookmark.url, []).append(ref)
        return ref

    def _find(self, entry: Entry) -> str | None:
        """Return the ref under which an entry is held: its own, or the first of its url (repeats are renumbered)."""
        refs = self._by_url.get(entry.bookmark.url, [])
        return entry.ref if entry.ref in refs else next(iter(refs), None)

    def _done(self, entry: Entry) -> Done:
        self.changed = True
        return Done(entry)


def _obstacle(found: Problem | Loss | Foreign) -> str:
    if isinstance(found, Problem):
        return f"has a record that cannot be read ({found.where}: {found.why}), and writing would lose it."
    if isinstance(found, Loss):
        return f"has text that cannot be read ({found.wanted}), and writing would not bring it back."
    return f"holds what writing would destroy: {found.what} ({found.where})."
