"""Nextcloud News as an account of the bridge.

An item of a feed is an entry: starred is favorite, the names of its feed and of its folder are tags. `added` is when
the page was published, as the feed says: News keeps no time of starring; where a feed gives none, it is when the item
last changed. Nothing is added or removed here, and absence means nothing: the server purges read items, and those of a
feed go with it. In an account of starred items, an unstarring is an entry that is no favorite any more.

An Update sets flags and reads nothing before: what the planner saw (`Delta.expects`) is not compared, and a flag that
somebody else changed meanwhile is set as it was asked.
"""

from __future__ import annotations

import functools
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import attrs

from adapters.batches import without_repeats
from adapters.http.contact import Contact
from adapters.nextcloud_news import CAPABILITIES, NewsConfig
from adapters.nextcloud_news.client import NewsClient, misplaced
from adapters.nextcloud_news.entries import (
    Cursor,
    Names,
    digest,
    key_of,
    read,
    ref_of,
    unread_record,
    without_address,
)
from adapters.nextcloud_news.flags import Batch
from adapters.nextcloud_news.wire import Broken, Item, Items, Kind, modified
from bridge.model.adapter import Checked, Context, End, Missing, Page
from bridge.model.bookmark import Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.errors import ProtocolError
from bridge.model.operation import Operation, Outcome
from bridge.model.receipt import Loss

STALE = (
    "The cron job of the Nextcloud server is not set up as News needs it, so its feeds go stale. Have its "
    "administrator choose Cron under Basic settings, Background jobs."
)
CHARSET = (
    "The database of the Nextcloud server cannot hold every character, so titles may be damaged. Have its "
    "administrator turn on 4-byte support (utf8mb4)."
)

CREDIBLE = 86_400.0
"""Seconds by which a server's clock may be ahead of ours."""


class NewsAdapter:
    """One account of Nextcloud News; see bridge.model.adapter.Adapter for the contract."""

    def __init__(self, config: NewsConfig, context: Context, client: NewsClient) -> None:
        self._config = config
        self._clock = context.clock
        self._client = client
        self._contact = Contact(functools.partial(misplaced, client, config))
        self._lacks = frozenset(map(Field, config.lacks))
        self._tags = () if Field.TAGS in self._lacks else config.tags

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return self._client.identity

    @functools.cached_property
    def capabilities(self) -> Capabilities:
        """Those of News without what the account lacks, and without tags where no names become tags; at its pace."""
        lacks = self._lacks if self._tags else self._lacks | {Field.TAGS}
        cost = attrs.evolve(CAPABILITIES.cost, gap=self._client.pacer.gap("default"))
        return attrs.evolve(CAPABILITIES.without(lacks), cost=cost)

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._client.calls

    def check(self) -> Checked:
        """Ask for the app's status: one call, and another where the server has to say which API it speaks."""
        with self._contact.first():
            status = self._client.status()
        remarks = [f"News {status.version}, by its API {self._client.api}."]
        if status.warnings.improperlyConfiguredCron:
            remarks.append(STALE)
        if status.warnings.incorrectDbCharset:
            remarks.append(CHARSET)
        return Checked(self._client.user, tuple(remarks), self._client.clock_off)

    def pull(self, cursor: str | None) -> Iterator[Page | End]:
        """Yield all items of the account, or by one call those that changed since the cursor.

        Renamed and moved feeds do not count as changes of their items: only a full pull sees new names.
        """
        with self._contact.first():
            _version = self._client.api  # which asks the server where the config leaves it open
        past = Cursor.decode(cursor)
        if past is None or (past.starred is not None) is not self._starred or past.tags != self._tags:
            yield from self._everything()
        else:
            yield from self._since(past)

    def push(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Set flags: one call for all items that get the same, one of another kind for a single item.

        Of many, the server passes over those that it does not have; only of a single one it says so.
        """
        for part in without_repeats(operations):
            yield from Batch(self._client, self.capabilities.edits, part).carry_out()

    def look_up(self, entries: Sequence[Entry], _since: float | None = None, /) -> Iterator[Entry | Missing]:
        """Yield what the server holds now: items are listed by id, from each that is asked for.

        One entry is one call for one item, and ids that are close together are one page. An id that the listing passes
        over is not there. What an item without an address is asked for, it keeps that of the entry.
        """
        names = Names(self._client, self._tags)
        asked: dict[int, list[Entry]] = {}
        for entry in entries:
            key = key_of(entry.ref)
            if key is None:
                yield Missing(entry.ref)
            else:
                asked.setdefault(key.id, []).append(entry)
        left = deque(sorted(asked))
        while left:
            size = self._reach(left)
            page = self._client.items(Kind.ALL, oldest_first=True, offset=left[0] - 1, batch_size=size)
            seen = math.inf if len(page) < size else max(page.ids, default=0)
            if seen < left[0]:
                raise _unreadable()
            items = {item.id: item for item in page.items}
            while left and left[0] <= seen:
                number = left.popleft()
                for entry in asked[number]:
                    yield self._found(entry, items.get(number), page.broken, names)

    @property
    def _starred(self) -> bool:
        return self._config.items == "starred"

    def _everything(self) -> Iterator[Page | End]:
        """List all. The cursor stands at what the first page shows, as what changes later may be on no page."""
        names = Names(self._client, self._tags)
        kind = Kind.STARRED if self._starred else Kind.ALL
        first: Items | None = None
        starred: set[int] = set()
        complete = True
        for items in self._client.item_pages(kind, batch_size=self._config.page):
            first = first or items
            starred |= set(items.ids)
            page = self._page(items.items, items.broken, names)
            complete = complete and all(problem.ref is not None for problem in page.problems)
            yield page
        shown = () if first is None else first.items
        yield End(complete, self._cursor(0, shown, shown, starred))

    def _since(self, past: Cursor) -> Iterator[Page | End]:
        """List what changed. Most of it may be of no concern: new items that nobody starred."""
        found = self._client.updated(past.modified)
        known = past.starred or frozenset()
        ours = {item.id: item for item in found.items if not self._starred or item.starred or item.id in known}
        fresh = [item for item in ours.values() if digest(item) not in past.echo]
        if fresh or found.broken:
            yield self._page(fresh, found.broken, Names(self._client, self._tags))
        starred = {number for number in known | ours.keys() if number not in ours or ours[number].starred}
        # A change of nobody knows what is looked for in all there is.
        sound = all(record.ref is not None for record in map(unread_record, found.broken))
        cursor = self._cursor(past.modified, found.items, ours.values(), starred) if sound else None
        yield End(complete=False, cursor=cursor)

    def _cursor(self, least: int, shown: Iterable[Item], ours: Iterable[Item], starred: Iterable[int]) -> str | None:
        """Return the cursor after what was shown; None where the server has shown no time yet.

        A time that is far ahead of ours is none: from there on nothing would ever be new.
        """
        latest = self._clock() + CREDIBLE
        stamps = ((item.lastModified, modified(item.lastModified)) for item in shown)
        last = max([least, *(stamp for stamp, time in stamps if time is not None and time.timestamp() <= latest)])
        if last <= 0:
            return None
        echo = frozenset(digest(item) for item in ours if item.lastModified == last)
        return Cursor(last, echo, frozenset(starred) if self._starred else None, self._tags).encode()

    def _page(self, items: Iterable[Item], broken: Iterable[Broken], names: Names) -> Page:
        entries: list[Entry] = []
        problems = [unread_record(record) for record in broken]
        losses: list[Loss] = []
        for item in items:
            if item.url:
                bookmark, lost = read(item, item.url, names.tags(item.feedId), self._lacks)
                entries.append(Entry(ref_of(item), bookmark, modified(item.lastModified)))
                losses += lost
            elif item.starred or not self._starred:
                problems.append(without_address(item, names.feed(item.feedId)))
        return Page(entries=tuple(entries), problems=tuple(problems), losses=tuple(losses))

    def _found(self, entry: Entry, item: Item | None, broken: Iterable[Broken], names: Names) -> Entry | Missing:
        """Return what a page says of an entry. An item of the same id by another name is not the one asked for."""
        if item is not None and ref_of(item) == entry.ref:
            bookmark, _losses = read(item, item.url or entry.bookmark.url, names.tags(item.feedId), self._lacks)
            return Entry(entry.ref, bookmark, modified(item.lastModified))
        number = int(entry.ref.partition("/")[0])
        if any(record.id in (None, number) for record in broken):
            raise _unreadable()
        return Missing(entry.ref)

    def _reach(self, numbers: Sequence[int]) -> int:
        """Return how many items to ask for from the first of these ids on: no more than lead to another of them."""
        first = numbers[0]
        last = first
        for number in numbers:
            if number - first >= self._config.page:
                break
            last = number
        return last - first + 1


def _unreadable() -> ProtocolError:
    return ProtocolError("Nextcloud News lists an item that cannot be read.", "Try again later, or remove it there.")
