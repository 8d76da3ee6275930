"""What the sandbox remembers: one Pinboard account and the rules by which its records change.

Where the service's behaviour is not known (what it does past a limit, which urls it cannot parse), the docstring says
what this account does instead.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

import attrs

TITLE_LIMIT = 255
NOTE_LIMIT = 65_536
TAG_LIMIT = 255
TAGS_LIMIT = 100
FILTER_TAGS = 3
SCHEMES = frozenset({"http", "https", "javascript", "mailto", "ftp", "file", "feed"})
WITH_HOST = frozenset({"http", "https", "ftp", "feed"})
AHEAD = timedelta(minutes=10)


@attrs.frozen
class Post:
    """A stored bookmark. `time` is in UTC and whole seconds; `meta` is the opaque signature of this very version."""

    href: str
    description: str = ""
    extended: str = ""
    tags: tuple[str, ...] = ()
    time: datetime = datetime(2012, 7, 14, 7, 34, 21, tzinfo=UTC)
    shared: bool = True
    toread: bool = False
    meta: str = ""

    @property
    def hash(self) -> str:
        """The md5 of the href, which is what Pinboard answers."""
        return _md5(self.href)

    def tagged(self, wanted: frozenset[str]) -> bool:
        """Tell whether the post has all these tags (given case-folded: tags are matched without case)."""
        return not wanted or wanted <= {tag.casefold() for tag in self.tags}


@attrs.frozen
class Note:
    """A stored note; its lines end with CR LF. Times are in UTC."""

    id: str
    title: str
    text: str
    created: datetime = datetime(2012, 7, 14, 7, 34, 21, tzinfo=UTC)
    updated: datetime = datetime(2012, 7, 14, 7, 34, 21, tzinfo=UTC)

    @property
    def hash(self) -> str:
        """A signature of the text, as opaque as Pinboard's: twenty hex digits."""
        return _md5(self.text)[:20]


@attrs.frozen
class _Change:
    """One step of the account's history: what a href held before. `counted`: posts/update moved."""

    when: float
    href: str
    before: Post | None
    counted: bool


class Account:
    """The posts by href, and how often each was created and replaced.

    `private_by_default` decides `shared` where an add leaves it out; `public_disabled` keeps everything private,
    whatever an add says. `lag` is how many seconds ago the state was that reads are shown.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.private_by_default = False
        self.public_disabled = False
        self.lag = 0.0
        self.created: Counter[str] = Counter()
        self.replaced: Counter[str] = Counter()
        self._clock = clock
        self._posts: dict[str, Post] = {}
        self._history: list[_Change] = []
        self._versions = itertools.count(1)

    @property
    def posts(self) -> Mapping[str, Post]:
        """What is stored now, by href."""
        return MappingProxyType(self._posts)

    def load(self, posts: Iterable[Post]) -> None:
        """Store posts as they are, as if long ago: no counter moves and no rule applies."""
        for post in posts:
            self._posts[post.href] = self._signed(post)

    def seen(self) -> Mapping[str, Post]:
        """Return the posts that a read is shown, by href."""
        if self.lag <= 0:
            return self._posts
        posts = dict(self._posts)
        for change in itertools.takewhile(lambda change: not self._visible(change), reversed(self._history)):
            if change.before is None:
                posts.pop(change.href, None)
            else:
                posts[change.href] = change.before
        return posts

    def newest_first(self) -> list[Post]:
        """Return the posts that a read is shown, in the order of every listing."""
        return sorted(self.seen().values(), key=lambda post: post.time, reverse=True)

    def updated(self) -> datetime:
        """Return the time of the last add or delete that a read is shown, else that of the newest post it is shown."""
        for change in reversed(self._history):
            if change.counted and self._visible(change):
                return _moment(change.when)
        return max((post.time for post in self.seen().values()), default=datetime(1970, 1, 1, tzinfo=UTC))

    def add(self, args: Mapping[str, str]) -> str:
        """Carry out posts/add and return its result string.

        Replacing writes the whole record: what is left out is emptied, `shared` falls back to the account's default,
        and only the time stays. What is too long is cut, and an unreadable or far `dt` is taken for none.
        """
        href = args.get("url", "")
        if not parseable(href):
            return "missing url"
        if "description" not in args:
            return "must provide title"
        before = self._posts.get(href)
        if before is not None and args.get("replace") == "no":
            return "item already exists"
        shared = args["shared"] != "no" if "shared" in args else not self.private_by_default
        post = Post(
            href,
            description=args["description"][:TITLE_LIMIT],
            extended=args.get("extended", "")[:NOTE_LIMIT],
            tags=split_tags(args.get("tags", "")),
            time=self._creation_time(args.get("dt", "")) if before is None else before.time,
            shared=shared and not self.public_disabled,
            toread=args.get("toread") == "yes",
        )
        (self.created if before is None else self.replaced)[href] += 1
        self._write(href, post)
        return "done"

    def delete(self, href: str) -> str:
        """Carry out posts/delete and return its result string."""
        if href not in self._posts:
            return "item not found"
        self._write(href, None)
        return "done"

    def retag(self, old: str, new: tuple[str, ...]) -> None:
        """Put `new` in the place of a tag on every post that has it; posts/update does not notice."""
        folded = old.casefold()
        for post in [post for post in self._posts.values() if post.tagged(frozenset({folded}))]:
            tags = [swapped for tag in post.tags for swapped in (new if tag.casefold() == folded else (tag,))]
            self._write(post.href, attrs.evolve(post, tags=_distinct(tags)), counted=False)

    def tag_counts(self) -> dict[str, int]:
        """Count posts by tag, in ascending order; spellings that differ in case are one tag, spelt as most often."""
        spellings = Counter(tag for post in self.seen().values() for tag in post.tags)
        counts: Counter[str] = Counter()
        spelt: dict[str, str] = {}
        for tag, count in spellings.most_common():
            counts[spelt.setdefault(tag.casefold(), tag)] += count
        return dict(sorted(counts.items(), key=lambda item: item[1]))

    def now(self) -> datetime:
        """Return the sandbox's time in whole seconds."""
        return _moment(self._clock())

    def _creation_time(self, dt: str) -> datetime:
        now = self.now()
        time = read_time(dt)
        return time if time is not None and time <= now + AHEAD else now

    def _visible(self, change: _Change) -> bool:
        return change.when <= self._clock() - self.lag

    def _write(self, href: str, post: Post | None, *, counted: bool = True) -> None:
        self._history.append(_Change(self._clock(), href, self._posts.get(href), counted))
        if post is None:
            del self._posts[href]
        else:
            self._posts[href] = self._signed(post)

    def _signed(self, post: Post) -> Post:
        return attrs.evolve(post, meta=_md5(f"{post.href} {next(self._versions)}"))


def parseable(href: str) -> bool:
    """Tell whether the sandbox stores a url: one of the documented schemes, and where that has a host, no blanks.

    Which urls Pinboard itself cannot parse is not documented.
    """
    try:
        parts = urlsplit(href)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme in WITH_HOST:
        return bool(parts.hostname) and not re.search(r"[\x00-\x20\x7f]", href)
    return parts.scheme in SCHEMES


def split_tags(text: str) -> tuple[str, ...]:
    """Split at blanks and commas. Long tags are cut, repeats (compared without case) and the hundred-first dropped."""
    return _distinct(tag[:TAG_LIMIT] for tag in re.split(r"[\s,]+", text) if tag)[:TAGS_LIMIT]


def wanted_tags(text: str) -> frozenset[str]:
    """Return the tags of a filter, case-folded; those past the third are ignored."""
    return frozenset(tag.casefold() for tag in split_tags(text)[:FILTER_TAGS])


def read_time(text: str) -> datetime | None:
    """Read an ISO date or datetime (UTC where it names no zone) in whole seconds; None if it is neither."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def written_time(time: datetime) -> str:
    """Write a UTC time as the API does, with four digits of the year from year 1 on."""
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _distinct(tags: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for tag in tags:
        kept.setdefault(tag.casefold(), tag)
    return tuple(kept.values())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
