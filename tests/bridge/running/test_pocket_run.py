"""Runs to Pocket's sandbox that die anywhere: a bookmark takes several calls there, and is whole in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
import requests

from adapters.http.pacing import InMemoryPace
from adapters.pocket import PocketConfig
from adapters.pocket.adapter import PocketAdapter
from adapters.pocket.client import PocketClient
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import Item
from bridge.jobs import mirror
from bridge.mapping.mapper import Mapper
from bridge.model.adapter import Context
from bridge.model.bookmark import Bookmark
from bridge.model.link import Side
from bridge.planning.planner import Migration
from bridge.planning.policy import Policy
from bridge.running.job import Ended, Job, Past
from bridge.running.run import run
from bridge.running.world import Party
from bridge.settings.jobs import Mirror
from tests.support.bench import QuickStore, surroundings
from tests.support.clock import FakeClock
from tests.support.memory_adapter import Killed, MemoryAdapter
from tests.support.wsgi_transport import WsgiTransport

DAY = datetime(2015, 6, 1, tzinfo=UTC)
FLAGS = [(unread, favorite) for unread in (True, False) for favorite in (True, False)]
WANTED = {
    f"https://example.org/{number}": Bookmark(
        f"https://example.org/{number}",
        f"Title {number}",
        tags=("tag one", f"t{number}"),
        added=DAY.replace(day=1 + number),
        unread=unread,
        favorite=favorite,
    )
    for number, (unread, favorite) in enumerate(FLAGS)
}
LONG_AGO = 1_500_000_000
"""Seconds since the epoch."""
TWIN = "http://example.org/3"
"""Another spelling of the last one, which Pocket takes for the same item."""


class Mortal(WsgiTransport):
    """A network on which the process dies at the n-th request: before it is carried out, or after.

    `route`: only requests of that kind count.
    """

    def __init__(self, app: Any, at: int, *, after: bool, route: str = "") -> None:
        super().__init__(app)
        self.at = at
        self.after = after
        self.route = route

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        asked = [*self.urls, request.url or ""]
        dies = asked[-1].endswith(self.route) and self.at == sum(url.endswith(self.route) for url in asked)
        if dies and not self.after:
            raise Killed
        response = super().send(request, **settings)
        if dies:
            raise Killed
        return response


@attrs.frozen
class Bench:
    """A source in memory, Pocket, and the state between them."""

    folder: Path
    sandbox: PocketSandbox
    clock: FakeClock
    source: MemoryAdapter

    def run(self, transport: WsgiTransport | None = None, *, mirrors: bool = False) -> Ended:
        """Run a migration, or a mirror, as a process of its own."""
        self.clock.now += 3600
        context = Context(InMemoryPace(), self.clock, self.clock.sleep)
        config = PocketConfig(
            url="https://read.example.org/v3/",
            consumer_key=self.secret("consumer_key"),
            access_token=self.secret("access_token"),
            user="alice",
        )
        client = PocketClient(config, context, transport or WsgiTransport(self.sandbox))
        target = PocketAdapter(config, context, client)

        def planner(past: Past) -> Migration:
            memory = past.memories[Side.RIGHT]
            return Migration(
                Policy(Mapper(self.source.capabilities, target.capabilities, memory=memory), "here", "pocket")
            )

        store = QuickStore(self.folder)
        try:
            world = surroundings(store, self.clock)
            here, there = Party("here", self.source), Party("pocket", target)
            mirrored = mirror.job(Mirror(left="here", right="pocket"), here, there)
            return run(mirrored if mirrors else Job("migrate", here, there, planner), world)
        finally:
            store.close()

    def secret(self, name: str) -> Any:
        """Return a secret of the sandbox."""
        from bridge.model.secret import Secret  # noqa: PLC0415 - used here alone

        return Secret(getattr(self.sandbox, name))

    def held(self) -> dict[str, Bookmark]:
        """Return what Pocket holds."""
        return {
            item.given_url: Bookmark(
                item.given_url,
                item.given_title or "",
                tags=item.tags,
                added=datetime.fromtimestamp(item.time_added, UTC),
                unread=item.status == 0,
                favorite=item.favorite,
            )
            for item in self.sandbox.items.values()
            if item.status in (0, 1)
        }


def bench(folder: Path, dialect: str = "late") -> Bench:
    """Set up an empty Pocket and four bookmarks, one for each pair of flags."""
    clock = FakeClock()
    sandbox = PocketSandbox(clock=clock)
    sandbox.dialect = dialect
    return Bench(folder, sandbox, clock, MemoryAdapter("here", entries=WANTED.values()))


SWITCHES: dict[str, Callable[[PocketSandbox], None]] = {
    "as Pocket was": lambda sandbox: None,
    "results without items": lambda sandbox: setattr(sandbox, "bare_results", True),
    "no since": lambda sandbox: setattr(sandbox, "ignores_since", True),
}


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("dialect", ["late", "legacy"])
def test_undisturbed_everything_arrives(tmp_path: Path, switch: str, dialect: str) -> None:
    """Archived and favorite, dated and tagged as they were; a second run writes nothing."""
    ready = bench(tmp_path, dialect)
    SWITCHES[switch](ready.sandbox)
    ended, again = ready.run(), ready.run()

    assert (0, 4, True) == (ended.exit_code, ended.receipt.added, ended.receipt.balanced)
    assert WANTED == ready.held()
    assert (0, 4, ()) == (again.exit_code, again.receipt.unchanged, again.plan.steps)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("switch", SWITCHES)
def test_killed_between_any_two_calls_everything_is_whole_in_the_end(tmp_path: Path, switch: str, after: bool) -> None:
    """Each bookmark is added once, archived and a favorite if it should be, whichever call was the last."""
    at = 0
    while True:
        at += 1
        ready = bench(tmp_path / str(at))
        ready.folder.mkdir()
        SWITCHES[switch](ready.sandbox)
        try:
            ready.run(Mortal(ready.sandbox, at, after=after))
        except Killed:
            ready.run()
            ready.run()
        else:
            break

        assert WANTED == ready.held(), at
        assert set(ready.sandbox.adds.values()) == {1}, at
        assert () == ready.run().plan.steps, at
    assert at > 4


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_anywhere_an_item_that_was_there_keeps_its_state(tmp_path: Path, after: bool) -> None:
    """Another spelling of a page is taken for the item: what it had is given back, also by the next run."""
    at = 0
    while True:
        at += 1
        ready = bench(tmp_path / str(at))
        ready.folder.mkdir()
        ready.run()
        ready.sandbox.account.resolves[TWIN] = "https://example.org/3"
        ready.source.put(Bookmark(TWIN, "Another title", tags=("other",), added=DAY))
        try:
            ready.run(Mortal(ready.sandbox, at, after=after))
        except Killed:
            ready.run()
            ready.run()
        else:
            break
        held = ready.held()["https://example.org/3"]
        wanted = WANTED["https://example.org/3"]

        assert (wanted.unread, wanted.favorite, set(wanted.tags)) == (held.unread, held.favorite, set(held.tags)), at
        assert 4 == len(ready.held()), at
    assert at > 4


def test_what_the_person_did_to_a_new_item_since_the_run_died_stays(tmp_path: Path) -> None:
    """Our Add arrived, another job listed it, the person archived, starred and tagged it: nothing of that is undone."""
    ready = bench(tmp_path)
    ready.source.entries.clear()
    ready.run()
    ready.source.put(Bookmark("https://example.org/new", "New", tags=("a",), added=DAY))
    with pytest.raises(Killed):
        ready.run(Mortal(ready.sandbox, 1, after=True, route="send"))
    attrs.evolve(ready, source=MemoryAdapter("elsewhere")).run()
    [item] = ready.sandbox.items.values()
    changed = attrs.evolve(
        item, status=1, favorite=True, tags=("a", "mine"), time_updated=int(ready.clock()) + 50
    )  # fmt: skip
    ready.sandbox.load([changed])
    ended = ready.run()
    [held] = ready.sandbox.items.values()

    assert (1, True, ("a", "mine")) == (held.status, held.favorite, held.tags)
    assert (0, ()) == (ended.exit_code, ended.plan.steps)


def test_what_the_person_did_while_an_add_was_lost_stays(tmp_path: Path) -> None:
    """The Add never arrived; the item that it would have run into was changed by the person meanwhile."""
    ready = bench(tmp_path)
    ready.run()
    ready.sandbox.account.resolves[TWIN] = "https://example.org/3"
    ready.source.put(Bookmark(TWIN, "Another title", tags=("other",), added=DAY))
    with pytest.raises(Killed):
        ready.run(Mortal(ready.sandbox, 1, after=False, route="send"))
    item = next(item for item in ready.sandbox.items.values() if item.given_url == "https://example.org/3")
    ready.sandbox.load(
        [attrs.evolve(item, status=0, favorite=True, tags=("mine",), time_updated=int(ready.clock()) + 50)]
    )
    ready.run()
    held = ready.held()["https://example.org/3"]

    assert (True, True, {"mine"}) == (held.unread, held.favorite, set(held.tags))


def test_the_address_an_item_was_led_to_is_that_item(tmp_path: Path) -> None:
    """A source url that is an item's resolved url is met there: merged once, and no more a fault."""
    ready = bench(tmp_path)
    ready.sandbox.load(
        [Item("9", "https://t.example/x", "Short", resolved_url="https://example.org/long", time_added=1_500_000_000)]
    )
    ready.source.put(Bookmark("https://example.org/long", "Long", tags=("long",), added=DAY))
    first, second = ready.run(), ready.run()
    held = ready.held()["https://t.example/x"]

    assert (0, 4, 1) == (first.exit_code, first.receipt.added, first.receipt.merged)
    assert ("Short", {"long"}, 2017) == (held.title, set(held.tags), held.added.year if held.added else 0)
    assert (0, ()) == (second.exit_code, second.plan.steps)


class Meanwhile(WsgiTransport):
    """A network that is used by somebody else, too: when the first `get` is answered, they do something."""

    def __init__(self, app: Any, deed: Callable[[], object]) -> None:
        super().__init__(app)
        self.deed = deed

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        response = super().send(request, **settings)
        if len(self.urls) == 1:
            assert self.urls[0].endswith("/get")
            self.deed()
        return response


@pytest.mark.parametrize("full", [True, False], ids=["full pull", "by cursor"])
@pytest.mark.parametrize("dated", [0, 1_500_000_000], ids=["now", "long ago"])
def test_an_item_the_person_saved_meanwhile_is_met(tmp_path: Path, dated: int, full: bool) -> None:
    """It comes after the run's first look at the list: it is not added, and keeps what the person made of it."""
    ready = bench(tmp_path)
    ready.sandbox.load([Item("776", "https://example.org/old", time_added=1_600_000_000)])
    if not full:
        ready.run()
    new = "https://example.org/new"
    ready.source.put(Bookmark(new, "Theirs", tags=("theirs",), added=DAY))

    def save() -> None:
        now = int(ready.clock())
        ready.sandbox.load(
            [Item("777", new, "Mine", tags=("mine",), status=1, time_added=dated or now, time_updated=now)]
        )

    ended = ready.run(Meanwhile(ready.sandbox, save))
    held = ready.held()[new]

    assert 0 == ready.sandbox.adds[new]
    assert ("Mine", False, {"mine", "theirs"}) == (held.title, held.unread, set(held.tags))
    assert (0, True) == (ended.exit_code, ended.receipt.balanced)
    assert not dated or datetime.fromtimestamp(dated, UTC) == held.added


def test_an_item_that_moved_up_in_the_list_meanwhile_is_met(tmp_path: Path) -> None:
    """The person puts another one back while the list is read, so that a page would begin behind it."""
    ready = bench(tmp_path)
    ready.source.entries.clear()
    days = [Item(str(n), f"https://old.example/{n}", f"Old {n}", status=1, time_added=LONG_AGO + n) for n in range(90)]
    ready.sandbox.load(days)
    ready.source.put(Bookmark("https://old.example/30", "Theirs", added=DAY))

    def put_back() -> None:
        now = int(ready.clock())
        ready.sandbox.load([attrs.evolve(days[n], status=0, time_added=now, time_updated=now) for n in (3, 4)])

    ended = ready.run(Meanwhile(ready.sandbox, put_back))
    item = ready.sandbox.items["30"]

    assert (1, "Old 30", LONG_AGO + 30) == (item.status, item.given_title, item.time_added)
    assert (0, {}) == (ended.exit_code, dict(ready.sandbox.adds))


@pytest.mark.parametrize("tags", [(), ("a",)], ids=["untagged", "tagged"])
def test_a_mirror_adds_one_bookmark_in_a_few_calls(tmp_path: Path, tags: tuple[str, ...]) -> None:
    """What changed, the Add, and the read-back: however much Pocket holds."""
    ready = bench(tmp_path)
    ready.source.increments = True
    ready.sandbox.load(
        [Item(str(n), f"https://old.example/{n}", f"Old {n}", time_added=LONG_AGO + n) for n in range(90)]
    )
    ready.run(mirrors=True)
    ready.run(mirrors=True)
    ready.source.put(Bookmark("https://example.org/new", "New", tags=tags, added=DAY.replace(year=2020)))
    before = len(ready.sandbox.log)
    ended = ready.run(mirrors=True)
    routes = [call.route for call in ready.sandbox.log[before:]]

    assert (0, 1, 1) == (ended.exit_code, ended.receipt.added, routes.count("send"))
    assert routes.count("get") <= 4
    assert ended.receipt.verified is not None
    assert 1 == ended.receipt.verified.checked


def test_a_mirror_does_not_overwrite_what_another_address_led_to(tmp_path: Path) -> None:
    """Though it has pulled but the changes: the item is left as it is, and the other url is not sent."""
    ready = bench(tmp_path)
    ready.source.entries.clear()
    ready.source.increments = True
    led = Item("9", "https://t.example/x", "Short", resolved_url="https://example.org/long", time_added=LONG_AGO)
    ready.sandbox.load([led])
    ready.run(mirrors=True)
    ready.run(mirrors=True)
    ready.source.put(Bookmark("https://example.org/long", "Long", added=DAY))
    ended = ready.run(mirrors=True)

    assert 0 == ended.exit_code
    assert {"9": led} == ready.sandbox.items
