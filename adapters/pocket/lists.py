"""Reads an account's list, whole or what changed since a time of ours, and remembers which urls it holds.

A server that keeps time says what it was at each answer. So what is asked of it is in its own time, and less an
overlap: an answer is computed after its list was read, and its clock is not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adapters.pocket.client import PocketClient, Query
from adapters.pocket.cursor import mark, short
from adapters.pocket.paging import Doubt, Repeats
from adapters.pocket.wire import Listing
from adapters.pocket.wire_items import Broken, Item
from bridge.model import url as urls

OVERLAP = 120
"""Seconds by which a listing begins earlier than it would have to."""
CREDIBLE = 86_400.0
"""Seconds. A `since` further from our clock is not the server's time: compatible servers send 0, or an item's date."""


class Lists:
    """The lists of one account.

    `whole`: all that the account holds was seen here, and `size` is how many items that were, with those added since;
    about how many, where a cursor tells of them. `dates` are the dates, in seconds, with which items were added here.
    """

    def __init__(self, client: PocketClient, page: int, clock: Callable[[], float]) -> None:
        self.whole = False
        self.size = 0
        self.dates: dict[str, int] = {}
        self._client = client
        self._page = page
        self._clock = clock
        self._ahead: float | None = None
        self._ids: dict[int, str] = {}
        self._gone: set[str] = set()
        self._recalled: frozenset[int] | None = None

    def pages(self, since: int | None = None) -> Iterator[Listing | Doubt]:
        """Yield the list, oldest first, in the complete form; `since` is in the server's time.

        The last thing is the doubt about it, if there is one.
        """
        query = Query(state="all", sort="oldest", detail_type="complete", count=self._page)
        if since is not None:
            query["since"] = since
        size = 0
        for part in self._client.pages(**query):
            if isinstance(part, Listing):
                size += len(part.items)
                self._learn(part)
                yield part
            else:
                if since is None and isinstance(part, Repeats) and part.whole:
                    self.whole, self.size = True, size
                yield part
                return
        if since is None:
            self.whole, self.size = True, size

    def forget(self) -> None:
        """Begin anew to remember what the account holds: a whole list follows."""
        self.whole = False
        self.size = 0
        self._ids.clear()
        self._gone.clear()
        self._recalled = None

    def recall(self, marks: frozenset[int] | None) -> None:
        """Take the marks of what was held before the list of changes that was just read, None where nobody knows."""
        if not self.whole:
            self._recalled = marks
            self.size = len(marks or ())

    @property
    def marks(self) -> frozenset[int] | None:
        """The marks of all urls that the account may hold, for a cursor; None where not all of it was seen."""
        if not self.whole and self._recalled is None:
            return None
        return (self._recalled or frozenset()) | {short(marked) for marked in self._ids}

    def may_hold(self, url: str) -> bool:
        """Tell whether the account may hold this url, for all that the lists and the cursor have shown."""
        if self.whole:
            return self.holder(url) is not None
        marked = mark(url)
        return self._recalled is None or marked in self._ids or short(marked) in self._recalled

    def time_of(self, listing: Listing) -> int | None:
        """Return the server's time of an answer, None if it does not say."""
        credible = listing.since is not None and abs(listing.since - self._clock()) <= CREDIBLE
        return listing.since if credible else None

    def since(self, began: float) -> int | None:
        """Return from when on to ask for what changed since a time of our clock; None where the server has no time."""
        if self._ahead is None:
            self._learn(self._client.get(state="all", count=1))
        return None if self._ahead is None else max(1, int(began + self._ahead) - OVERLAP)

    def added(self, url: str, item_id: str, date: int | None) -> None:
        """Note that a url was added with this date, in seconds, and which item the server made of it."""
        self.size += 1
        self._ids[mark(url)] = item_id
        if date is not None:
            self.dates[item_id] = date
        self._gone.discard(item_id)

    def removed(self, item_id: str) -> None:
        """Note that an item was deleted."""
        self._gone.add(item_id)

    def holder(self, url: str) -> str | None:
        """Return the item that was given this url or was led to by it, as far as the lists have shown; else None.

        It is "" for an item whose id could not be read.
        """
        item_id = self._ids.get(mark(url))
        return None if item_id in self._gone else item_id

    def _learn(self, listing: Listing) -> None:
        if (time := self.time_of(listing)) is not None:
            self._ahead = time - self._clock()
        for item in listing.items:
            (self._gone.add if item.gone else self._gone.discard)(item.item_id)
        for record in listing.records:
            if record.item_id not in self._gone:
                for url in urls_of(record):
                    self._hold(mark(url), record.item_id)

    def _hold(self, marked: int, item_id: str) -> None:
        """Remember an item by its url; of two that are there, the first one."""
        known = self._ids.get(marked)
        if not known or known in self._gone:
            self._ids[marked] = item_id


def urls_of(record: Item | Broken) -> set[str]:
    """Return the keys of the urls that an item was given and was led to."""
    return {urls.key(url) for url in (record.given_url, record.resolved_url) if url}
