"""An account at the sandbox, reached without sockets and in fake time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import requests

from adapters.http.pacing import InMemoryPace
from adapters.pocket import POCKET, PocketConfig
from adapters.pocket.adapter import PocketAdapter
from adapters.pocket.client import PocketClient
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox_account import Item as Stored
from bridge.model.adapter import Context, End, Page
from bridge.model.bookmark import Entry
from bridge.model.operation import Operation, Outcome
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.ear import Ear
from tests.support.wsgi_transport import WsgiTransport

LONG_AGO = 1_500_000_000
"""When everything was added that a test does not date itself, in seconds since the epoch."""


class Wire(WsgiTransport):
    """The way to the sandbox. `after` says by the number of a call what somebody else does when it is answered."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.after: dict[int, Callable[[], object]] = {}

    def send(self, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        response = super().send(request, **settings)
        self.after.pop(len(self.urls), lambda: None)()
        return response


class Desk:
    """An account with its sandbox, its clock, and what it told the person. By default it is at Pocket itself.

    `ahead` is by how many seconds the service's clock is ahead of ours.
    """

    def __init__(self, *, url: str = POCKET, ahead: float = 0.0, **config: Any) -> None:
        self.clock = FakeClock()
        self.sandbox = PocketSandbox(clock=lambda: self.clock() + ahead)
        self.ear = Ear()
        login = {
            "consumer_key": Secret(self.sandbox.consumer_key),
            "access_token": Secret(self.sandbox.access_token),
        }
        self.config = PocketConfig(**{"url": url, **login, **config})
        self.context = Context(InMemoryPace(), self.clock, self.clock.sleep, report=self.ear)
        self.wire = Wire(self.sandbox)
        self.client = PocketClient(self.config, self.context, self.wire)
        self.adapter = PocketAdapter(self.config, self.context, self.client)

    @property
    def routes(self) -> list[str]:
        """The routes that were called, in their order."""
        return [call.route for call in self.sandbox.log]

    @property
    def sent(self) -> list[list[str]]:
        """The names of the actions of each send."""
        calls = [call for call in self.sandbox.log if call.route == "send"]
        return [[action["action"] for action in call.args["actions"]] for call in calls]

    def load(self, *items: Stored) -> None:
        """Let the account hold items, as if for long."""
        self.sandbox.load(items)

    def listing(self, cursor: str | None = None) -> tuple[dict[str, Entry], list[Page], End]:
        """Pull: the entries by ref, the pages, the end."""
        *pages, end = self.adapter.pull(cursor)
        assert isinstance(end, End)
        found = [page for page in pages if isinstance(page, Page)]
        return {entry.ref: entry for page in found for entry in page.entries}, found, end

    def push(self, *operations: Operation) -> list[Outcome]:
        """Carry out operations together."""
        return list(self.adapter.push(operations))

    def readd(self, *refs: str, **fields: Any) -> None:
        """Let somebody else put items back on top of their list: they are unread and dated now, or as `fields` say."""
        self.clock.now += 1
        now = {"time_added": int(self.clock.now), "time_updated": int(self.clock.now)}
        self.load(*(attrs.evolve(self.sandbox.items[ref], status=0, **now | fields) for ref in refs))

    def delete(self, *refs: str) -> None:
        """Let somebody else delete items."""
        self.clock.now += 1
        now = int(self.clock.now)
        self.load(*(attrs.evolve(self.sandbox.items[ref], status=2, time_updated=now) for ref in refs))

    def again(self) -> None:
        """Go on as another process would, which remembers nothing."""
        self.client = PocketClient(self.config, self.context, self.wire)
        self.adapter = PocketAdapter(self.config, self.context, self.client)


def stored(number: int, **fields: Any) -> Stored:
    """Make an item that an account holds."""
    given = {"item_id": str(number), "given_url": f"https://example.org/{number}", "time_added": LONG_AGO + number}
    return Stored(**given | fields)


def numbers(refs: Sequence[str]) -> list[int]:
    """Return refs as numbers."""
    return [int(ref) for ref in refs]
