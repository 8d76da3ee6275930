"""The Pinboard sandbox held against recorded answers.

There is no recording of Pinboard itself. Two compatible servers were recorded, which differ from it in known ways, so
what is compared is what all three have in common: that a request succeeds, the root of the answer, and how its rows and
their attributes are named.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from lxml import etree

from adapters.pinboard.sandbox import PinboardSandbox
from adapters.pinboard.sandbox_account import Post
from tests.adapters.pinboard.recorded import exchanges, names
from tests.adapters.pinboard.sandbox_caller import Caller
from tests.support.clock import FakeClock

ROOT_ATTRIBUTES = {"update": "time", "result": "code"}
OTHER_NAMES = {"suggest": "suggested"}
"""How linkhut's root of posts/suggest is called at Pinboard."""

FOREIGN = frozenset({"others", "status"})
"""Attributes that only compatible servers write."""

OPTIONAL = frozenset({"extended", "meta", "shared", "toread"})
"""Attributes that some of the three leave out of XML."""

ANSWERED_ELSE = {
    "linkhut/posts_all_hashes": "a list of hashes, which Pinboard does not know",
    "linkhut/posts_add_invalid_json": "a failure, worded `something went wrong` or HTTP 400",
    "linkhut/posts_add_invalid_xml": "a failure, worded `something went wrong` or HTTP 400",
    "linkhut/posts_delete_missing_2023": "a failure, HTTP 404 there",
    "linkhut/posts_delete_missing_json": "a failure, worded `something went wrong`",
    "linkhut/posts_delete_missing_xml": "a failure, worded `something went wrong`",
    "linkhut/posts_get_full_time_as_dt": "HTTP 500 there",
    "linkhut/posts_get_missing": "HTTP 404 there, an empty 200 at Pinboard",
    "linkhut/unknown_route": "HTTP 404: Pinboard has these methods",
    "linkhut/unauthorized_json": "a refusal in JSON",
    "linkhut/unauthorized_xml": "a refusal in JSON",
    "semanticscuttle/posts_add_existing": "HTTP 409 there",
    "semanticscuttle/posts_add_missing_parameter": "HTTP 400 there",
    "semanticscuttle/posts_delete_missing": "HTTP 404 there, or `something went wrong`",
    "semanticscuttle/posts_update_empty_account": "a document without a root",
    "semanticscuttle/unauthorized": "a refusal with an empty body",
}
"""Cassettes that have no answer in common with Pinboard, and why."""


@attrs.frozen
class Shape:
    """What an answer is, what it says of itself, and how its rows and what they hold are named."""

    kind: str
    names: frozenset[str]
    rows: frozenset[str]

    def fits(self, recorded: Shape) -> bool:
        """Tell whether this is the shape of a recorded answer; rows can be compared only where both have some."""
        same_rows = self.rows == recorded.rows or not (self.rows and recorded.rows)
        return self.kind == recorded.kind and recorded.names <= self.names and same_rows


def shape(body: bytes, route: str) -> Shape:
    """Reduce an answer to what is common; what tags/* say of themselves is not (`code`, `result_code`, user data)."""
    described = _xml_shape(etree.fromstring(body)) if body.startswith(b"<") else _json_shape(json.loads(body))
    return attrs.evolve(described, names=frozenset()) if route.startswith("tags/") else described


def _xml_shape(root: etree._Element) -> Shape:
    rows = {f"{row.tag} {name}" for row in root for name in {"", *map(str, row.attrib)} - FOREIGN - OPTIONAL}
    kind = OTHER_NAMES.get(str(root.tag), str(root.tag))
    return Shape(kind, frozenset({ROOT_ATTRIBUTES.get(kind)} & {*root.attrib}), frozenset(rows))


def _json_shape(data: Any) -> Shape:
    posts = data if isinstance(data, list) else data.get("posts", [])
    names = frozenset() if isinstance(data, list) else frozenset(data)
    return Shape(type(data).__name__, names, frozenset(key for post in posts for key in post) - FOREIGN)


@pytest.fixture
def call() -> Caller:
    """Call a sandbox that holds bookmarks like those the servers held."""
    no_gaps = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}
    sandbox = PinboardSandbox(no_gaps, FakeClock())
    sandbox.rename_dead = False
    two = Post(
        "https://example.com/lh/two?a=1&b=2", "Two", tags=("foo",), time=datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC)
    )
    one = Post("https://example.com/lh/one", "One", "notes", ("foo", "Bar"), datetime(2020, 1, 2, tzinfo=UTC))
    scuttle = Post("https://example.com/one", "One", tags=("foo",), time=datetime(2022, 1, 2, tzinfo=UTC))
    sandbox.load([one, two, scuttle])
    return Caller(sandbox)


@pytest.mark.parametrize("name", [name for name in names() if name not in ANSWERED_ELSE])
def test_a_recorded_success_is_one_of_the_same_shape(name: str, call: Caller) -> None:
    """Asked the same, the sandbox succeeds too, and what all servers have in common is named alike."""
    compared = [exchange for exchange in exchanges(name) if exchange.succeeded]
    for recorded in compared:
        format_ = "xml" if recorded.body.startswith(b"<") else "json"
        answer = call(recorded.route, **recorded.args, format=format_)

        assert answer.status_code == 200
        assert shape(answer.get_data(), recorded.route).fits(shape(recorded.body, recorded.route))
    assert compared


@pytest.mark.parametrize("name", ANSWERED_ELSE)
def test_what_is_not_compared_is_recorded(name: str) -> None:
    """Every exemption names a cassette that exists."""
    assert exchanges(name)
