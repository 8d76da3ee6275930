"""The server's side of Nextcloud 31 with News 27.2, with its quirks: a WSGI app that keeps two users in memory.

It is written from what was recorded of the real server and what is documented, and shares no code with the client, so
that the two are witnesses of each other. It is never Nextcloud: it says so in its Server header and on its pages, and
is served on loopback only.
"""

from __future__ import annotations

import functools
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import attrs
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from adapters.http import serving
from adapters.http.serving import Call, Faults, Gate, Violation, Watch
from adapters.nextcloud_news.sandbox_account import Account, Numbers
from adapters.nextcloud_news.sandbox_api import LEVELS, ROUTES, Asked, Picture, Route
from adapters.nextcloud_news.sandbox_login import Person
from adapters.nextcloud_news.sandbox_records import Broken, Feed, Folder, Item, Refused, Source
from adapters.nextcloud_news.sandbox_reply import empty, failure, html_reply, json_reply, zipped
from adapters.nextcloud_news.sandbox_sample import fill
from adapters.nextcloud_news.sandbox_server import FLOW, FRONT, Server, Values
from adapters.nextcloud_news.sandbox_text import failure_page, json_text, server_status
from adapters.nextcloud_news.sandbox_values import Mistyped, Params, sent_values
from bridge.model.adapter import Served

API = f"{FRONT}/apps/news/api"
OCS = "/ocs/v2.php"
STATUS = "GET status.php"
PLACES = {
    STATUS: "/status.php",
    "GET api": API,
    "POST login/v2": f"{FRONT}/login/v2",
    "POST login/v2/poll": f"{FRONT}/login/v2/poll",
    "GET login/v2/flow": f"{FLOW}/{{token}}",
    "POST login/v2/flow": f"{FLOW}/{{token}}",
    "POST login/v2/grant": f"{FLOW}/{{token}}/grant",
    "GET core/getapppassword": f"{OCS}/core/getapppassword",
    "DELETE core/apppassword": f"{OCS}/core/apppassword",
    "GET cloud/user": f"{OCS}/cloud/user",
}
"""What there is beside the routes of the News API, by the name under which it is logged."""

SECRETS = frozenset({"token", "password", "state"})
"""Parameters that are not logged."""
_LONG = re.compile(r"[^/]{64,}")
"""What could be a token in a path."""


@attrs.frozen
class _Place:
    """What a request is for. Below the API it has the `level` of its path, and a `route` where there is one."""

    name: str
    level: str | None = None
    route: Route | None = None
    wrong_method: bool = False


class NewsSandbox:
    """A server with two users, and switches for what administrators do to it.

    Served to tests: `people` by name (alice and bob, with their passwords) and their `accounts`; of alice also `user`,
    `password`, `app_password`, `account`, `load`. `fetchable` is what feeds there are, by address: a Source, or the
    message of a failure. `numbers` are those that are given next. `log`, `faults`, and `violations` of the gap that was
    asked for (Nextcloud asks for none, so nothing is refused).

    A route is logged by its method and its path in the vendor's notation: `PUT items/{feedId}/{guidHash}/star`.

    The switches: `api_levels` are the versions that there are; `maintenance`; `app_enabled` (News); `trusted` (the
    address that is called); `password_login_forbidden` (the API takes app passwords alone); `cron_misconfigured`.

    `sleep` waits where wrong credentials have slowed down an address. `root` is the path to the server: "" or "/cloud".
    """

    def __init__(
        self,
        gaps: Mapping[str, float] = MappingProxyType({}),
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] | None = None,
        root: str = "",
    ) -> None:
        self._root = root.rstrip("/")
        self._clock = clock
        self._gate = Gate(failure) if sleep is None else Gate(failure, sleep)
        self.people = {
            "alice": Person("alice", "Alice Example", "alice@example.org"),
            "bob": Person("bob", "Bob Example"),
        }
        self.user = "alice"
        self.app_password = self.people[self.user].new_app_password("sandbox")
        self.numbers = Numbers()
        self.fetchable: dict[str, Source | str] = {}
        self.accounts = {name: Account(clock, self.numbers, self.fetchable) for name in self.people}
        self.api_levels: tuple[str, ...] = LEVELS
        self.maintenance = False
        self.app_enabled = True
        self.trusted = True
        self.cron_misconfigured = False
        self._watch = Watch(gaps)
        self._lock = threading.RLock()
        self._server = server = Server(self.people, clock, self._gate.sleep, self._root)
        self._methods: Mapping[str, Callable[[Request, Values], Response]] = {
            STATUS: self._server_status,
            "GET api": self._probed,
            "POST login/v2": server.flow_begun,
            "POST login/v2/poll": server.flow_polled,
            "GET login/v2/flow": server.flow_shown,
            "POST login/v2/flow": server.flow_signed_in,
            "POST login/v2/grant": server.flow_granted,
            "GET core/getapppassword": server.new_app_password,
            "DELETE core/apppassword": server.revoked,
            "GET cloud/user": server.myself,
        }

    @property
    def account(self) -> Account:
        """What alice has."""
        return self.accounts[self.user]

    @property
    def password(self) -> str:
        """The login password of alice."""
        return self.people[self.user].password

    @property
    def password_login_forbidden(self) -> bool:
        """Whether the API takes app passwords alone."""
        return self._server.door.password_login_forbidden

    @password_login_forbidden.setter
    def password_login_forbidden(self, forbidden: bool) -> None:
        self._server.door.password_login_forbidden = forbidden

    @property
    def violations(self) -> list[Violation]:
        """The requests that came too soon."""
        return self._watch.violations

    @property
    def log(self) -> list[Call]:
        """The calls in the order of their answers; their arguments lack secrets."""
        return self._gate.log

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong next."""
        return self._gate.faults

    def load(self, feeds: Iterable[Feed] = (), folders: Iterable[Folder] = (), items: Iterable[Item] = ()) -> None:
        """Give all this to alice as it is, as if long ago. An item's feed must be there: KeyError."""
        with self._lock:
            self.account.load(feeds, folders, items)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request; a ConnectionError says that it is to go unanswered."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        place, named = self._find(request)
        values = {**sent_values(request), **named}
        with self._lock:
            call = Call(place.name, {key: values[key] for key in values if key not in SECRETS}, self._clock())
            self._watch.punctual(call)
        return self._gate.answer(call, lambda: zipped(request, self._carry_out(place, request, values)))

    def _find(self, request: Request) -> tuple[_Place, Values]:
        """Return what a request is for and what its path says; slashes may be doubled."""
        path = re.sub("//+", "/", request.path)
        below = path.removeprefix(self._root) if path.startswith(f"{self._root}/") else ""
        try:
            return _paths().bind("").match(below, request.method)
        except (NotFound, MethodNotAllowed) as error:
            level = below.removeprefix(f"{API}/").partition("/")[0] if below.startswith(f"{API}/") else None
            name = f"{request.method} {_LONG.sub('...', path)}"
            return _Place(name, level, wrong_method=isinstance(error, MethodNotAllowed)), {}

    def _carry_out(self, place: _Place, request: Request, values: Values) -> Response:
        if not self.trusted:
            sentence = "This address is not one of the trusted domains."
            return html_reply(failure_page("Access through untrusted domain", sentence), 400)
        if self.maintenance and place.name != STATUS:
            return failure(503)
        try:
            return self._done(place, request, values)
        except Refused as refused:
            return json_reply({"message": refused.message}, refused.status)
        except (Broken, Mistyped):
            return failure(500)

    def _done(self, place: _Place, request: Request, values: Values) -> Response:
        if place.level is not None:
            return self._api(place, request, values)
        if place.wrong_method:
            return empty(405)
        if place.name not in self._methods:
            return html_reply(failure_page("Not Found", "There is no such page."), 404)
        return self._methods[place.name](request, values)

    def _server_status(self, _request: Request, _values: Values) -> Response:
        return Response(json_text(server_status(maintenance=self.maintenance)), content_type="application/json")

    def _probed(self, _request: Request, _values: Values) -> Response:
        return json_reply({"apiLevels": self.api_levels}) if self.app_enabled else empty(404)

    def _api(self, place: _Place, request: Request, values: Values) -> Response:
        """Answer below the API: what it does not know is a wrong method to it, before anybody is asked who they are."""
        if not self.app_enabled or place.level not in self.api_levels:
            return empty(404)
        if place.route is None:
            return empty(405)
        person = self._server.visit(request).person
        if place.route.admin and not person.admin:
            raise Refused(403, "Logged in account must be an admin")
        warnings = {"improperlyConfiguredCron": self.cron_misconfigured, "incorrectDbCharset": False}
        with self._lock:
            answer = place.route.action(Asked(person.name, self.accounts, Params(values), warnings))
        if values.get("format", "json") != "json":
            raise Broken  # when all is done, as nobody can write it
        if isinstance(answer, Picture):
            return Response(answer.svg, content_type="image/svg+xml")
        return json_reply(answer)


@functools.cache
def _paths() -> Map:
    """Compile all paths, once for all sandboxes: it takes longer than a hundred calls."""
    rules = [_rule(path, _Place(name)) for name, path in PLACES.items()]
    for route in ROUTES:
        for level in route.levels:
            place = _Place(f"{route.method} {route.path}", level, route)
            rules.append(_rule(f"{API}/{level}/{route.path}", place))
    return Map(rules, merge_slashes=False)


def _rule(path: str, place: _Place) -> Rule:
    return Rule(path.replace("{", "<").replace("}", ">"), endpoint=place, methods=[place.name.partition(" ")[0]])


@contextmanager
def serve(
    port: int = 0,
    gaps: Mapping[str, float] = MappingProxyType({}),
    clock: Callable[[], float] = time.time,
    root: str = "",
) -> Iterator[Served]:
    """Serve a new sandbox on loopback, with nothing in it; UsageError where the port cannot be had.

    `gaps` are seconds by route class.
    """
    app = NewsSandbox(gaps, clock, root=root)
    with serving.serve(app, port) as base:
        url = f"{base}{root.rstrip('/')}/"
        environment = {"NEXTCLOUD_URL": url, "NEXTCLOUD_USER": app.user, "NEXTCLOUD_APP_PASSWORD": app.app_password}
        yield Served(url, environment, lambda: fill(app), app)
