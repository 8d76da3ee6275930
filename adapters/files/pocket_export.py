"""A Pocket account as its relics tell it: one listing of an export, dumps, the old HTML, highlights and shared lists.

The relics of one account are joined page by page (the rules stand in `pocket_record`). The first relic that lists saves
is streamed, the others are kept in memory to be found by page; what only they hold follows as entries of its own.
Nothing is united inside one relic: a row that repeats a url is an entry with the ref `url#2`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from adapters.files import POCKET_EXPORT, pocket_csv, pocket_dump, pocket_extras, pocket_find, pocket_html
from adapters.files.listing import PAGE, Refs
from adapters.files.pocket_find import Kind, Relic
from adapters.files.pocket_record import Found, Record, Remark, Shelf, count, join
from bridge.model import reasons
from bridge.model.adapter import End, Page, Problem
from bridge.model.bookmark import Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.errors import InputError
from bridge.model.receipt import Loss

CAPABILITIES = POCKET_EXPORT.capabilities
"""What Pocket's relics know together; `capabilities` tells what those at hand know."""

_DUMPS = frozenset({Kind.DUMP, Kind.DATABASE})
_KNOWN_BY = {
    Field.FAVORITE: _DUMPS,
    Field.HIGHLIGHTS: _DUMPS | {Kind.ANNOTATIONS},
    Field.NOTE: frozenset({Kind.COLLECTION}),
}
_READERS: Mapping[Kind, Callable[[Relic], Iterator[Found]]] = {
    Kind.PART: pocket_csv.read,
    Kind.DUMP: pocket_dump.read,
    Kind.DATABASE: pocket_dump.read,
    Kind.LINKS: pocket_html.read,
    Kind.ANNOTATIONS: pocket_extras.highlights,
    Kind.COLLECTION: pocket_extras.shared_lists,
}


def recognises(path: str) -> bool:
    """Tell by content whether a file, or any file in a folder, is a relic of Pocket."""
    return pocket_find.holds(path)


def capabilities(path: str, beside: tuple[str, ...] = ()) -> Capabilities:
    """Return what these relics know, from their first bytes alone. Raises InputError like `pages`."""
    relics, _ = pocket_find.find((path, *beside))
    kinds = {relic.kind for relic in relics}
    return CAPABILITIES.without(frozenset(field for field, known in _KNOWN_BY.items() if not known & kinds))


def pages(path: str, beside: tuple[str, ...] = ()) -> Iterator[Page | End]:
    """Yield the relics at these paths as one listing.

    Every record of every relic is an entry, is joined to one, or is a problem that names its place. Raises InputError
    for a path that holds no relic (before the first page), and for a dump that is damaged and the only one to list
    saves; beside another one it is a problem, like every other damage.
    """
    relics, remarks = pocket_find.find((path, *beside))
    sheet = _Sheet()
    for found in (*remarks, *_absent(relics)):
        sheet.take(found)
    for item in _listing(relics):
        sheet.take(item)
        if len(sheet.entries) == PAGE:
            yield sheet.turned()
    yield sheet.turned()
    yield End(complete=sheet.complete)


def _absent(relics: Sequence[Relic]) -> Iterator[Remark]:
    if not any(relic.kind in _DUMPS for relic in relics):
        yield Remark("None of these files says which pages were favorites; only a dump of Pocket's API does.")


def _listing(relics: Sequence[Relic]) -> Iterator[Entry | Problem | Loss | Remark]:
    streamed, *others = relics
    alone = sum(relic.kind in pocket_find.SAVES for relic in relics) == 1
    shelves = [Shelf() for _ in others]
    for relic, shelf in zip(others, shelves, strict=True):
        yield from _shelved(relic, shelf)
    refs = Refs()
    for found in _READERS[streamed.kind](streamed) if alone else _read(streamed):
        if isinstance(found, Record):
            yield from _joined(found, shelves, refs)
        else:
            yield found
    for number, (relic, shelf) in enumerate(zip(others, shelves, strict=True), start=1):
        yield from _left(relic, shelf, shelves[number:], refs)


def _read(relic: Relic) -> Iterator[Found]:
    """Yield what a relic brings; one that would be refused by itself does not stop the others."""
    try:
        yield from _READERS[relic.kind](relic)
    except InputError as error:
        yield Problem(relic.name, error.message, lost=True)


def _shelved(relic: Relic, shelf: Shelf) -> Iterator[Problem | Loss | Remark]:
    """Put the records of a relic on its shelf, and yield what else it brings."""
    for found in _read(relic):
        if isinstance(found, Record):
            shelf.add(found)
        else:
            yield found


def _left(relic: Relic, shelf: Shelf, later: Sequence[Shelf], refs: Refs) -> Iterator[Entry | Problem | Loss | Remark]:
    """Yield what only this relic and later ones have, and how much of it was joined before."""
    alone = 0
    for record in shelf.left():
        alone += 1
        if record.orphan:
            yield Problem(record.where, record.orphan, url=record.url)
        else:
            yield from _joined(record, later, refs)
    joined = shelf.taken()
    yield Remark(
        f"{relic.name}: {count(joined + alone, 'page')}, {joined:,} of them joined with a save, {alone:,} only there."
    )


def _joined(record: Record, shelves: Sequence[Shelf], refs: Refs) -> Iterator[Entry | Loss]:
    """Yield the entry of a record and all that the shelves know of its page, and the date that none of them knew."""
    records = [record, *(other for shelf in shelves for other in shelf.take(record.url))]
    bookmark = join(records)
    changed = max((one.as_of for one in records if one.uncut and one.as_of is not None), default=None)
    yield Entry(ref=refs.ref(record.url), bookmark=bookmark, changed=changed)
    if bookmark.added is None:
        yield Loss(url=record.url, field="added", wanted=record.undated, reason=reasons.NO_DATE)


class _Sheet:
    """The page that is being filled, and whether the listing may lack something."""

    def __init__(self) -> None:
        self.complete = True
        self.entries: list[Entry] = []
        self._problems: list[Problem] = []
        self._losses: list[Loss] = []
        self._remarks: list[str] = []

    def take(self, item: Entry | Problem | Loss | Remark) -> None:
        """Put one thing on the page."""
        if isinstance(item, Entry):
            self.entries.append(item)
        elif isinstance(item, Problem):
            self._problems.append(item)
            self.complete &= item.url is not None
        elif isinstance(item, Loss):
            self._losses.append(item)
        else:
            self._remarks.append(item.text)
            self.complete &= not item.gap

    def turned(self) -> Page:
        """Return the page, and begin the next one."""
        page = Page(
            entries=tuple(self.entries),
            problems=tuple(self._problems),
            losses=tuple(self._losses),
            remarks=tuple(self._remarks),
        )
        for filled in (self.entries, self._problems, self._losses, self._remarks):
            filled.clear()
        return page
