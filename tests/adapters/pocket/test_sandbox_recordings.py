"""The Pocket sandbox held against everything that was recorded of Pocket's published server.

Each cassette was recorded with a list of its own. Most have some of the same five items, which were added a day apart
and then made favorites and archived by hand: that is rebuilt here, and then the recorded requests are sent in their
order. Whatever was made "now" is compared as such.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from adapters.http.serving import refuse
from adapters.pocket.sandbox import UNAVAILABLE, PocketSandbox
from adapters.pocket.sandbox_account import ARCHIVED, DELETED, Annotation, Item
from tests.adapters.pocket.sandbox_caller import Caller
from tests.support.clock import FakeClock

RECORDINGS = Path(__file__).parents[3] / "cassettes" / "pocket"
RECORDED_AT = 1_795_226_460
FIRST_DAY = 1_700_000_000
DAY = 86_400
HEADERS = ("Content-Type", "X-Error", "X-Error-Code", "X-Source")
"""What the headers say; the others are of a web server of its own."""

NOW = re.compile(r"17952264[5-7]\d|179522661\d|2026-11-21T02:0\d:\d\d.000Z")

TRAIN = Item(
    "794270844",
    "https://example.com/slow-travel-by-night-train",
    "Slow travel by night train",
    ("travel", "europe"),
    favorite=True,
)
TREES = Item(
    "1023852089",
    "https://blog.example.org/2023/how-b-trees-work",
    "How B-trees work",
    ("databases",),
    status=ARCHIVED,
)
BREAD = Item("93080505", "https://example.net/recipes/sourdough", "Sourdough, step by step")
SMALL = Item(
    "839204410",
    "https://example.com/talks/the-small-web",
    "The small web",
    ("machine learning", "web"),
    status=ARCHIVED,
    favorite=True,
)
CRANES = Item("2222592026", "https://news.example.org/harbour-cranes", "Harbour cranes", ("europe",))
GONE = Item("3042440122", "https://example.com/gone", "Gone", status=DELETED)
ALL = (TRAIN, TREES, BREAD, SMALL, CRANES)
LISTS = {
    "add": (),
    "add_existing": (TREES,),
    "add_invalid_url": (),
    "add_url_only": (),
    "error_inside_http_200": (),
    "error_server": (),
    "error_unauthorized": (),
    "error_unavailable_and_throttled": (),
    "get_deleted_stub": (TRAIN, TREES, GONE),
    "get_empty": (),
    "get_form_body": (TRAIN,),
    "get_highlights": (
        attrs.evolve(
            TRAIN,
            annotations=(
                Annotation(
                    "79fb7c74-1c1c-429d-b4f9-1381b5c9b72f",
                    "Nobody hurries on a night train.",
                    "@@ -1,2 +1,3 @@\n x",
                    created="2026-11-21T02:01:08.000Z",
                ),
            ),
        ),
        TREES,
    ),
    "send_add": (),
    "send_archive_and_readd": (BREAD,),
    "send_by_url": (TRAIN, TREES),
    "send_delete": (BREAD,),
    "send_favorite_and_unfavorite": (BREAD,),
    "send_form_body": (BREAD,),
    "send_malformed_batch": (BREAD,),
    "send_mixed_good_and_unknown": (BREAD, SMALL),
    "send_tags_add_and_remove": (BREAD,),
    "send_tags_replace_and_clear": (TRAIN, TREES),
}
"""The lists that were not of all five."""

ADDED = {
    "https://example.com/added/one": "3646879435",
    "https://example.com/added/url-only": "2809379039",
    "https://example.com/sent/one": "2702272216",
    "https://example.com/sent/two": "264720854",
}
"""The ids that new items were given."""

OTHER_WORDS = {
    "get_taglist_and_account": "whose account it is: the sandbox's person has another name",
}
"""Cassettes whose answers have the same shape, but not every value, and why."""


@attrs.frozen
class Exchange:
    """A recorded request and its answer."""

    path: str
    content_type: str
    body: str
    status: int
    headers: dict[str, str | None]
    answer: Any


@functools.cache
def recorded(name: str) -> list[Exchange]:
    """Read a cassette."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    cassette = yaml.load((RECORDINGS / f"{name}.yaml").read_text("utf-8"), loader)  # noqa: S506 - both are safe
    return [_exchange(interaction["request"], interaction["response"]) for interaction in cassette["interactions"]]


def _exchange(request: dict[str, Any], response: dict[str, Any]) -> Exchange:
    return Exchange(
        path=request["uri"].removeprefix("http://127.0.0.1:4030"),
        content_type=request["headers"]["Content-Type"][0],
        body=request["body"],
        status=response["status"]["code"],
        headers={name: response["headers"].get(name, [None])[0] for name in HEADERS},
        answer=json.loads(response["body"]["string"]),
    )


def recorded_names() -> list[str]:
    """List the cassettes."""
    return sorted(path.stem for path in RECORDINGS.glob("*.yaml"))


def lived_through(items: tuple[Item, ...]) -> list[Item]:
    """Give items the times of the recordings: a day between them, favorites after an hour, archived a minute later.

    Tags were put on last where nothing else was done, and that without a time.
    """
    dated = []
    for place, item in enumerate(items):
        added = FIRST_DAY + place * DAY
        favorited = added + 3_600 if item.favorite else 0
        read = added + 3_660 if item.status == ARCHIVED else 0
        updated = max(favorited, read) or (RECORDED_AT if item.tags else added)
        dated.append(
            attrs.evolve(item, time_added=added, time_favorited=favorited, time_read=read, time_updated=updated)
        )
    return dated


def listed(name: str) -> list[Item]:
    """Rebuild the list of a cassette; that of get_paged is read from its answers."""
    if name != "get_paged":
        return lived_through(LISTS.get(name, ALL))
    rows = [row for exchange in recorded(name) for row in exchange.answer["list"].values()]
    return [
        Item(
            row["item_id"],
            row["given_url"],
            row["given_title"],
            tuple(row["tags"]),
            time_added=int(row["time_added"]),
            time_updated=int(row["time_updated"]),
        )
        for row in rows
    ]


def prepared(name: str, clock: FakeClock) -> Caller:
    """Make a sandbox like the server of a cassette, with the login that stands in its requests."""
    sandbox = PocketSandbox(clock=clock)
    sandbox.consumer_key = sandbox.access_token = "REDACTED"
    sandbox.username = "tester@example.org"
    sandbox.load(listed(name))
    sandbox.account.ids.update(ADDED)
    if name == "error_unauthorized":
        sandbox.access_token = "another"
    sandbox.logged_out = name == "error_inside_http_200"
    sandbox.upstream_down = name == "error_server"
    if name == "error_unavailable_and_throttled":
        for fault in (UNAVAILABLE, refuse()):
            sandbox.faults.add(fault)
    return Caller(sandbox)


@functools.cache
def replayed(name: str) -> list[tuple[Exchange, Any]]:
    """Send the requests of a cassette in their order, a second apart, and return each with the answer to it."""
    clock = FakeClock(RECORDED_AT)
    call = prepared(name, clock)
    pairs = []
    for exchange in recorded(name):
        answer = call.browser.post(exchange.path, data=exchange.body, content_type=exchange.content_type)
        pairs.append((exchange, answer))
        clock.sleep(1)
    return pairs


def shape(data: Any) -> Any:
    """Reduce an answer to its keys and the JSON types of what they hold."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shape(value) for value in data]
    return type(data).__name__


def timeless(data: Any) -> str:
    """Write an answer with every moment of the recording as "now"; keys keep their order."""
    return NOW.sub("now", json.dumps(data, indent=1, ensure_ascii=False))


@pytest.mark.parametrize("name", recorded_names())
def test_a_recorded_request_is_answered_by_the_same_status_and_shape(name: str) -> None:
    """Status, headers, and the keys and types at every level are those of the recording."""
    for exchange, answer in replayed(name):
        assert exchange.status == answer.status_code
        assert exchange.headers == {header: answer.headers.get(header) for header in HEADERS}
        assert shape(exchange.answer) == shape(answer.get_json())


@pytest.mark.parametrize("name", [name for name in recorded_names() if name not in OTHER_WORDS])
def test_a_recorded_request_is_answered_in_the_same_words(name: str) -> None:
    """Every value, and the order of the keys, is that of the recording."""
    for exchange, answer in replayed(name):
        assert timeless(exchange.answer) == timeless(answer.get_json())


@pytest.mark.parametrize("name", {**LISTS, **OTHER_WORDS})
def test_what_is_said_of_a_cassette_is_said_of_one_that_exists(name: str) -> None:
    """No entry of a table outlives its cassette."""
    assert name in recorded_names()
