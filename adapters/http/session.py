"""One account's HTTP: time-outs, redirects, repeats, and what each failure means.

| what comes                     | the call may be repeated     | it may not (it writes)                     |
|--------------------------------|------------------------------|--------------------------------------------|
| no connection                  | again, then Unavailable      | Unavailable: nothing was sent              |
| time-out, dropped, cut, 5xx    | again, then Unavailable      | UnknownOutcome: it may have been done      |
| 429                            | slower and again, at most six times, then Unavailable: it was not carried out |
| 401                            | CredentialsError, now and for every further call to that host, which is not sent |
| redirect within the host       | followed, at most three times                                              |
| any other redirect             | LedElsewhere, which is Unavailable: it was not carried out                 |
| anything else                  | is an answer, for the client to judge                                      |

"Again" is at most three tries in all, each in a slot of its own, further and further apart. A 429 to a call of several
parts (`Request.partly`) is UnknownOutcome, unless it may be repeated; and so is one that was given up after any try of
it may have arrived. Where a service speaks otherwise than by status, its Dialect says how.

`requests` is used for one exchange at a time: it follows, repeats and logs nothing, and none of its errors leaves this
module, as they quote urls and a url may hold the token.
"""

from __future__ import annotations

import enum
import functools
import http.cookiejar
import importlib.metadata
import logging
import urllib.parse
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import attrs
import requests
import urllib3
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter

from adapters.http.address import base_url, is_loopback, not_an_address, place, target
from adapters.http.auth import Login
from adapters.http.clock import ahead
from adapters.http.pacing import Pacer, retry_after
from adapters.http.trouble import Trouble, trouble
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, CredentialsError, Unavailable, UnknownOutcome

_LOG = logging.getLogger("bookmark_bridge.http")
"""Hears of each request by its route alone: a query may hold the token."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
LONGEST_BODY = 256 * 1024 * 1024
"""Bytes, unpacked. A hundred thousand bookmarks are about 100 MB."""
LONGEST_EXCHANGE = 600.0
"""Seconds from the head of an answer to its last byte: a read time-out alone lets a server drip for ever."""
MOST_TRIES = 3
MOST_REFUSALS = 6
MOST_REDIRECTS = 3
_CHUNK = 1 << 16
_LATER = "Try again later."
_PROJECT = "https://github.com/bookmark-bridge/bookmark-bridge"


@attrs.frozen
class Request:
    """A call as a value. `repeatable`: sending it twice does what sending it once does, so it may be sent again.

    `partly`: it writes, part by part, so that a refusal for too many requests may come in the midst of it.
    `path` is relative to the account's base URL. `routes` are the pace classes it belongs to, the commonest first.
    `answers` are statuses that the client judges itself, whatever they mean elsewhere. `read_timeout` is in seconds.
    """

    path: str
    params: Sequence[tuple[str, str]] = ()
    method: str = "GET"
    headers: Mapping[str, str] = attrs.field(factory=dict)
    data: Mapping[str, str] | None = None
    json: Any = None
    routes: tuple[str, ...] = ("default",)
    repeatable: bool = False
    partly: bool = False
    answers: Collection[int] = ()
    read_timeout: float = READ_TIMEOUT


@attrs.frozen
class Reply:
    """An answer as a value; header names are in lower case. Neither headers nor body are in its repr."""

    status: int
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)


class Unsendable(BridgeError):  # noqa: N818 - says what the request is
    """A request cannot be made of these values; nothing was sent."""


class LedElsewhere(Unavailable):
    """A redirect leads to where the login must not be sent. Nothing was carried out."""


class Verdict(enum.Enum):
    """What to do about an answer, or about its absence."""

    ANSWER = enum.auto()
    """It is for the client to judge."""
    ELSEWHERE = enum.auto()
    """A redirect."""
    DENIED = enum.auto()
    """The login was refused."""
    SLOWER = enum.auto()
    """Too many requests: wait, and send it again."""
    LATER = enum.auto()
    """Refused, and not worth waiting for here: Unavailable at once; nothing was carried out."""
    AGAIN = enum.auto()
    """Nobody knows: send it again where that does no harm."""


VERDICTS = {
    301: Verdict.ELSEWHERE,
    302: Verdict.ELSEWHERE,
    303: Verdict.ELSEWHERE,
    307: Verdict.ELSEWHERE,
    308: Verdict.ELSEWHERE,
    401: Verdict.DENIED,
    429: Verdict.SLOWER,
}


def verdict(outcome: Reply | Trouble) -> Verdict:
    """Judge an exchange by its status alone."""
    if isinstance(outcome, Trouble) or outcome.status >= 500:
        return Verdict.AGAIN
    return VERDICTS.get(outcome.status, Verdict.ANSWER)


@attrs.frozen
class Dialect:
    """What is particular to a service: its name in messages, and what its answers say beyond their status.

    `at` is the service's name with its host in messages of failure, where one name is not enough: "" if it is.
    `remedy` says what to do about a refused login. `judge` returns the verdict on an exchange. `explain` says why an
    answer is a failure, as a clause after "the service failed:", or "" if there is nothing to say beyond the status;
    it must quote nothing that could hold a secret or markup. `patience` returns the seconds for which an answer asks
    all next calls to wait, even where it is a good one.
    """

    service: str
    remedy: str
    judge: Callable[[Reply | Trouble], Verdict] = verdict
    explain: Callable[[Reply], str] = lambda _reply: ""
    patience: Callable[[Reply], float] = lambda _reply: 0.0
    at: str = ""


class Session:
    """The calls of one account, one at a time. `calls` counts the requests that were sent.

    `clock_off`: by how many seconds our clock was ahead of the service's at its last answer, None if it did not say.

    `transport` is what carries the requests, in a test.
    """

    def __init__(
        self,
        url: str,
        login: Login,
        pacer: Pacer,
        context: Context,
        dialect: Dialect,
        *,
        insecure_http: bool = False,
        transport: BaseAdapter | None = None,
    ) -> None:
        self.url = base_url(url, insecure_http=insecure_http)
        self.pacer = pacer
        self.calls = 0
        self.clock_off: float | None = None
        self._login = login
        self._clock = context.clock
        self._dialect = dialect
        self._service = dialect.at or dialect.service
        self._account = context.account
        self._denied = context.denied
        self._refused: CredentialsError | None = None
        self._host = urllib.parse.urlsplit(self.url).netloc
        # Proxies of the environment are used, but not towards this machine.
        host = urllib.parse.urlsplit(self.url).hostname or ""
        self._proxies = {"no_proxy": host} if is_loopback(self.url) else {}
        self._requests = _requests_session(transport or HTTPAdapter(max_retries=0))

    def size(self, request: Request) -> int:
        """Return the length of the request's URI in bytes. Raises Unsendable."""
        return len(self._prepared(request, self.url + request.path).url or "")

    def redacted(self, text: str) -> str:
        """Return the text without the account's secret."""
        return self._login.redacted(text)

    def call(self, request: Request) -> Reply:
        """Send a request when its turn has come, and return the answer. The module's table says what it raises."""
        url = self.url + request.path
        tries = refusals = redirects = 0
        arrived = False
        while True:
            outcome = self._exchange(request, url)
            match self._judged(request, outcome), outcome:
                case Verdict.ANSWER, Reply() as reply:
                    self.pacer.succeeded(request.routes)
                    self._heed(reply)
                    return reply
                case Verdict.DENIED, Reply() as reply:
                    self._denied.add(self._host)
                    self._refused = self._denial(self._dialect.explain(reply))
                    raise self._refused
                case Verdict.ELSEWHERE, Reply() as reply:
                    redirects += 1
                    url = self._followed(request, url, reply, redirects)
                case (Verdict.SLOWER | Verdict.LATER) as judged, Reply() as reply:
                    refusals += 1
                    self.pacer.refused(request.routes, self._asked(reply), self._dialect.patience(reply))
                    begun = request.partly and not request.repeatable
                    if judged is Verdict.LATER or begun or refusals >= MOST_REFUSALS:
                        raise self._too_many(request, reply, refusals, partly=judged is not Verdict.LATER)
                case _:
                    tries += 1
                    arrived = arrived or isinstance(outcome, Reply) or outcome.sent
                    self.pacer.postponed(tries, self._asked(outcome))
                    if not request.repeatable or tries >= MOST_TRIES:
                        raise self._given_up(request, outcome, tries, arrived=arrived)

    def _judged(self, request: Request, outcome: Reply | Trouble) -> Verdict:
        own = isinstance(outcome, Reply) and outcome.status in request.answers
        return Verdict.ANSWER if own else self._dialect.judge(outcome)

    def _exchange(self, request: Request, url: str) -> Reply | Trouble:
        """Send one request in its slot and read the whole answer."""
        if self._refused is not None:
            raise self._refused
        if self._host in self._denied:
            raise CredentialsError(
                f"{self._host} has just refused another login, so it is asked nothing more.",
                "Mend that one first, or leave it out.",
            )
        prepared = self._prepared(request, url)
        self.pacer.start(request.routes)
        self.calls += 1
        _LOG.debug("%s %s: %s", self._service, request.method, request.path)
        try:
            settings = self._requests.merge_environment_settings(url, dict(self._proxies), True, None, None)
            response = self._requests.send(
                prepared, timeout=(CONNECT_TIMEOUT, request.read_timeout), allow_redirects=False, **settings
            )
            with response:
                return self._read(response)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            return trouble(error)

    def _read(self, response: requests.Response) -> Reply | Trouble:
        headers = {name.lower(): value for name, value in response.headers.items()}
        now = self._clock()
        self.clock_off, deadline = ahead(headers, now), now + LONGEST_EXCHANGE
        body = bytearray()
        for chunk in _arriving(response):
            body += chunk
            if len(body) > LONGEST_BODY:
                return Trouble(f"the answer is longer than {LONGEST_BODY // 2**20} MB")
            if self._clock() > deadline:
                return Trouble("the answer does not end")
        _LOG.debug("%s answers %d with %d bytes", self._service, response.status_code, len(body))
        return Reply(response.status_code, headers, bytes(body))

    def _prepared(self, request: Request, url: str) -> requests.PreparedRequest:
        # The target of a redirect has the parameters in it already.
        params = list(request.params) if url == self.url + request.path else []
        try:
            return self._requests.prepare_request(
                requests.Request(
                    request.method,
                    url,
                    headers=dict(request.headers),
                    params=params,
                    data=request.data,
                    json=request.json,
                    auth=self._login,
                )
            )
        except UnicodeEncodeError:
            problem: BridgeError = Unsendable("A value holds half a character, which UTF-8 cannot carry.")
        except requests.RequestException:
            problem = not_an_address()
        raise problem

    def _followed(self, request: Request, url: str, reply: Reply, redirects: int) -> str:
        location = target(url, reply.headers.get("location", ""))
        same_method = request.method == "GET" or reply.status in (307, 308)
        if location is not None and same_method and redirects <= MOST_REDIRECTS:
            return location
        if location is not None and same_method:
            leads = "on again and again"
        else:
            leads = f"on to {place(url, reply.headers.get('location', ''))}, where the login must not follow"
        raise LedElsewhere(
            f"{self._service} sends {request.path} {leads}.",
            "If the service has moved, correct the account's url; if this network has a login page, go there first.",
        )

    def _heed(self, reply: Reply) -> None:
        if (wait := self._dialect.patience(reply)) > 0:
            self.pacer.put_off(wait)

    def _denial(self, why: str) -> CredentialsError:
        because = f": {why}" if why else ""
        whose = f" of {self._account}" if self._account else ""
        message = f"{self._service} does not accept the login{whose}{because}."
        return CredentialsError(message, self._dialect.remedy, why=why)

    def _asked(self, outcome: Reply | Trouble) -> float:
        header = outcome.headers.get("retry-after") if isinstance(outcome, Reply) else None
        return retry_after(header, self._clock())

    def _too_many(self, request: Request, reply: Reply, refusals: int, *, partly: bool) -> Unavailable:
        why = self._dialect.explain(reply) or "there were too many requests"
        often = f" {refusals} times" if refusals > 1 else ""
        sentence = f"{self._service} refused {request.path}{often}: {why}."
        if request.partly and partly:
            return UnknownOutcome(sentence, "A part of it may have been done all the same.")
        return Unavailable(sentence, _LATER)

    def _given_up(self, request: Request, outcome: Reply | Trouble, tries: int, *, arrived: bool) -> Unavailable:
        why = outcome.why if isinstance(outcome, Trouble) else self._dialect.explain(outcome)
        if isinstance(outcome, Reply) and not why:
            why = f"it answered with status {outcome.status}"
        often = f" after {tries} tries" if tries > 1 else ""
        sentence = f"{self._service} failed at {request.path}{often}: {why}."
        if arrived and (request.partly or not request.repeatable):
            return UnknownOutcome(sentence, "It may have been done all the same.")
        return Unavailable(sentence, (isinstance(outcome, Trouble) and outcome.remedy) or _LATER)


def _arriving(response: requests.Response) -> Iterator[bytes]:
    """Yield the body unpacked, each part as it arrives: to wait for a full one would let a server drip for ever."""
    if not isinstance(response.raw, urllib3.HTTPResponse):  # a test's
        yield from response.iter_content(_CHUNK)
        return
    while part := response.raw.read1(_CHUNK, decode_content=True):
        yield part


class _Requests(requests.Session):
    """A session of `requests` that never looks at a redirect, not even to prepare for it."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no redirect."""


def _requests_session(transport: BaseAdapter) -> requests.Session:
    """Return a session that sends and reads, and nothing else.

    urllib3's log lines hold queries, and a query may hold the token: its logger is switched off.
    """
    session = _Requests()
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = _user_agent()
    session.headers["Accept-Encoding"] = "gzip, deflate"
    for scheme in ("https://", "http://"):
        session.mount(scheme, transport)
    logging.getLogger("urllib3.connectionpool").disabled = True
    return session


@functools.cache
def _user_agent() -> str:
    """Return what the program calls itself; the version is looked for in files."""
    return f"bookmark-bridge/{importlib.metadata.version('bookmark-bridge')} (+{_PROJECT})"
