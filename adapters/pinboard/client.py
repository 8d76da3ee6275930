"""Pinboard's API v1 as a library: one method for each call, answers as `wire` structs, errors that say what to do.

    client = PinboardClient(PinboardConfig(token=Secret("alice:0123456789ABCDEF0123")), context)
    for post in client.posts_all().posts:
        print(post.href, post.description)

The client keeps the API's pace by itself. What holds for every method: CredentialsError is raised when the login is
refused, Unavailable when the service cannot answer, ProtocolError when what it answers is not the API, Unsendable when
the values do not fit into a request. A method that writes returns only if the service said exactly "done"; it raises
Refusal with the service's words if it declined, and UnknownOutcome if the call may or may not have been carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias, TypeVar

from requests.adapters import BaseAdapter

from adapters.http.auth import Basic, Login, QueryToken
from adapters.http.pacing import Pacer
from adapters.http.session import READ_TIMEOUT, Dialect, Reply, Request, Session, Unsendable
from adapters.lenient import Garbled
from adapters.pinboard import LONGEST_URI, PinboardConfig, checked_gaps, is_pinboard, wire
from adapters.pinboard.wire import Dates, Posts
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, CredentialsError, ProtocolError, UnknownOutcome
from bridge.model.secret import Secret

LISTING_TIMEOUT = 120.0
"""Seconds. posts/all of a large account is silent for long before it answers."""

_ACCEPT = {"xml": "text/xml, application/xml;q=0.9, */*;q=0.1", "json": "application/json, */*;q=0.1"}
_ROUTES = {"posts/recent": ("default", "posts/recent"), "posts/all": ("default", "posts/all")}
_EXISTS = frozenset({"item already exists", "bookmark does already exist", "bookmark exists"})
_VAGUE = frozenset({"something went wrong", "Not Found"})

T = TypeVar("T")
Value: TypeAlias = str | bool | int | date | Iterable[str] | None
Values: TypeAlias = Mapping[str, Value]
"""Parameters by name; None is not sent."""


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


class PinboardClient:
    """An account at Pinboard, or at a server that speaks its API. Raises ConfigurationError if it cannot be used."""

    def __init__(self, config: PinboardConfig, context: Context, transport: BaseAdapter | None = None) -> None:
        self.service = "Pinboard" if is_pinboard(config.url) else "The Pinboard server"
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
    def user(self) -> str:
        """The user, as the login names it. Raises CredentialsError if there is no usable login."""
        return _user(self._config)

    @property
    def identity(self) -> str:
        """Service, base URL and user."""
        return f"pinboard {self._config.url} {self.user}"

    @property
    def pacer(self) -> Pacer:
        """The account's pace."""
        return self._session.pacer

    def posts_update(self) -> str:
        """Return when a bookmark was last added, changed or deleted, as the service writes it; tags/rename is unseen.

        Compare it for difference only: at a compatible server it can go back.
        """
        return self._read("posts/update", wire.decode_update, {})

    def posts_add(
        self,
        url: str,
        description: str,
        *,
        extended: str | None = None,
        tags: Iterable[str] | None = None,
        dt: datetime | None = None,
        replace: bool | None = None,
        shared: bool | None = None,
        toread: bool | None = None,
    ) -> None:
        """Bookmark an address. What is None is not sent.

        Where the address is bookmarked already and `replace` is not False, the whole record is overwritten: what is not
        sent becomes empty, read, and as public as the account's default.
        """
        values: Values = {
            "url": url,
            "description": description,
            "extended": extended,
            "tags": tags,
            "dt": dt,
            "replace": replace,
            "shared": shared,
            "toread": toread,
        }
        self._write("posts/add", values)

    def posts_delete(self, url: str) -> None:
        """Delete a bookmark."""
        self._write("posts/delete", {"url": url})

    def posts_get(
        self,
        *,
        url: str | None = None,
        dt: date | None = None,
        tag: str | Iterable[str] = (),
        meta: bool | None = None,
        format: str | None = None,
    ) -> Posts:
        """Return the bookmarks of one day, or that of one address. Without either: of the most recent day alone.

        An address that is not bookmarked gives no posts. `format` overrides the account's.
        """
        return self._posts("posts/get", {"url": url, "dt": dt, "tag": _filter(tag), "meta": meta}, format)

    def posts_recent(self, *, tag: str | Iterable[str] = (), count: int | None = None) -> Posts:
        """Return the newest bookmarks: 15, or `count` up to 100."""
        return self._posts("posts/recent", {"tag": _filter(tag), "count": count})

    def posts_dates(self, *, tag: str | Iterable[str] = ()) -> Dates:
        """Return how many bookmarks were made on each day."""
        return self._read("posts/dates", wire.decode_dates, {"tag": _filter(tag)})

    def posts_all(
        self,
        *,
        tag: str | Iterable[str] = (),
        start: int | None = None,
        results: int | None = None,
        fromdt: datetime | None = None,
        todt: datetime | None = None,
        meta: bool | None = None,
    ) -> Posts:
        """Return all bookmarks, newest first, or those with up to three tags, or made between two times.

        `start` and `results` cut a part out of a list that moves; some servers ignore them.
        """
        values: Values = {
            "tag": _filter(tag),
            "start": start,
            "results": results,
            "fromdt": fromdt,
            "todt": todt,
            "meta": meta,
        }
        return self._posts("posts/all", values)

    def user_api_token(self) -> Secret:
        """Return the secret half of the API token. Raises NoSuchRoute where a compatible server has none."""
        return Secret(self._read("user/api_token", wire.decode_result, {}))

    def overhead(self) -> int:
        """Return how many bytes of a posts/add request are no value, at most."""
        values: Values = {
            "url": "",
            "description": "",
            "extended": "",
            "tags": "",
            "dt": datetime(2000, 1, 1, tzinfo=UTC),
            "replace": True,
            "shared": True,
            "toread": True,
        }
        return self._session.size(self._request("posts/add", values))

    @property
    def _session(self) -> Session:
        if self._opened is None:
            gaps = checked_gaps(self._config.url, self._config.gaps, self._context.gaps)
            self._opened = Session(
                self._config.url,
                _login(self._config),
                Pacer(self.identity, self.service, gaps, self._context),
                self._context,
                Dialect(
                    self.service,
                    "Check the token (at Pinboard: https://pinboard.in/settings/password) or the password.",
                ),
                insecure_http=self._config.insecure_http,
                transport=self._transport,
            )
        return self._opened

    def _request(self, path: str, values: Values, format: str | None = None, *, repeatable: bool = False) -> Request:
        chosen = format or self.format
        params = [(name, _word(value)) for name, value in values.items() if value is not None]
        if chosen == "json":  # XML is what comes unasked
            params.append(("format", "json"))
        return Request(
            path,
            params,
            headers={"Accept": _ACCEPT[chosen]},
            routes=_ROUTES.get(path, ("default",)),
            repeatable=repeatable,
            read_timeout=LISTING_TIMEOUT if path == "posts/all" else READ_TIMEOUT,
        )

    def _call(self, request: Request) -> Reply:
        if (size := self._session.size(request)) > LONGEST_URI:
            raise UriTooLong(size)
        reply = self._session.call(request)
        if reply.status == 414:
            raise UriTooLong(size)
        return reply

    def _write(self, path: str, values: Values) -> None:
        reply = self._call(self._request(path, values))
        try:
            code = wire.decode_result(reply.body) if reply.status < 400 else wire.decode_complaint(reply.body)
        except Garbled as error:
            if reply.status < 400:
                sentence = f"The answer of {self.service} to {path} is {error}."
                raise UnknownOutcome(sentence, "It may have been done all the same.") from None
            raise self._unexpected(path, reply) from None
        if code != "done":
            words = self._session.redacted(code)
            raise Refusal(f"{self.service} says: {words}.", words)

    def _read(self, path: str, decode: Callable[[bytes], T], values: Values) -> T:
        reply = self._call(self._request(path, values, repeatable=True))
        if reply.status != 200:
            raise self._unexpected(path, reply)
        try:
            return decode(reply.body)
        except Garbled as error:
            raise self._garbled(path, error) from None

    def _posts(self, path: str, values: Values, format: str | None = None) -> Posts:
        """Read posts. What cannot be read is asked for once more as JSON, which can carry what XML cannot."""
        for attempt in (format or self.format, "json"):
            reply = self._call(self._request(path, values, attempt, repeatable=True))
            if path == "posts/get" and reply.status == 404 and _is_complaint(reply.body):
                return Posts()  # linkhut's way of saying that there is none
            if reply.status != 200:
                raise self._unexpected(path, reply)
            try:
                return wire.decode_posts(reply.body)
            except Garbled as error:
                garbled = self._garbled(path, error)
        raise garbled

    def _garbled(self, path: str, error: Garbled) -> ProtocolError:
        return ProtocolError(f"The answer of {self.service} to {path} is {error}.", "Try again later.")

    def _unexpected(self, path: str, reply: Reply) -> ProtocolError:
        if reply.status == 404:
            return NoSuchRoute(f"{self.service} has no {path}.", "Check the account's url.")
        sentence = f"{self.service} answered {path} with status {reply.status}."
        return ProtocolError(sentence, "Check the account's url, or try again later.")


def _is_complaint(body: bytes) -> bool:
    try:
        return bool(wire.decode_complaint(body))
    except Garbled:
        return False


def _filter(tag: str | Iterable[str]) -> str | None:
    """Return the tags to filter by as a parameter, None if there are none."""
    return (tag if isinstance(tag, str) else " ".join(tag)) or None


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


def _user(config: PinboardConfig) -> str:
    if config.token is not None:
        user, colon, _secret = config.token.reveal().partition(":")
        if colon:
            return user
        if is_pinboard(config.url):
            raise CredentialsError(
                "The Pinboard token is not whole: it begins with the user's name and a colon.",
                "Copy all of it from https://pinboard.in/settings/password.",
            )
        if config.user:
            return config.user
        raise CredentialsError("This server's token does not say whose it is.", "Set the account's user beside it.")
    if config.password is None:
        raise CredentialsError("There is no login for Pinboard.", "Set PINBOARD_TOKEN, or a token in the config file.")
    if not config.user:
        raise CredentialsError("There is a password for Pinboard, but no user.", "Set PINBOARD_USER, or the user.")
    return config.user


def _login(config: PinboardConfig) -> Login:
    if config.token is not None:
        return QueryToken("auth_token", config.token)
    return Basic(_user(config), config.password or Secret(""))
