"""How a call of Pinboard's API is made, and what its answer means: the login, the session, the pace, the errors."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from requests.adapters import BaseAdapter

from adapters.http.auth import Basic, Bearer, Login, QueryToken
from adapters.http.contact import wrong_address
from adapters.http.pacing import Pacer
from adapters.http.reach import first_answer
from adapters.http.session import READ_TIMEOUT, Dialect, Reply, Request, Session, Unsendable
from adapters.http.words import remedy_without, within
from adapters.lenient import Garbled
from adapters.pinboard import LONGEST_URI, SETTINGS, PinboardConfig, checked_gaps, is_pinboard, wire
from adapters.pinboard.wire_body import is_page, stripped
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError, UnknownOutcome
from bridge.model.secret import Secret

LISTING_TIMEOUT = 120.0
"""Seconds. What lists a large account is silent for long before it answers: tags/get was for half a minute."""

_ACCEPT = {"xml": "text/xml, application/xml;q=0.9, */*;q=0.1", "json": "application/json, */*;q=0.1"}
_ROUTES = {"posts/recent": ("default", "posts/recent"), "posts/all": ("default", "posts/all")}
_RARE = {"posts/recent": "the latest of {service} is listed", "posts/all": "all of {service} is listed"}
_LISTINGS = frozenset({"posts/all", "tags/get"})
_EXISTS = frozenset({"item already exists", "bookmark does already exist", "bookmark exists"})
_VAGUE = frozenset({"something went wrong", "Not Found"})
_DEAD = frozenset({404, 500})

T = TypeVar("T")
Value: TypeAlias = str | bool | int | date | Iterable[str] | None
Values: TypeAlias = Mapping[str, Value]
"""Parameters by name; None is not sent."""
Decode: TypeAlias = Callable[[bytes], T]
"""Makes an answer of a body. Raises Garbled."""


class Refusal(BridgeError):  # noqa: N818 - the service's own word on one item
    """The service declined a call and wrote nothing. `code` is what it said."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def exists(self) -> bool:
        """Whether the address is bookmarked already."""
        return self.code in _EXISTS

    @property
    def not_found(self) -> bool:
        """Whether there is no such bookmark."""
        return self.code == "item not found"

    @property
    def bad_url(self) -> bool:
        """Whether the service cannot parse the address."""
        return self.code == "missing url"

    @property
    def vague(self) -> bool:
        """Whether only asking for the bookmark can tell why: linkhut says the same for all reasons."""
        return self.code in _VAGUE


class UriTooLong(Unsendable):
    """The request would be longer than the service takes. Nothing was sent, and nothing is ever cut."""

    def __init__(self, size: int) -> None:
        super().__init__(f"The request would take {size:,} bytes, and the service accepts {LONGEST_URI:,}.")


class NoSuchRoute(ProtocolError):  # noqa: N818 - as its parents
    """A compatible server does not have this method."""


class DeadRoute(ProtocolError):  # noqa: N818 - as its parents
    """The service does not have this method any more, or fails whatever it is asked."""


def user_of(config: PinboardConfig, login: str = "") -> str:
    """Return the user, as the login names it. Raises CredentialsError if there is no usable login.

    `login` is the command that gets one, "" if there is none.
    """
    if config.token is not None:
        user, colon, _secret = config.token.reveal().partition(":")
        if colon:
            return user
        if is_pinboard(config.url):
            raise CredentialsError(
                "The Pinboard token is not whole: it begins with the user's name and a colon.",
                f"Copy all of it from {SETTINGS}.",
            )
        if config.user:
            return config.user
        raise CredentialsError("This server's token does not say whose it is.", "Set the account's user beside it.")
    if config.password is None:
        raise CredentialsError("There is no login for Pinboard.", remedy_without(login, "token", "PINBOARD_TOKEN"))
    if not config.user:
        raise CredentialsError("There is a password for Pinboard, but no user.", "Set the account's user beside it.")
    return config.user


def login_of(config: PinboardConfig, login: str = "") -> Login:
    """Return how this account says who asks. Raises CredentialsError as above."""
    if config.token is None:
        return Basic(user_of(config, login), config.password or Secret(""))
    return Bearer(config.token) if config.bearer else QueryToken("auth_token", config.token)


def service_of(config: PinboardConfig) -> str:
    """Return what the service is called in messages."""
    return "Pinboard" if is_pinboard(config.url) else "The Pinboard server"


def service_at(config: PinboardConfig) -> str:
    """Return what it is called in messages of failure: with its host, unless it is Pinboard itself."""
    host = urllib.parse.urlsplit(config.url).netloc
    return "Pinboard" if is_pinboard(config.url) else f"{service_of(config)} at {host}"


def misplaced(config: PinboardConfig, error: BridgeError) -> ConfigurationError:
    """Return the fault of an account's url at which no server of this kind is."""
    return wrong_address(config.url, error, ": the names of the methods, such as posts/update, follow it.")


def check_present(config: PinboardConfig, context: Context, transport: BaseAdapter | None = None) -> None:
    """Raise ConfigurationError if the account's address has no method of the API, asking as nobody; Unavailable.

    Where a method is, nobody gets a 401. What lies beside the API is not found, or is forbidden (`pinboard.md` 2), or
    is a page.
    """
    request = Request("posts/update", headers={"Accept": _ACCEPT[config.format]})
    reply = first_answer(config.url, request, context, insecure_http=config.insecure_http, transport=transport)
    if reply.status in (403, 404) or (reply.status == 200 and is_page(stripped(reply.body))):
        below = "" if config.url.endswith("/v1/") else " (most servers have it below /v1/)"
        raise misplaced(config, ProtocolError(f"The server there has no {request.path}{below}."))


class Caller:
    """The calls of one account at Pinboard, or at a server that speaks its API. Nothing happens before the first.

    Every method raises what the session raises, UriTooLong, NoSuchRoute for a 404 that is not the API's own, and
    ProtocolError for any other answer that cannot be read.
    """

    def __init__(self, config: PinboardConfig, context: Context, transport: BaseAdapter | None = None) -> None:
        self.service = service_of(config)
        self._at = service_at(config)
        self.format = config.format
        self._config = config
        self._context = context
        self._transport = transport
        self._opened: Session | None = None

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return 0 if self._opened is None else self._opened.calls

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the service's, by its last answer."""
        return None if self._opened is None else self._opened.clock_off

    @property
    def pacer(self) -> Pacer:
        """The account's pace. Raises CredentialsError if there is no usable login."""
        return self._session.pacer

    @property
    def user(self) -> str:
        """The user, as the login names it. Raises CredentialsError as above."""
        return user_of(self._config, self._context.login)

    @property
    def identity(self) -> str:
        """Service, base URL and user. Raises CredentialsError as above."""
        return f"pinboard {self._config.url} {self.user}"

    def size(self, path: str, values: Values) -> int:
        """Return the length of a call's URI in bytes."""
        return self._session.size(self._request(path, values, self.format))

    def read(self, path: str, decode: Decode[T], values: Values) -> T:
        """Ask, and read the answer."""
        return self._decoded(path, decode, self._call(self._request(path, values, self.format, repeatable=True)))

    def read_words(
        self,
        path: str,
        decode: Decode[T],
        values: Values,
        *,
        format: str | None = None,
        whole: Callable[[T], bool] = lambda _answer: True,
        none: tuple[Decode[str], T] | None = None,
    ) -> T:
        """Ask for what people wrote. What cannot be read, or not `whole`, is asked for once more as JSON.

        JSON can carry what XML cannot. `none` reads the body of a 404 that is the API's own, and says what that means.
        """
        answers: list[T] = []
        for attempt in (format or self.format, "json"):
            reply = self._call(self._request(path, values, attempt, repeatable=True))
            if none is not None and reply.status == 404 and _reads(none[0], reply.body):
                return none[1]
            if reply.status != 200:
                raise self._unexpected(path, reply)
            try:
                answers.append(decode(reply.body))
            except Garbled as error:
                garbled = self._garbled(path, error)
            else:
                if whole(answers[-1]):
                    break
        if not answers:
            raise garbled
        return answers[-1]

    def write(self, path: str, values: Values, *, mortal: bool = False) -> None:
        """Have something done. Returns if the service said exactly "done".

        Raises Refusal with its words if it declined, and UnknownOutcome if it may or may not have been done. `mortal`:
        what the method is known to answer where it does not work, or is not there, is DeadRoute.
        """
        reply = self._call(self._request(path, values, self.format, answers=_DEAD if mortal else ()))
        if mortal and reply.status in _DEAD:
            sentence = f"{self._at} fails at {path}: it answered with status {reply.status}."
            raise DeadRoute(sentence, "Try again later.")
        try:
            code = wire.decode_result(reply.body) if reply.status < 400 else wire.decode_complaint(reply.body)
        except Garbled as error:
            if reply.status < 400:
                sentence = f"The answer of {within(self._at)} to {path} is {error}."
                raise UnknownOutcome(sentence, "It may have been done all the same.") from None
            raise self._unexpected(path, reply) from None
        if code != "done":
            words = self._session.redacted(code)
            raise Refusal(f"{self.service} says: {words}.", words)

    @property
    def _session(self) -> Session:
        if self._opened is None:
            dialect = Dialect(self.service, _remedy(self._config, self._context), at=self._at)
            gaps = checked_gaps(self._config.url, self._config.gaps, self._context.gaps)
            self._opened = Session(
                self._config.url,
                login_of(self._config, self._context.login),
                Pacer(self.identity, dialect.service, gaps, self._context, _RARE),
                self._context,
                dialect,
                insecure_http=self._config.insecure_http,
                transport=self._transport,
            )
        return self._opened

    def _request(
        self,
        path: str,
        values: Values,
        format: str,
        *,
        repeatable: bool = False,
        answers: Collection[int] = (),
    ) -> Request:
        params = [(name, _word(value)) for name, value in values.items() if value is not None]
        if format == "json":  # XML is what comes unasked
            params.append(("format", "json"))
        return Request(
            path,
            params,
            headers={"Accept": _ACCEPT[format]},
            routes=_ROUTES.get(path, ("default",)),
            repeatable=repeatable,
            answers=answers,
            read_timeout=LISTING_TIMEOUT if path in _LISTINGS else READ_TIMEOUT,
        )

    def _call(self, request: Request) -> Reply:
        if (size := self._session.size(request)) > LONGEST_URI:
            raise UriTooLong(size)
        reply = self._session.call(request)
        if reply.status == 414:
            raise UriTooLong(size)
        return reply

    def _decoded(self, path: str, decode: Decode[T], reply: Reply) -> T:
        if reply.status != 200:
            raise self._unexpected(path, reply)
        try:
            return decode(reply.body)
        except Garbled as error:
            raise self._garbled(path, error) from None

    def _garbled(self, path: str, error: Garbled) -> ProtocolError:
        return ProtocolError(f"The answer of {within(self._at)} to {path} is {error}.", "Try again later.")

    def _unexpected(self, path: str, reply: Reply) -> ProtocolError:
        if reply.status == 404:
            return NoSuchRoute(f"{self._at} has no {path}.", "Check the account's url.")
        why = " (forbidden)" if reply.status == 403 else ""
        sentence = f"{self._at} answered {path} with status {reply.status}{why}."
        return ProtocolError(sentence, "Check the account's url, or try again later.")


def _remedy(config: PinboardConfig, context: Context) -> str:
    where = f" ({SETTINGS} shows it)" if is_pinboard(config.url) else ""
    again = f"Run `{context.login}`, or mend" if context.login else "Mend"
    return f"{again} the account's token{where} or its password."


def _reads(decode: Decode[str], body: bytes) -> bool:
    try:
        return bool(decode(body))
    except Garbled:
        return False


def _word(value: Value) -> str:
    """Return a parameter as the API writes it: yes and no, times in UTC, lists separated by blanks."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case datetime():
            return wire.encode_time(value)
        case date():
            return value.isoformat()
        case int():
            return str(value)
    return " ".join(value or ())
