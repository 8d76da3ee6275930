"""What Nextcloud News sends, as the vendor writes it, and how to read it without losing a record.

All answers are JSON, in API v1-2 and in v1-3 alike. Status 200 alone says nothing: a listing that is not allowed
answers 200 with a `message` and without its key (recorded). So an answer must hold the key that is due, and everything
else is Garbled; an absent key is never an empty listing. Null and "" are told apart in titles, addresses and authors:
null means that the feed gave none. Older servers leave keys out or put null into them, newer ones add more: both are
read. `lastModified` is in seconds, and in microseconds where it has more than ten digits.

Names are the vendor's, so that his documentation can be read beside them.
"""
# ruff: noqa: N802, N815

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import attrs

from adapters.lenient import JSON, Garbled, converter, number, parse, parse_object, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_SECONDS = 9_999_999_999
_LONGEST_WORDS = 200

T = TypeVar("T")


class Kind(enum.IntEnum):
    """Which items: of one feed, of one folder, starred ones, all, unread ones (the last is not documented)."""

    FEED = 0
    FOLDER = 1
    STARRED = 2
    ALL = 3
    UNREAD = 6


class HasKey(Protocol):
    """What names an item: v1-3 knows it by `id`, the stars of v1-2 by the other two. A hash is unique per feed only."""

    @property
    def id(self) -> int:
        """Its number, higher than that of every item that came before."""
        ...

    @property
    def feedId(self) -> int:
        """The feed it came with."""
        ...

    @property
    def guidHash(self) -> str:
        """The MD5 of what the feed calls it."""
        ...


@attrs.frozen
class Key:
    """The name of an item, without the item."""

    id: int
    feedId: int
    guidHash: str


@attrs.frozen
class Item:
    """An article of a feed. `pubDate` is in seconds; it may be 0, before 1970 or null.

    Titles and authors are plain text that is not to be unescaped again; they may have several lines. `body` is
    sanitised HTML, not well-formed, and was cut at 20,000 bytes by some versions. The other texts are not sanitised.
    """

    id: int
    feedId: int
    guidHash: str
    guid: str = ""
    url: str | None = None
    title: str | None = None
    author: str | None = None
    pubDate: int | None = None
    updatedDate: int | None = None
    body: str = ""
    enclosureMime: str | None = None
    enclosureLink: str | None = None
    mediaThumbnail: str | None = None
    mediaDescription: str | None = None
    unread: bool = True
    starred: bool = False
    lastModified: int = 0
    rtl: bool = False
    fingerprint: str | None = None
    contentHash: str | None = None


@attrs.frozen
class Broken:
    """A record that is no item: what of its name can be read, and why it cannot, as a clause ("without id")."""

    id: int | None
    feedId: int | None
    guidHash: str | None
    why: str


@attrs.frozen
class Items:
    """An answer of items or items/updated, in its order."""

    items: tuple[Item, ...] = ()
    broken: tuple[Broken, ...] = ()

    def __len__(self) -> int:
        return len(self.items) + len(self.broken)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all records that have one."""
        named = (record.id for record in self.broken)
        return (*(item.id for item in self.items), *(number for number in named if number is not None))


@attrs.frozen
class Feed:
    """A subscription. `folderId` is null (0 at older servers) at the root, and may name a folder that is gone.

    `unreadCount` is null in the answer that creates a feed. Times are in seconds.
    """

    id: int
    url: str = ""
    title: str = ""
    faviconLink: str | None = None
    added: int = 0
    folderId: int | None = None
    unreadCount: int | None = None
    ordering: int = 0
    link: str | None = None
    pinned: bool = False
    updateErrorCount: int = 0
    lastUpdateError: str | None = None
    nextUpdateTime: int | None = None


@attrs.frozen
class Feeds:
    """An answer of feeds. `newestItemId` is missing where there are no items."""

    feeds: tuple[Feed, ...]
    starredCount: int = 0
    newestItemId: int | None = None


@attrs.frozen
class Folder:
    """A folder. The feeds in it are those that name it: its own list is always empty."""

    id: int
    name: str = ""
    opened: bool = True


@attrs.frozen
class Warnings:
    """What the app has to say of its server: feeds that are never fetched, a database that loses characters."""

    improperlyConfiguredCron: bool = False
    incorrectDbCharset: bool = False


@attrs.frozen
class Status:
    """An answer of status."""

    version: str
    warnings: Warnings = Warnings()


@attrs.frozen
class FeedOwner:
    """A feed and its user, for the administrator."""

    id: int
    userId: str = ""


@attrs.frozen
class ApiLevels:
    """Which versions of the API there are: "v1-2", "v1-3". A "v2" is named too, but not there."""

    apiLevels: tuple[str, ...]


_CONVERTER = converter()


def moment(seconds: float) -> datetime | None:
    """Return the moment of a time in seconds since 1970, None if no calendar has it."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def modified(stamp: int) -> datetime | None:
    """Return the moment of a `lastModified`."""
    return moment(stamp if stamp <= _MOST_SECONDS else stamp / 1_000_000)


def decode_items(body: bytes) -> Items:
    """Read items or items/updated. A record that is no item is in the result, as such. Raises Garbled."""
    items: list[Item] = []
    broken: list[Broken] = []
    for record in _records(holding(body, "items"), "items"):
        try:
            items.append(_item(record))
        except Garbled as error:
            broken.append(_broken(record, str(error)))
    return Items(tuple(items), tuple(broken))


def decode_feeds(body: bytes) -> Feeds:
    """Read feeds, or the answer that creates one. Raises Garbled."""
    found = holding(body, "feeds")
    return _CONVERTER.structure({**found, "feeds": _records(found, "feeds")}, Feeds)


def decode_feed(body: bytes) -> Feed:
    """Read the answer that creates a feed. Raises Garbled."""
    return _only(decode_feeds(body).feeds, "a feed")


def decode_folders(body: bytes) -> tuple[Folder, ...]:
    """Read folders. Raises Garbled."""
    return _CONVERTER.structure(_records(holding(body, "folders"), "folders"), tuple[Folder, ...])


def decode_folder(body: bytes) -> Folder:
    """Read the answer that creates a folder. Raises Garbled."""
    return _only(decode_folders(body), "a folder")


def decode_feed_owners(body: bytes) -> tuple[FeedOwner, ...]:
    """Read feeds/all. Raises Garbled."""
    return _CONVERTER.structure(_records(holding(body, "feeds"), "feeds"), tuple[FeedOwner, ...])


def decode_version(body: bytes) -> str:
    """Read version. Raises Garbled."""
    return text(holding(body, "version")["version"])


def decode_status(body: bytes) -> Status:
    """Read status. Raises Garbled."""
    return _CONVERTER.structure(holding(body, "version"), Status)


def decode_api_levels(body: bytes) -> ApiLevels:
    """Read the probe. Raises Garbled."""
    return _CONVERTER.structure(holding(body, "apiLevels"), ApiLevels)


def decode_nothing(body: bytes) -> None:
    """Read the answer to a write: `[]`, `null`, nothing at all. Raises Garbled for what is no answer of the API."""
    if body.strip():
        parse(body)


def decode_message(body: bytes) -> str | None:
    """Return what a failing answer says, None if it is no JSON with a message. It may hold SQL, markup and paths."""
    try:
        found = parse_object(body)
        return text(found["message"]) if "message" in found else None
    except Garbled:
        return None


def quotable(words: str | None) -> str:
    """Return the words of a server if a person can be shown them, else ""."""
    words = (words or "").strip().rstrip(".!")
    fits = words.isprintable() and len(words) <= _LONGEST_WORDS and not {"<", ">", "`", "*"} & set(words)
    return words if fits else ""


def holding(body: bytes, key: str) -> Mapping[str, JSON]:
    """Return the object that a body is. Raises Garbled if the key that is due is missing, with the server's reason."""
    found = parse_object(body)
    if key not in found:
        words = quotable(decode_message(body))
        raise Garbled(f"without {key} and says: {words}" if words else f"JSON without {key}")
    return found


def _item(record: JSON) -> Item:
    if not isinstance(record, dict):
        raise Garbled("without an object where an object is due")
    # What is not said to be read is unread.
    found = record if record.get("unread") is not None else {**record, "unread": True}
    item = _CONVERTER.structure(found, Item)
    if item.id <= 0 or item.feedId <= 0 or not item.guidHash:
        raise Garbled("without a name of its own")
    return item


def _broken(record: JSON, why: str) -> Broken:
    found: Mapping[str, JSON] = record if isinstance(record, dict) else {}
    name, feed = (_read(found.get(key), number) for key in ("id", "feedId"))
    return Broken(_above_zero(name), _above_zero(feed), _read(found.get("guidHash"), text) or None, why)


def _read(value: JSON, read: Callable[[JSON], T]) -> T | None:
    try:
        return read(value)
    except Garbled:
        return None


def _above_zero(found: int | None) -> int | None:
    return found if found is not None and found > 0 else None


def _records(answer: Mapping[str, JSON], key: str) -> list[JSON]:
    """Return the list that stands there, or a map that PHP has made of one. Null is no empty list."""
    found = answer[key]
    records = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(records, list):
        raise Garbled(f"JSON without a list of {key}")
    return records


def _only(found: tuple[T, ...], what: str) -> T:
    if not found:
        raise Garbled(f"without {what}")
    return found[0]
