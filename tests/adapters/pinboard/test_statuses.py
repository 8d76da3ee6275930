"""What every method of the client makes of each way in which the service fails, or seems to."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pinboard.client import NoSuchRoute, PinboardClient, Refusal, UriTooLong
from adapters.pinboard.wire import Posts
from bridge.model.errors import BridgeError, CredentialsError, ProtocolError, Unavailable, UnknownOutcome
from tests.adapters.pinboard.desk import Desk
from tests.support.scripted_transport import Scripted, ScriptedTransport, ok, status

URL = "https://example.org/page"
HTML = b"<html><head><title>Sorry</title></head><body>Sorry</body></html>"
MARK = b"\xef\xbb\xbf"
LOG = b'[2024-12-03 10:11:12] {"id":7} saved [ok]\n'

Method = Callable[[PinboardClient], Any]
READS: dict[str, Method] = {
    "posts/update": lambda client: client.posts_update(),
    "posts/get": lambda client: client.posts_get(url=URL),
    "posts/recent": lambda client: client.posts_recent(),
    "posts/dates": lambda client: client.posts_dates(),
    "posts/all": lambda client: client.posts_all(),
    "posts/suggest": lambda client: client.posts_suggest(URL),
    "tags/get": lambda client: client.tags_get(),
    "user/secret": lambda client: client.user_secret(),
    "user/api_token": lambda client: client.user_api_token(),
    "notes/list": lambda client: client.notes_list(),
    "notes/0123": lambda client: client.notes_get("0123"),
}
WRITES: dict[str, Method] = {
    "posts/add": lambda client: client.posts_add(URL, "A title"),
    "posts/delete": lambda client: client.posts_delete(URL),
    "tags/delete": lambda client: client.tags_delete("a"),
    "tags/rename": lambda client: client.tags_rename("a", "b"),
}
METHODS = READS | WRITES
ONCE = {"posts/update", "posts/dates", "user/secret", "user/api_token"}
"""What holds no words of a person is not asked for a second time as JSON."""

ANSWERS: dict[str, bytes] = {
    "posts/update": b'{"update_time":"2012-07-14T07:34:21Z"}',
    "posts/get": b'{"date":"2012-07-14T07:34:21Z","user":"u","posts":[]}',
    "posts/recent": b'{"date":"2012-07-14T07:34:21Z","user":"u","posts":[]}',
    "posts/dates": b'{"user":"u","tag":"","dates":[]}',
    "posts/all": b"[]",
    "posts/suggest": b'[{"popular":[]},{"recommended":[]}]',
    "tags/get": b"[]",
    "user/secret": b'{"result":"0123"}',
    "user/api_token": b'{"result":"0123"}',
    "notes/list": b'{"count":0,"notes":[]}',
    "notes/0123": b'{"id":"0123","text":""}',
    **dict.fromkeys(WRITES, b'{"result_code":"done"}'),
}

every_method = pytest.mark.parametrize("method", METHODS)
every_read = pytest.mark.parametrize("method", READS)
every_write = pytest.mark.parametrize("method", WRITES)


class Server:
    """A client of a server that plays a script."""

    def __init__(self, *script: Scripted) -> None:
        self.desk = Desk()
        self.transport = ScriptedTransport(*script)
        self.client = PinboardClient(self.desk.config, self.desk.context, self.transport)

    def call(self, method: str) -> Any:
        return METHODS[method](self.client)


def test_every_method_of_the_client_is_tried() -> None:
    """A method that is added joins the table."""
    called = {name for name in dir(PinboardClient) if name.startswith(("posts_", "tags_", "user_", "notes_"))}

    assert called == {method.replace("/", "_").replace("0123", "get") for method in METHODS}


@every_method
def test_401_ends_the_account_whatever_its_body(method: str) -> None:
    """Thirteen bytes at Pinboard, JSON at linkhut, nothing at SemanticScuttle: once, and never again on that host."""
    for body in (b"401 Forbidden", b'{"errors":[{"message":"Unauthenticated"}]}', b"", HTML):
        server = Server(status(401, body, Connection="close"))
        for _attempt in range(2):
            with pytest.raises(CredentialsError, match="does not accept the login"):
                server.call(method)

        assert len(server.transport.sent) == 1


@every_method
def test_a_page_with_a_status_is_no_answer(method: str) -> None:
    """Neither an empty one nor a refusal of this item. It is not sent again, but tags/rename has another way."""
    for code in (403, 404, 405, 406):
        server = Server(status(code, HTML))
        with pytest.raises(NoSuchRoute if code == 404 else ProtocolError) as caught:
            server.call(method)

        asked = "posts/all" if (method, code) == ("tags/rename", 404) else method
        assert asked in caught.value.message
        assert caught.value.remedy
        assert len(server.transport.sent) == (2 if asked != method else 1)


@every_method
def test_414_says_that_nothing_was_written(method: str) -> None:
    """As our own limit does."""
    with pytest.raises(UriTooLong):
        Server(status(414, HTML)).call(method)


@every_method
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "90"}])
def test_429_is_waited_for_and_sent_again(method: str, headers: dict[str, str]) -> None:
    """A write too: it was not carried out. The wait doubles, or is what the header asks."""
    server = Server(status(429, b"429 Too Many Requests", **headers), ok(ANSWERS[method]))
    server.call(method)

    assert len(server.transport.sent) == 2
    assert sum(server.desk.clock.slept) >= (90 if headers else 6)


@every_method
def test_429_for_ever_is_given_up(method: str) -> None:
    """After six of them; nothing was written."""
    server = Server(status(429))
    with pytest.raises(Unavailable, match=r"refused .* 6 times") as caught:
        server.call(method)

    assert not isinstance(caught.value, UnknownOutcome)


@every_read
@pytest.mark.parametrize("code", [500, 503])
def test_a_failing_service_is_asked_three_times(method: str, code: int) -> None:
    """With a pause each; one answer is enough."""
    server, dead = Server(status(code), status(code), ok(ANSWERS[method])), Server(status(code))
    server.call(method)
    with pytest.raises(Unavailable, match=f"after 3 tries: it answered with status {code}"):
        dead.call(method)

    assert len(dead.transport.sent) == 3


@every_write
@pytest.mark.parametrize("code", [500, 503])
def test_a_write_that_fails_is_unknown(method: str, code: int) -> None:
    """It may have been carried out, so it is sent once; tags/rename is known to be dead with 500."""
    server = Server(status(code))
    with pytest.raises(Unavailable) as caught:
        server.call(method)

    dead = (method, code) == ("tags/rename", 500)
    assert isinstance(caught.value, UnknownOutcome) is not dead
    assert len(server.transport.sent) == (4 if dead else 1)


@every_write
def test_a_result_beside_any_status_is_an_answer(method: str) -> None:
    """The status is 200 at Pinboard, whatever the result."""
    for code in (200, 400, 403, 409):
        for body in (b'<result code="something went wrong" />', b'{"result":"something went wrong"}'):
            with pytest.raises(Refusal, match="Pinboard says: something went wrong") as caught:
                Server(status(code, body)).call(method)

            assert caught.value.vague


@every_read
def test_a_refusal_with_status_200_is_no_answer_to_a_question(method: str) -> None:
    """It is neither an empty listing nor a secret."""
    for body in (b'<result code="something went wrong" />', b'{"result_code":"something went wrong"}'):
        with pytest.raises(ProtocolError, match=f"The answer of Pinboard to {method} is"):
            Server(ok(body)).call(method)


@every_read
def test_html_with_status_200_is_asked_for_again_or_given_up(method: str) -> None:
    """It is no empty answer."""
    server, once = Server(ok(HTML)), Server(ok(HTML), ok(ANSWERS[method]))
    with pytest.raises(ProtocolError, match=f"The answer of Pinboard to {method} is an HTML page"):
        server.call(method)
    if method not in ONCE:
        once.call(method)

    assert len(server.transport.sent) == (1 if method in ONCE else 2)


@every_write
def test_html_with_status_200_leaves_a_write_unknown(method: str) -> None:
    """Nobody said "done"."""
    server = Server(ok(HTML))
    with pytest.raises(UnknownOutcome, match=r"is (not a result|an HTML page)"):
        server.call(method)

    assert len(server.transport.sent) == 1


@every_method
def test_a_byte_order_mark_is_passed_over(method: str) -> None:
    """As are the blanks behind an answer."""
    server = Server(ok(MARK + ANSWERS[method] + b"\t\n"))
    server.call(method)

    assert len(server.transport.sent) == 1


@pytest.mark.parametrize("method", [*WRITES, "user/secret", "user/api_token"])
def test_log_text_before_a_result_is_passed_over(method: str) -> None:
    """It has brackets, and even JSON, that are not the answer."""
    server = Server(ok(MARK + LOG + ANSWERS[method] + b"\nlogged\n"))
    server.call(method)

    assert len(server.transport.sent) == 1


def test_a_404_of_the_methods_own_is_an_answer() -> None:
    """No such bookmark at linkhut, no such note at Pinboard."""
    assert Server(status(404, b'"Not Found"')).call("posts/get") == Posts()
    assert Server(status(404, b'{"error":"no such note","error_code":"404"}')).call("notes/0123") is None


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["posts", "result", "dates", "notes", "id", "error"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(METHODS)), st.sampled_from([200, 400, 404, 409]), st.binary() | trees)
def test_whatever_comes_is_an_answer_or_an_error_that_can_be_explained(method: str, code: int, body: Any) -> None:
    """No method ever raises anything else."""
    server = Server(status(code, body if isinstance(body, bytes) else json.dumps(body).encode()))
    with suppress(BridgeError):
        server.call(method)

    assert server.transport.sent
