"""The records of the sandbox as they are stored, and the ways in which a request can go wrong.

An item's `last_modified` is in microseconds, as in the database; only answers show seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import IntEnum

import attrs

MICROSECONDS = 1_000_000


class Kind(IntEnum):
    """What a listing is of. There is no 4 and no 5."""

    FEED = 0
    FOLDER = 1
    STARRED = 2
    ALL = 3
    UNREAD = 6


class Refused(Exception):  # noqa: N818 - says what became of the request
    """The request fails with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Broken(Exception):  # noqa: N818 - says what became of the request
    """The server stumbles over the request and answers it with status 500."""


@attrs.frozen
class Item:
    """A stored item. `pub_date` is in seconds, `last_modified` in microseconds since the epoch.

    A guid is unique in its feed alone; without one the url stands in. `id` and `feed_id` of what has yet to be fetched
    do not matter.
    """

    id: int = 0
    feed_id: int = 0
    url: str | None = None
    title: str | None = ""
    body: str = ""
    guid: str = attrs.field(default=attrs.Factory(lambda item: item.url or f"urn:item:{item.id}", takes_self=True))
    author: str | None = None
    pub_date: int | None = 1_500_000_000
    enclosure_mime: str | None = None
    enclosure_link: str | None = None
    media_thumbnail: str | None = None
    media_description: str | None = None
    unread: bool = True
    starred: bool = False
    rtl: bool = False
    last_modified: int = 1_600_000_000 * MICROSECONDS

    @property
    def guid_hash(self) -> str:
        """The md5 of the guid, by which v1-2 names an item within its feed."""
        return md5(self.guid)

    @property
    def fingerprint(self) -> str:
        """A signature of what is read."""
        return md5(self._content)

    @property
    def content_hash(self) -> str:
        """The same with what is around it."""
        return md5(f"{self._content}{self.enclosure_mime or ''}{self.author or ''}")

    @property
    def _content(self) -> str:
        return f"{self.title or ''}{self.url or ''}{self.body}{self.enclosure_link or ''}"


@attrs.frozen
class Feed:
    """A subscription. `added` and `deleted` (in the web page; None if it was not) are seconds since the epoch."""

    id: int
    title: str = ""
    url: str = attrs.field(default=attrs.Factory(lambda feed: f"https://feeds.example/{feed.id}", takes_self=True))
    folder_id: int | None = None
    link: str | None = None
    favicon_link: str | None = None
    added: int = 1_600_000_000
    pinned: bool = False
    ordering: int = 0
    update_error_count: int = 0
    last_update_error: str | None = None
    deleted: float | None = None


@attrs.frozen
class Folder:
    """A folder; which feeds are in it is told by the feeds."""

    id: int
    name: str
    opened: bool = True


@attrs.frozen
class Source:
    """What the server finds at the address of a feed: its items are numbered in this order when they are fetched."""

    items: Sequence[Item] = ()
    title: str = ""
    link: str | None = None
    favicon_link: str | None = None


def not_found(table: str) -> Refused:
    """Make the refusal of what is not there, which quotes SQL at whoever asks."""
    query = f'"SELECT * FROM `*PREFIX*news_{table}` WHERE (user_id = :user_id) AND (id = :id)"'  # noqa: S608 - a text
    return Refused(404, f"Did expect one result but found none when executing: query {query}; ")


def md5(text: str) -> str:
    """Return the md5 of a text in hex."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
