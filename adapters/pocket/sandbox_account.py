"""What the sandbox remembers: one Pocket account and the rules by which its items change.

Times are whole seconds since the epoch, 0 is none. The rules are those of Pocket's published server where it has any;
where nothing is known of the service, the docstring says what this account does instead.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import attrs

from adapters.pocket.sandbox_index import Index

UNREAD, ARCHIVED, DELETED, HIDDEN = 0, 1, 2, 3
TAG_LIMIT = 25
SCHEMES = frozenset({"http", "https"})
LONG_AGO = 1_342_251_261
_SLASHED = str.maketrans({"'": "\\'", '"': '\\"', "\\": "\\\\", "\0": "\\0"})
_TOP_LEVEL = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]{2,}", re.IGNORECASE)
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")


@attrs.frozen
class Page:
    """What the crawler found at a url. `image` and `video`: 0 none, 1 contains some, 2 is one."""

    title: str = ""
    excerpt: str = ""
    words: int = 1_234
    lang: str = "en"
    article: bool = True
    index: bool = False
    image: int = 1
    video: int = 0


def crawled(url: str) -> Page:
    """Return what the sandbox's crawler finds: a title made of the last part of the path, else of the host."""
    parts = urlsplit(url)
    words = (parts.path.rstrip("/").rpartition("/")[2] or parts.netloc).replace("-", " ")
    return Page(f"Resolved {words}", f"Excerpt of {words} — café")


@attrs.frozen
class Annotation:
    """A highlight. `created` is written as the service writes it: US Central wall time, since 2024 with a false Z."""

    annotation_id: str
    quote: str
    patch: str = ""
    version: str = "2"
    created: str = "2024-09-02T08:15:30.000Z"


@attrs.frozen
class Item:
    """A saved item. `given_title` None: none was given. `page` None: the crawler has not been there yet (pending)."""

    item_id: str
    given_url: str
    given_title: str | None = None
    tags: tuple[str, ...] = ()
    status: int = UNREAD
    favorite: bool = False
    time_added: int = LONG_AGO
    time_read: int = 0
    time_favorited: int = 0
    time_updated: int = attrs.field()
    resolved_url: str = attrs.field()
    page: Page | None = attrs.field()
    annotations: tuple[Annotation, ...] = ()

    @time_updated.default
    def _last_known_change(self) -> int:
        return max(self.time_added, self.time_read, self.time_favorited)

    @resolved_url.default
    def _not_redirected(self) -> str:
        return self.given_url

    @page.default
    def _crawled(self) -> Page | None:
        return crawled(self.resolved_url)

    @property
    def resolved_id(self) -> str:
        """The id of what the url led to; never the item's own here, so that nobody takes one for the other."""
        return f"9{self.item_id}"


@attrs.frozen
class Query:
    """Which items a listing wants, and in which order. `by` names the time that counts as an item's date."""

    statuses: frozenset[int]
    favorite: bool | None = None
    tag: str | None = None
    content: str | None = None
    domain: str | None = None
    search: str | None = None
    annotated: bool | None = None
    since: int | None = None
    before: int | None = None
    sort: str = "newest"
    by: str = "time_added"


class Unusable(ValueError):  # noqa: N818 - what the given value is
    """What was asked names nothing that can be stored. The text says why."""


class Account:
    """The items by item_id, and how often each url was added (or added again).

    `resolves` says where a url leads, so that two of them can be one item; `ids` fixes the item_id of a resolved url,
    which is otherwise made of it; `crawl` is the crawler, which may find nothing yet (None).
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.resolves: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.crawl: Callable[[str], Page | None] = crawled
        self.adds: Counter[str] = Counter()
        self.searches: list[str] = []
        self._clock = clock
        self._items: dict[str, Item] = {}
        self._added = Index()
        self._updated = Index()
        self._selected: dict[Query, list[str]] = {}

    @property
    def items(self) -> Mapping[str, Item]:
        """What is stored now, by item_id; deleted items too."""
        return MappingProxyType(self._items)

    def load(self, items: Iterable[Item]) -> None:
        """Store items as they are, as if long ago: no counter moves and no rule applies."""
        for item in items:
            self._items[item.item_id] = item
            self.ids[item.resolved_url] = self.ids[item.given_url] = item.item_id
        self._added = Index((item.time_added, item.item_id) for item in self._items.values())
        self._updated = Index((item.time_updated, item.item_id) for item in self._items.values())
        self._selected.clear()

    def now(self) -> int:
        """Return the sandbox's time in whole seconds."""
        return int(self._clock())

    def item_id(self, url: str) -> str:
        """Return the item_id of a url: a number that says nothing of when it was added."""
        place = self.resolves.get(url, url)
        for known in (place, url):
            if known in self.ids:
                return self.ids[known]
        digest = hashlib.sha256(place.encode("utf-8", "surrogatepass")).digest()
        self.ids[place] = str(int.from_bytes(digest[:7], "big") % 9_000_000_000 + 10_000_000)
        return self.ids[place]

    def find(self, item_id: str | None, url: str | None) -> Item | None:
        """Return the item that an action names, by item_id if it does."""
        if item_id is not None:
            return self._items.get(item_id)
        return None if url is None else self._items.get(self.item_id(url))

    def add(self, url: str, title: str | None, tags: Iterable[str], when: int | None) -> Item:
        """Save a url, or save it again: what it resolves to is unread and added anew, and keeps tags and favorite.

        A title replaces the one given before. Tags are put on afterwards, which moves time_updated to now whatever
        `when` says. Raises Unusable, and has then stored nothing.
        """
        place = full_url(url)
        put = stored_tags(tags)
        moment = self.now() if when is None else when
        known = self._items.get(self.item_id(place))
        if known is None:
            resolved = self.resolves.get(place, place)
            known = Item(self.item_id(place), place, resolved_url=resolved, page=self.crawl(resolved))
        item = attrs.evolve(
            known,
            given_title=known.given_title if title is None else title,
            tags=_distinct((*known.tags, *put)),
            status=UNREAD,
            time_added=moment,
            time_updated=self.now() if put else moment,
            time_read=0,
        )
        self._write(item)
        self.adds[url] += 1
        return item

    def change(self, item: Item, when: int | None, **fields: Any) -> Item:
        """Change fields of an item; the time of it becomes time_updated."""
        changed = attrs.evolve(item, time_updated=self.now() if when is None else when, **fields)
        self._write(changed)
        return changed

    def tagged(self, tag: str) -> list[Item]:
        """Return the items that have a tag, which is given folded."""
        return [item for item in self._items.values() if tag in map(folded, item.tags)]

    def tags(self) -> list[str]:
        """Return all tags of the account, in alphabetical order."""
        return sorted({tag for item in self._items.values() for tag in item.tags})

    def select(self, query: Query) -> list[str]:
        """Return the item_ids that a query wants, in its order; remembered until something changes."""
        if query not in self._selected:
            self._selected[query] = self._ordered(query)
        return self._selected[query]

    def _ordered(self, query: Query) -> list[str]:
        """Filter first and sort then: items of the same date are in the order of their ids."""
        index = self._added if query.since is None else self._updated
        found = [item_id for item_id in index.after(query.since) if self._wanted(self._items[item_id], query)]
        if query.by != "time_added" or query.since is not None:
            found.sort(key=lambda item_id: (getattr(self._items[item_id], query.by), len(item_id), item_id))
        if query.sort in ("title", "site"):
            found.sort(key=lambda item_id: _heading(self._items[item_id], query.sort))
        elif query.sort == "newest":
            found.reverse()
        return found

    def _wanted(self, item: Item, query: Query) -> bool:
        return (
            item.status in query.statuses
            and (query.favorite is None or item.favorite == query.favorite)
            and (query.tag is None or (query.tag in map(folded, item.tags) if query.tag else not item.tags))
            and (query.annotated is None or bool(item.annotations) == query.annotated)
            and (query.before is None or item.time_updated < query.before)
            and (query.content is None or _is_content(item.page, query.content))
            and (query.domain is None or _host(item).endswith(query.domain))
            and (query.search is None or query.search.casefold() in _searched(item))
        )

    def _write(self, item: Item) -> None:
        before = self._items.get(item.item_id)
        if before is not None:
            self._added.remove(before.time_added, before.item_id)
            self._updated.remove(before.time_updated, before.item_id)
        self._items[item.item_id] = item
        self._added.insert(item.time_added, item.item_id)
        self._updated.insert(item.time_updated, item.item_id)
        self._selected.clear()


def full_url(url: str) -> str:
    """Return a url with its scheme, which is http where it has none. Raises Unusable for another scheme."""
    try:
        scheme = urlsplit(url).scheme if "://" in url or re.match(r"[a-z]+:\D", url, re.IGNORECASE) else ""
    except ValueError:
        raise Unusable("Invalid url") from None
    if not scheme:
        return f"http://{url}"
    if scheme not in SCHEMES:
        raise Unusable("Only http and https can be saved")
    return url


def is_public(url: str) -> bool:
    """Tell whether a url, with or without its scheme, leads to a host that everybody can reach."""
    try:
        parts = urlsplit(full_url(url))
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if re.search(r"[\s<>]", url) or "@" in parts.netloc:
        return False
    return ":" in host or bool(_ADDRESS.fullmatch(host)) or _has_top_level(host)


def folded(tag: str) -> str:
    """Return what the database compares tags by: case does not matter, nor do blanks at the end."""
    return tag.lower().rstrip(" ")


def cut_tag(tag: str) -> str:
    """Return a tag trimmed, in lower case and cut, which may leave a blank at its end."""
    return tag.replace("\ufffd", "?").strip().lower()[:TAG_LIMIT]


def stored_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return how tags are stored, once each: cut, and then with backslashes. Raises Unusable for a tag of blanks."""
    put = _distinct(cut_tag(tag).translate(_SLASHED) for tag in tags)
    if "" in put:
        raise Unusable("A tag is empty")
    return put


def _has_top_level(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return len(labels) > 1 and all(labels) and bool(_TOP_LEVEL.fullmatch(labels[-1])) and "_" not in host


def _is_content(page: Page | None, content: str) -> bool:
    if page is None:
        return False
    return {"article": page.article, "image": page.image == 2, "video": page.video > 0}[content]


def _host(item: Item) -> str:
    return urlsplit(item.resolved_url).hostname or ""


def _searched(item: Item) -> str:
    page = item.page or Page()
    return "\n".join((item.given_title or "", item.given_url, page.title, *item.tags)).casefold()


def _heading(item: Item, sort: str) -> str:
    title = item.given_title or (item.page or Page()).title
    return title.casefold() if sort == "title" else _host(item)


def _distinct(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))
