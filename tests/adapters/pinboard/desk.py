"""An account at the sandbox, reached without sockets and in fake time: the real gaps are kept and measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.http.pacing import InMemoryPace
from adapters.pinboard import GAPS, PINBOARD, PinboardConfig
from adapters.pinboard.adapter import PinboardAdapter
from adapters.pinboard.client import PinboardClient
from adapters.pinboard.sandbox import PinboardSandbox
from bridge.model.adapter import Context, End, Page
from bridge.model.bookmark import Entry
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.ear import Ear
from tests.support.wsgi_transport import WsgiTransport


class Desk:
    """An account with its sandbox, its clock, and what it told the person. By default it is at Pinboard itself."""

    def __init__(self, *, url: str = PINBOARD, gaps: Mapping[str, float] = GAPS, **config: Any) -> None:
        self.clock = FakeClock()
        self.sandbox = PinboardSandbox(gaps, self.clock)
        self.ear = Ear()
        self.config = PinboardConfig(**{"url": url, "token": Secret(self.sandbox.token), "gaps": gaps} | config)
        self.context = Context(InMemoryPace(), self.clock, self.clock.sleep, report=self.ear)
        self.wire = WsgiTransport(self.sandbox)
        self.client = PinboardClient(self.config, self.context, self.wire)
        self.adapter = PinboardAdapter(self.config, self.context, self.client)

    @property
    def routes(self) -> list[str]:
        """The routes that were called, in their order."""
        return [call.route for call in self.sandbox.log]

    def listing(self, cursor: str | None = None) -> tuple[dict[str, Entry], list[Page], End]:
        """Pull everything: the entries by ref, the pages, the end."""
        *pages, end = self.adapter.pull(cursor)
        assert isinstance(end, End)
        found = [page for page in pages if isinstance(page, Page)]
        return {entry.ref: entry for page in found for entry in page.entries}, found, end
