"""Who may come in: users with their passwords, the brake on wrong ones, and the login flow v2.

The delays and the refusals are as they were recorded; for how long failures count and a login lives is as the server's
source has it. That a wrong Bearer token counts as a failure was seen by nobody.
"""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Callable, Mapping

import attrs
from werkzeug.wrappers import Request

from adapters.nextcloud_news.sandbox_records import Refused

APP_PASSWORD_LENGTH = 72
FLOW_TOKEN_LENGTH = 128
FLOW_LIFE = 1_200.0
"""Seconds in which a login has to be granted and fetched."""

MOST_FAILURES = 10
FIRST_DELAY = 0.1
LONGEST_DELAY = 25.0
REMEMBERED = 12 * 3600.0
"""Seconds for which a wrong credential slows down every login from its address."""
SHUT_OUT = 30 * 60.0
"""Seconds within which more than MOST_FAILURES of them shut the address out."""

NO_CREDENTIALS = "CORS requires basic auth"
NOT_LOGGED_IN = "Current user is not logged in"


def random_text(length: int) -> str:
    """Make a secret as Nextcloud does: letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


@attrs.define
class Person:
    """A user with a login password and app passwords, each with the name of its client. A disabled one cannot log in.

    An `admin` may use the routes that are kept for admins.
    """

    name: str
    display_name: str
    email: str | None = None
    password: str = attrs.field(factory=lambda: secrets.token_hex(10), repr=False)
    app_passwords: dict[str, str] = attrs.field(factory=dict, repr=False)
    enabled: bool = True
    admin: bool = False

    @property
    def login_names(self) -> frozenset[str]:
        """What may be typed in as the user, in lower case."""
        return frozenset(name.lower() for name in (self.name, self.email) if name is not None)

    def new_app_password(self, client: str) -> str:
        """Make an app password for a client."""
        password = random_text(APP_PASSWORD_LENGTH)
        self.app_passwords[password] = client
        return password


@attrs.frozen
class Visit:
    """Somebody who is logged in, with the app password that was used, None if it was the login password."""

    person: Person
    app_password: str | None = attrs.field(repr=False)


@attrs.frozen
class Credentials:
    """What a request says of who asks; a `bearer` names no user."""

    user: str | None
    password: str = attrs.field(repr=False)


@attrs.frozen
class _Failure:
    when: float
    address: str
    user: str


class Throttle:
    """Remembers wrong credentials by the address they came from, and slows down or shuts out that address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: list[_Failure] = []

    def delay(self, address: str) -> float:
        """Return how many seconds a login from there has to wait; Refused (429) where it is shut out."""
        count = self._count(address, REMEMBERED)
        if count > MOST_FAILURES and self._count(address, SHUT_OUT) > MOST_FAILURES:
            raise Refused(429, "Reached maximum delay")
        return min(FIRST_DELAY * 2**count, LONGEST_DELAY) if count else 0.0

    def failed(self, address: str, user: str) -> None:
        """Remember a wrong credential."""
        self._failures.append(_Failure(self._clock(), address, user))

    def succeeded(self, address: str, user: str) -> None:
        """Forget the wrong credentials of this user alone."""
        self._failures = [each for each in self._failures if (each.address, each.user) != (address, user)]

    def _count(self, address: str, seconds: float) -> int:
        since = self._clock() - seconds
        return sum(each.address == address and each.when > since for each in self._failures)


class Doorkeeper:
    """Tells who asks. `password_login_forbidden` lets app passwords alone into the API.

    The `throttle` is for the caller, who has to wait before anything is looked at.
    """

    def __init__(self, people: Mapping[str, Person], clock: Callable[[], float]) -> None:
        self.people = people
        self.throttle = Throttle(clock)
        self.password_login_forbidden = False

    def admit(self, credentials: Credentials, address: str) -> Visit:
        """Return who calls the API; Refused (401) with the reason that Nextcloud gives."""
        owner = self._owner(credentials.password)
        if owner is None and self.password_login_forbidden:
            raise Refused(401, "Password login forbidden, use token instead")
        if owner is None:
            return self.sign_in(credentials, address)
        named = (credentials.user or owner.name).lower() == owner.name.lower()
        return self._settled(owner if named else None, credentials, address)

    def sign_in(self, credentials: Credentials, address: str) -> Visit:
        """Return who this is by the login password, as the web page does: by name or e-mail, both in any case."""
        user = (credentials.user or "").lower()
        person = next((each for each in self.people.values() if user in each.login_names), None)
        right = person is not None and credentials.password == person.password
        return self._settled(person if right else None, credentials, address)

    def _settled(self, person: Person | None, credentials: Credentials, address: str) -> Visit:
        """Remember whether these were the credentials of somebody, and refuse them if they were not."""
        user = (credentials.user or "").lower()
        if person is None:
            self.throttle.failed(address, user)
            raise Refused(401, "")
        if not person.enabled:
            raise Refused(401, "Account disabled")
        self.throttle.succeeded(address, user)
        return Visit(person, credentials.password if credentials.password in person.app_passwords else None)

    def _owner(self, app_password: str) -> Person | None:
        return next((person for person in self.people.values() if app_password in person.app_passwords), None)


def credentials_of(request: Request) -> Credentials:
    """Return the credentials of a request; Refused (401) if there are none, which counts as no failure.

    Bearer is for OCS clients alone, and their requests lack a login in other words.
    """
    api_request = is_ocs(request)
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and api_request:
        return Credentials(None, value)
    user, colon, password = _decoded(value).partition(":") if scheme.lower() == "basic" else ("", "", "")
    if not (user and colon and password):
        raise Refused(401, NOT_LOGGED_IN if api_request else NO_CREDENTIALS)
    return Credentials(user, password)


def is_ocs(request: Request) -> bool:
    """Tell whether a request declares itself as one that no web page can have made."""
    return request.headers.get("OCS-APIRequest") == "true"


def _decoded(value: str) -> str:
    """Read what HTTP Basic has encoded. Passwords are UTF-8, and what is not does not fit any of them."""
    try:
        return base64.b64decode(value).decode("utf-8", "replace")
    except ValueError:
        return ""


@attrs.define
class Flow:
    """A login that was begun by a client and waits for its user. `states` are the users who have seen its question."""

    client: str
    started: float
    poll_token: str = attrs.field(factory=lambda: random_text(FLOW_TOKEN_LENGTH), repr=False)
    login_token: str = attrs.field(factory=lambda: random_text(FLOW_TOKEN_LENGTH), repr=False)
    states: dict[str, Person] = attrs.field(factory=dict, repr=False)
    granted: tuple[Person, str] | None = attrs.field(default=None, repr=False)

    def ask(self, person: Person) -> str:
        """Return what proves that this person was asked."""
        state = random_text(32)
        self.states[state] = person
        return state

    def grant(self, state: str) -> bool:
        """Give the client an app password; False if nobody was asked so, or if that has been done."""
        person = self.states.pop(state, None)
        if person is None or self.granted is not None:
            return False
        self.granted = person, person.new_app_password(self.client)
        return True


class Flows:
    """The logins that are under way."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._flows: list[Flow] = []

    def start(self, client: str) -> Flow:
        """Begin a login for a client, by the name that it gives itself."""
        flow = Flow(client or "unknown", self._clock())
        self._flows.append(flow)
        return flow

    def at(self, login_token: str) -> Flow | None:
        """Return the login that a browser is at."""
        return next((flow for flow in self._living() if flow.login_token == login_token), None)

    def fetch(self, poll_token: str) -> tuple[Person, str] | None:
        """Return the user and the app password of a login that was granted, once."""
        flow = next((flow for flow in self._living() if flow.poll_token == poll_token and flow.granted), None)
        if flow is None:
            return None
        self._flows.remove(flow)
        return flow.granted

    def _living(self) -> list[Flow]:
        self._flows = [flow for flow in self._flows if self._clock() - flow.started <= FLOW_LIFE]
        return self._flows
