"""How a call to a Nextcloud server is made, and what its failures mean.

| status                         | what it means here                                                              |
|--------------------------------|---------------------------------------------------------------------------------|
| 401                            | CredentialsError, with the server's reason in our words; nothing more is sent   |
| 429                            | Unavailable: this address is shut out for half an hour, right logins too        |
| 429 with Retry-After           | it comes from something before the server: slower, and again                    |
| 503 that names maintenance     | Unavailable, until the time it gives                                            |
| 400 with a page                | HostNotTrusted                                                                  |
| 403                            | Forbidden                                                                       |
| 404 with a message             | NotFound; the message holds SQL and is never shown                              |
| 404 without                    | NoApp                                                                           |
| 405                            | NoSuchRoute: any path or method that this version of the API does not have      |
| 409                            | Exists                                                                          |
| 500, time-out, cut, dropped    | a read is repeated, then Unavailable; a write is UnknownOutcome                 |
| 200 without the key that is due | ProtocolError for a read, UnknownOutcome for a write                           |

A flag (read, unread, starred, not starred) is the same when it is set twice, so it is set again after a failure; once
it may have been set, the end of all tries is UnknownOutcome. A wrong parameter answers 500 with a page, and a list of
flags is then set up to the bad one (both recorded).
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from requests.adapters import BaseAdapter

from adapters.http.auth import Basic, Login
from adapters.http.pacing import Pacer
from adapters.http.session import MOST_TRIES, Dialect, Reply, Request, Session, Unsendable, Verdict, verdict
from adapters.http.trouble import Trouble
from adapters.http.words import remedy_without
from adapters.lenient import Garbled
from adapters.nextcloud_news import NewsConfig, checked_gaps
from adapters.nextcloud_news.wire import decode_message
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError, UnknownOutcome

SERVICE = "Nextcloud News"
READ_TIMEOUT = 90.0
"""Seconds. After wrong logins from the same address the server holds every answer back, by 25 s at most."""
FEED_TIMEOUT = 180.0
"""Seconds. A feed is fetched while the call waits; the server gives up after 60 s, for each address it tries."""
SHUT_OUT = 1_800.0
"""Seconds. More than ten wrong logins within half an hour: 429 for everybody at that address, without Retry-After."""

_DENIALS: Mapping[str | None, str] = {
    "": "the user or the password is wrong, or the app password was revoked",
    "CORS requires basic auth": "no user and password arrived there",
    "Account disabled": "the account is disabled",
    "Password login forbidden, use token instead": "it takes app passwords only",
    "Current user is not logged in": "no user and password arrived there",
}
_PAGE = b"<"
_BLANKS = b" \t\r\n\xef\xbb\xbf"

T = TypeVar("T")


class NotFound(BridgeError):  # noqa: N818 - the service's own word on one item
    """There is no such item, feed or folder. Nothing was written."""


class Exists(BridgeError):  # noqa: N818 - as above
    """The feed is subscribed already. Nothing was written."""


class Forbidden(ConfigurationError):  # noqa: N818 - as above
    """This login may not do that: it is no administrator's, or an app password where none may be."""


class HostNotTrusted(ConfigurationError):  # noqa: N818 - as above
    """Nextcloud answers under other host names only."""


class NoApp(ProtocolError):  # noqa: N818 - as its parents
    """There is no News app at the address, or not this version of its API."""


class NoSuchRoute(ProtocolError):  # noqa: N818 - as its parents
    """This version of the API does not have the call."""


Meaning: TypeAlias = tuple[type[BridgeError], str, str]
"""What an answer means: the error, its sentence with places for path, host and status, and the remedy."""

_NO_APP: Meaning = (
    NoApp,
    "There is no Nextcloud News at {host}, or not this version of its API.",
    "Check the account's url, and have the News app installed and enabled there.",
)
_STRANGE: Meaning = (
    ProtocolError,
    SERVICE + " at {host} answered {path} with status {status}.",
    "Check the account's url, or try again later.",
)
_MEANINGS: Mapping[int, Meaning] = {
    400: (
        HostNotTrusted,
        "The Nextcloud server does not answer under the name {host}.",
        "Correct the account's url, or have the name added to trusted_domains in the server's config.php.",
    ),
    403: (
        Forbidden,
        SERVICE + " does not let this login call {path}.",
        "Some calls need an administrator, and some a password that is no app password.",
    ),
    404: (NotFound, SERVICE + " has no such item, feed or folder: {path}.", ""),
    405: (
        NoSuchRoute,
        SERVICE + " has no {path} in this version of its API.",
        "Check the account's api, or have the app updated.",
    ),
    409: (
        Exists,
        "The feed is subscribed already; one that was deleted in the web page counts for some minutes more.",
        "",
    ),
}


def meaning(reply: Reply) -> Meaning:
    """Return what a status of 300 or more means, of those that a Session leaves to its client."""
    if reply.status == 400 and not reply.body.lstrip(_BLANKS).startswith(_PAGE):
        return _STRANGE
    if reply.status == 404 and decode_message(reply.body) is None:
        return _NO_APP
    return _MEANINGS.get(reply.status, _STRANGE)


def judge(outcome: Reply | Trouble) -> Verdict:
    """Judge an exchange: what asks for long patience is not waited for."""
    if isinstance(outcome, Reply) and (is_shut_out(outcome) or is_maintenance(outcome)):
        return Verdict.LATER
    return verdict(outcome)


def explain(reply: Reply) -> str:
    """Say in our own words why an answer is a failure, "" where its status says it all."""
    if reply.status == 401:
        return _DENIALS.get(decode_message(reply.body), "")
    if is_shut_out(reply):
        return "too many wrong logins came from this network address, which is shut out for half an hour"
    return "it is in maintenance mode" if is_maintenance(reply) else ""


def patience(reply: Reply) -> float:
    """Return the seconds to leave the server alone."""
    return SHUT_OUT if is_shut_out(reply) else 0.0


def is_shut_out(reply: Reply) -> bool:
    """Tell whether the server takes no login from this address: its own 429 names no time."""
    return reply.status == 429 and "retry-after" not in reply.headers


def is_maintenance(reply: Reply) -> bool:
    """Tell whether the server is closed for its own upkeep. Logins are neither checked nor counted then."""
    return reply.status == 503 and "x-nextcloud-maintenance-mode" in reply.headers


class Caller:
    """Makes the calls of one account, one at a time, with its login or without. `calls` counts those that were sent."""

    def __init__(self, config: NewsConfig, context: Context, transport: BaseAdapter | None) -> None:
        self._config = config
        self._context = context
        self._transport = transport
        self._sessions: dict[bool, Session] = {}
        self._paced: Pacer | None = None
        self.host = urllib.parse.urlsplit(config.url).netloc

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return sum(session.calls for session in self._sessions.values())

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the server's, by its last answer to this login."""
        return self._sessions[True].clock_off if True in self._sessions else None

    @property
    def pacer(self) -> Pacer:
        """The account's pace: one for all its calls."""
        if self._paced is None:
            gaps = checked_gaps(self._config.gaps, self._context.gaps)
            identity = f"nextcloud-news {self._config.url} {self._config.user or ''}"
            self._paced = Pacer(identity, SERVICE, gaps, self._context)
        return self._paced

    def read(
        self,
        path: str,
        decode: Callable[[bytes], T],
        params: Sequence[tuple[str, str]] = (),
        *,
        form: Mapping[str, str] | None = None,
        login: bool = True,
        ocs: bool = False,
        timeout: float = READ_TIMEOUT,
    ) -> T:
        """Ask for something, by POST if with a form, again where that helps, and return it decoded."""
        request = Request(
            path,
            params,
            "GET" if form is None else "POST",
            _headers(ocs=ocs),
            form,
            repeatable=True,
            read_timeout=timeout,
        )
        reply = self._answer(request, login=login)
        try:
            return decode(reply.body)
        except Garbled as error:
            raise ProtocolError(self._garbled(path, error), "Try again later.") from None

    def write(
        self,
        method: str,
        path: str,
        decode: Callable[[bytes], T],
        values: Mapping[str, Any] | None = None,
        *,
        ocs: bool = False,
        timeout: float = READ_TIMEOUT,
    ) -> T:
        """Change something, once, and return the answer decoded; UnknownOutcome if it may or may not have been done."""
        params = (("format", "json"),) if ocs else ()
        request = Request(path, params, method, _headers(ocs=ocs), json=_sendable(values), read_timeout=timeout)
        reply = self._answer(request, login=True)
        try:
            return decode(reply.body)
        except Garbled as error:
            raise UnknownOutcome(self._garbled(path, error), "It may have been done all the same.") from None

    def flag(
        self,
        method: str,
        path: str,
        decode: Callable[[bytes], T],
        values: Mapping[str, Any] | None = None,
        tries: int = MOST_TRIES,
    ) -> T:
        """Change something that is the same when it is changed twice: up to three times, until an answer says so."""
        try:
            return self.write(method, path, decode, values)
        except UnknownOutcome as error:
            if tries == 1:
                raise
            unknown = error
        try:
            return self.flag(method, path, decode, values, tries - 1)
        except NotFound:
            raise
        except BridgeError:
            raise unknown from None

    def _answer(self, request: Request, *, login: bool) -> Reply:
        """Send a request, and return the answer if its status is a good one."""
        reply = self._session(login=login).call(request)
        if 200 <= reply.status < 300:
            return reply
        raise self._failure(request.path, reply)

    def _session(self, *, login: bool) -> Session:
        if login not in self._sessions:
            self._sessions[login] = Session(
                self._config.url,
                _login(self._config, self._context) if login else Login(),
                self.pacer,
                self._context,
                Dialect(SERVICE, _remedy(self._context), judge, explain, patience, f"{SERVICE} at {self.host}"),
                insecure_http=self._config.insecure_http,
                transport=self._transport,
            )
        return self._sessions[login]

    def _garbled(self, path: str, error: Garbled) -> str:
        sentence = f"The answer of {SERVICE} at {self.host} to {path} is {error}."
        for session in self._sessions.values():
            sentence = session.redacted(sentence)
        return sentence

    def _failure(self, path: str, reply: Reply) -> BridgeError:
        kind, sentence, remedy = meaning(reply)
        return kind(sentence.format(path=path, host=self.host, status=reply.status), remedy)


def _headers(*, ocs: bool) -> Mapping[str, str]:
    return {"Accept": "application/json", **({"OCS-APIRequest": "true"} if ocs else {})}


def _sendable(values: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the values. Raises Unsendable for half a character, which the server would take for no value at all."""
    for value in (values or {}).values():
        try:
            str(value).encode()
        except UnicodeEncodeError:
            raise Unsendable("A value holds half a character, which UTF-8 cannot carry.") from None
    return values


def _remedy(context: Context) -> str:
    again = f"Run `{context.login}`" if context.login else "Log in again"
    return (
        f"{again}, or make an app password in Nextcloud (Settings, Security) and use it with the user's name as shown "
        "there: with single sign-on and with a second factor nothing else works."
    )


def _login(config: NewsConfig, context: Context) -> Login:
    if config.password is None or not config.user:
        remedy = remedy_without(context.login, "user and password", "NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD")
        raise CredentialsError("There is no login for Nextcloud News.", remedy)
    return Basic(config.user, config.password)
