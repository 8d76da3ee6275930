"""How a call of Pocket's protocol is made, and what its answers mean beyond their status.

A 200 can be a refused login: with X-Error-Code 5200, or as an answer of send that says "Unauthorized" of every action.
A 403 can be a lack of permission, a wrong key, or too many calls; the latter says `X-Limit-User-Remaining: 0`, or the
same of the key. Those headers come with good answers too: when few calls are left, the next ones are spread over what
is left of the window, so that the limit is never met. `Reset` is in seconds from now (recorded).
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Collection, Mapping
from typing import Any

import attrs
import requests
from requests.adapters import BaseAdapter

from adapters.http.auth import Basic, BodyKeys, Login, QueryToken, Together
from adapters.http.contact import wrong_address
from adapters.http.pacing import Pacer
from adapters.http.reach import first_answer
from adapters.http.session import Dialect, Reply, Request, Session, Verdict, verdict
from adapters.http.trouble import Trouble
from adapters.http.words import remedy_without
from adapters.pocket import PATHS, PocketConfig, checked_gaps, errors, is_pocket, wire
from adapters.pocket.errors import BatchRefused, NoSuchRoute, NotPermitted, Refusal
from bridge.model.adapter import Context
from bridge.model.errors import BridgeError, ConfigurationError, CredentialsError, ProtocolError
from bridge.model.secret import Secret

TIMEOUT = 60.0
"""Seconds. A whole list, and thirty actions, take their time."""
LONGEST_WINDOW = 3_600.0
"""Seconds. Quotas are by the hour; a longer `Reset` is a mistake, and nobody is kept waiting for it."""
FEW = 10
"""Calls. Where so few are left, or a tenth of the limit, they are spread over the rest of the window."""

_JSON = {"Content-Type": "application/json", "X-Accept": "application/json"}
"""Without X-Accept some answers are forms. A charset in the Content-Type is an error 500 at one server."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Accept": "application/json"}
_PLAIN = re.compile(r"[\w .,:;'()/-]{1,100}")


class FormKeys(BodyKeys):
    """Secrets among the fields of a form in the body."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the fields, before those that are there."""
        keys = {name: secret.reveal() for name, secret in self._keys.items()}
        body = request.body or ""
        fields = urllib.parse.parse_qsl(body if isinstance(body, str) else body.decode(), keep_blank_values=True)
        request.prepare_body([*keys.items(), *fields], None)
        return request


@attrs.frozen
class Limit:
    """What is left of a quota: so many calls until it begins anew, in `reset` seconds. `scope`: "user" or "key"."""

    scope: str
    remaining: int
    limit: int | None = None
    reset: float | None = None

    @property
    def wait(self) -> float:
        """How long the next call should wait, in seconds."""
        few = FEW if self.limit is None else max(FEW, self.limit // 10)
        if self.reset is None or self.remaining > few:
            return 0.0
        return min(self.reset, LONGEST_WINDOW) / (self.remaining + 1)


def limits(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    """Read the X-Limit headers, whose names are in lower case; one that is no number is as good as none."""
    found = []
    for scope in ("user", "key"):
        left, most, reset = (_number(headers.get(f"x-limit-{scope}-{key}")) for key in ("remaining", "limit", "reset"))
        if left is not None:
            found.append(Limit(scope, left, most, None if reset is None else float(reset)))
    return tuple(found)


def patience(reply: Reply) -> float:
    """Return the seconds that the next call should wait after this answer."""
    return max((limit.wait for limit in limits(reply.headers)), default=0.0)


def code_of(reply: Reply) -> int | None:
    """Return the X-Error-Code of an answer, None if there is none."""
    code = _number(reply.headers.get("x-error-code"))
    return None if code is None else errors.plain_code(code)


def is_good(reply: Reply) -> bool:
    """Tell whether the server says that it did what was asked: 200, or 201 and the like from compatible ones."""
    return 200 <= reply.status < 300


def judge(outcome: Reply | Trouble) -> Verdict:
    """Judge an exchange by what Pocket says otherwise than by status."""
    if isinstance(outcome, Reply):
        if outcome.status == 403 and any(limit.remaining == 0 for limit in limits(outcome.headers)):
            return Verdict.SLOWER
        if is_good(outcome) and (code_of(outcome) == errors.NOT_LOGGED_IN or wire.is_denial(outcome.body)):
            return Verdict.DENIED
    return verdict(outcome)


def words_of(reply: Reply) -> str:
    """Return what an answer says of its failure, in its body or in X-Error; "" if that is nothing short and plain."""
    body, header = wire.decode_complaint(reply.body), reply.headers.get("x-error", "")
    if not _PLAIN.fullmatch(header):
        return body
    # the header of the late server says less than its body, the text of the one before less than its header
    return body if body and reply.body.lstrip().startswith(b"{") else header.rstrip(".")


def no_token(login: str) -> CredentialsError:
    """Return the fault of an account without an access token; `login` is the command that gets one, "" for none."""
    remedy = remedy_without(login, "access_token", "POCKET_ACCESS_TOKEN")
    return CredentialsError("There is no access token for Pocket.", remedy)


def user_login(config: PocketConfig, *, form: bool = False, login: str = "") -> Login:
    """Return how an account says who it is. Raises CredentialsError if it cannot: `login` is the command for it."""
    keys = {} if config.consumer_key is None else {"consumer_key": config.consumer_key}
    if is_pocket(config.url) and not keys:
        remedy = remedy_without(login, "consumer_key", "POCKET_CONSUMER_KEY")
        raise CredentialsError("There is no consumer key for Pocket.", remedy)
    if config.access_token is None and config.password is None:
        raise no_token(login)
    logins: list[Login] = []
    if config.access_token is not None and config.token_in == "query":  # noqa: S105 - where it goes, not what it is
        logins.append(QueryToken("access_token", config.access_token))
    elif config.access_token is not None:
        keys["access_token"] = config.access_token
    if config.password is not None:
        if not config.user:
            raise CredentialsError("There is a password for Pocket, but no user.", "Set the account's user beside it.")
        logins.append(Basic(config.user, config.password))
    return Together((FormKeys if form else BodyKeys)(keys), *logins)


def application_login(config: PocketConfig) -> Login:
    """Return how an application says who it is, before anybody has logged in."""
    keys = BodyKeys({"consumer_key": config.consumer_key or Secret("")})
    if config.password is None or not config.user:
        return keys
    return Together(keys, Basic(config.user, config.password))


def service_of(config: PocketConfig) -> str:
    """Return what the service is called in messages."""
    return "Pocket" if is_pocket(config.url) else "The Pocket server"


def service_at(config: PocketConfig) -> str:
    """Return what it is called in messages of failure: with its host, unless it is Pocket itself."""
    host = urllib.parse.urlsplit(config.url).netloc
    return "Pocket" if is_pocket(config.url) else f"{service_of(config)} at {host}"


def misplaced(config: PocketConfig, error: BridgeError) -> ConfigurationError:
    """Return the fault of an account's url at which no server of this kind is."""
    if is_pocket(config.url):
        return ConfigurationError(
            f"{error.message.removesuffix('.')}: Pocket was closed in July 2025.",
            "Set the account's url to that of a server that speaks Pocket's protocol, or migrate your export file.",
        )
    return wrong_address(config.url, error, ": the names of the calls, such as get, follow it.")


def check_present(config: PocketConfig, context: Context, transport: BaseAdapter | None = None) -> None:
    """Raise ConfigurationError if the account's address has no `get` of the protocol, asking as nobody; Unavailable."""
    request = Request(config.paths.get("get", PATHS["get"]), method="POST", headers=_JSON, json={"count": 1})
    reply = first_answer(config.url, request, context, insecure_http=config.insecure_http, transport=transport)
    if reply.status in (404, 405) or (is_good(reply) and reply.body.lstrip().startswith(b"<")):
        raise misplaced(config, ProtocolError(f"The server there has no {request.path}."))


class Caller:
    """Makes the calls of one login, one at a time. `limits` are those of the last answer that had some."""

    def __init__(
        self,
        config: PocketConfig,
        context: Context,
        identity: str,
        login: Login,
        *,
        form: bool = False,
        transport: BaseAdapter | None = None,
    ) -> None:
        self.service = service_at(config)
        self.limits: tuple[Limit, ...] = ()
        self._form = form
        self._remedy = _remedy(context)
        dialect = Dialect(service_of(config), self._remedy, judge, self._why, patience, self.service)
        self._session = Session(
            config.url,
            login,
            Pacer(identity, dialect.service, checked_gaps(config.gaps, context.gaps), context),
            context,
            dialect,
            insecure_http=config.insecure_http,
            transport=transport,
        )

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        return self._session.calls

    @property
    def clock_off(self) -> float | None:
        """By how many seconds our clock was ahead of the service's, by its last answer."""
        return self._session.clock_off

    def call(
        self,
        path: str,
        values: Mapping[str, Any],
        *,
        repeatable: bool = False,
        partly: bool = False,
        answers: Collection[int] = (),
    ) -> Reply:
        """Make a call and return its answer, whatever its status. Raises what a Session raises.

        `answers` are statuses of trouble that are returned instead of raised.
        """
        request = Request(
            path,
            method="POST",
            headers=_FORM if self._form else _JSON,
            data={name: str(value) for name, value in values.items()} if self._form else None,
            json=None if self._form else dict(values),
            repeatable=repeatable,
            partly=partly,
            answers=answers,
            read_timeout=TIMEOUT,
        )
        reply = self._session.call(request)
        self.limits = limits(reply.headers) or self.limits
        return reply

    def words(self, reply: Reply) -> str:
        """Return what an answer says of its failure, without the account's secrets."""
        return self._session.redacted(words_of(reply))

    def redacted(self, text: str) -> str:
        """Return the text without the account's secrets."""
        return self._session.redacted(text)

    def failure(self, name: str, path: str, reply: Reply) -> BridgeError:
        """Return the error that an answer is; `name` is the call's own, which a server may have under another path."""
        code, words = code_of(reply), self.words(reply)
        if reply.status == 403 or (reply.status == 400 and code in errors.KEYS):
            return self._forbidden(name, code)
        if reply.status in (400, 413, 422):
            said = f"{self.service} refuses {name}: {words or f'status {reply.status}'}."
            if name == "get":  # no item is at fault
                return ProtocolError(said, "Check the account's consumer key and its other keys, or try again later.")
            return (BatchRefused if name == "send" else Refusal)(said, words, code)
        if reply.status in (404, 405):
            return NoSuchRoute(f"{self.service} has no {path}.", "Check the account's url and its paths.")
        because = f": {words}" if words else ""
        return ProtocolError(
            f"{self.service} answered {name} with status {reply.status}{because}.",
            "Check the account's url, or try again later.",
        )

    def _forbidden(self, name: str, code: int | None) -> NotPermitted:
        if code is not None and code in errors.KEYS:
            why = f"{errors.KEYS[code]} (code {code})"
            return NotPermitted(f"{self.service} forbids {name}: {why}.", self._remedy, code, why=why)
        numbered = "" if code is None else f" (code {code})"
        why = (
            f'the consumer key is not valid, or lacks the permission "{errors.PERMISSIONS.get(name, name)}", or the '
            "access token is not where the server looks for it"
        )
        return NotPermitted(
            f"{self.service} forbids {name}{numbered}: {why}.",
            f'See the permissions of the key ({errors.KEYS_PAGE}); at a compatible server, try token_in = "query".',
            code,
            why=why,
        )

    def _why(self, reply: Reply) -> str:
        code, words = code_of(reply), self.words(reply)
        return errors.KEYS.get(code or 0, f'it says "{words}"' if words else "")


def _remedy(context: Context) -> str:
    again = f"Run `{context.login}`, or mend" if context.login else "Mend"
    return f"{again} the account's consumer key and access token."


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text.strip()) else None
