"""A post as a bookmark, and a bookmark as a post."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from adapters.pinboard.wire import UNREAD_TAG, Post, decode_time, encode_time
from bridge.model import reasons
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Field, same
from bridge.model.operation import Delta
from bridge.model.receipt import Loss

LONGEST_TITLE = 255
_TAG_BREAK = re.compile(r"[ \t\r\n]+")


def read(post: Post, lacks: frozenset[Field] = frozenset()) -> tuple[Bookmark, tuple[Loss, ...]]:
    """Return the bookmark that a post is, and what of it could not be read.

    A title that is the address (or what of it fits into a title) stands for none, and a tag that only shows what is
    unread is none. Fields that the account lacks are as in any bookmark that does not say.
    """
    added = decode_time(post.time)
    tags = _TAG_BREAK.split(post.tags)
    bookmark = Bookmark(
        url=post.href,
        title="" if post.description in (post.href, post.href[:LONGEST_TITLE]) else post.description,
        note=post.extended,
        tags=tuple(tag for tag in tags if not (post.unread_tag and tag == UNREAD_TAG)),
        added=added,
        unread=post.toread,
        private=not post.shared,
    )
    undated = post.time and added is None
    losses = (Loss(post.href, Field.ADDED.value, post.time, reason=reasons.NO_DATE),) if undated else ()
    return bookmark.without(lacks), losses


def held(bookmark: Bookmark, lacks: frozenset[Field] = frozenset()) -> Bookmark:
    """Return what Pinboard holds of a bookmark that it was given: what reading it back will show."""
    sent = Post(
        href=bookmark.url,
        time="" if bookmark.added is None else encode_time(bookmark.added),
        description=title_of(bookmark),
        extended=bookmark.note,
        tags=" ".join(bookmark.tags),
        shared=not bookmark.private,
        toread=bookmark.unread,
    )
    return read(sent, lacks)[0]


def title_of(bookmark: Bookmark) -> str:
    """Return the title to send: one is required, so the address stands in where there is none."""
    return bookmark.title if bookmark.title.strip() else bookmark.url[:LONGEST_TITLE]


def moved(delta: Delta, bookmark: Bookmark) -> tuple[Field, ...]:
    """Return the fields that hold something else than the planner saw."""
    return tuple(field for field, seen in delta.expects.items() if not same(field, seen, bookmark.get(field)))


class Listing:
    """Posts, to be found by their address; where it is not there, by another spelling of it."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self._by_href = {post.href: post for post in posts}
        self._by_key: dict[str, Post] | None = None

    def find(self, url: str) -> Post | None:
        """Return the post of an address, or None."""
        if url in self._by_href:
            return self._by_href[url]
        if self._by_key is None:
            self._by_key = {urls.key(href): post for href, post in self._by_href.items()}
        return self._by_key.get(urls.key(url))


def is_address_damaged(post: Post) -> bool:
    """Tell whether the address of a damaged post is not what is stored: `hash` is the MD5 of that."""
    digest = hashlib.md5(post.href.encode(), usedforsecurity=False).hexdigest()
    return not post.href or (bool(post.hash) and post.hash != digest)
