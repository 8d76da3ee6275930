"""The server, the faults and the log that every sandbox shares."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from adapters.http.serving import (
    CUT,
    DROP_AFTER,
    DROP_BEFORE,
    ERROR_AFTER,
    ERROR_BEFORE,
    HTML_AFTER,
    HTML_BEFORE,
    UNAUTHORIZED,
    Call,
    Fault,
    Faults,
    Gate,
    refuse,
    serve,
    slow,
)
from bridge.model.errors import UsageError


class Adder:
    """The smallest sandbox: `/add` counts up; it never reads a body, and tells the port of the connection."""

    def __init__(self) -> None:
        self.added = 0
        self.slept: list[float] = []
        self.gate = Gate(lambda status: Response(f"in our words: {status}", status), self.slept.append)

    @Request.application
    def __call__(self, request: Request) -> Response:
        call = Call(request.path.strip("/"), request.args.to_dict(), started=7.0)
        return self.gate.answer(call, lambda: self._add(request))

    def _add(self, request: Request) -> Response:
        self.added += 1
        return Response("added", headers={"X-Port": request.environ["REMOTE_PORT"]})


Get: TypeAlias = Callable[[str], requests.Response]


@pytest.fixture
def adder() -> Adder:
    """Make a sandbox."""
    return Adder()


@pytest.fixture
def base(adder: Adder) -> Iterator[str]:
    """Serve it."""
    with serve(adder) as base:
        yield base


@pytest.fixture
def get(base: str) -> Iterator[Get]:
    """Ask it for a path, over one session."""
    with requests.Session() as session:
        session.trust_env = False
        yield lambda path: session.get(base + path, timeout=5)


def test_serves_on_loopback_and_under_its_own_name(base: str, get: Get) -> None:
    """The address is 127.0.0.1 and the Server header says that this is a sandbox."""
    answer = get("/add")

    assert base.startswith("http://127.0.0.1:")
    assert answer.headers["Server"] == "bookmark-bridge sandbox"
    assert answer.text == "added"


def test_a_connection_is_used_again_even_if_the_app_left_a_body_unread(base: str) -> None:
    """A second request comes over the connection of the first, and is not mistaken for its body."""
    with requests.Session() as session:
        first = session.post(f"{base}/add", data=b"GET /nothing HTTP/1.1\r\n\r\n", timeout=5)
        second = session.post(f"{base}/add", timeout=5)

    assert first.status_code == second.status_code == 200
    assert first.headers["X-Port"] == second.headers["X-Port"]


def test_writes_no_log_lines(base: str, get: Get, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither a good request nor a malformed one leaves a line on the terminal."""
    get("/add")
    with socket.create_connection(("127.0.0.1", int(base.rpartition(":")[2])), timeout=5) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        raw.recv(1)

    assert capfd.readouterr() == ("", "")


def test_ends_at_once_with_every_connection() -> None:
    """At the end of the context an idle connection is shut and a slow answer is not waited for."""
    app = Adder()
    enough, arrived = threading.Event(), threading.Event()
    app.gate.sleep = lambda seconds: (arrived.set(), enough.wait(seconds))
    app.gate.faults.add(slow(30), "slow")
    with ThreadPoolExecutor() as pool, requests.Session() as idle, requests.Session() as waiting:
        with serve(app) as base:
            idle.get(f"{base}/add", timeout=5)
            unanswered = pool.submit(waiting.get, f"{base}/slow", timeout=30)
            arrived.wait()
            began = time.monotonic()
        took = time.monotonic() - began
        failure = unanswered.exception()
        enough.set()

        assert took < 1
        assert isinstance(failure, requests.ConnectionError)
        with pytest.raises(requests.ConnectionError):
            idle.get(f"{base}/add", timeout=5)


def test_a_taken_port_is_a_usage_error(base: str, adder: Adder, capfd: pytest.CaptureFixture[str]) -> None:
    """A port that somebody serves already is refused in a sentence with a remedy."""
    port = int(base.rpartition(":")[2])

    with pytest.raises(UsageError, match=rf"^Port {port} of 127\.0\.0\.1 .*Choose another port"), serve(adder, port):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_port_beyond_all_ports_is_a_usage_error(adder: Adder) -> None:
    """There is no port 70000."""
    with pytest.raises(UsageError, match="there is no such port"), serve(adder, 70_000):
        pass


@pytest.mark.parametrize(
    ("fault", "status", "carried_out"),
    [
        (refuse(), 429, False),
        (UNAUTHORIZED, 401, False),
        (ERROR_BEFORE, 500, False),
        (ERROR_AFTER, 500, True),
        (HTML_BEFORE, 200, False),
        (HTML_AFTER, 200, True),
        (slow(3), 200, True),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_a_fault_answers_its_status_and_does_what_it_says(
    fault: Fault, status: int, carried_out: bool, adder: Adder, get: Get
) -> None:
    """A fault before the deed leaves it undone, one after it does it all the same, and the next request succeeds."""
    adder.gate.faults.add(fault)
    answer = get("/add")

    assert answer.status_code == status
    assert adder.added == carried_out
    assert get("/add").text == "added"
    assert [call.status for call in adder.gate.log] == [status, 200]


@pytest.mark.parametrize(("fault", "carried_out"), [(DROP_BEFORE, False), (DROP_AFTER, True), (CUT, True)])
def test_a_broken_answer_is_an_error_of_the_connection(fault: Fault, carried_out: bool, adder: Adder, get: Get) -> None:
    """A dropped connection and a body that ends too early reach the client as broken connections."""
    adder.gate.faults.add(fault)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get("/add")
    assert adder.added == carried_out
    assert get("/add").text == "added"


def test_a_failing_status_is_in_the_words_of_the_service(adder: Adder, get: Get) -> None:
    """Faults do not know how a service says no: its sandbox tells them."""
    adder.gate.faults.add(ERROR_AFTER)

    assert get("/add").text == "in our words: 500"


@pytest.mark.parametrize("value", [7, "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_refusal_can_say_when_to_come_back(value: int | str, adder: Adder, get: Get) -> None:
    """Retry-After is sent as it was given, and only if it was given."""
    adder.gate.faults.add(refuse(value))
    adder.gate.faults.add(refuse())

    assert get("/add").headers["Retry-After"] == str(value)
    assert "Retry-After" not in get("/add").headers


def test_a_slow_answer_waits_after_the_deed(adder: Adder, get: Get) -> None:
    """The wait is asked of the sleep that was handed in."""
    adder.gate.faults.add(slow(0.25))
    get("/add")

    assert adder.slept == [0.25]


def test_the_log_keeps_unanswered_calls(adder: Adder, get: Get) -> None:
    """A call that was dropped is logged without a status."""
    adder.gate.faults.add(DROP_AFTER)
    with pytest.raises(requests.ConnectionError):
        get("/add?tag=a")

    assert adder.gate.log == [Call("add", {"tag": "a"}, 7.0, None)]


def test_a_fault_of_a_route_leaves_the_others_alone() -> None:
    """Only requests of the named route are taken, and only they count."""
    faults = Faults()
    faults.add(CUT, "posts/add", skip=1)

    assert faults.take("posts/get") is None
    assert faults.take("posts/add") is None
    assert faults.take("posts/get") is None
    assert faults.take("posts/add") == CUT


def test_faults_queue() -> None:
    """What one fault takes does not count for the next, so a script reads from top to bottom."""
    faults = Faults()
    faults.add(ERROR_BEFORE, times=2)
    faults.add(CUT, skip=1)

    assert [faults.take("any") for _ in range(5)] == [ERROR_BEFORE, ERROR_BEFORE, None, CUT, None]


def test_what_has_not_happened_is_pending_until_it_is_cleared() -> None:
    """A test can see whether its fault was met, and take the rest back."""
    faults = Faults()
    faults.add(CUT, times=2)
    faults.add(DROP_AFTER, "never")
    faults.take("any")

    assert faults.pending == ("cut", "drop_after")
    faults.clear()
    assert faults.pending == ()
    assert faults.take("any") is None


@given(st.integers(0, 6), st.integers(1, 6))
def test_the_kth_and_the_next_n_fail(skip: int, times: int) -> None:
    """After `skip` requests exactly `times` fail, and none after them."""
    faults = Faults()
    faults.add(CUT, skip=skip, times=times)

    assert [faults.take("any") for _ in range(15)] == [None] * skip + [CUT] * times + [None] * (15 - skip - times)


def test_faults_can_be_taken_from_many_threads() -> None:
    """However many requests come at once, a fault happens as often as it was told to."""
    faults = Faults()
    faults.add(CUT, times=500)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(faults.take, ["any"] * 1_000))

    assert taken.count(CUT) == 500
