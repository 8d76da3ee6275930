"""Migrations to Pocket: one whose process dies at any request is made whole by the next run.

An item that is to be archived and a favorite takes two calls, so that there is a time when it is neither.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from bridge.model.bookmark import Bookmark
from bridge.running.run import Ended
from tests.adapters.pocket.desk import Desk, stored
from tests.support.bench import Bench, MortalStore
from tests.support.memory_adapter import Killed, MemoryAdapter
from tests.support.wsgi_transport import WsgiTransport

NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
ARCHIVED, TAGGED, PLAIN, MET = (f"https://example.org/{name}" for name in ("archived", "tagged", "plain", "met"))
KEPT = (
    Bookmark(ARCHIVED, "Archived", added=NOON, unread=False, favorite=True),
    Bookmark(TAGGED, "Tagged", tags=("a", "b"), unread=False),
    Bookmark(PLAIN, "Plain", added=NOON),
    Bookmark(MET, "Met", tags=("new",), favorite=True),
)


class Mortal(WsgiTransport):
    """A network that the process dies at: before its n-th request is carried out, or before that is answered.

    `route`: only requests of that kind count.
    """

    def __init__(self, app: Any, last: int, *, carried_out: bool, route: str = "") -> None:
        super().__init__(app)
        self._last = last
        self._carried_out = carried_out
        self._route = route

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        asked = [*self.urls, request.url or ""]
        dies = asked[-1].endswith(self._route) and self._last == sum(url.endswith(self._route) for url in asked)
        if dies and not self._carried_out:
            raise Killed
        response = super().send(request, **settings)
        if dies:
            raise Killed
        return response


class Account:
    """A Pocket account that bookmarks are brought to, one process after another."""

    def __init__(self, folder: Path, **switches: Any) -> None:
        self.desk = Desk(url="https://pocket.example/v3/")
        for name, value in switches.items():
            setattr(self.desk.sandbox, name, value)
        self.desk.load(stored(1, given_url=MET, tags=("old",)), stored(2))
        self.folder = folder

    def run(self, wire: WsgiTransport | None = None) -> Ended:
        """Run the migration as a process of its own."""
        self.desk.wire = wire or WsgiTransport(self.desk.sandbox)
        self.desk.again()
        target: Any = self.desk.adapter
        target.applied = []
        return Bench(self.folder, MemoryAdapter("memory", entries=KEPT), target).run(MortalStore(self.folder))

    @property
    def brought(self) -> dict[str, tuple[object, ...]]:
        """What the account holds of the bookmarks, without the dates that it chose itself."""
        items = {item.given_url: item for item in self.desk.sandbox.items.values()}
        dated = {bookmark.url for bookmark in KEPT if bookmark.added is not None}
        return {
            url: (item.given_title, item.tags, item.status, item.favorite, item.time_added * (url in dated))
            for url, item in items.items()
            if url in {bookmark.url for bookmark in KEPT}
        }


@pytest.mark.parametrize(
    ("switches", "carried_out"),
    [({}, False), ({}, True), ({"dialect": "legacy"}, True), ({"bare_results": True}, True)],
    ids=str,
)
def test_a_migration_that_dies_at_any_request_is_made_whole(
    switches: dict[str, Any], tmp_path: Path, *, carried_out: bool
) -> None:
    """The end is that of an undisturbed run: nothing is lost, nothing added twice, and a third run writes nothing."""
    undisturbed = Account(tmp_path / "undisturbed", **switches)
    undisturbed.run()
    died = 0
    for last in itertools.count(1):
        account = Account(tmp_path / str(last), **switches)
        try:
            account.run(Mortal(account.desk.sandbox, last, carried_out=carried_out))
            break
        except Killed:
            died += 1
        account.run()
        writes = len(account.desk.sent)
        account.run()

        assert undisturbed.brought == account.brought, last
        assert {1} == {account.desk.sandbox.adds[url] for url in (ARCHIVED, TAGGED, PLAIN)}, last
        assert writes == len(account.desk.sent), last

    assert died >= 5
    assert {bookmark.url: (int(not bookmark.unread), bookmark.favorite) for bookmark in KEPT} == {
        url: fields[2:4] for url, fields in undisturbed.brought.items()
    }


def test_the_second_of_two_calls_is_not_lost(tmp_path: Path) -> None:
    """Killed between the call that adds and the one that archives, an item is whole after the next run."""
    account = Account(tmp_path)
    with pytest.raises(Killed):
        account.run(Mortal(account.desk.sandbox, 2, carried_out=False, route="send"))
    between, calls = account.brought[ARCHIVED], account.desk.sent
    account.run()

    assert (["add"] * 3, (0, False), (1, True)) == (calls[0], between[2:4], account.brought[ARCHIVED][2:4])
    assert ["add"] not in account.desk.sent[1:]


def test_a_url_that_an_item_led_to_is_met_and_not_added(tmp_path: Path) -> None:
    """Adding it would make the item unread and date it anew; instead the two become one, once."""
    account = Account(tmp_path)
    old = stored(5, given_url="https://short.example/x", resolved_url=PLAIN, status=1, tags=("old",))
    account.desk.load(old)
    account.run()
    first = account.desk.sandbox.items["5"]
    writes = len(account.desk.sent)
    account.run()

    assert 0 == account.desk.sandbox.adds[PLAIN]
    assert (1, old.time_added, ("old",)) == (first.status, first.time_added, first.tags)
    assert writes == len(account.desk.sent)
