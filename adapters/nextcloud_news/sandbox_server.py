"""What Nextcloud itself does beside its apps: it lets people in, makes app passwords, and leads through a login.

OCS, the Open Collaboration Services, is how app passwords are made and revoked by a program; the login flow v2 is how a
program gets one from a person at a browser.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from werkzeug.wrappers import Request, Response

from adapters.http.serving import LOOPBACK
from adapters.nextcloud_news.sandbox_login import (
    NOT_LOGGED_IN,
    Credentials,
    Doorkeeper,
    Flow,
    Flows,
    Person,
    Visit,
    credentials_of,
    is_ocs,
)
from adapters.nextcloud_news.sandbox_records import Refused
from adapters.nextcloud_news.sandbox_reply import html_reply, json_reply
from adapters.nextcloud_news.sandbox_text import failure_page, grant_page, login_page, ocs, ocs_xml, page, profile
from adapters.nextcloud_news.sandbox_values import Params

Values: TypeAlias = Mapping[str, Any]
"""The parameters of a request, those of its path among them."""

FRONT = "/index.php"
FLOW = f"{FRONT}/login/v2/flow"
OCS_NOT_LOGGED_IN = 997


class Server:
    """The people of a server, and its doors. `root` is the path to it; `sleep` waits for seconds."""

    def __init__(
        self, people: Mapping[str, Person], clock: Callable[[], float], sleep: Callable[[float], object], root: str
    ) -> None:
        self.door = Doorkeeper(people, clock)
        self._people = people
        self._flows = Flows(clock)
        self._clock = clock
        self._sleep = sleep
        self._root = root
        self._lock = threading.Lock()

    def visit(self, request: Request) -> Visit:
        """Return who calls a program's route, after the wait that wrong credentials have brought about.

        Refused (401 or 429) where that is nobody.
        """
        return self._admitted(self.door.admit, credentials_of(request), request)

    def new_app_password(self, request: Request, values: Values) -> Response:
        """Give an app password to who comes with the login password."""
        return _ocs(request, values, lambda: self._new_app_password(self._ocs_visit(request)))

    def revoked(self, request: Request, values: Values) -> Response:
        """Revoke the app password that this very request came with."""
        return _ocs(request, values, lambda: self._revoked(self._ocs_visit(request)))

    def myself(self, request: Request, values: Values) -> Response:
        """Tell who is logged in."""

        def told() -> dict[str, Any]:
            person = self._ocs_visit(request).person
            return profile(person.name, person.display_name, person.email, int(self._clock()))

        return _ocs(request, values, told)

    def flow_begun(self, request: Request, _values: Values) -> Response:
        """Begin a login: the client polls with one token while the user goes to an address with another."""
        with self._lock:
            flow = self._flows.start(request.headers.get("User-Agent", ""))
        base = self._base(request)
        poll = {"token": flow.poll_token, "endpoint": f"{base}{FRONT}/login/v2/poll"}
        return json_reply({"poll": poll, "login": f"{base}{FLOW}/{flow.login_token}"})

    def flow_polled(self, request: Request, values: Values) -> Response:
        """Tell the client once what it was granted. That it was not yet, or is too late, looks the same."""
        token = Params(values).text("token")
        with self._lock:
            granted = self._flows.fetch(token)
        if granted is None:
            return json_reply([], 404)
        person, app_password = granted
        return json_reply({"server": self._base(request), "loginName": person.name, "appPassword": app_password})

    def flow_shown(self, _request: Request, values: Values) -> Response:
        """Show the user where to log in."""
        return self._at(values, lambda flow: html_reply(login_page(flow.client, self._hint(), refused=False)))

    def flow_signed_in(self, request: Request, values: Values) -> Response:
        """Ask the user, who has just logged in, whether the client may have access."""

        def asked(flow: Flow) -> Response:
            credentials = Credentials(str(values.get("user", "")), str(values.get("password", "")))
            try:
                person = self._admitted(self.door.sign_in, credentials, request).person
            except Refused as refused:
                if refused.status != 401:
                    raise
                return html_reply(login_page(flow.client, self._hint(), refused=True))
            action = f"{self._root}{FLOW}/{flow.login_token}/grant"
            return html_reply(grant_page(flow.client, person.name, action, flow.ask(person)))

        return self._at(values, asked)

    def flow_granted(self, _request: Request, values: Values) -> Response:
        """Grant what the user was asked for."""

        def granted(flow: Flow) -> Response:
            with self._lock:
                done = flow.grant(str(values.get("state", "")))
            if not done:
                return html_reply(failure_page("Access forbidden", "Nobody was asked for this."), 403)
            return html_reply(page("Account connected", "<p>You can close this window.</p>"))

        return self._at(values, granted)

    def _admitted(
        self, admit: Callable[[Credentials, str], Visit], credentials: Credentials, request: Request
    ) -> Visit:
        address = request.remote_addr or LOOPBACK
        with self._lock:
            delay = self.door.throttle.delay(address)
        if delay:
            self._sleep(delay)
        with self._lock:
            return admit(credentials, address)

    def _ocs_visit(self, request: Request) -> Visit:
        visit = self.visit(request)
        if not is_ocs(request):
            raise Refused(412, "CSRF check failed")
        return visit

    def _new_app_password(self, visit: Visit) -> dict[str, Any]:
        if visit.app_password is not None:
            raise Refused(403, "You cannot request an new apppassword with an apppassword")
        with self._lock:
            return {"apppassword": visit.person.new_app_password("OCS")}

    def _revoked(self, visit: Visit) -> list[Any]:
        if visit.app_password is None:
            raise Refused(403, "no app password in use")
        with self._lock:
            visit.person.app_passwords.pop(visit.app_password, None)
        return []

    def _at(self, values: Values, then: Callable[[Flow], Response]) -> Response:
        with self._lock:
            flow = self._flows.at(values["token"])
        if flow is None:
            sentence = "The address of this login is unknown or has expired."
            return html_reply(failure_page("Access forbidden", sentence), 403)
        return then(flow)

    def _hint(self) -> str:
        """Say how to log in: these users are made up, and whoever reads this runs the sandbox."""
        return "; ".join(f"{person.name} has the password {person.password}" for person in self._people.values())

    def _base(self, request: Request) -> str:
        return request.host_url.rstrip("/") + self._root


def _ocs(request: Request, values: Values, act: Callable[[], Any]) -> Response:
    """Answer in an envelope, as XML unless JSON is asked for. What precedes OCS is refused without one."""
    status = 200
    try:
        envelope = ocs(act())
    except Refused as refused:
        if refused.status not in {401, 403}:
            raise
        status = refused.status
        code, message = (OCS_NOT_LOGGED_IN, NOT_LOGGED_IN) if status == 401 else (status, refused.message)
        envelope = ocs([], code, message)
    if values.get("format") == "json" or "application/json" in request.accept_mimetypes.values():
        return json_reply(envelope, status)
    return Response(ocs_xml(envelope), status, content_type="application/xml; charset=utf-8")
