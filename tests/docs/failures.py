"""What each failure of a service becomes, found out by letting each client run into each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import requests

from adapters.http.pacing import InMemoryPace
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.wire import Kind
from adapters.pinboard import PinboardConfig
from adapters.pinboard.client import PinboardClient
from adapters.pocket import PocketConfig, actions
from adapters.pocket.client import PocketClient
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError
from bridge.model.secret import Secret
from tests.support.clock import FakeClock
from tests.support.scripted_transport import Scripted, ScriptedTransport, status

HTML = b"<!DOCTYPE html>\n<html><body><p>Sorry</p></body></html>"
Client: TypeAlias = Any

STATUSES = (401, 403, 404, 405, 414, 429, 500, 503)
OK_BUT = "200 with an error"
PAGE = "200 with a page"


def pinboard(transport: ScriptedTransport, context: Context) -> Client:
    """Open an account at Pinboard."""
    return PinboardClient(PinboardConfig(token=Secret("alice:12AB34CD")), context, transport)


def pocket(transport: ScriptedTransport, context: Context) -> Client:
    """Open an account at Pocket."""
    keys = {"consumer_key": Secret("1234-abcd"), "access_token": Secret("5678-efgh")}
    return PocketClient(PocketConfig(user="alice", **keys), context, transport)


def news(transport: ScriptedTransport, context: Context) -> Client:
    """Open an account at a Nextcloud."""
    config = NewsConfig("https://cloud.example.org/", user="alice", password=Secret("app-password"), api="v1-3")
    return NewsClient(config, context, transport)


SERVICES: Mapping[str, Callable[[ScriptedTransport, Context], Client]] = {
    "pinboard": pinboard,
    "pocket": pocket,
    "nextcloud-news": news,
}

CALLS: Mapping[str, Mapping[str, Callable[[Client], object]]] = {
    "pinboard": {
        "posts/all": lambda client: client.posts_all(),
        "posts/add": lambda client: client.posts_add("https://example.org/", "A title"),
    },
    "pocket": {
        "get": lambda client: client.get(),
        "send add": lambda client: list(client.send([actions.add("https://example.org/")])),
    },
    "nextcloud-news": {
        "items": lambda client: client.items(Kind.STARRED),
        "feeds create": lambda client: client.create_feed("https://example.org/feed"),
    },
}
"""One call that reads and one that writes, of each service."""

ERRORS: Mapping[str, bytes] = {
    "pinboard": b'<?xml version="1.0" encoding="UTF-8" ?>\n<result code="something went wrong" />\n\t',
    "pocket": b'{"error":"GraphQL error: not logged in","status":1}',
    "nextcloud-news": b'{"message":"Setting getRead on an already filtered list is not allowed!"}',
}
"""How each says with status 200 that it failed."""

BODIES: Mapping[tuple[str, int], Scripted] = {
    ("pinboard", 401): status(401, b"401 Forbidden", Content_Type="text/html"),
    ("pocket", 401): status(401, b"401 Unauthorized", Content_Type="text/html", X_Error_Code="107"),
    ("pocket", 403): status(403, b'{"error":"missing permission"}', X_Error_Code="151"),
    ("nextcloud-news", 401): status(401, b'{"message":""}', Content_Type="application/json"),
    ("nextcloud-news", 404): status(404, b'{"message":"no feed there"}', Content_Type="application/json"),
    ("nextcloud-news", 429): status(429, b'{"message":"Reached maximum delay"}', Content_Type="application/json"),
    ("nextcloud-news", 503): status(503, HTML, Retry_After="120", X_Nextcloud_Maintenance_Mode="1"),
}
"""Answers that have a form of their own; the others are an HTML page."""

CASES: Sequence[str] = (*map(str, STATUSES), OK_BUT, PAGE, "no answer")


def reply(service: str, case: str) -> Scripted:
    """Return what a service answers in a case."""
    if case == "no answer":
        return requests.exceptions.ReadTimeout("slow")
    if case == OK_BUT:
        extra = {"X_Error_Code": "5200"} if service == "pocket" else {}
        return status(200, ERRORS[service], **extra)
    if case == PAGE:
        return status(200, HTML, Content_Type="text/html")
    return BODIES.get((service, int(case)), status(int(case), HTML, Content_Type="text/html"))


def what_comes(service: str, call: str, case: str) -> tuple[str, int]:
    """Return the name of what a client makes of a case, and how many requests it sent."""
    clock = FakeClock()
    transport = ScriptedTransport(reply(service, case))
    client = SERVICES[service](transport, Context(InMemoryPace(), clock, clock.sleep))
    try:
        answer = CALLS[service][call](client)
    except BridgeError as error:
        return type(error).__name__, len(transport.sent)
    names = [type(one).__name__ for one in answer] if isinstance(answer, list) else ["an answer"]
    return ", ".join(names), len(transport.sent)
