"""The accounts that the contract is tried on, each set up in a few lines.

Whatever the owner does happens some minutes before and after anything else, so that no test depends on how soon a
service shows what it was told.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs

from adapters.files import JSONL, NETSCAPE, PINBOARD_BACKUP, POCKET_EXPORT
from adapters.http.pacing import InMemoryPace
from adapters.http.serving import DROP_AFTER, ERROR_BEFORE, HTML_BEFORE, UNAUTHORIZED, Faults
from adapters.nextcloud_news import CAPABILITIES as NEWS
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.adapter import NewsAdapter
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox_records import MICROSECONDS, Feed, Folder
from adapters.nextcloud_news.sandbox_records import Item as NewsItem
from adapters.pinboard import CAPABILITIES as PINBOARD
from adapters.pinboard import PINBOARD as PINBOARD_URL
from adapters.pinboard import PinboardConfig
from adapters.pinboard.adapter import PinboardAdapter
from adapters.pinboard.client import PinboardClient
from adapters.pinboard.sandbox import PinboardSandbox
from adapters.pocket import CAPABILITIES as POCKET
from adapters.pocket import POCKET as POCKET_URL
from adapters.pocket import PocketConfig
from adapters.pocket.adapter import PocketAdapter
from adapters.pocket.client import PocketClient
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import Item as PocketItem
from bridge.model.adapter import Context, FileConfig, Spec
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Field
from bridge.model.capabilities import NO_FIELDS, Absence, Capabilities, TagRules
from bridge.model.operation import Add, Remove
from bridge.model.secret import Secret
from tests.contract.stand import Break, Case, Stand, known
from tests.support.clock import FakeClock
from tests.support.memory_adapter import MemoryAdapter
from tests.support.pocket_zip import part
from tests.support.wsgi_transport import WsgiTransport
from tests.third_party import shelf

MINUTES = 600.0


@attrs.frozen
class World:
    """One clock for a service and whoever calls it, and what they share."""

    clock: FakeClock = attrs.field(factory=FakeClock)
    pace: InMemoryPace = attrs.field(factory=InMemoryPace)

    @property
    def context(self) -> Context:
        """The surroundings of one process."""
        return Context(self.pace, self.clock, self.clock.sleep)

    @contextmanager
    def later(self) -> Iterator[int]:
        """Let some minutes go by before and after; give the time between in whole seconds."""
        self.clock.now += MINUTES
        yield int(self.clock.now)
        self.clock.now += MINUTES


def breaker(faults: Faults, *writes: str) -> Callable[[Break], None]:
    """Return what breaks the next request to a sandbox; `writes` are its routes that write."""

    def break_next(kind: Break) -> None:
        faults.clear()
        match kind:
            case Break.AWAY:
                faults.add(ERROR_BEFORE, times=99)
            case Break.GARBLED:
                faults.add(HTML_BEFORE, times=99)
            case Break.DENIED:
                faults.add(UNAUTHORIZED)
            case Break.LOST:
                for route in writes:
                    faults.add(DROP_AFTER, route)

    return break_next


@contextmanager
def pinboard(_folder: Path) -> Iterator[Stand]:
    """Pinboard itself, at its own pace."""
    world = World()
    sandbox = PinboardSandbox(clock=world.clock)

    def open_() -> PinboardAdapter:
        config = PinboardConfig(url=PINBOARD_URL, token=Secret(sandbox.token))
        return PinboardAdapter(config, world.context, PinboardClient(config, world.context, WsgiTransport(sandbox)))

    def put(bookmark: Bookmark) -> Bookmark:
        with world.later():
            sandbox.account.add(
                {
                    "url": bookmark.url,
                    "description": bookmark.title,
                    "extended": bookmark.note,
                    "tags": " ".join(bookmark.tags),
                    "dt": bookmark.added.isoformat() if bookmark.added else "",
                    "shared": "no" if bookmark.private else "yes",
                    "toread": "yes" if bookmark.unread else "no",
                }
            )
        return held()[bookmark.url]

    def drop(url: str) -> None:
        with world.later():
            sandbox.account.delete(url)

    def held() -> Mapping[str, Bookmark]:
        return {
            post.href: Bookmark(
                post.href,
                post.description if post.description != post.href else "",
                post.extended,
                post.tags,
                post.time,
                unread=post.toread,
                private=not post.shared,
            )
            for post in sandbox.posts.values()
        }

    secrets = [sandbox.token, sandbox.token.partition(":")[2]]
    yield Stand(open_, put, drop, held, breaker(sandbox.faults, "posts/add"), secrets)


def pocket(dialect: str) -> Callable[[Path], object]:
    """Pocket, in one of its two dialects."""

    @contextmanager
    def set_up(_folder: Path) -> Iterator[Stand]:
        world = World()
        sandbox = PocketSandbox(clock=world.clock)
        sandbox.dialect = dialect
        numbers = itertools.count(101)

        def open_() -> PocketAdapter:
            config = PocketConfig(
                url=POCKET_URL,
                consumer_key=Secret(sandbox.consumer_key),
                access_token=Secret(sandbox.access_token),
                user="alice",
            )
            return PocketAdapter(config, world.context, PocketClient(config, world.context, WsgiTransport(sandbox)))

        def item(url: str) -> PocketItem | None:
            alive = (item for item in sandbox.items.values() if item.status in (0, 1))
            return next((item for item in alive if item.given_url == url), None)

        def put(bookmark: Bookmark) -> Bookmark:
            standing = item(bookmark.url)
            with world.later() as now:
                added = int(bookmark.added.timestamp()) if bookmark.added else now
                saved = PocketItem(
                    standing.item_id if standing is not None else str(next(numbers)),
                    bookmark.url,
                    bookmark.title,
                    tags=tuple(tag.replace("'", "\\'").replace('"', '\\"') for tag in bookmark.tags),
                    status=0 if bookmark.unread else 1,
                    favorite=bookmark.favorite,
                    time_added=added,
                    time_updated=now,
                )
                sandbox.load([saved])
            return held()[bookmark.url]

        def drop(url: str) -> None:
            standing = item(url)
            assert standing is not None
            with world.later() as now:
                sandbox.load([attrs.evolve(standing, status=2, time_updated=now)])

        def held() -> Mapping[str, Bookmark]:
            return {
                item.given_url: Bookmark(
                    item.given_url,
                    item.given_title or (item.page.title if item.page is not None else ""),
                    tags=tuple(tag.replace("\\'", "'").replace('\\"', '"') for tag in item.tags),
                    added=datetime.fromtimestamp(item.time_added, UTC),
                    unread=item.status == 0,
                    favorite=item.favorite,
                )
                for item in sandbox.items.values()
                if item.status in (0, 1)
            }

        secrets = [sandbox.consumer_key, sandbox.access_token]
        yield Stand(open_, put, drop, held, breaker(sandbox.faults, "send"), secrets)

    return set_up


def news(api: str) -> Callable[[Path], object]:
    """Nextcloud News with all its items, by one of its two versions."""

    @contextmanager
    def set_up(_folder: Path) -> Iterator[Stand]:
        world = World()
        sandbox = NewsSandbox(clock=world.clock, sleep=world.clock.sleep)
        feed = Feed(id=3, url="https://feed.example.org/", title="A feed", folder_id=7)
        sandbox.load([feed], [Folder(7, name="A folder")])
        numbers = itertools.count(101)

        def open_() -> NewsAdapter:
            config = NewsConfig(
                url="https://cloud.example.org/",
                user=sandbox.user,
                password=Secret(sandbox.app_password),
                api=api,
                items="all",
            )
            return NewsAdapter(config, world.context, NewsClient(config, world.context, WsgiTransport(sandbox)))

        def ids(url: str) -> list[int]:
            return [item.id for item in sandbox.account.items.values() if item.url == url]

        def put(bookmark: Bookmark) -> Bookmark:
            with world.later() as now:
                item = NewsItem(
                    next(iter(ids(bookmark.url)), None) or next(numbers),
                    3,
                    bookmark.url,
                    bookmark.title,
                    pub_date=int(bookmark.added.timestamp()) if bookmark.added else None,
                    unread=bookmark.unread,
                    starred=bookmark.favorite,
                    last_modified=now * MICROSECONDS,
                )
                sandbox.load(items=[item])
            return held()[bookmark.url]

        def drop(url: str) -> None:
            with world.later():
                sandbox.account.purge(ids(url))

        def held() -> Mapping[str, Bookmark]:
            return {
                item.url: Bookmark(
                    item.url,
                    item.title or "",
                    tags=("A feed", "A folder"),
                    added=datetime.fromtimestamp(item.pub_date or 0, UTC),
                    unread=item.unread,
                    favorite=item.starred,
                )
                for item in sandbox.account.items.values()
                if item.url is not None
            }

        writes = {
            "v1-3": ("POST items/{itemId}/star", "POST items/{itemId}/read"),
            "v1-2": ("PUT items/{feedId}/{guidHash}/star", "PUT items/{itemId}/read"),
        }
        yield Stand(open_, put, drop, held, breaker(sandbox.faults, *writes[api]), [sandbox.app_password])

    return set_up


def file(spec: Spec, suffix: str) -> Callable[[Path], object]:
    """Return a file that is read and written."""

    @contextmanager
    def set_up(folder: Path) -> Iterator[Stand]:
        path = folder / f"bookmarks{suffix}"
        context = World().context

        def open_():  # type: ignore[no-untyped-def]
            return spec.build(FileConfig(str(path), target=True), context)

        def put(bookmark: Bookmark) -> Bookmark:
            if bookmark.url in held():
                drop(bookmark.url)
            list(open_().push([Add(known(bookmark, spec.capabilities.sets))]))
            return held()[bookmark.url]

        def drop(url: str) -> None:
            entries = [entry for page in list(open_().pull(None))[:-1] for entry in page.entries]
            list(open_().push([Remove(entry) for entry in entries if entry.bookmark.url == url]))

        def held() -> Mapping[str, Bookmark]:
            entries = [entry for page in list(open_().pull(None))[:-1] for entry in page.entries]
            return {entry.bookmark.url: entry.bookmark for entry in entries}

        yield Stand(open_, put, drop, held)

    return set_up


@contextmanager
def export(folder: Path) -> Iterator[Stand]:
    """Write a part of a Pocket export, which is only read."""
    path = folder / "part_000000.csv"
    rows: dict[str, Bookmark] = {}

    def write() -> None:
        status = {True: "unread", False: "archive"}
        path.write_bytes(
            part(
                (row.title, row.url, str(int(row.added.timestamp())) if row.added else "", "|".join(row.tags),
                 status[row.unread])
                for row in rows.values()
            )
        )  # fmt: skip

    def put(bookmark: Bookmark) -> Bookmark:
        known_to_csv = known(bookmark, frozenset({Field.TITLE, Field.TAGS, Field.ADDED, Field.UNREAD}))
        rows[bookmark.url] = known_to_csv
        write()
        return known_to_csv

    def drop(url: str) -> None:
        del rows[url]
        write()

    write()
    yield Stand(
        lambda: POCKET_EXPORT.build(FileConfig(str(path)), World().context), put, drop, lambda: dict(rows)
    )  # fmt: skip


def memory(capabilities: Capabilities, *, upserts: bool = False, increments: bool = False) -> Case:
    """Return an account in memory that can do just this."""

    @contextmanager
    def set_up(_folder: Path) -> Iterator[Stand]:
        adapter = MemoryAdapter("memory", capabilities)
        adapter.upserts, adapter.increments = upserts, increments

        def put(bookmark: Bookmark) -> Bookmark:
            return adapter.put(known(bookmark, capabilities.reads)).bookmark

        yield Stand(lambda: adapter, put, adapter.drop, adapter.held)

    return Case(capabilities, set_up)


@contextmanager
def third_party(folder: Path) -> Iterator[Stand]:
    """Set up somebody else's adapter."""
    path = folder / "shelf.txt"
    path.touch()

    def held() -> dict[str, Bookmark]:
        rows = (line.partition("\t") for line in path.read_text("utf-8").splitlines())
        return {url: Bookmark(url, title) for url, _tab, title in rows}

    def write(titles: Mapping[str, Bookmark]) -> None:
        path.write_text("".join(f"{one.url}\t{one.title}\n" for one in titles.values()), "utf-8")

    def put(bookmark: Bookmark) -> Bookmark:
        write({**held(), bookmark.url: bookmark})
        return held()[bookmark.url]

    def drop(url: str) -> None:
        write({key: one for key, one in held().items() if key != url})

    yield Stand(lambda: shelf.build(shelf.ShelfConfig(str(path)), World().context), put, drop, held)


_FLAGS = frozenset({Field.UNREAD, Field.FAVORITE})

CASES: dict[str, Case] = {
    "memory (everything)": memory(Capabilities(single=True, absence=Absence.REMOVED, batch=None)),
    "memory (by increments)": memory(Capabilities(single=True, absence=Absence.REMOVED), increments=True),
    "memory (url is ref)": memory(
        Capabilities(
            reads=ALL_FIELDS - {Field.FAVORITE, Field.HIGHLIGHTS},
            sets=ALL_FIELDS - {Field.FAVORITE, Field.HIGHLIGHTS},
            edits=ALL_FIELDS - {Field.FAVORITE, Field.HIGHLIGHTS, Field.ADDED},
            absence=Absence.REMOVED,
            single=True,
            url_is_ref=True,
        )
    ),
    "memory (overwrites)": memory(attrs.evolve(POCKET, tags=TagRules()), upserts=True, increments=True),
    "memory (flags alone)": memory(
        Capabilities(sets=NO_FIELDS, edits=_FLAGS, adds=False, removes=False, batch=1_000), increments=True
    ),
    "memory (only read)": memory(
        Capabilities(sets=NO_FIELDS, edits=NO_FIELDS, adds=False, updates=False, removes=False)
    ),
    "memory (url and title alone)": memory(
        Capabilities(frozenset({Field.TITLE}), frozenset({Field.TITLE}), frozenset({Field.TITLE}))
    ),
    "pinboard": Case(PINBOARD, pinboard, network=True),
    "pocket": Case(POCKET, pocket("late"), network=True),  # type: ignore[arg-type]
    "pocket (legacy)": Case(POCKET, pocket("legacy"), network=True),  # type: ignore[arg-type]
    "nextcloud-news": Case(NEWS, news("v1-3"), network=True),  # type: ignore[arg-type]
    "nextcloud-news (v1-2)": Case(NEWS, news("v1-2"), network=True),  # type: ignore[arg-type]
    "jsonl": Case(JSONL.capabilities, file(JSONL, ".jsonl")),  # type: ignore[arg-type]
    "netscape": Case(NETSCAPE.capabilities, file(NETSCAPE, ".html")),  # type: ignore[arg-type]
    "pinboard-backup": Case(PINBOARD_BACKUP.capabilities, file(PINBOARD_BACKUP, ".json")),  # type: ignore[arg-type]
    "shelf": Case(shelf.CAPABILITIES, third_party),
    "pocket-export": Case(POCKET_EXPORT.capabilities, export),
}
