"""Reads a list page by page so that nothing of it is skipped, though it changes while it is read.

An offset counts from the beginning of the list. When something before it goes, because it is deleted or dated anew and
so moves to the end, all that follows moves up, and a page that began where the last one ended would begin too late. So
each page but the first begins with the last item of the one before: if that is not there, or anything else is that is
known already, the list has shifted. Then it is read once more from its beginning, and what is new is given.

A page that is shorter than asked for proves nothing; only an empty one is the end. What no reading can show is that
one item went and another came before the offset, between the same two calls. The overlap costs one item a page, so one
call more for each thirty, and one at the end, where it is all that comes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

import attrs

from adapters.pocket import PAGE
from adapters.pocket.wire import Listing


@attrs.frozen
class Repeats:
    """The server ignores the offset: it gives the same again and again, so nothing proves that this is all there is.

    `asked` is how many items were asked for, `sent` how many came each time; `fixed`: the same came where another
    number was asked for.
    """

    asked: int
    sent: int
    fixed: bool = False

    @property
    def whole(self) -> bool:
        """Whether it looks like all there is: no other number came for the asking, or it is not one that was cut to."""
        return self.fixed or self.sent not in (self.asked, PAGE)


@attrs.frozen
class Shifted:
    """The list has shifted while it was read, and again while it was read anew: something may have been skipped."""


Doubt: TypeAlias = Repeats | Shifted
"""Why a list may not be all there is."""
Get: TypeAlias = Callable[[int, int], Listing]
"""Asks for so many items from an offset on."""


def pages(get: Get, count: int, begin: int) -> Iterator[Listing | Doubt]:
    """Yield a list from an offset on, each item once; last of all the doubt about it, if there is one.

    Of the pages come the first and then each that has something new. Nothing is kept but the ids. Two items are the
    least to be asked for, as pages overlap.
    """
    count = max(2, count)
    shown: set[str] = set()
    doubt = yield from _read(get, count, _Place(begin, shown), shown, last=False)
    if isinstance(doubt, Shifted):
        doubt = yield from _read(get, count, _Place(begin, set()), shown, last=True)
    if doubt is not None:
        yield doubt


class _Place:
    """Where a reading has come to. `ids` are those of all that it met, `new` those that the last page brought."""

    def __init__(self, begin: int, ids: set[str]) -> None:
        self.ids = ids
        self.pages = 0
        self._next = begin
        self._overlap = 0
        self._edge: str | None = None
        self._last: tuple[int, frozenset[str]] = (0, frozenset())
        self._one_by_one = False

    @property
    def offset(self) -> int:
        """Where the next page begins."""
        return self._next - self._overlap

    def repeats(self, listing: Listing) -> bool:
        """Tell whether the second page is the first one again."""
        return self.pages == 1 and listing.keys > self._overlap and self._last == (listing.keys, _ids(listing))

    def surprises(self, listing: Listing) -> bool:
        """Tell whether something came where the end should be. Then ask once more, with the item before it.

        If still nothing but that comes, it is a server that gives one item at a time.
        """
        if self._overlap or not self.pages or not listing.keys or self._one_by_one:
            return False
        self._overlap, self._one_by_one = 1, True
        return True

    def fits(self, listing: Listing) -> bool:
        """Tell whether a page begins where the last one ended. Which item is its first, some servers do not say."""
        ids = _ids(listing)
        known = ids & self.ids
        if self.pages and listing.keys > self._overlap and not ids - known:
            return False  # nothing but items that are known, or have no ids
        if not self._overlap:
            return not known
        if self._edge is not None:
            return known == {self._edge}
        return len(known) <= 1 <= len(known) + listing.keys - len(ids)

    def move(self, listing: Listing) -> None:
        """Go on behind a page."""
        ids = _ids(listing)
        self._next = self.offset + listing.keys
        self._overlap = 1 if listing.keys > 1 else 0
        self._edge = _last_of(listing)
        self._last = listing.keys, ids
        self._one_by_one = self._one_by_one and listing.keys == 1
        self.pages += 1
        self.ids |= ids


def _read(
    get: Get, count: int, place: _Place, shown: set[str], *, last: bool
) -> Generator[Listing, None, Doubt | None]:
    """Yield what a reading shows that was not shown before; return the doubt about it.

    It ends where the list has shifted; the `last` one goes on, as long as there is something new.
    """
    shifted = False
    while True:
        listing = get(count, place.offset)
        if place.repeats(listing):
            return _repeated(get, count, place.offset, listing)
        if place.surprises(listing):
            continue
        shifted = shifted or not place.fits(listing)
        if shifted and not last:
            return Shifted()
        over = not listing.keys or (shifted and _ids(listing) <= place.ids)
        if (page := _unshown(listing, shown)) is not None or not (place.pages or last):
            yield page or listing
        if over:
            return Shifted() if shifted else None
        place.move(listing)


def _repeated(get: Get, count: int, offset: int, listing: Listing) -> Doubt:
    """Ask for another number of items, from far behind, of a server that has given a page twice."""
    sent, ids = listing.keys, _ids(listing)
    other = sent - 1 if sent - 1 not in (0, count) else sent + 1
    again = get(other, offset + sent + count)
    if not again.keys or not _ids(again) <= ids:
        return Shifted()  # it knows what an offset is
    return Repeats(count, sent, fixed=bool(ids) and (sent, ids) == (again.keys, _ids(again)))


def _unshown(listing: Listing, shown: set[str]) -> Listing | None:
    """Return a page without what was shown before, None if nothing is left of it."""
    items = tuple(item for item in listing.items if item.item_id not in shown)
    broken = tuple(item for item in listing.broken if item.item_id not in shown)
    shown.update(_ids(listing))
    return attrs.evolve(listing, items=items, broken=broken) if items or broken else None


def _ids(listing: Listing) -> frozenset[str]:
    """Return the ids of a page; a broken item may have none."""
    return frozenset(record.item_id for record in listing.records if record.item_id)


def _last_of(listing: Listing) -> str | None:
    """Return the id of a page's last item, None where its order is not known."""
    places = {item.sort_id for item in listing.items if item.sort_id is not None}
    ordered = len(places) == len(listing.items) or listing.keys == 1
    return listing.items[-1].item_id if listing.items and not listing.broken and ordered else None
