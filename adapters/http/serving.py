"""What the sandboxes share: a server on loopback, faults on command, and a log of calls.

A sandbox is a WSGI app with memory. It hands each request to its Gate, which writes it down and lets it fail as a test
has scripted:

    sandbox.faults.add(DROP_AFTER, "posts/add", skip=2)     # the third posts/add from now: done, but never answered
    sandbox.faults.add(refuse(retry_after=7), times=3)      # the next three requests of any route
"""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from bridge.model.errors import UsageError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"
SERVER_NAME = "bookmark-bridge sandbox"


@attrs.frozen
class Call:
    """A request as it arrived: its route, its arguments without the login, when it came, and what it was answered.

    `started` is read from the sandbox's clock. `status` is None where the connection was closed without an answer.
    """

    route: str
    args: Mapping[str, Any]
    started: float
    status: int | None = None


@attrs.frozen
class Violation:
    """A request that started `seconds` after the one before it of its class, where `gap` was asked for."""

    route: str
    seconds: float
    gap: float


class Watch:
    """Holds the start of each request against the gap of all of them and that of its own route; every start counts.

    `violations` are those that came too soon. `TOLERANCE` is the part of a gap that is insisted on: requests that start
    a whole gap apart can arrive closer together.
    """

    TOLERANCE = 0.9

    def __init__(self, gaps: Mapping[str, float]) -> None:
        self.violations: list[Violation] = []
        self._gaps = gaps
        self._last: dict[str, float] = {}

    def punctual(self, call: Call) -> bool:
        """Note a start, and tell whether it came in time."""
        punctual = True
        for key in ("default", call.route):
            gap = self._gaps.get(key, 0.0)
            elapsed = call.started - self._last.get(key, float("-inf"))
            if elapsed < self.TOLERANCE * gap:
                self.violations.append(Violation(call.route, elapsed, gap))
                punctual = False
            self._last[key] = call.started
        return punctual


Spoil: TypeAlias = "Callable[[Gate, Response], Response]"
"""Makes the answer that is sent of the true one; raises ConnectionAbortedError to send none."""


@attrs.frozen
class Fault:
    """One way to fail. Where the request is not `carried_out`, `spoil` is given an empty response."""

    name: str
    carried_out: bool
    spoil: Spoil = attrs.field(repr=False)


def _says(status: int) -> Spoil:
    return lambda gate, _true: gate.failure(status)


def _html(_gate: Gate, _true: Response) -> Response:
    page = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><p>Something is wrong.</p></body></html>\n"
    return Response(page, content_type="text/html; charset=utf-8")


def _drop(_gate: Gate, _true: Response) -> Response:
    raise ConnectionAbortedError("dropped on command")


def _cut(_gate: Gate, true: Response) -> Response:
    body = true.get_data()
    response = Response(body[: len(body) // 2], true.status_code, true.headers)
    response.headers["Content-Length"] = str(len(body))
    response.headers["Connection"] = "close"
    return response


ERROR_BEFORE = Fault("error_before", carried_out=False, spoil=_says(500))
ERROR_AFTER = Fault("error_after", carried_out=True, spoil=_says(500))
UNAUTHORIZED = Fault("unauthorized", carried_out=False, spoil=_says(401))
HTML_BEFORE = Fault("html_before", carried_out=False, spoil=_html)
HTML_AFTER = Fault("html_after", carried_out=True, spoil=_html)
CUT = Fault("cut", carried_out=True, spoil=_cut)
DROP_BEFORE = Fault("drop_before", carried_out=False, spoil=_drop)
DROP_AFTER = Fault("drop_after", carried_out=True, spoil=_drop)


def refuse(retry_after: int | str | None = None) -> Fault:
    """Answer 429, with a Retry-After of seconds or of an HTTP date if one is given."""

    def spoil(gate: Gate, _true: Response) -> Response:
        response = gate.failure(429)
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    return Fault("refuse", carried_out=False, spoil=spoil)


def slow(seconds: float) -> Fault:
    """Carry the request out at once and answer it `seconds` later."""

    def spoil(gate: Gate, true: Response) -> Response:
        gate.sleep(seconds)
        return true

    return Fault("slow", carried_out=True, spoil=spoil)


@attrs.define
class _Rule:
    fault: Fault
    route: str | None
    times: int
    skip: int


class Faults:
    """The script of what goes wrong; safe to write while requests are served."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault, route: str | None = None, *, times: int = 1, skip: int = 0) -> None:
        """Let `skip` requests of the route (of any, if None) pass, then `times` of them fail.

        Faults queue: a request taken by one fault does not count for those added later.
        """
        with self._lock:
            self._rules.append(_Rule(fault, route, times, skip))

    def clear(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._rules.clear()

    @property
    def pending(self) -> tuple[str, ...]:
        """The names of the faults that have not happened yet, or not as often as they should."""
        with self._lock:
            return tuple(rule.fault.name for rule in self._rules)

    def take(self, route: str) -> Fault | None:
        """Return the fault of the request that has just come, None if it may succeed."""
        with self._lock:
            for rule in self._rules:
                if rule.route not in (None, route):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
                return rule.fault
            return None


class Gate:
    """Where every request of a sandbox passes: `log` keeps the calls in the order of their answers.

    `failure` is how the service words a failing status (401, 429, 500). `sleep` waits for slow answers.
    """

    def __init__(
        self,
        failure: Callable[[int], Response],
        sleep: Callable[[float], object] = time.sleep,  # noqa: TID251 - a served sandbox waits in real time
    ) -> None:
        self.faults = Faults()
        self.log: list[Call] = []
        self.failure = failure
        self.sleep = sleep

    def answer(self, call: Call, carry_out: Callable[[], Response]) -> Response:
        """Answer a call by carrying it out, or as the script wants it; ConnectionAbortedError is no answer."""
        fault = self.faults.take(call.route)
        status: int | None = None
        try:
            response = carry_out() if fault is None or fault.carried_out else Response()
            if fault is not None:
                response = fault.spoil(self, response)
            status = response.status_code
            return response
        finally:
            self.log.append(attrs.evolve(call, status=status))


class _Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1 with connections that stay open, which Werkzeug's own handler always closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the body of a reused connection waits 40 ms for the headers' ACK

    def run_wsgi(self) -> None:
        """Answer one request. An app that raises a ConnectionError has the connection closed without an answer."""
        environ = self.make_environ()
        # read whole, or what the app leaves unread would be taken for the next request of the connection
        length = self.headers.get("Content-Length", "0")
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length) if length.isdecimal() else 0))
        response = Response.from_app(self.server.app, environ, buffered=True)
        body = response.get_data()
        response.headers.setdefault("Content-Length", str(len(body)))
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Never pose as the real thing."""
        return SERVER_NAME

    def log(self, type: str, message: str, *args: Any) -> None:
        """Stay quiet: the Gate's log is the one that is read."""


class _Server(ThreadedWSGIServer):
    """Knows its open connections, so that it can end them: an idle one would otherwise outlive the server."""

    def __init__(self, listener: socket.socket, app: WSGIApplication) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        # given by descriptor, as Werkzeug ends the process where it cannot bind the port itself
        super().__init__(LOOPBACK, listener.getsockname()[1], app, _Handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: what a stranger sends is no concern of the terminal."""

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)


def _listen(port: int) -> socket.socket:
    if not 0 <= port < 65_536:
        raise _not_served(port, "there is no such port")
    try:
        return socket.create_server((LOOPBACK, port), backlog=128)
    except OSError as error:
        # Python adds the address to what the system says.
        raise _not_served(port, os.strerror(error.errno) if error.errno else str(error)) from error


def _not_served(port: int, reason: str) -> UsageError:
    message = f"Port {port} of {LOOPBACK} cannot be served: {reason}."
    return UsageError(message, "Choose another port, or 0 for any free one.")


@contextmanager
def serve(app: WSGIApplication, port: int = 0) -> Iterator[str]:
    """Serve an app on loopback, in threads, and give its base URL (without a slash at the end).

    Port 0 takes any free port; UsageError where the port cannot be had. When the context ends nothing answers any more:
    open connections are shut, and what is still being waited for is not.
    """
    with _listen(port) as listener:
        server = _Server(listener, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
