"""What a session makes of answers and of their absence; policy against a scripted transport, the rest over sockets."""

from __future__ import annotations

import gzip
import io
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.exceptions
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Request as Asked
from werkzeug.wrappers import Response as Answer

from adapters.http.address import base_url, is_loopback, target
from adapters.http.auth import Basic
from adapters.http.serving import serve
from adapters.http.session import (
    LONGEST_EXCHANGE,
    Reply,
    Request,
    Unsendable,
    Verdict,
    verdict,
)
from adapters.http.trouble import Trouble, trouble
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, Unavailable, UnknownOutcome
from bridge.model.secret import Secret
from tests.adapters.http.desk import READ, TOKEN, Desk, session
from tests.support.clock import FakeClock
from tests.support.scripted_transport import Scripted, ok, status

SPELLINGS = (TOKEN, "S3CRET", "alice%3AS3CRET")
WRITE = Request("posts/add", [("url", "https://example.com/")])


def secretive(error: BaseException) -> bool:
    """Tell whether nothing that could be printed of an error shows the token."""
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__) + repr(error.__cause__)
    return not any(spelling in told for spelling in SPELLINGS)


TIMEOUT = requests.exceptions.ReadTimeout(f"https://api.example.com/v1/?auth_token={TOKEN}")
REFUSED = requests.exceptions.ConnectionError(
    urllib3.exceptions.MaxRetryError(
        None,
        f"/v1/?auth_token={TOKEN}",
        urllib3.exceptions.NewConnectionError(None, "refused"),
    )
)


def test_an_answer_is_a_plain_value() -> None:
    """Status, headers by lower-case names, and the body; its repr shows neither."""
    reply = Desk((200, {"X-Kind": "a"}, b"S3CRET")).call()

    assert reply == Reply(200, {"x-kind": "a"}, b"S3CRET")
    assert repr(reply) == "Reply(status=200)"


def test_a_request_says_who_asks_and_waits_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request has the project's User-Agent, a time-out to connect and one to read, and TLS verification."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    desk = Desk(ok())
    desk.call(Request("posts/update", read_timeout=7.0, headers={"Accept": "text/xml"}))
    [sent], [settings] = desk.transport.sent, desk.transport.settings

    assert sent.headers["User-Agent"].startswith("bookmark-bridge/")
    assert sent.headers["Accept"] == "text/xml"
    assert "https://" in sent.headers["User-Agent"]
    assert settings["timeout"] == (10.0, 7.0)
    assert settings["verify"] is True


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 414, 418])
def test_what_the_client_must_judge_is_an_answer(code: int) -> None:
    """A status that means nothing to HTTP alone is returned, also for a write."""
    assert Desk(status(code)).call(WRITE).status == code


@given(st.integers(100, 599))
def test_every_status_has_a_verdict(code: int) -> None:
    """Nothing in the 500s is an answer, and a missing answer is like one of them."""
    judged = verdict(Reply(code))

    assert (judged is Verdict.AGAIN) == (code >= 500)
    assert verdict(Trouble("the connection was dropped")) is Verdict.AGAIN


@pytest.mark.parametrize(
    "fault", [status(500), status(503), TIMEOUT, REFUSED, requests.exceptions.ChunkedEncodingError()]
)
def test_a_read_is_repeated(fault: Scripted) -> None:
    """Two faults are survived, each try in a slot of its own and further from the one before."""
    desk = Desk(fault, fault, ok())
    begin = desk.clock.now

    assert desk.call(Request("posts/get", repeatable=True)).body == b"fine"
    assert desk.session.calls == 3
    assert desk.clock.now - begin == pytest.approx(6.0 + 12.0)


@pytest.mark.parametrize("fault", [status(500), TIMEOUT, REFUSED])
def test_a_read_is_given_up_after_three_tries(fault: Scripted) -> None:
    """Then the service is Unavailable, and no text of `requests` is quoted."""
    desk = Desk(fault)
    with pytest.raises(Unavailable, match=r"posts/all after 3 tries: it ") as caught:
        desk.call()

    assert not isinstance(caught.value, UnknownOutcome)
    assert desk.session.calls == 3
    assert secretive(caught.value)


@pytest.mark.parametrize("fault", [status(500), status(502), TIMEOUT, requests.exceptions.ConnectionError("dropped")])
def test_a_write_is_never_repeated(fault: Scripted) -> None:
    """Once it was sent, no answer means that it may have been done."""
    desk = Desk(fault, ok())
    with pytest.raises(UnknownOutcome, match="may have been done") as caught:
        desk.call(WRITE)

    assert desk.session.calls == 1
    assert secretive(caught.value)


def test_a_write_that_found_no_connection_was_not_sent() -> None:
    """It is Unavailable, not unknown."""
    desk = Desk(REFUSED)
    with pytest.raises(Unavailable, match="it accepts no connection") as caught:
        desk.call(WRITE)

    assert type(caught.value) is Unavailable
    assert secretive(caught.value)


def test_a_refusal_for_too_many_requests_is_waited_out() -> None:
    """A write that was refused was not carried out: it is sent again, slower, as Retry-After asks."""
    desk = Desk(status(429), status(429, Retry_After="100"), ok())
    begin = desk.clock.now

    assert desk.call(WRITE).body == b"fine"
    assert desk.clock.now - begin == pytest.approx(6.06 + 100)


def test_refusals_end() -> None:
    """After the sixth the service is Unavailable."""
    desk = Desk(status(429))
    with pytest.raises(Unavailable, match="6 times"):
        desk.call(WRITE)

    assert desk.session.calls == 6


def test_maintenance_says_how_long() -> None:
    """Retry-After counts beside 503 too."""
    desk = Desk(status(503, Retry_After="120"), ok())
    begin = desk.clock.now
    desk.call(Request("posts/get", repeatable=True))

    assert desk.clock.now - begin == pytest.approx(120)


def test_a_refused_login_stops_the_session() -> None:
    """Nothing is sent after a 401, since a service may lock out who insists."""
    desk = Desk(status(401), ok())
    for _call in range(2):
        with pytest.raises(CredentialsError, match=r"does not accept the login\. Check the token\."):
            desk.call()

    assert desk.session.calls == 1


def test_a_token_is_in_the_query_as_it_must_be() -> None:
    """It is encoded, and counts in the size of the request."""
    desk = Desk(ok())
    desk.call(WRITE)

    assert desk.urls == [
        "https://api.example.com/v1/posts/add?url=https%3A%2F%2Fexample.com%2F&auth_token=alice%3AS3CRET%2F%2Bhalf"
    ]
    assert desk.session.size(WRITE) == len(desk.urls[0] or "")


def test_a_password_is_sent_in_utf_8() -> None:
    """HTTP Basic, whatever the characters."""
    desk = Desk(ok(), login=Basic("älice", Secret("pässword")))
    desk.call()

    assert desk.transport.sent[0].headers["Authorization"] == "Basic w6RsaWNlOnDDpHNzd29yZA=="


def test_netrc_never_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login for the host in ~/.netrc is not sent beside the account's own."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine api.example.com login mallory password oops\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    desk = Desk(ok())
    desk.call()

    assert "Authorization" not in desk.transport.sent[0].headers


def test_proxies_of_the_environment_do_not_see_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is used for a service on the net, never for loopback."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    far, near = Desk(ok()), Desk(ok(), url="http://127.0.0.1:9/v1/")
    far.call()
    near.call()

    assert far.transport.settings[0]["proxies"]["https"] == "http://proxy.example:3128"
    assert "http" not in near.transport.settings[0]["proxies"]


def test_half_a_character_cannot_be_sent() -> None:
    """A lone surrogate has no UTF-8 form; nothing goes out."""
    desk = Desk(ok())
    with pytest.raises(Unsendable):
        desk.call(Request("posts/add", [("description", "\ud83d")]))

    assert desk.session.calls == 0


def test_redirects_within_the_host_are_followed() -> None:
    """The login is sent once, and each hop takes a slot."""
    place = "/v2/posts/all?format=json&auth_token=alice%3AS3CRET%2F%2Bhalf#top"
    desk = Desk(status(301, Location=place), ok())

    assert desk.call(Request("posts/all", [("format", "json")], repeatable=True)).body == b"fine"
    assert desk.urls[1] == "https://api.example.com/v2/posts/all?format=json&auth_token=alice%3AS3CRET%2F%2Bhalf"
    assert sum(desk.clock.slept) == pytest.approx(3.03)


@pytest.mark.parametrize(
    "location", ["https://evil.example/v1/", "http://api.example.com/v1/", "//evil.example/", "https://[", "ftp://x/"]
)
def test_redirects_elsewhere_are_refused(location: str) -> None:
    """Another host, or the same without encryption, must not see the login."""
    desk = Desk(status(302, Location=location))
    with pytest.raises(Unavailable, match=r"sends posts/all on to .*where the login must not follow"):
        desk.call()

    assert desk.session.calls == 1


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example\\@api.example.com/v1/",
        "https://u:p@evil.example\\@api.example.com/v1/",
        "https://u:p@api.example.com/v1/",
        "https://api.example.com\\.evil.example/",
        "https://api.example.com%5C@evil.example/",
        "https://api.example.com /v1/",
        "https://api.example.com\t.evil.example/",
        "//evil.example/v1/",
        "https://evil.example#@api.example.com/",
        "https://evil.example?@api.example.com/",
        "https://[::1/",
    ],
)
def test_what_parsers_read_differently_leads_nowhere(place: str) -> None:
    """The login is sent to no host but the one that every parser sees, which is the account's."""
    desk = Desk(status(307, Location=place), ok())
    with pytest.raises(Unavailable, match="where the login must not follow"):
        desk.call(Request("posts/get"))

    assert 1 == desk.session.calls


def test_redirects_end() -> None:
    """Three hops are followed, the fourth is not; a redirect to nowhere is one that goes round."""
    desk = Desk(status(302))
    with pytest.raises(Unavailable, match="on again and again"):
        desk.call()

    assert desk.session.calls == 4


def test_a_body_is_not_dropped_on_the_way() -> None:
    """A POST is redirected only by a status that keeps it a POST."""
    post = Request("send", method="POST", json={"a": 1})
    kept = Desk(status(308, Location="/v1/there"), ok())
    kept.call(post)

    assert [(sent.method, sent.body) for sent in kept.transport.sent] == [("POST", b'{"a": 1}')] * 2
    with pytest.raises(Unavailable):
        Desk(status(302, Location="/v1/there")).call(post)


@given(st.text(), st.sampled_from(["https://api.example.com/v1/", "http://127.0.0.1:8080/v1/"]))
def test_a_redirect_never_leaves_the_host(location: str, base: str) -> None:
    """Whatever the header says."""
    there = target(base, location)

    assert there is None or there.startswith((base[: base.index("/v1/")], "https://127.0.0.1"))


def test_a_redirect_may_begin_to_encrypt() -> None:
    """From http to https on the same host."""
    assert target("http://127.0.0.1:80/a", "https://127.0.0.1/b") == "https://127.0.0.1/b"


def test_an_answer_has_an_end() -> None:
    """What is longer than can be meant is not read to its end, nor what drips for too long."""
    desk = Desk(ok())
    chunks = iter([b"x"] * 5)

    class Dripping(io.RawIOBase):
        def read(self, size: int = -1, **_options: Any) -> bytes:
            desk.clock.now += LONGEST_EXCHANGE / 2
            return next(chunks, b"")

    response = requests.Response()
    response.status_code, response.raw = 200, Dripping()
    desk.transport.send = lambda *_args, **_settings: response
    with pytest.raises(UnknownOutcome, match="does not end"):
        desk.call(WRITE)


def test_a_long_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts unpacked bytes."""
    monkeypatch.setattr("adapters.http.session.LONGEST_BODY", 1 << 20)
    with pytest.raises(Unavailable, match="longer than 1 MB"):
        Desk(ok(b"x" * ((1 << 20) + 1))).call()


def test_the_secret_is_kept_out_of_words() -> None:
    """In whatever spelling a service quotes it."""
    desk = Desk(ok())
    spelt = desk.session.redacted(f"Sorry: {TOKEN}, alice%3AS3CRET/%2Bhalf, alice%3AS3CRET%2F%2Bhalf.")

    assert spelt == "Sorry: ***, ***, ***."
    assert Basic("alice", Secret("")).redacted("as it is") == "as it is"


@pytest.mark.parametrize(
    "url",
    ["", "api.example.com", "ftp://example.com/", "https://", "https://a:b@example.com/", "https://example.com/?q=1",
     "https://example.com/#x", "https://[::1", "https://example.com:99999/"],
)  # fmt: skip
def test_an_account_needs_the_address_of_a_server(url: str) -> None:
    """Anything else is a fault of the config, and the url is not quoted: it may hold a password."""
    with pytest.raises(ConfigurationError, match="not the address of a server"):
        base_url(url, insecure_http=False)


def test_an_address_that_requests_cannot_use_is_a_fault_of_the_config() -> None:
    """Such as a host name that is none."""
    with pytest.raises(ConfigurationError, match="not the address of a server"):
        Desk(ok(), url="https://*.example.com/").call()


def test_http_is_for_loopback_or_for_who_asks_for_it() -> None:
    """An unencrypted address is refused unless nobody is on the way, or the account says so."""
    with pytest.raises(ConfigurationError, match="not encrypted"):
        base_url("http://example.com/v1/", insecure_http=False)

    assert base_url("http://example.com/v1", insecure_http=True) == "http://example.com/v1/"
    assert base_url("http://127.0.0.1:8080", insecure_http=False) == "http://127.0.0.1:8080/"
    assert [is_loopback(url) for url in ("http://localhost/", "http://[::1]/", "http://10.0.0.1/")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        (ssl.SSLCertVerificationError("bad"), False),
        (ssl.SSLEOFError("in the middle"), True),
        (urllib3.exceptions.NameResolutionError("h", None, socket.gaierror()), False),
        (urllib3.exceptions.ConnectTimeoutError(), False),
        (urllib3.exceptions.ProxyError("no", OSError()), False),
        (urllib3.exceptions.ProtocolError("reset", ConnectionResetError()), True),
        (urllib3.exceptions.ReadTimeoutError(None, "u", "m"), True),
    ],
)
def test_only_proof_counts_as_not_sent(reason: Exception, sent: bool) -> None:
    """A TLS failure can end an answer, so only a refused certificate proves anything."""
    error = requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "u", reason))

    assert trouble(error).sent is sent


def test_unreadable_certificates_are_found_before_anything_is_sent() -> None:
    """`requests` raises a bare OSError for them."""
    assert not trouble(OSError("Could not find a suitable TLS CA certificate bundle")).sent


# Over real sockets.


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer every connection, once its request has come, as the function does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    answer(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def drop(_connection: socket.socket) -> None:
    """Say nothing."""


def cut(connection: socket.socket) -> None:
    """Promise more than is sent."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def hang(connection: socket.socket) -> None:
    """Wait until the client gives up."""
    connection.recv(1)


def garble(connection: socket.socket) -> None:
    """Say that it is packed when it is not."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (drop, "the connection was dropped"),
        (cut, "the answer was cut"),
        (hang, "it does not answer in time"),
        (garble, "the answer cannot be unpacked"),
    ],
)
def test_what_real_connections_do(answer: Callable[[socket.socket], None], why: str) -> None:
    """A sent request without a whole answer is unknown where it writes, and the words are ours."""
    with raw_server(answer) as url:
        client = session(url, FakeClock())
        with pytest.raises(UnknownOutcome, match=why) as caught:
            client.call(Request("posts/add", read_timeout=0.1))

    assert secretive(caught.value)


def cut_chunk(connection: socket.socket) -> None:
    """End in the midst of a chunk."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf")


def cut_between_chunks(connection: socket.socket) -> None:
    """End without the last chunk."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")


@pytest.mark.parametrize("answer", [cut_chunk, cut_between_chunks])
def test_a_cut_chunked_answer_is_no_answer(answer: Callable[[socket.socket], None]) -> None:
    """Its end has to be said."""
    with raw_server(answer) as url, pytest.raises(UnknownOutcome, match=r"cut|dropped"):
        session(url, FakeClock()).call(Request("posts/add", read_timeout=0.5))


@pytest.mark.parametrize("head", [b"Content-Length: 9999", b"X-Nothing: 1"])
def test_an_answer_that_drips_is_given_up(head: bytes) -> None:
    """Long before its last byte: the time is looked at whenever something arrives."""
    clock = FakeClock()
    dripped = 0

    def drip(connection: socket.socket) -> None:
        nonlocal dripped
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        with suppress(OSError):
            for _byte in range(9999):
                connection.sendall(b"x")
                dripped += 1
                clock.now += LONGEST_EXCHANGE / 20
                threading.Event().wait(0.002)

    with raw_server(drip) as url, pytest.raises(UnknownOutcome, match="does not end"):
        session(url, clock).call(WRITE)

    assert dripped < 1000


def test_a_closed_port_is_not_unknown() -> None:
    """A real refused connection proves that nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(Unavailable, match="it refuses the connection") as caught:
        session(url, FakeClock()).call(WRITE)

    assert type(caught.value) is Unavailable
    assert secretive(caught.value)


def test_cookies_and_gzip_over_a_real_connection(caplog: pytest.LogCaptureFixture) -> None:
    """A packed answer is unpacked, a cookie is never sent back, and no log line holds the token."""
    seen: list[dict[str, str]] = []

    @Asked.application
    def app(request: Asked) -> Answer:
        seen.append(dict(request.headers))
        headers = {"Content-Encoding": "gzip", "Set-Cookie": "PHPSESSID=1; path=/"}
        return Answer(gzip.compress(b"fine"), headers=headers)

    caplog.set_level(logging.DEBUG)
    with serve(app) as url:
        client = session(url, FakeClock())
        bodies = [client.call(READ).body for _call in range(2)]

    assert bodies == [b"fine", b"fine"]
    assert all("Cookie" not in headers for headers in seen)
    assert not any(spelling in caplog.text for spelling in SPELLINGS)


def test_errors_of_the_contract_are_all_that_leaves() -> None:
    """Whatever `requests` and urllib3 raise becomes an error of the model."""
    kinds: Sequence[Exception] = [
        requests.exceptions.ConnectionError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.TooManyRedirects(),
        requests.exceptions.InvalidURL(),
        urllib3.exceptions.LocationParseError("x"),
        OSError("CA bundle"),
    ]

    for kind in kinds:
        with pytest.raises(BridgeError):
            Desk(kind).call()
