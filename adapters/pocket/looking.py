"""Finds out what an account holds of certain entries. Pocket cannot be asked for one item: it lists.

What changed since the writes in question is listed first. That is not all that was written: an item that was added with
a date of its own has, until something else is done to it, that date as the time of its last change (recorded). So what
is known to have been added with a date is then looked for among what changed since that date, and nothing is called
missing before the whole list was read, and is proven to be the whole, or a stub said so.

What an Add made may have another url than was sent, as Pocket takes two urls for one item: then it is known by the date
and the title that were sent. Whether such an item was there before is for the caller to tell.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

from adapters.pocket import bookmarks
from adapters.pocket.lists import Lists, urls_of
from adapters.pocket.paging import Doubt, Repeats, Shifted
from adapters.pocket.wire import Listing
from adapters.pocket.wire_items import Item
from bridge.model import url as urls
from bridge.model.adapter import Elsewhere, Missing
from bridge.model.bookmark import Entry, Field
from bridge.model.errors import ProtocolError

Found: TypeAlias = Entry | Elsewhere | Missing
Answers: TypeAlias = Iterator[tuple[str, Found]]
"""What was found, each by the ref it was asked for."""

_DOUBTFUL: Mapping[type[Doubt], tuple[str, str]] = {
    Repeats: (
        "The Pocket server does not prove that it lists all that it holds: it gives the same again and again.",
        "See on the server's own pages what it holds.",
    ),
    Shifted: ("The list at the Pocket server changes while it is read.", "Try again later."),
}


class Search:
    """A look-up of entries, each known by its item_id; or by its url, where that is its ref: an Add has made it."""

    def __init__(self, entries: Iterable[Entry], lists: Lists, lacks: frozenset[Field] = frozenset()) -> None:
        self._lists = lists
        self._lacks = lacks
        self._left = {entry.ref: entry for entry in entries}
        self._by_id: dict[str, list[str]] = {}
        self._by_url: dict[str, list[str]] = {}
        self._by_date: dict[tuple[datetime, str], list[str]] = {}
        self._namesakes: dict[str, Item] = {}
        self._unreadable: set[str] = set()
        for entry in self._left.values():
            item_id = lists.holder(entry.bookmark.url) if is_new(entry) else entry.ref
            if item_id:
                self._by_id.setdefault(item_id, []).append(entry.ref)
            self._by_url.setdefault(urls.key(entry.bookmark.url), []).append(entry.ref)
            if is_new(entry) and entry.bookmark.added is not None:
                sent = bookmarks.held(entry.bookmark)
                self._by_date.setdefault((sent.added or entry.bookmark.added, sent.title), []).append(entry.ref)

    def run(self, since: float | None) -> Answers:
        """Yield what the account holds. `since`, in seconds of our clock, is when the writes in question began.

        The list of what changed since is left out where most of the account is asked for. Raises ProtocolError where
        the server does not list all that it holds, or not so that it can be read.
        """
        if not self._left:
            return
        start = None if since is None or 2 * len(self._left) > self._lists.size > 0 else self._lists.since(since)
        if start is not None:
            yield from self._listed(start)
            dates = [date for ref in self._left if (date := self._lists.dates.get(ref)) is not None]
            if dates:
                yield from self._listed(max(1, min(dates) - 1))
        doubt = (yield from self._listed(None)) if self._left else None
        if doubt is not None:
            raise ProtocolError(*_DOUBTFUL[type(doubt)])
        for ref, entry in self._left.items():
            item = self._namesakes.get(ref)
            if item is None and ref in self._unreadable:
                raise ProtocolError(f"The Pocket server's item {ref} cannot be read.", "Try again later.")
            yield ref, Missing(ref) if item is None else self._answer(entry, item)

    def _listed(self, since: int | None) -> Generator[tuple[str, Found], None, Doubt | None]:
        """Yield what a list shows, until nothing is left; return the doubt about it if something is."""
        for part in self._lists.pages(since):
            if not isinstance(part, Listing):
                return part
            yield from self._matched(part)
            if not self._left:
                break
        return None

    def _matched(self, listing: Listing) -> Answers:
        for broken in listing.broken:
            self._unreadable.update(self._by_id.get(broken.item_id, ()))
            for key in urls_of(broken):
                self._unreadable.update(self._by_url.get(key, ()))
        for item in listing.items:
            if item.gone:
                yield from self._gone(item)
                continue
            for ref in [*self._by_id.get(item.item_id, ()), *self._named(item)]:
                if (entry := self._left.pop(ref, None)) is not None:
                    yield ref, self._answer(entry, item)
            self._remember(item)

    def _gone(self, item: Item) -> Answers:
        """Yield that an entry is not there any more. What an Add made is not known by its id, and may be another."""
        for ref in self._by_id.get(item.item_id, ()):
            if ref in self._left and not is_new(self._left[ref]):
                del self._left[ref]
                yield ref, Missing(ref)

    def _remember(self, item: Item) -> None:
        """Note an item that is dated and titled as an Add was sent, for the case that none has its url."""
        if self._by_date:
            shown, _losses = bookmarks.read(item)
            for ref in self._by_date.get((shown.added, shown.title), ()) if shown.added is not None else ():
                self._namesakes.setdefault(ref, item)

    def _named(self, item: Item) -> Iterator[str]:
        """Yield the refs of Adds of this item's urls. Another entry of the url is only a namesake of the item."""
        for key in urls_of(item):
            for ref in self._by_url.get(key, ()):
                if ref in self._left and is_new(self._left[ref]):
                    yield ref
                else:
                    self._namesakes.setdefault(ref, item)

    def _answer(self, entry: Entry, item: Item) -> Entry | Elsewhere:
        found, asked = bookmarks.entry(item, self._lacks), entry.bookmark.url
        if not found.bookmark.url:  # it is known by its id, and its page has not been looked at yet
            found = attrs.evolve(found, bookmark=attrs.evolve(found.bookmark, url=asked))
        same = found.ref == entry.ref or urls.key(found.bookmark.url) == urls.key(asked)
        return found if same else Elsewhere(entry.ref, found)


def is_new(entry: Entry) -> bool:
    """Tell whether an entry is what an Add made: it is known by its url alone."""
    return entry.ref == entry.bookmark.url
