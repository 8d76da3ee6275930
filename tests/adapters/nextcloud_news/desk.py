"""An account at the sandbox, reached without sockets and in fake time."""

from __future__ import annotations

from typing import Any

import attrs

from adapters.http.pacing import InMemoryPace
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.adapter import NewsAdapter
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox_records import Feed, Folder, Item
from bridge.model.adapter import Context, End, Page
from bridge.model.bookmark import Entry
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.ear import Ear
from tests.support.wsgi_transport import WsgiTransport

URL = "https://cloud.example/"
FOLDERS = (Folder(1, "Boats"), Folder(2, "Odds & ends ☃"))
FEEDS = (
    Feed(1, "Harbour Notes", folder_id=1),
    Feed(2, "", folder_id=2),
    Feed(3, "Atom Rig"),
    Feed(4, "Gone", folder_id=9),
)


class Desk:
    """An account with its sandbox, its clock, and what it told the person. It has four feeds in two folders.

    `items` are those of the sandbox, `kind` which of them are the account's: "starred" ones or "all".
    """

    def __init__(self, *, items: tuple[Item, ...] = (), kind: str = "starred", root: str = "", **config: Any) -> None:
        self.clock = FakeClock()
        self.sandbox = NewsSandbox(clock=self.clock, sleep=self.clock.sleep, root=root)
        self.sandbox.load(FEEDS, FOLDERS, items)
        self.ear = Ear()
        known = {"url": URL, "user": self.sandbox.user, "password": Secret(self.sandbox.app_password), "api": "v1-3"}
        self.config = NewsConfig(**{"items": kind, **known, **config})
        self.context = Context(InMemoryPace(), self.clock, self.clock.sleep, report=self.ear)
        self.wire = WsgiTransport(self.sandbox)
        self.client = NewsClient(self.config, self.context, self.wire)
        self.adapter = NewsAdapter(self.config, self.context, self.client)

    def stranger(self) -> NewsClient:
        """Return the client of somebody at the same network address whose password is wrong."""
        config = attrs.evolve(self.config, user="bob", password=Secret("wrong"))
        return NewsClient(config, attrs.evolve(self.context, pace=InMemoryPace(), denied=set()), self.wire)

    @property
    def routes(self) -> list[str]:
        """The routes that were called, in their order."""
        return [call.route for call in self.sandbox.log]

    def listing(self, cursor: str | None = None) -> tuple[dict[str, Entry], list[Page], End]:
        """Pull: the entries by ref, the pages, the end."""
        *pages, end = self.adapter.pull(cursor)
        assert isinstance(end, End)
        found = [page for page in pages if isinstance(page, Page)]
        return {entry.ref: entry for page in found for entry in page.entries}, found, end


def story(number: int, feed: int = 1, **fields: Any) -> Item:
    """Make an item of a feed, unread and not starred unless it says otherwise."""
    return Item(number, feed, **{"url": f"https://example.org/{number}", "title": f"Story {number}", **fields})


def star(number: int, feed: int = 1, **fields: Any) -> Item:
    """Make a starred item."""
    return story(number, feed, **{"starred": True, **fields})
