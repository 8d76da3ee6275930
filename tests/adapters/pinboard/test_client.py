"""Pinboard's API as a library, against the sandbox in fake time and over sockets."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.pacing import InMemoryPace
from adapters.http.serving import (
    CUT,
    DROP_AFTER,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    HTML_BEFORE,
    UNAUTHORIZED,
    Fault,
    refuse,
)
from adapters.http.session import Unsendable
from adapters.pinboard import CAPABILITIES, GAPS, LONGEST_URI, PINBOARD, SPEC, PinboardConfig, is_pinboard, normal_url
from adapters.pinboard.client import NoSuchRoute, PinboardClient, Refusal, UriTooLong
from adapters.pinboard.sandbox import PinboardSandbox
from adapters.pinboard.sandbox_account import Post as Stored
from bridge.model.adapter import Context
from bridge.model.errors import ConfigurationError, CredentialsError, ProtocolError, Unavailable, UnknownOutcome
from bridge.model.secret import Secret
from tests.adapters.pinboard.desk import Desk
from tests.support.wsgi_transport import WsgiTransport

URL = "https://example.org/page?a=1&b=ü#part"
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)


def sent(desk: Desk, number: int = -1) -> dict[str, str]:
    """Return the parameters of a request without the login."""
    params = dict(parse_qsl(urlsplit(desk.wire.urls[number]).query, keep_blank_values=True))
    assert params.pop("auth_token") == desk.sandbox.token
    return params


def test_an_added_bookmark_is_got_back() -> None:
    """Every parameter of posts/add arrives."""
    desk = Desk()
    desk.client.posts_add(
        URL, "A title", extended="line\nline", tags=["a", "B&b"], dt=NOON, replace=False, shared=False, toread=True
    )
    [post] = desk.client.posts_get(url=URL).posts

    assert (post.href, post.description, post.extended, post.tags) == (URL, "A title", "line\nline", "a B&b")
    assert (post.time, post.shared, post.toread) == ("2020-01-02T12:00:00Z", False, True)


def test_what_is_none_is_not_sent() -> None:
    """A parameter that is not given stands at the service's default; an empty one is sent empty."""
    desk = Desk()
    desk.client.posts_add(URL, "A title", extended="")

    assert sent(desk) == {"url": URL, "description": "A title", "extended": ""}


def test_every_parameter_has_the_form_that_the_api_wants() -> None:
    """Words for yes and no, blanks between tags, times in UTC, days as days."""
    desk = Desk(gaps={"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}, url="http://127.0.0.1/v1/")
    client = desk.client
    client.posts_all(tag=["a", "b"], start=0, results=10, fromdt=NOON, todt=NOON + timedelta(days=1), meta=True)
    client.posts_get(dt=date(2020, 1, 2), tag="a", meta=False)
    client.posts_recent(tag="a", count=5)
    client.posts_dates(tag=["a"])

    assert [sent(desk, number) for number in range(4)] == [
        {
            "tag": "a b",
            "start": "0",
            "results": "10",
            "fromdt": "2020-01-02T12:00:00Z",
            "todt": "2020-01-03T12:00:00Z",
            "meta": "yes",
        },
        {"dt": "2020-01-02", "tag": "a", "meta": "no"},
        {"tag": "a", "count": "5"},
        {"tag": "a"},
    ]


@pytest.mark.parametrize("format", ["xml", "json"])
def test_every_method_answers_in_both_formats(format: str) -> None:
    """XML comes unasked, JSON is asked for by parameter and by header, and both say the same."""
    desk = Desk(format=format)
    desk.sandbox.bom = desk.sandbox.pollute = desk.sandbox.false_titles = True
    desk.sandbox.load([Stored(URL, "", "note", ("a",), NOON), Stored("https://b.example/", "b", time=NOON)])
    client = desk.client

    assert client.posts_update().endswith("Z")
    assert [post.description for post in client.posts_all().posts if post.href == URL] == [""]
    assert [post.href for post in client.posts_get(url=URL).posts] == [URL]
    assert len(client.posts_recent(count=1).posts) == 1
    assert client.posts_dates().counts == {"2020-01-02": 2}
    assert client.user_api_token().reveal() == desk.sandbox.token.partition(":")[2]
    client.posts_add("https://c.example/", "c")
    client.posts_delete("https://c.example/")
    assert ("format" in sent(desk)) is (format == "json")


def test_the_documented_gaps_are_kept() -> None:
    """3 s between all calls, 60 s between posts/recent, 300 s between posts/all; long waits are told."""
    desk = Desk()
    for _round in range(2):
        desk.client.posts_update()
        desk.client.posts_recent()
        desk.client.posts_all()

    assert desk.sandbox.violations == []
    assert [call.started for call in desk.sandbox.log] == sorted(call.started for call in desk.sandbox.log)
    assert any(wait.reason == "all of Pinboard is listed at most every 5 min" for wait in desk.ear.waits)


@pytest.mark.parametrize(
    ("stored", "call", "what"),
    [
        ((URL,), lambda client: client.posts_add(URL, "again", replace=False), "exists"),
        ((), lambda client: client.posts_delete(URL), "not_found"),
        ((), lambda client: client.posts_add("no url", "a title"), "bad_url"),
    ],
)
def test_a_refusal_says_what_it_means(stored: tuple[str, ...], call, what: str) -> None:
    """The service's words are kept, and what they mean can be asked."""
    desk = Desk()
    desk.sandbox.load([Stored(href) for href in stored])
    with pytest.raises(Refusal, match=r"^Pinboard says: .+\.$") as refused:
        call(desk.client)

    meanings = {name: getattr(refused.value, name) for name in ("exists", "not_found", "bad_url", "vague")}
    assert meanings == {name: name == what for name in meanings}


@pytest.mark.parametrize("fault", [ERROR_AFTER, DROP_AFTER, CUT, HTML_AFTER, ERROR_BEFORE, HTML_BEFORE])
def test_a_write_without_a_clear_answer_is_unknown(fault: Fault) -> None:
    """500, dropped, cut, an HTML page with 200: it may have been done, so it is not sent again."""
    desk = Desk()
    desk.sandbox.faults.add(fault, "posts/add")
    with pytest.raises(UnknownOutcome, match="may have been done"):
        desk.client.posts_add(URL, "A title")

    assert desk.routes == ["posts/add"]
    assert (URL in desk.sandbox.posts) is fault.carried_out


@pytest.mark.parametrize("fault", [ERROR_BEFORE, DROP_AFTER, CUT, HTML_BEFORE, refuse(), refuse(120)])
@pytest.mark.parametrize("format", ["xml", "json"])
def test_a_listing_survives_a_fault(fault: Fault, format: str) -> None:
    """It is asked for again, in a slot of its own."""
    desk = Desk(format=format)
    desk.sandbox.load([Stored(URL)])
    desk.sandbox.faults.add(fault, "posts/all")

    assert [post.href for post in desk.client.posts_all().posts] == [URL]
    assert desk.routes == ["posts/all", "posts/all"]
    assert desk.sandbox.violations == []


def test_html_twice_is_not_an_empty_account() -> None:
    """Then it is a fault of the service, to be tried later."""
    desk = Desk()
    desk.sandbox.faults.add(HTML_BEFORE, times=2)
    with pytest.raises(ProtocolError, match="The answer of Pinboard to posts/all is an HTML page"):
        desk.client.posts_all()


def test_html_is_no_update_time() -> None:
    """Nothing is known then."""
    desk = Desk()
    desk.sandbox.faults.add(HTML_BEFORE)
    with pytest.raises(ProtocolError, match="posts/update is an HTML page"):
        desk.client.posts_update()


def test_a_refused_login_is_not_tried_again() -> None:
    """One 401 ends the account, and the remedy says where the token is."""
    desk = Desk()
    desk.sandbox.faults.add(UNAUTHORIZED)
    for _attempt in range(2):
        with pytest.raises(CredentialsError, match=r"pinboard\.in/settings/password"):
            desk.client.posts_update()

    assert desk.client.calls == 1


def test_a_password_works_too() -> None:
    """HTTP Basic, with the user's name beside the password."""
    desk = Desk()
    config = PinboardConfig(user=desk.sandbox.user, password=Secret(desk.sandbox.password))
    client = PinboardClient(config, desk.context, desk.wire)

    assert client.posts_update()
    assert client.user == desk.sandbox.user
    assert "auth_token" not in desk.wire.urls[-1]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (PinboardConfig(), "There is no login"),
        (PinboardConfig(token=Secret("0123456789abcdef")), "not whole"),
        (PinboardConfig(password=Secret("pässword")), "no user"),
        (PinboardConfig(url="https://api.ln.ht/v1", token=Secret("opaque")), "does not say whose"),
    ],
)
def test_a_login_that_cannot_work_is_refused_before_it_is_sent(config: PinboardConfig, why: str) -> None:
    """With a remedy each; sending half a token is the most frequent fault of all."""
    client = PinboardClient(config, Desk().context)
    with pytest.raises(CredentialsError, match=why) as caught:
        client.posts_update()

    assert caught.value.remedy
    assert client.calls == 0


def test_an_opaque_token_needs_a_user_beside_it() -> None:
    """A linkhut token is opaque; the config says whose it is."""
    config = PinboardConfig(url="https://api.ln.ht/v1", token=Secret("opaque"), user="alice")

    assert PinboardClient(config, Desk().context).identity == "pinboard https://api.ln.ht/v1/ alice"


def test_a_request_that_is_too_long_is_not_sent() -> None:
    """The limit is exact and counts encoded bytes, of the whole address."""
    desk = Desk()
    room = LONGEST_URI - desk.client.overhead() - len("https%3A%2F%2Fexample.org%2F") - len("t")
    options = {"tags": (), "dt": NOON, "replace": True, "shared": True, "toread": True}
    desk.client.posts_add("https://example.org/", "t", extended="n" * room, **options)
    with pytest.raises(UriTooLong, match="would take 3,901 bytes") as caught:
        desk.client.posts_add("https://example.org/", "t", extended="n" * (room + 1), **options)

    assert isinstance(caught.value, Unsendable)
    assert len(desk.wire.urls) == 1
    assert len(desk.wire.urls[0]) == LONGEST_URI


def test_a_server_with_a_lower_limit_says_so() -> None:
    """Its 414 means the same as our own limit: nothing was written."""
    desk = Desk()
    desk.wire.app = _status(414)
    with pytest.raises(UriTooLong):
        desk.client.posts_add(URL, "t")


@pytest.mark.parametrize(("code", "kind"), [(404, NoSuchRoute), (403, ProtocolError), (405, ProtocolError)])
def test_a_wrong_address_is_not_an_empty_account(code: int, kind: type[ProtocolError]) -> None:
    """A page with a status is no answer to anything, be it a read or a write."""
    desk = Desk()
    desk.wire.app = _status(code)
    for call in (
        desk.client.posts_update,
        desk.client.posts_all,
        lambda: desk.client.posts_get(url=URL),
        lambda: desk.client.posts_add(URL, "t"),
    ):
        with pytest.raises(kind):
            call()


def test_half_a_character_is_not_sent() -> None:
    """It is a fault of the value, not of the account."""
    with pytest.raises(Unsendable):
        Desk().client.posts_add(URL, "\ud83d")


def test_no_error_shows_the_token() -> None:
    """Not in a message, nor in what it is chained to."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_AFTER)
    with pytest.raises(UnknownOutcome) as caught:
        desk.client.posts_add(URL, "A title")

    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__) + repr(desk.config)
    assert desk.sandbox.token.partition(":")[2] not in told


@pytest.mark.parametrize(
    ("url", "own"),
    [
        (PINBOARD, True),
        ("https://pinboard.in/v1/", True),
        ("https://notpinboard.in/", False),
        ("https://pinboard.in.example/", False),
    ],
)
def test_pinboard_itself_is_known_by_its_host(url: str, own: bool) -> None:
    """Its rules hold for its host alone."""
    assert is_pinboard(url) is own


@pytest.mark.parametrize(
    "url",
    [
        "https://alice:hunter2@pins.example/v1/",
        "https://:hunter2@pins.example/v1/",
        "https://hunter2@pins.example/v1/",
        "https://pins.example/v1/?auth_token=alice:hunter2",
        "https://pins.example/v1/#hunter2",
        "https://alice:hunter2@[::1/",
        "https://alice:hunter2@pins.example\u2100/",
        "https://pins.example:hunter2/",
        "alice:hunter2@pins.example/v1/",
        "ftp://pins.example/hunter2/",
        "https:///hunter2",
    ],
)
def test_what_is_not_a_base_url_is_refused_without_repeating_it(url: str) -> None:
    """It may hold a secret, which neither the message nor the error beneath it may tell."""
    with pytest.raises(ConfigurationError, match="base address") as caught:
        PinboardConfig(url=url)

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("spellings", "normal"),
    [
        (["HTTP://Host:80/v1", "http://host/v1//", "http://HOST/v1/?#"], "http://host/v1/"),
        (["https://Pins.Example:443", "HTTPS://pins.example/"], "https://pins.example/"),
        (["http://[::1]:80/V1", "http://[::1]/V1/"], "http://[::1]/V1/"),
        (["https://pins.example:80/v1/", "https://PINS.example:0080/v1"], "https://pins.example:80/v1/"),
    ],
)
def test_the_spellings_of_a_url_are_one_account(spellings: list[str], normal: str) -> None:
    """Pace, lock and links hang on the identity."""
    context = Desk().context
    accounts = [PinboardClient(PinboardConfig(url=url, token=Secret("alice:0")), context) for url in spellings]

    assert {account.identity for account in accounts} == {f"pinboard {normal} alice"}


@given(st.text(max_size=30) | st.from_regex(r"https?://[a-zA-Z.:0-9\[\]/?#@]*", fullmatch=True))
def test_a_normal_url_is_its_own_normal_form(url: str) -> None:
    """Whatever is a base URL at all."""
    try:
        normal = normal_url(url)
    except ConfigurationError:
        return

    assert normal_url(normal) == normal


@pytest.mark.parametrize("route", sorted(GAPS))
def test_shorter_gaps_are_for_other_servers(route: str) -> None:
    """At Pinboard's own address the documented gaps are the least, in the config and in the context."""
    shorter = {route: GAPS[route] - 0.1}
    with pytest.raises(ConfigurationError, match=f"gap of {route}"):
        PinboardConfig(gaps=shorter)
    context = Context(InMemoryPace(), time.time, time.sleep, shorter)  # noqa: TID251 - never waited on
    with pytest.raises(ConfigurationError, match=f"gap of {route}"):
        PinboardClient(PinboardConfig(token=Secret("a:b")), context).posts_update()

    assert PinboardConfig(gaps={route: GAPS[route] * 2}).gaps
    assert PinboardConfig(url="https://pins.example/v1/", gaps=shorter).gaps == shorter


@pytest.mark.parametrize(
    "wrong",
    [{"format": "yaml"}, {"lacks": ("url",)}, {"gaps": {"posts/get": 3.0}}, {"gaps": {"default": float("nan")}}],
)
def test_a_wrong_config_is_refused(wrong: dict[str, object]) -> None:
    """With a remedy."""
    with pytest.raises(ConfigurationError) as caught:
        PinboardConfig(**wrong)

    assert caught.value.remedy


def test_the_spec_costs_no_import() -> None:
    """Reading what Pinboard is loads neither requests nor lxml."""
    code = "import adapters.pinboard, sys; print(sorted({'requests', 'lxml', 'werkzeug'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.strip() == "[]"
    assert SPEC.capabilities is CAPABILITIES


def test_over_a_real_connection() -> None:
    """The library against the served sandbox: written and read; its pace is measured where time is made, elsewhere."""
    gaps = {"default": 0.02, "posts/recent": 0.02, "posts/all": 0.05}
    with SPEC.sandbox(0, gaps) as served:
        served.app.strict = False  # arrivals jitter on a busy machine
        environment = served.environment
        config = PinboardConfig(url=environment["PINBOARD_URL"], token=Secret(environment["PINBOARD_TOKEN"]), gaps=gaps)
        context = Context(InMemoryPace(), time.time, time.sleep)  # noqa: TID251 - real sockets, real time
        client = PinboardClient(config, context)
        client.posts_add(URL, "A title", extended="line\nline")
        posts = [client.posts_all().posts for _call in range(2)]

        assert [post.extended for post in posts[1]] == ["line\nline"]


def test_a_dropped_and_a_cut_answer_over_a_real_connection() -> None:
    """What a network does to a write is unknown, what it does to a read is repeated."""
    gaps = {"default": 0.01, "posts/recent": 0.01, "posts/all": 0.01}
    with SPEC.sandbox(0, gaps) as served:
        app: PinboardSandbox = served.app
        app.strict = False
        config = PinboardConfig(url=served.url, token=Secret(app.token), gaps=gaps)
        client = PinboardClient(config, Context(InMemoryPace(), time.time, time.sleep))  # noqa: TID251 - as above
        for fault in (DROP_AFTER, CUT):
            app.faults.add(fault, "posts/add")
            with pytest.raises(UnknownOutcome):
                client.posts_add(URL, "A title")
            app.faults.add(fault, "posts/all")
            assert len(client.posts_all().posts) == 1

    with pytest.raises(Unavailable, match="refuses the connection"):
        client.posts_add(URL, "A title")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
def test_the_size_of_a_request_can_be_computed(title: str, note: str) -> None:
    """Overhead and percent-encoded values are what a posts/add takes, to the byte."""
    desk = Desk()
    options = {"tags": ("a", "b"), "dt": NOON, "replace": True, "shared": True, "toread": True}
    desk.client.posts_add("https://example.org/", title, extended=note, **options)
    values = sum(map(_encoded, ("https://example.org/", title, note, "a b")))

    assert len(desk.wire.urls[-1]) == desk.client.overhead() + values


def _encoded(value: str) -> int:
    """Count as the limit is described: a blank and what needs no escape is one byte, every other byte three."""
    plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~ "
    return sum(1 if character in plain else 3 * len(character.encode()) for character in value)


def _status(code: int):
    """Make a server that answers everything with a page and this status."""

    def app(_environ, start_response):
        page = b"<html><body>Sorry</body></html>"
        start_response(f"{code} No", [("Content-Length", str(len(page)))])
        return [page]

    return app


def test_the_wire_of_these_tests_is_one() -> None:
    """It quotes the url in its errors, as the real one does, so that the tests of secrecy mean something."""
    desk = Desk()
    desk.sandbox.faults.add(DROP_AFTER)
    with pytest.raises(requests.exceptions.ConnectionError, match="auth_token"):
        WsgiTransport(desk.sandbox).send(requests.Request("GET", f"{PINBOARD}posts/update?auth_token=x").prepare())
