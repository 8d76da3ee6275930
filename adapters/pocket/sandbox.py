"""The server's side of Pocket's protocol v3, with its quirks: a WSGI app that keeps one account in memory.

It is written from what is documented, published and recorded of Pocket and shares no code with the client, so that the
two are witnesses of each other. It is never Pocket: it says so in its Server header and is served on loopback only.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, cast

import attrs
from werkzeug.wrappers import Request, Response

from adapters.http import serving
from adapters.http.serving import Call, Fault, Faults, Gate, Violation, Watch
from adapters.pocket.sandbox_account import Account, Item
from adapters.pocket.sandbox_get import Params, Wanted, late_envelope, late_wanted, legacy_envelope, legacy_wanted
from adapters.pocket.sandbox_login import Login, consumer_key, nothing_to_answer, token
from adapters.pocket.sandbox_sample import fill
from adapters.pocket.sandbox_send import action_error, add_one, carry_out, read_actions, read_add
from adapters.pocket.sandbox_speech import (
    NOT_LOGGED_IN,
    UNAUTHORIZED,
    UPSTREAM,
    Heard,
    late_refusal,
    late_reply,
    legacy_refusal,
    legacy_reply,
    not_found,
)
from adapters.pocket.sandbox_text import (
    NO_HIGHLIGHTS,
    Invalid,
    Refused,
    annotation_rows,
    late_row,
    legacy_row,
    listing,
    person,
    recent_searches,
)
from bridge.model.adapter import Served

ROOT = "/v3/"
GAPS: Mapping[str, float] = MappingProxyType({"default": 0.0})
KEY_LIMIT = 10_000
HOUR = 3_600
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SECRETS = frozenset({"access_token", "consumer_key", "code", "request_token"})
UNAVAILABLE = Fault("unavailable", carried_out=False, spoil=lambda gate, _true: gate.failure(503))


def partly(actions: int) -> Fault:
    """Carry out so many actions of the next send, and never answer it."""

    def spoil(gate: Gate, _true: Response) -> Response:
        with suppress(Refused):
            cast(_PartialGate, gate).under_way.part(actions)
        raise ConnectionAbortedError("dropped on command")

    return Fault("partly", carried_out=False, spoil=spoil)


class _PartialGate(Gate):
    """A gate whose faults can have a part of the call carried out: `under_way.part` is that of this thread's call."""

    def __init__(self, failure: Callable[[int], Response]) -> None:
        super().__init__(failure)
        self.under_way = threading.local()


class _Request(Request):
    max_form_memory_size = None  # a title may be larger than what Werkzeug takes for a form


class PocketSandbox:
    """One account, and switches for the two servers that Pocket had and for servers that speak like it.

    Served to tests: `items` by item_id, `adds` (how often each url was added), `log`, `violations`, `faults`,
    `account` (see there for `resolves`, `ids` and `crawl`), and the login: `consumer_key`, `access_token`, `username`.

    The switches: `dialect` is "late" (the server from 2024 on) or "legacy" (the one before). `cap` is the most items of
    an answer, whatever is asked for (None: no such cut). `limits` is how many calls an hour are allowed and lets
    X-Limit headers be sent, `over_limit` the status once they are used up. `permissions` are the routes that the key
    may use. `logged_out` answers a get with an error inside of HTTP 200; `upstream_down` fails all that is asked, in a
    send action by action. `body_limit` is in bytes. Of compatible servers: `ignores_offset`, `ignores_since`,
    `bare_results` (an add in a send is answered true), `no_errors_array`.
    """

    def __init__(
        self, gaps: Mapping[str, float] = MappingProxyType({}), clock: Callable[[], float] = time.time
    ) -> None:
        self.consumer_key = consumer_key()
        self.access_token = token()
        self.username = "sandbox@example.org"
        self.account = Account(clock)
        self.dialect = "late"
        self.cap: int | None = 30
        self.limits: int | None = None
        self.over_limit = 403
        self.permissions = frozenset({"add", "send", "get"})
        self.logged_out = False
        self.upstream_down = False
        self.body_limit = 35 * 2**20
        self.ignores_offset = False
        self.ignores_since = False
        self.bare_results = False
        self.no_errors_array = False
        self._clock = clock
        self._watch = Watch({**GAPS, **gaps})
        self._hour = float("-inf")
        self._spent = 0
        self._login = Login()
        self._lock = threading.RLock()
        self._gate = _PartialGate(self._failure)

    @property
    def items(self) -> Mapping[str, Item]:
        """What is stored now, by item_id; deleted items too."""
        return self.account.items

    @property
    def adds(self) -> Counter[str]:
        """How often each url was added, as it was given."""
        return self.account.adds

    @property
    def violations(self) -> list[Violation]:
        """The requests that came too soon."""
        return self._watch.violations

    @property
    def log(self) -> list[Call]:
        """The calls in the order of their answers; their arguments lack the login."""
        return self._gate.log

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong next."""
        return self._gate.faults

    def load(self, items: Iterable[Item]) -> None:
        """Store items as they are, as if long ago."""
        with self._lock:
            self.account.load(items)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; a ConnectionError says that it is to go unanswered."""
        return self._answer(_Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        heard = Heard(request, self.body_limit)
        args = {name: value for name, value in heard.params.items() if name not in SECRETS}
        with self._lock:
            call = Call(_route(request.path), args, self._clock())
            self._watch.punctual(call)
        self._gate.under_way.part = lambda actions: self._send(heard.params, actions)
        return self._gate.answer(call, lambda: self._carry_out(call.route, request, heard))

    def _carry_out(self, route: str, request: Request, heard: Heard) -> Response:
        as_json = "application/json" in request.headers.get("X-Accept", "")
        methods: Mapping[str, Callable[[Params], Mapping[str, Any]]] = {
            "get": self._get,
            "add": self._add,
            "send": self._send,
            "send_guid": self._send,
        }
        if request.method not in ("GET", "POST"):
            return not_found()
        with self._lock:
            if request.path == "/auth/authorize":
                return self._browse(request.method, heard.params)
            if route.startswith("oauth/") and request.method == "POST":
                return self._log_in(route, heard, as_json=as_json)
            if route in methods:
                return self._speak(route, methods[route], heard, as_json=as_json)
        return not_found()

    def _speak(
        self, route: str, method: Callable[[Params], Mapping[str, Any]], heard: Heard, *, as_json: bool
    ) -> Response:
        """Answer get, add or send in the words of the dialect."""
        headers, allowed = self._spend()
        try:
            if not allowed:
                raise Refused(self.over_limit, None, "Rate limit exceeded")
            heard.check(late=self._late)
            if not self._late:
                self._check_key(heard.params)
                self._check_token(heard.params)
            if route.removesuffix("_guid") not in self.permissions:
                raise Refused(403, None, "Forbidden", "The consumer key lacks a permission")
            data = method(heard.params)
            response = late_reply(data) if self._late else legacy_reply(data, as_json=as_json)
        except Refused as refused:
            response = late_refusal(refused, sourced=heard.flaw is None) if self._late else legacy_refusal(refused)
        unknown = response.status_code == 401
        response.headers.update({name: text for name, text in headers.items() if not (unknown and "User" in name)})
        return response

    def _log_in(self, route: str, heard: Heard, *, as_json: bool) -> Response:
        """Answer a step of the login, which only the server of before 2024 ever did."""
        steps: Mapping[str, Callable[[Params], Mapping[str, Any]]] = {
            "oauth/request": lambda params: self._login.request(params, self.consumer_key),
            "oauth/authorize": lambda params: {
                "access_token": self.access_token,
                "username": self.username,
                **self._login.authorize(params, self.consumer_key),
            },
        }
        if route not in steps:
            return not_found()
        try:
            heard.check(late=False)
            return legacy_reply(steps[route](heard.params), as_json=as_json)
        except Refused as refused:
            return legacy_refusal(refused)

    def _browse(self, method: str, params: Params) -> Response:
        """Show the page of approval, or send the browser back to the application."""
        target = self._login.decide(params) if method == "POST" else None
        if target is not None:
            response = Response(status=303, headers={"Location": target})
        else:
            page = self._login.page(params, self.username) if method == "GET" else None
            response = Response(page or nothing_to_answer(), 200 if page else 400, mimetype="text/html")
        response.headers.update(PAGE_HEADERS)
        return response

    def _get(self, params: Params) -> Mapping[str, Any]:
        wanted = late_wanted(params) if self._late else legacy_wanted(params)
        self._enter(params)
        if self.logged_out:
            raise NOT_LOGGED_IN
        if self.ignores_since:
            wanted = attrs.evolve(wanted, query=attrs.evolve(wanted.query, since=None))
        if self.ignores_offset:
            wanted = attrs.evolve(wanted, offset=0)
        if self.cap is not None:
            wanted = attrs.evolve(wanted, count=min(wanted.count, self.cap))
        found = self.account.select(wanted.query)
        page = found[wanted.offset : wanted.offset + wanted.count]
        rows = listing((item_id, self._row(self.items[item_id], place, wanted)) for place, item_id in enumerate(page))
        extras = {
            **({"tags": self.account.tags()} if wanted.tags else {}),
            **({"account": person(self.username)} if wanted.account else {}),
            **({"recent_searches": recent_searches(self.account.searches)} if wanted.searches else {}),
        }
        envelope = late_envelope if self._late else legacy_envelope
        return envelope(wanted, rows, len(found), self.account.now(), extras)

    def _row(self, item: Item, place: int, wanted: Wanted) -> dict[str, Any]:
        row = (late_row if self._late else legacy_row)(item, place, complete=wanted.complete)
        if wanted.query.search is not None and self._late:
            row["highlights"] = NO_HIGHLIGHTS
        return row | (annotation_rows(item) if wanted.annotations else {})

    def _add(self, params: Params) -> Mapping[str, Any]:
        add = read_add(params)
        self._enter(params)
        item = add_one(self.account, add)
        return {"item": item if self._late else item | {"extended_item_id": item["item_id"]}, "status": 1}

    def _send(self, params: Params, only: int | None = None) -> Mapping[str, Any]:
        """Carry out actions, or the first `only` of them. The late server answers a bad token action by action."""
        if self._late:
            self._check_key(params)
            if not params.get("access_token"):
                raise Invalid("access_token", params.get("access_token"))
        actions = read_actions(params.get("actions"))
        if params.get("access_token") != self.access_token:
            outcomes: list[bool | dict[str, Any] | Refused] = [UNAUTHORIZED] * len(actions)
        elif self.upstream_down:
            outcomes = [UPSTREAM] * len(actions)
        else:
            with self._lock:
                outcomes = list(carry_out(self.account, actions[:only]))
        errors = [action_error(outcome) if isinstance(outcome, Refused) else None for outcome in outcomes]
        results = [not isinstance(outcome, Refused) and (self.bare_results or outcome) for outcome in outcomes]
        return {
            "status": 1 if self._late or not any(errors) else 0,
            **({} if self.no_errors_array else {"action_errors": errors}),
            "action_results": results,
        }

    @property
    def _late(self) -> bool:
        return self.dialect == "late"

    def _enter(self, params: Params) -> None:
        """Let a call through to the account; the late server has looked at its parameters by now."""
        if self._late:
            self._check_key(params)
            self._check_token(params)
        if self.upstream_down:
            raise UPSTREAM

    def _check_key(self, params: Params) -> None:
        given = params.get("consumer_key")
        if not given:
            raise Invalid("consumer_key", given) if self._late else Refused(400, 138, "Missing consumer key.")
        if given != self.consumer_key:
            raise Refused(403, 152, "Invalid consumer key.")

    def _check_token(self, params: Params) -> None:
        if params.get("access_token") != self.access_token:
            raise UNAUTHORIZED if self._late else Refused(401, 107, "Invalid access token.")

    def _spend(self) -> tuple[Mapping[str, str], bool]:
        """Count a call. Return the headers about the hour that began with its first call, and whether it is allowed."""
        if self.limits is None:
            return {}, True
        now = self._clock()
        if now >= self._hour + HOUR:
            self._hour, self._spent = now, 0
        allowed = self._spent < self.limits
        self._spent += allowed
        reset = str(math.ceil(self._hour + HOUR - now))
        headers: dict[str, str] = {}
        for name, limit in (("User", self.limits), ("Key", KEY_LIMIT)):
            headers[f"X-Limit-{name}-Limit"] = str(limit)
            headers[f"X-Limit-{name}-Remaining"] = str(limit - self._spent)
            headers[f"X-Limit-{name}-Reset"] = reset
        return headers, allowed

    def _failure(self, status: int) -> Response:
        """Word a failing status; what was recorded of Pocket's own failures is that they come from behind it."""
        if self._late:
            return late_refusal(attrs.evolve(UNAUTHORIZED if status == 401 else UPSTREAM, status=status))
        error, code = ("Invalid access token.", 107) if status == 401 else ("Server Error", 199)
        return legacy_refusal(Refused(status, code, error))


def _route(path: str) -> str:
    """Return the route that a path is of, and the path itself where that is none."""
    return "auth/authorize" if path == "/auth/authorize" else path.removeprefix(ROOT)


@contextmanager
def serve(
    port: int = 0, gaps: Mapping[str, float] = MappingProxyType({}), clock: Callable[[], float] = time.time
) -> Iterator[Served]:
    """Serve a new, empty sandbox on loopback; UsageError where the port cannot be had. `gaps` are seconds by route."""
    app = PocketSandbox(gaps, clock)
    with serving.serve(app, port) as base:
        url = base + ROOT
        environment = {
            "POCKET_URL": url,
            "POCKET_CONSUMER_KEY": app.consumer_key,
            "POCKET_ACCESS_TOKEN": app.access_token,
        }
        yield Served(url, environment, lambda: fill(app), app)
