"""What the sandbox remembers: the feeds, folders and items of one user, and the rules by which they change.

Everything is known by a number that grows with each insertion, and listings are in the order of these numbers. The
rules were recorded, but for three that are as the source of News has them: what is left of a feed that was deleted in
the web page, that a deleted folder has no changed items, and which items a fetch touches.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import attrs

from adapters.nextcloud_news.sandbox_records import (
    MICROSECONDS,
    Broken,
    Feed,
    Folder,
    Item,
    Kind,
    Refused,
    Source,
    not_found,
)

KEPT_AFTER_DELETION = 600.0
"""Seconds for which a feed that was deleted in the web page still counts as subscribed."""


@attrs.define
class Numbers:
    """The next number of each kind, shared by all users."""

    folder: int = 1
    feed: int = 1
    item: int = 1


class Account:
    """The feeds, folders and items of one user, by number.

    `fetchable` is the world of feeds, by address: a Source, or the message with which fetching fails.
    """

    def __init__(
        self, clock: Callable[[], float], numbers: Numbers, fetchable: Mapping[str, Source | str] = MappingProxyType({})
    ) -> None:
        self._clock = clock
        self._numbers = numbers
        self._fetchable = fetchable
        self._feeds: dict[int, Feed] = {}
        self._folders: dict[int, Folder] = {}
        self._items: dict[int, Item] = {}
        self._by_guid: dict[tuple[int, str], int] = {}
        self._ids: list[int] = []
        self._ids_of: dict[int, list[int]] = {}

    @property
    def items(self) -> Mapping[int, Item]:
        """What is stored now, by number."""
        return MappingProxyType(self._items)

    @property
    def feeds(self) -> Mapping[int, Feed]:
        """The subscriptions, those deleted in the web page included, by number."""
        return MappingProxyType(self._feeds)

    @property
    def folders(self) -> Mapping[int, Folder]:
        """The folders by number."""
        return MappingProxyType(self._folders)

    def load(self, feeds: Iterable[Feed] = (), folders: Iterable[Folder] = (), items: Iterable[Item] = ()) -> None:
        """Store all this as it is, as if long ago. An item's feed must be there: KeyError."""
        for folder in folders:
            self._folders[folder.id] = folder
            self._numbers.folder = max(self._numbers.folder, folder.id + 1)
        for feed in feeds:
            self._feeds[feed.id] = feed
            self._ids_of.setdefault(feed.id, [])
            self._numbers.feed = max(self._numbers.feed, feed.id + 1)
        for item in items:
            self._ids_of[item.feed_id].append(item.id)
            self._by_guid[item.feed_id, item.guid_hash] = item.id
            self._items[item.id] = item
            self._numbers.item = max(self._numbers.item, item.id + 1)
        self._ids = sorted(self._items)
        for ids in self._ids_of.values():
            ids.sort()

    def listed(
        self, kind: int, within: int = 0, *, unread: bool = False, offset: int = 0, oldest_first: bool = False
    ) -> Iterator[Item]:
        """Yield the items of a kind by number: those after the offset, or before it if the newest come first.

        `within` is the feed or folder (no items where there is none such, and none of folder 0). Offset 0 is none.
        """
        for item in self._walked(kind, within, offset, oldest_first=oldest_first):
            if (item.unread or not (unread or kind == Kind.UNREAD)) and (item.starred or kind != Kind.STARRED):
                yield item

    def changed(self, kind: int, within: int, since: int) -> list[Item]:
        """Return what changed at this microsecond or later, newest number first, read or not."""
        if kind == Kind.FOLDER and within not in self._folders:
            return []
        return [item for item in self.listed(kind, within) if item.last_modified >= since]

    def newest_id(self) -> int | None:
        """Return the highest number, which may be that of an item whose feed was deleted in the web page."""
        return self._ids[-1] if self._ids else None

    def listed_feeds(self) -> list[Feed]:
        """Return the feeds by title."""
        return sorted((feed for feed in self._feeds.values() if feed.deleted is None), key=lambda feed: feed.title)

    def listed_folders(self) -> list[Folder]:
        """Return the folders by name."""
        return sorted(self._folders.values(), key=lambda folder: folder.name)

    def unread_in(self, feed_id: int) -> int:
        """Count the unread items of a feed."""
        return sum(self._items[number].unread for number in self._ids_of[feed_id])

    def starred(self) -> int:
        """Count the starred items."""
        return sum(1 for _ in self.listed(Kind.STARRED))

    def named(self, feed_id: int, guid_hash: str) -> int:
        """Return the number of an item that is named as v1-2 does, 0 if there is none."""
        return self._by_guid.get((feed_id, guid_hash), 0)

    def flag(self, item_id: int, *, unread: bool | None = None, starred: bool | None = None) -> None:
        """Set one flag of an item; only a real change is one. Refused (404) if there is no such item."""
        item = self._items.get(item_id)
        if item is None or self._feeds[item.feed_id].deleted is not None:
            raise not_found("items")
        self._store(
            attrs.evolve(
                item,
                unread=item.unread if unread is None else unread,
                starred=item.starred if starred is None else starred,
            )
        )

    def read_all(self, newest: int) -> None:
        """Mark everything up to this number as read."""
        self._read(self._ids, newest)

    def read_feed(self, feed_id: int, newest: int) -> None:
        """Mark a feed's items up to this number as read. Broken if there is no such feed."""
        if self._known(feed_id) is None:
            raise Broken
        self._read(self._ids_of[feed_id], newest)

    def read_folder(self, folder_id: int, newest: int) -> None:
        """Mark the items of a folder's feeds up to this number as read. Broken if there is no such folder."""
        if folder_id not in self._folders:
            raise Broken
        for feed_id in self._feeds_in(folder_id):
            self._read(self._ids_of[feed_id], newest)

    def create_folder(self, name: str) -> Folder:
        """Make a folder; names are not checked and may repeat."""
        folder = Folder(self._numbers.folder, name)
        self._numbers.folder += 1
        self._folders[folder.id] = folder
        return folder

    def rename_folder(self, folder_id: int, name: str) -> None:
        """Give a folder another name. Refused (404) if there is no such folder."""
        self._folders[folder_id] = attrs.evolve(self._folder(folder_id), name=name)

    def delete_folder(self, folder_id: int) -> None:
        """Delete a folder; its feeds stay, and keep its number. Refused (404) if there is no such folder."""
        del self._folders[self._folder(folder_id).id]

    def subscribe(self, url: str, folder_id: int | None) -> Feed:
        """Subscribe to an address and fetch what is there; no one asks whether there is such a folder.

        Refused where it is subscribed to already (409), or was until shortly before, or cannot be read (404).
        """
        self._forget_deleted()
        if any(feed.url == url for feed in self._feeds.values()):
            raise Refused(409, "Feed with this URL exists")
        source = self._fetchable.get(url, _nothing_at(url))
        if isinstance(source, str):
            raise Refused(404, source)
        feed = Feed(
            id=self._numbers.feed,
            title=source.title,
            url=url,
            folder_id=folder_id or None,
            link=source.link or url,
            favicon_link=source.favicon_link,
            added=int(self._clock()),
        )
        self._numbers.feed += 1
        self._feeds[feed.id] = feed
        self._ids_of[feed.id] = []
        self.fetch(feed.id, source.items)
        return feed

    def fetch(self, feed_id: int, items: Iterable[Item]) -> None:
        """Store what a feed brings: new items get numbers and are unread, known ones keep their flags.

        What comes again as it was is no change.
        """
        for item in items:
            known = self._items.get(self.named(feed_id, item.guid_hash))
            if known is None:
                self._insert(attrs.evolve(item, feed_id=feed_id, id=self._numbers.item))
            elif known.fingerprint != item.fingerprint:
                self._store(
                    attrs.evolve(item, feed_id=feed_id, id=known.id, unread=known.unread, starred=known.starred)
                )

    def move_feed(self, feed_id: int, folder_id: int | None) -> None:
        """Put a feed into a folder, which need not exist; 0 and None are the root. Refused (404) if it is unknown."""
        self._feeds[feed_id] = attrs.evolve(self._feed(feed_id), folder_id=folder_id or None)

    def rename_feed(self, feed_id: int, title: str) -> None:
        """Give a feed another title, stored as it is. Refused (404) if there is no such feed."""
        self._feeds[feed_id] = attrs.evolve(self._feed(feed_id), title=title)

    def unsubscribe(self, feed_id: int) -> None:
        """Delete a feed and its items. Refused (404) if there is no such feed."""
        self._drop(self._feed(feed_id).id)

    def delete_in_browser(self, feed_id: int) -> None:
        """Delete a feed as the web page does: it is shown no longer, and still counts as subscribed for a while."""
        self._feeds[feed_id] = attrs.evolve(self._feeds[feed_id], deleted=self._clock())

    def purge(self, item_ids: Collection[int]) -> None:
        """Remove items, as the server does by itself with those that are read and old; it reports that to no one."""
        for number in item_ids:
            item = self._items.pop(number)
            del self._by_guid[item.feed_id, item.guid_hash]
        self._ids = sorted(self._items)
        self._ids_of = {
            feed_id: [number for number in ids if number in self._items] for feed_id, ids in self._ids_of.items()
        }

    def _walked(self, kind: int, within: int, offset: int, *, oldest_first: bool) -> Iterator[Item]:
        """Yield the items of the feeds in question, starting beyond the offset without a look at those before it."""
        ways = [_beyond(ids, offset, oldest_first=oldest_first) for ids in self._searched(kind, within)]
        for number in heapq.merge(*ways, reverse=not oldest_first):
            yield self._items[number]

    def _searched(self, kind: int, within: int) -> list[list[int]]:
        """Return the sorted numbers that a listing is made of."""
        if kind == Kind.FEED:
            return [] if self._known(within) is None else [self._ids_of[within]]
        if kind == Kind.FOLDER:
            return [self._ids_of[feed_id] for feed_id in self._feeds_in(within)]
        if any(feed.deleted is not None for feed in self._feeds.values()):
            return [self._ids_of[feed.id] for feed in self.listed_feeds()]
        return [self._ids]

    def _feeds_in(self, folder_id: int) -> list[int]:
        return [feed.id for feed in self._feeds.values() if feed.folder_id == folder_id and feed.deleted is None]

    def _read(self, ids: Sequence[int], newest: int) -> None:
        for number in ids[: bisect_right(ids, newest)]:
            if self._items[number].unread:
                self._store(attrs.evolve(self._items[number], unread=False))

    def _store(self, item: Item) -> None:
        """Keep the new state of an item; if it is one, this is when it changed."""
        if item != self._items[item.id]:
            self._items[item.id] = attrs.evolve(item, last_modified=self._now())

    def _insert(self, item: Item) -> None:
        self._numbers.item = item.id + 1
        self._items[item.id] = attrs.evolve(item, unread=True, starred=False, last_modified=self._now())
        self._by_guid[item.feed_id, item.guid_hash] = item.id
        self._ids.append(item.id)
        self._ids_of[item.feed_id].append(item.id)

    def _drop(self, feed_id: int) -> None:
        self.purge(list(self._ids_of[feed_id]))
        del self._feeds[feed_id], self._ids_of[feed_id]

    def _forget_deleted(self) -> None:
        """Drop what was deleted in the web page more than ten minutes ago."""
        before = self._clock() - KEPT_AFTER_DELETION
        for feed in [feed for feed in self._feeds.values() if feed.deleted is not None and feed.deleted < before]:
            self._drop(feed.id)

    def _known(self, feed_id: int) -> Feed | None:
        feed = self._feeds.get(feed_id)
        return feed if feed is not None and feed.deleted is None else None

    def _feed(self, feed_id: int) -> Feed:
        feed = self._known(feed_id)
        if feed is None:
            raise not_found("feeds")
        return feed

    def _folder(self, folder_id: int) -> Folder:
        if folder_id not in self._folders:
            raise not_found("folders")
        return self._folders[folder_id]

    def _now(self) -> int:
        return int(self._clock() * MICROSECONDS)


def _beyond(ids: Sequence[int], offset: int, *, oldest_first: bool) -> Iterator[int]:
    """Walk along sorted numbers from beyond the offset, upwards if the oldest come first."""
    if oldest_first:
        places = range(bisect_right(ids, offset) if offset else 0, len(ids))
    else:
        places = range((bisect_left(ids, offset) if offset else len(ids)) - 1, -1, -1)
    return (ids[place] for place in places)


def _nothing_at(url: str) -> str:
    """Say that there is no feed at an address, with a piece of the page that is there instead."""
    page = "<!DOCTYPE HTML>\n<html><head><title>Error response</title></head> (truncated...)\n"
    return f"Client error: `GET {url}` resulted in a `404 File not found` response:\n{page}"
