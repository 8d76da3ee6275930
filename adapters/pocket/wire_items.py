"""An item as Pocket's protocol v3 writes it, what is known of its page, and how the two kinds of fields are read.

Numbers and flags are text, but for three (`sort_id`, `time_to_read`, `listen_duration_estimate`); some servers send
integers, booleans and ISO dates. What is empty is `{}`, `[]`, `""`, `"0"`, null or absent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, TypeAlias, TypeVar

import attrs

from adapters.lenient import JSON, Garbled, converter, number, text

UNREAD, ARCHIVED, DELETED, HIDDEN = "0", "1", "2", "3"
LATEST = 253_402_300_799
"""Seconds since the epoch: the end of the year 9999."""

Seconds: TypeAlias = Annotated[int | None, "seconds since the epoch"]
"""A time; None for never."""
Tags: TypeAlias = Annotated[tuple[str, ...], "tags"]
"""Names of tags, in the order in which they came."""

T = TypeVar("T")
_SLASHED = re.compile(r"\\(['\"\\0])")
_MILLISECONDS = 10**12
_NEVER = (None, "", "0", 0, "0000-00-00 00:00:00")
_LONGEST_SHOWN = 60


@attrs.frozen
class Author:
    """Who wrote the page."""

    author_id: str = ""
    name: str = ""
    url: str = ""
    item_id: str = ""


@attrs.frozen
class Image:
    """A picture in the page; `item_id` is that of the resolved page. Width and height may be 0."""

    item_id: str = ""
    image_id: str = ""
    src: str = ""
    width: int = 0
    height: int = 0
    credit: str = ""
    caption: str = ""


@attrs.frozen
class Video:
    """A film in the page. `type`: 1 YouTube, 2 and 4 Vimeo, 3 moogaloop, 5 HTML5, 6 Flash, 7 iframe, 8 Brightcove."""

    item_id: str = ""
    video_id: str = ""
    src: str = ""
    width: int = 0
    height: int = 0
    type: str = ""
    vid: str = ""
    length: int = 0


@attrs.frozen
class DomainMetadata:
    """Whose page it is."""

    name: str = ""
    logo: str = ""
    greyscale_logo: str = ""


@attrs.frozen
class Annotation:
    """A highlight. `created_at` is US Central wall time, and since September 2024 has a Z all the same (reported)."""

    annotation_id: str = ""
    item_id: str = ""
    quote: str = ""
    patch: str = ""
    version: str = ""
    created_at: str = ""


@attrs.frozen
class SearchHighlights:
    """Where a search found its words."""

    fullText: str | None = None  # noqa: N815 - the vendor's spelling
    tags: str | None = None
    title: str | None = None
    url: str | None = None


@attrs.frozen
class Item:
    """A saved page. A stub, and what the crawler has not looked at yet, have empty fields.

    `status`: "0" unread, "1" archived, "2" deleted, "3" hidden. Times are seconds since the epoch; `undated` is what
    stood in the place of `time_added` if that is no time. `has_image` and `has_video`: 0 none, 1 contains some, 2 is
    one. `time_to_read` is in minutes, `listen_duration_estimate` in seconds.
    """

    item_id: str
    resolved_id: str = ""
    given_url: str = ""
    resolved_url: str = ""
    given_title: str = ""
    resolved_title: str = ""
    favorite: bool = False
    status: str = UNREAD
    time_added: Seconds = None
    time_updated: Seconds = None
    time_read: Seconds = None
    time_favorited: Seconds = None
    sort_id: int | None = None
    tags: Tags = ()
    undated: str = ""
    excerpt: str = ""
    lang: str = ""
    is_article: bool = False
    is_index: bool = False
    has_image: int = 0
    has_video: int = 0
    word_count: int = 0
    time_to_read: int = 0
    listen_duration_estimate: int = 0
    top_image_url: str = ""
    amp_url: str = ""
    domain_metadata: DomainMetadata | None = None
    authors: tuple[Author, ...] = ()
    image: Image | None = None
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    highlights: SearchHighlights | None = None
    annotations: tuple[Annotation, ...] = ()

    @property
    def gone(self) -> bool:
        """Whether this says that the item is not in the list any more: deleted, or hidden."""
        return self.status in (DELETED, HIDDEN)


@attrs.frozen
class AddedItem:
    """An item as add and readd answer it: what is known of its page, and nothing of tags, times and state.

    Where the page has not been looked at yet, `resolved_id` is "0" and the rest empty.
    """

    item_id: str
    given_url: str = ""
    normal_url: str = ""
    resolved_id: str = ""
    resolved_url: str = ""
    resolved_normal_url: str = ""
    title: str = ""
    excerpt: str = ""
    lang: str = ""
    word_count: int = 0
    is_article: bool = False
    is_index: bool = False
    has_image: int = 0
    has_video: int = 0
    response_code: str = ""
    mime_type: str = ""
    date_published: str = ""
    date_resolved: str = ""
    top_image_url: str = ""
    domain_metadata: DomainMetadata | None = None
    authors: tuple[Author, ...] = ()
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()


@attrs.frozen
class Broken:
    """An item that cannot be read. `why` completes "the item is ..."; id and urls are "" if not even they are known."""

    item_id: str
    why: str
    given_url: str = ""
    resolved_url: str = ""


def decode_time(value: JSON) -> int | None:
    """Return a time in seconds since the epoch; None for never, and for what is no time.

    It comes as seconds in text or in a number, as milliseconds (13 digits or more), or as an ISO date, in UTC if it
    does not say.
    """
    try:
        seconds = number(value)
    except Garbled:
        seconds = _iso(value)
    if seconds >= _MILLISECONDS:
        seconds //= 1000
    return seconds if 0 < seconds <= LATEST else None


def decode_tags(value: JSON) -> tuple[str, ...]:
    """Return the names of tags, from an object by name, a list, or a text with commas. Raises Garbled.

    They have been through PHP's addslashes, which is undone.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, dict):
        value = [tag if isinstance(tag, dict) else {"tag": name} for name, tag in value.items()]
    if not isinstance(value, list):
        raise Garbled("without tags where tags are due")
    named = (text(tag.get("tag") if isinstance(tag, dict) else tag) for tag in value)
    return tuple(map(_unslashed, filter(None, named)))


def stored_tag(tag: str) -> str:
    """Return how the late server stores a tag: as PHP's addslashes writes it."""
    return re.sub(r"(['\"\\])", r"\\\1", tag).replace("\0", "\\0")


def decode_item(key: str, record: JSON) -> Item | Broken:
    """Read one item of a list; `key` is its id there. What only describes the page is left out if it is broken."""
    if not isinstance(record, dict):
        return Broken(key, "without an object where an item is due")
    known = {name: _text(record.get(name)) for name in ("given_url", "resolved_url")}
    try:
        item_id = text(record.get("item_id")) or text(key)
    except Garbled:
        return Broken(key, "without an id that can be read", **known)
    if not item_id:
        return Broken("", "without an item_id", **known)
    try:
        item = _forgiving({**record, "item_id": item_id}, Item, _ESSENTIAL)
    except Garbled as error:
        return Broken(item_id, str(error), **known)
    added = record.get("time_added")
    undated = item.time_added is None and added not in _NEVER
    return attrs.evolve(item, undated=_shown(added)) if undated else item


def decode_added_item(record: JSON) -> AddedItem:
    """Read the item of an add or readd. Raises Garbled."""
    if not isinstance(record, dict):
        raise Garbled("without an item")
    return _forgiving(record, AddedItem, _ADDED_ESSENTIAL)


def _forgiving(record: dict[str, JSON], kind: type[T], essential: frozenset[str]) -> T:
    """Read a record; if what it could do without is broken, read the rest. Raises Garbled."""
    given = {name: value for name, value in record.items() if name != "undated"}
    try:
        return _converter.structure(given, kind)
    except Garbled:
        return _converter.structure({name: value for name, value in given.items() if name in essential}, kind)


def _text(value: JSON) -> str:
    """Return a value as text, "" if it is none."""
    try:
        return text(value)
    except Garbled:
        return ""


def _iso(value: JSON) -> int:
    try:
        moment = datetime.fromisoformat(value)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return int(aware.timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0


def _shown(value: JSON) -> str:
    """Return a value that is no time as it is shown to a person."""
    shown = str(value) if isinstance(value, str | int | float) else "no text"
    return shown.encode("utf-8", "replace").decode()[:_LONGEST_SHOWN]


def _unslashed(tag: str) -> str:
    """Undo PHP's addslashes."""
    return _SLASHED.sub(lambda match: "\0" if match[1] == "0" else match[1], tag)


_TIMES = ("time_added", "time_updated", "time_read", "time_favorited")
_ESSENTIAL = frozenset(
    {
        *("item_id", "given_url", "resolved_url", "given_title", "resolved_title"),
        *("favorite", "status", "tags", "sort_id", *_TIMES),
    }
)
_ADDED_ESSENTIAL = frozenset({"item_id", "given_url", "normal_url", "resolved_url"})
_converter = converter()
_converter.register_structure_hook_func(lambda kind: kind == Seconds, lambda value, _kind: decode_time(value))
_converter.register_structure_hook_func(lambda kind: kind == Tags, lambda value, _kind: decode_tags(value))
