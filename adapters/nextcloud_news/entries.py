"""Items of Nextcloud News as entries of the bridge: refs, bookmarks, cursors, and the names that become tags."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import attrs

from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.wire import Broken, Feed, HasKey, Item, Key, modified, moment
from bridge.model import reasons
from bridge.model.adapter import Problem
from bridge.model.bookmark import Bookmark, Field
from bridge.model.receipt import Loss

_LONGEST_DIGITS = 19
_LONGEST_NAME = 80


def ref_of(item: HasKey) -> str:
    """Return the ref of an item."""
    return f"{item.id}/{item.feedId}/{item.guidHash}"


def key_of(ref: str) -> Key | None:
    """Return the name of the item that a ref stands for, None if it is none of this service."""
    number, feed, guid_hash = [*ref.split("/", 2), "", ""][:3]
    if not guid_hash or not all(_is_number(part) for part in (number, feed)):
        return None
    return Key(int(number), int(feed), guid_hash)


def read(
    item: Item, url: str, tags: Iterable[str] = (), lacks: frozenset[Field] = frozenset()
) -> tuple[Bookmark, tuple[Loss, ...]]:
    """Return the bookmark that an item is, under this url, and what of it could not be read.

    Fields that the account lacks are as in any bookmark that does not say.
    """
    published = moment(item.pubDate) if item.pubDate else None
    added = modified(item.lastModified) if published is None and item.lastModified else published
    bookmark = Bookmark(
        url=url,
        title=item.title or "",
        tags=tuple(tags),
        added=added,
        unread=item.unread,
        favorite=item.starred,
    )
    lost = bool(item.pubDate) and published is None and Field.ADDED not in lacks
    loss = Loss(url, Field.ADDED.value, str(item.pubDate), str(added or ""), reasons.NO_DATE)
    losses = (loss,) if lost else ()
    return bookmark.without(lacks), losses


def digest(item: Item) -> str:
    """Return what is another for an item that would be another entry."""
    shown = (item.id, item.feedId, item.lastModified, item.unread, item.starred, item.pubDate, item.url, item.title)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]


@attrs.frozen
class Cursor:
    """Where the next pull starts: at the highest `modified` that the server showed, on its own clock.

    That second comes again, as more may have happened in it; `echo` are the digests of what was seen of it. `starred`
    are the ids of the items that are known as starred, None in an account of all items. `tags` are the names that
    became tags.
    """

    modified: int
    echo: frozenset[str]
    starred: frozenset[int] | None
    tags: tuple[str, ...]

    def encode(self) -> str:
        """Return the cursor as text."""
        starred = {} if self.starred is None else {"starred": sorted(self.starred)}
        fields = {"modified": self.modified, "echo": sorted(self.echo), "tags": self.tags, **starred}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str | None) -> Cursor | None:
        """Return the cursor that a text is, None if it is none."""
        try:
            found = json.loads(text or "")
            starred = frozenset(map(int, found["starred"])) if "starred" in found else None
            echo = frozenset(map(str, found["echo"]))
            return cls(int(found["modified"]), echo, starred, tuple(map(str, found["tags"])))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None


class Names:
    """The names of feeds and folders, asked for when the first is needed."""

    def __init__(self, client: NewsClient, tags: Sequence[str]) -> None:
        self._client = client
        self._tags = tags

    @functools.cached_property
    def _feeds(self) -> Mapping[int, Feed]:
        return {feed.id: feed for feed in self._client.feeds().feeds}

    @functools.cached_property
    def _folders(self) -> Mapping[int, str]:
        return {folder.id: folder.name for folder in self._client.folders()}

    def feed(self, number: int) -> str:
        """Return the title of a feed, "" if it has none or is gone."""
        feed = self._feeds.get(number)
        return "" if feed is None else feed.title.strip()

    def folder(self, number: int) -> str:
        """Return the name of the folder that a feed is in, "" at the root; a folder that is gone is the root."""
        feed = self._feeds.get(number)
        return "" if feed is None or not feed.folderId else self._folders.get(feed.folderId, "").strip()

    def tags(self, number: int) -> tuple[str, ...]:
        """Return the tags of a feed's items."""
        return tuple(self.feed(number) if tag == "feed" else self.folder(number) for tag in self._tags)


def without_address(item: Item, feed: str) -> Problem:
    """Say that an item cannot be a bookmark: it has no address. `feed` is the title of its feed."""
    title = " ".join((item.title or "").split())
    named = f"'{title[:_LONGEST_NAME]}'" if title else f"Item {item.id}"
    place = f"the feed '{feed[:_LONGEST_NAME]}'" if feed else f"feed {item.feedId}"
    return Problem(place, f"{named} has no address.", ref=ref_of(item))


def unread_record(record: Broken) -> Problem:
    """Say that a record is no item."""
    whole = record.id is not None and record.feedId is not None and record.guidHash is not None
    ref = f"{record.id}/{record.feedId}/{record.guidHash}" if whole else None
    place = "an item" if record.id is None else f"item {record.id}"
    return Problem(place, f"The record is {record.why}.", ref=ref)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_DIGITS and int(text) > 0
