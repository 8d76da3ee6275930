"""A session with a fake clock on a scripted transport."""

from __future__ import annotations

from typing import Any

from requests.adapters import BaseAdapter

from adapters.http.auth import Login, QueryToken
from adapters.http.pacing import InMemoryPace, Pacer
from adapters.http.session import Dialect, Reply, Request, Session
from bridge.model.adapter import Context
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.scripted_transport import Scripted, ScriptedTransport

TOKEN = "alice:S3CRET/+half"
READ = Request("posts/all", repeatable=True, routes=("default", "posts/all"))


class Desk:
    """A session with a fake clock on a scripted transport."""

    def __init__(self, *script: Scripted, url: str = "https://api.example.com/v1/", **options: Any) -> None:
        self.transport = ScriptedTransport(*script)
        self.clock = FakeClock()
        self.session = session(url, self.clock, transport=self.transport, **options)

    def call(self, request: Request = READ) -> Reply:
        return self.session.call(request)

    @property
    def urls(self) -> list[str | None]:
        return [sent.url for sent in self.transport.sent]


def session(
    url: str,
    clock: FakeClock,
    *,
    login: Login | None = None,
    transport: BaseAdapter | None = None,
    context: Context | None = None,
    insecure_http: bool = False,
    **dialect: Any,
) -> Session:
    """Open a session as a client would."""
    context = context or Context(InMemoryPace(), clock, clock.sleep)
    pacer = Pacer("account", "Pinboard", {"default": 3.0, "posts/all": 300.0}, context)
    login = login or QueryToken("auth_token", Secret(TOKEN))
    return Session(
        url,
        login,
        pacer,
        context,
        Dialect("Pinboard", "Check the token.", **dialect),
        transport=transport,
        insecure_http=insecure_http,
    )
