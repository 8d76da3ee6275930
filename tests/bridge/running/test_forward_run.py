"""Starred items of News' sandbox go to Pocket's, by runs that die on the way."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from adapters.http.pacing import InMemoryPace
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.adapter import NewsAdapter
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox_records import Feed, Folder
from adapters.nextcloud_news.sandbox_records import Item as NewsItem
from adapters.pocket import BATCH, PocketConfig
from adapters.pocket.adapter import PocketAdapter
from adapters.pocket.client import PocketClient
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import Item
from bridge.jobs import forward
from bridge.model.adapter import Context
from bridge.model.secret import Secret
from bridge.running.job import Ended
from bridge.running.run import run
from bridge.running.world import Party
from bridge.settings.jobs import Forward
from tests.bridge.running.test_pocket_run import Mortal
from tests.support.bench import QuickStore, surroundings
from tests.support.clock import FakeClock
from tests.support.memory_adapter import Killed
from tests.support.wsgi_transport import WsgiTransport

STARS, SAVED = 1_000, 120
MINE = 1_400_000_000
"""When the person saved theirs, in seconds since the epoch."""

NEVER = 10_000
"""A request that no run comes to."""


def url(number: int) -> str:
    """Return the address of an item."""
    return f"https://example.org/{number}"


def news(clock: FakeClock, stars: int) -> NewsSandbox:
    """Return a server with starred items, the newest first, of two feeds in one folder."""
    app = NewsSandbox(clock=clock)
    app.load(
        [Feed(1, "Night trains", folder_id=1), Feed(2, "Harbours", folder_id=1)],
        [Folder(1, "Travel")],
        [
            NewsItem(
                number + 1,
                1 + number % 2,
                url(number),
                f"Item {number}",
                pub_date=1_500_000_000 - number,
                unread=number % 3 == 0,
                starred=True,
            )
            for number in range(stars)
        ],
    )
    return app


def pocket(clock: FakeClock, saved: int) -> PocketSandbox:
    """Return an account that has some of these, archived and under a title of its own."""
    app = PocketSandbox(clock=clock)
    app.load(
        Item(str(10**6 + number), url(8 * number), f"Mine {number}", ("mine",), status=1, time_added=MINE)
        for number in range(saved)
    )
    return app


class Bench:
    """Both servers, and the state between them."""

    def __init__(self, folder: Path, stars: int = STARS, saved: int = SAVED) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.news = news(self.clock, stars)
        self.pocket = pocket(self.clock, saved)

    def run(self, source: WsgiTransport | None = None, target: WsgiTransport | None = None) -> Ended:
        """Forward what is starred, and unstar it, as a process of its own."""
        self.clock.now += 3600
        context = Context(InMemoryPace(), self.clock, self.clock.sleep)
        reading = NewsConfig(
            url="https://cloud.example.org/", user=self.news.user, password=Secret(self.news.app_password)
        )
        saving = PocketConfig(
            url="https://read.example.org/v3/",
            consumer_key=Secret(self.pocket.consumer_key),
            access_token=Secret(self.pocket.access_token),
            user="alice",
        )
        here = NewsClient(reading, context, source or WsgiTransport(self.news))
        there = PocketClient(saving, context, target or WsgiTransport(self.pocket))
        store = QuickStore(self.folder)
        try:
            world = surroundings(store, self.clock)
            todo = forward.job(
                Forward(source="news", target="pocket", after="unstar"),
                Party("news", NewsAdapter(reading, context, here), reading.tags),
                Party("pocket", PocketAdapter(saving, context, there)),
            )
            return run(todo, world)
        finally:
            store.close()

    def dying(self, *, at_send: int = NEVER, at_unstar: int = NEVER, after: bool) -> None:
        """Run until the process dies at one of its calls, before it is carried out or after."""
        with pytest.raises(Killed):
            self.run(
                Mortal(self.news, at_unstar, after=after, route="unstar/multiple"),
                Mortal(self.pocket, at_send, after=after, route="send"),
            )

    @property
    def sends(self) -> int:
        """How many calls of send Pocket has answered."""
        return sum(call.route == "send" for call in self.pocket.log)


def test_a_thousand_stars_arrive_once_though_three_runs_die(tmp_path: Path) -> None:
    """A hundred and twenty of them are there already; each is there once in the end, in as few calls as may be."""
    ready = Bench(tmp_path)
    ready.dying(at_send=7, after=False)
    ready.dying(at_send=9, after=True)
    ready.dying(at_unstar=1, after=True)
    last = ready.run()
    held = {item.given_url: item for item in ready.pocket.items.values()}

    assert (0, True) == (last.exit_code, last.receipt.balanced)
    assert {url(number) for number in range(STARS)} == held.keys()
    assert STARS == len(ready.pocket.items)
    assert {1} == set(ready.pocket.adds.values())
    assert STARS - SAVED == len(ready.pocket.adds)
    assert ready.sends <= math.ceil(STARS / BATCH) + 4
    assert {("mine", "night trains", "travel"), ("night trains", "travel"), ("harbours", "travel")} == {
        tuple(sorted(item.tags)) for item in held.values()
    }
    assert SAVED == sum(item.status == 1 and item.time_added == MINE for item in held.values())
    assert not any(item.favorite for item in held.values())
    assert not any(item.starred for item in ready.news.account.items.values())
    assert sum(item.unread for item in ready.news.account.items.values()) == math.ceil(STARS / 3)


def test_the_oldest_is_the_first_in_the_list(tmp_path: Path) -> None:
    """The list there is in the order of the items' own dates, though none is sent."""
    ready = Bench(tmp_path, stars=70, saved=5)
    began = ready.clock()
    ended = ready.run()
    new = [item for item in ready.pocket.items.values() if item.time_added != MINE]
    numbers = [int(item.given_url.rpartition("/")[2]) for item in new]

    assert (0, 65, 5) == (ended.exit_code, ended.receipt.added, ended.receipt.merged)
    assert sorted(numbers, reverse=True) == numbers
    assert all(item.time_added > began for item in new)
