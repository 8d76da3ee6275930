"""Pocket's protocol v3 as a library: one method for each call, answers as `wire` structs, errors that say what to do.

    client = PocketClient(PocketConfig(consumer_key=Secret("1234-..."), access_token=Secret("...")), context)
    for page in client.pages(state="all", sort="oldest", detail_type="complete"):
        ...
    for answer in client.send([actions.archive("229279689"), actions.favorite("229279689")]):
        ...

The client keeps to the limits that the answers tell of by itself. What holds for every method: CredentialsError is
raised when the login is refused (NotPermitted where the key or its permissions are), Unavailable when the service
cannot answer, ProtocolError when what it answers is not the protocol. A method that writes raises Refusal if the
service declined the call, and UnknownOutcome if it may or may not have been carried out.
"""

from __future__ import annotations

import hashlib
import json
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict, TypeVar, Unpack

from requests.adapters import BaseAdapter

from adapters.http.session import Reply
from adapters.http.words import within
from adapters.lenient import Garbled
from adapters.pocket import BATCH, PAGE, PATHS, PocketConfig, errors, is_pocket, paging, wire
from adapters.pocket.actions import Action, Answer, Carried, Declined, Tags, Unclear, check_numbers
from adapters.pocket.calls import (
    Caller,
    Limit,
    application_login,
    code_of,
    is_good,
    no_token,
    service_at,
    service_of,
    user_login,
)
from adapters.pocket.errors import BatchRefused, NoSuchRoute, NotPermitted
from adapters.pocket.paging import Repeats, Shifted
from adapters.pocket.wire import Code, Listing, Result, Token
from adapters.pocket.wire_items import AddedItem
from bridge.model.adapter import Context
from bridge.model.errors import ProtocolError, Unavailable, UnknownOutcome

T = TypeVar("T")

LIKE_A_KOBO: Mapping[str, Any] = {
    "contentType": "article",
    "count": PAGE,
    "detailType": "complete",
    "offset": 0,
    "state": "all",
    "total": "1",
}
"""What Kobo readers always send. Servers made for them refuse a get that leaves one of these out, with status 422."""
_NAMES = {
    "content_type": "contentType",
    "detail_type": "detailType",
    "force_taglist": "forcetaglist",
    "force_account": "forceaccount",
    "force_premium": "forcepremium",
    "has_annotations": "hasAnnotations",
    "updated_before": "updatedBefore",
}
_TROUBLE = (500, 502, 503)
_NO_LOGIN = 401
_INSIDE = frozenset({198, 199})


class Query(TypedDict, total=False):
    """What a get asks for. What is left out is not sent, but for `state`, which is "all" unless it is None.

    `state`: unread, archive, all. `tag`: a name, or _untagged_. `content_type`: article, video, image. `sort`: newest,
    oldest, title, site (the late server refuses the last two). `detail_type`: simple, complete; only the complete form
    had tags before 2024. `domain` is ignored since then. `since`: what changed after this time, in seconds since the
    epoch. `count`: at most 5,000, and no answer proves that it is all. `total` adds the number of items, up to 5,000.
    The flags from `annotations` on are not documented; highlights come for Pocket's own keys alone (reported).
    """

    state: str | None
    favorite: bool
    tag: str
    content_type: str
    sort: str
    detail_type: str
    search: str
    domain: str
    since: int | str
    count: int
    offset: int
    total: bool
    annotations: bool
    has_annotations: bool
    taglist: bool
    force_taglist: bool
    account: bool
    force_account: bool
    premium: bool
    force_premium: bool
    updated_before: int


class PocketClient:
    """An account at Pocket, or at a server that speaks its protocol.

    `form`: requests are forms, as the oldest clients sent them, instead of JSON.
    """

    def __init__(
        self, config: PocketConfig, context: Context, transport: BaseAdapter | None = None, *, form: bool = False
    ) -> None:
        self.service = service_at(config)
        self._config = config
        self._context = context
        self._transport = transport
        self._form = form
        self._opened: Caller | None = None
        self._application: Caller | None = None
        self._like_a_kobo = False

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return sum(caller.calls for caller in (self._opened, self._application) if caller is not None)

    @property
    def identity(self) -> str:
        """Service, base URL, and the user or what is made of the token. Raises CredentialsError if there is neither."""
        user, token = self._config.user, self._config.access_token
        if not user and token is None:
            raise no_token(self._context.login)
        name = user or hashlib.sha256(token.reveal().encode() if token is not None else b"").hexdigest()[:12]
        return f"pocket {self._config.url} {name}"

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What was left of the quotas at the last answer that said so."""
        return () if self._opened is None else self._opened.limits

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the service's, by its last answer; None if that did not say."""
        return None if self._opened is None else self._opened.clock_off

    def get(self, **query: Unpack[Query]) -> Listing:
        """Return a part of the list. Order and number of items are as the server sends them; stubs are among them."""
        values: dict[str, Any] = {"state": "all", **query}
        encoded = {_NAMES.get(name, name): _encoded(value) for name, value in values.items() if value is not None}
        reply = self._asked(encoded)
        if reply.status == 422 and not self._like_a_kobo:
            self._like_a_kobo = True
            reply = self._asked(encoded)
        if reply.status != 200:
            raise self._user.failure("get", self._path("get"), reply)
        try:
            listing = wire.decode_listing(reply.body)
        except Garbled as error:
            raise self._unreadable("get", reply, error) from None
        if listing.status == 0 or (not listing.keys and (listing.error or code_of(reply))):
            raise self._unreadable("get", reply, Garbled("an error"))
        return listing

    def pages(self, **query: Unpack[Query]) -> Iterator[Listing | Repeats | Shifted]:
        """Yield a listing page by page, each item once: the first page, and then each that has something new.

        `count` is the size of a page, 2 or more. Stubs and broken items count; the end is proven by an empty page, and
        that nothing was skipped by the overlap of pages (see the module paging). Where that cannot be proven, the last
        thing is the doubt: Repeats or Shifted. Nothing is kept but the ids.
        """
        size, begin = query.get("count", PAGE), query.get("offset", 0)

        def get(count: int, offset: int) -> Listing:
            query["count"], query["offset"] = count, offset
            return self.get(**query)

        yield from paging.pages(get, size, begin)

    def add(
        self,
        url: str,
        *,
        title: str | None = None,
        tags: Tags | None = None,
        time: int | None = None,
        tweet_id: str | None = None,
    ) -> AddedItem:
        """Save a url, as `actions.add` does. The late server ignores `time`, which only the action brings about."""
        values = {"url": url, "title": title, "tags": tags, "time": time, "tweet_id": tweet_id}
        given = {name: value for name, value in values.items() if value is not None}
        reply = self._user.call(self._path("add"), given)
        if not is_good(reply):
            raise self._user.failure("add", self._path("add"), reply)
        try:
            return wire.decode_added(reply.body)
        except Garbled as error:
            raise self._unclear("add", error) from None

    def send(self, actions: Iterable[Action]) -> Iterator[Answer]:
        """Carry out actions in their order, and yield an answer for each, as soon as it is known.

        They go in calls of at most thirty. A call that the service refuses as a whole is halved until the culprit
        stands alone; one that goes unanswered gives an Unclear for each of its actions. Where an error is raised, the
        actions without an answer were not carried out. Raises InvalidAction before anything is sent.
        """
        waiting = list(actions)
        if is_pocket(self._config.url):
            check_numbers(waiting)
        for first in range(0, len(waiting), BATCH):
            yield from self._halved(waiting[first : first + BATCH])

    def send_once(self, actions: Sequence[Action]) -> tuple[Answer, ...]:
        """Carry out actions in one call. Raises BatchRefused if the service refused it and did nothing.

        The call is repeated after a failure if it holds neither add nor readd.
        """
        encoded = [action.encoded() for action in actions]
        reply = self._user.call(
            self._path("send"),
            {"actions": json.dumps(encoded) if self._form else encoded},
            repeatable=all(action.repeatable for action in actions),
            partly=True,
        )
        if not is_good(reply):
            raise self._user.failure("send", self._path("send"), reply)
        try:
            results = wire.decode_sent(reply.body, len(actions))
        except Garbled as error:
            raise self._unclear("send", error) from None
        return tuple(map(self._answer, results))

    def oauth_request(self, redirect_uri: str, state: str | None = None) -> Code:
        """Begin a login: return the code that the person has to approve. Raises LoginFailed.

        NoSuchRoute means that the server has no login of this kind. `state` should come back in the answer.
        """
        values = {"redirect_uri": redirect_uri, **({} if state is None else {"state": state})}
        return self._login_step("oauth/request", values, wire.decode_code, repeatable=True)

    def authorize_url(self, code: str, redirect_uri: str, **options: str) -> str:
        """Return where the person approves a code. After that the browser goes to `redirect_uri`, which tells nothing.

        `options`: `mobile` "0" or "1", `force` "login" or "signup", `webauthenticationbroker` "0" or "1".
        """
        query = urllib.parse.urlencode({"request_token": code, "redirect_uri": redirect_uri, **options})
        return urllib.parse.urljoin(self._config.url, f"../auth/authorize?{query}")

    def oauth_authorize(self, code: str) -> Token:
        """Exchange an approved code for an access token, once.

        Raises LoginFailed: NotApproved if the person has not approved it yet, or has refused.
        """
        return self._login_step("oauth/authorize", {"code": code}, wire.decode_token)

    @property
    def _user(self) -> Caller:
        if self._opened is None:
            login = user_login(self._config, form=self._form, login=self._context.login)
            self._opened = Caller(
                self._config, self._context, self.identity, login, form=self._form, transport=self._transport
            )
        return self._opened

    def _asked(self, query: Mapping[str, Any]) -> Reply:
        whole = {**LIKE_A_KOBO, **query} if self._like_a_kobo else query
        return self._user.call(self._path("get"), whole, repeatable=True)

    def _path(self, name: str) -> str:
        return self._config.paths.get(name, PATHS[name])

    def _halved(self, actions: Sequence[Action]) -> Iterator[Answer]:
        try:
            answers = self.send_once(actions)
        except UnknownOutcome as error:
            answers = (Unclear(error.message),) * len(actions)
        except BatchRefused as refusal:
            if len(actions) > 1:
                middle = len(actions) // 2
                yield from self._halved(actions[:middle])
                yield from self._halved(actions[middle:])
                return
            answers = (Declined(refusal.words, refusal.code),)
        yield from answers

    def _answer(self, result: Result) -> Answer:
        if result.done:
            return Carried(result.item)
        if result.done is None:
            return Unclear(f"{self.service} does not say what came of it.")
        if result.error is None:
            return Declined()
        words = self._user.redacted(result.error.message or result.error.type)
        declined = Declined(words, result.error.code)
        if result.error.code in _INSIDE and not declined.missing:
            return Unclear(f"{service_of(self._config)} failed inside: {words}.")
        return declined

    def _login_step(
        self, path: str, values: Mapping[str, str], decode: Callable[[bytes], T], *, repeatable: bool = False
    ) -> T:
        if self._application is None:
            login, identity = application_login(self._config), f"pocket {self._config.url}"
            self._application = Caller(self._config, self._context, identity, login, transport=self._transport)
        caller = self._application
        reply = caller.call(path, values, repeatable=repeatable, answers=(*_TROUBLE, _NO_LOGIN))
        if is_good(reply):
            try:
                return decode(reply.body)
            except Garbled as error:
                raise self._unreadable(path, reply, error) from None
        code = code_of(reply)
        if (failed := errors.login_failure(self.service, code)) is not None:
            raise failed
        if reply.status in _TROUBLE:
            raise Unavailable(f"{self.service} failed at {path}: status {reply.status}.", "Try again later.")
        if reply.status in (400, 403):
            why = caller.words(reply) or f"status {reply.status}"
            message = f"{self.service} does not go on with the login: {why}."
            raise NotPermitted(message, "Check the consumer key.", code, why=why)
        if reply.status == _NO_LOGIN:  # a server that wants a token for whatever it does not know
            raise NoSuchRoute(f"{self.service} has no {path}.", "Check the account's url.")
        raise caller.failure(path, path, reply)

    def _unreadable(self, name: str, reply: Reply, error: Garbled) -> ProtocolError:
        words = "" if self._opened is None else self._opened.words(reply)
        said = f": {words}" if words else ""
        remedy = "Try again later."
        if is_pocket(self._config.url) and "x-source" not in reply.headers:
            # Pocket's own answers always said `X-Source: Pocket`; what lacks it came from something in between.
            remedy = "It may not be from Pocket: if this network has a login page, go there first."
        return ProtocolError(f"The answer of {within(self.service)} to {name} is {error}{said}.", remedy)

    def _unclear(self, name: str, error: Garbled) -> UnknownOutcome:
        return UnknownOutcome(
            f"The answer of {within(self.service)} to {name} is {error}.", "It may have been done all the same."
        )


def _encoded(value: Any) -> Any:
    """Return a parameter as every server understands it: a flag is text, as the late one takes the number 1 for no."""
    return ("1" if value else "0") if isinstance(value, bool) else value
