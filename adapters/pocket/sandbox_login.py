"""How an application gets a token of the sandbox: a code, a person's approval in a browser, and the exchange."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

import attrs

from adapters.pocket.sandbox_text import Refused

PENDING, APPROVED, DECLINED, USED = "pending", "approved", "declined", "used"
_DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }}
code {{ overflow-wrap: anywhere; }}
button {{ font: inherit; padding: .5rem 1.5rem; margin-right: 1rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
{content}
</body>
</html>
"""
_QUESTION = """<p><strong>{application}</strong> asks to read and change the items of <strong>{username}</strong>.</p>
<p>Your answer takes you back to <code>{redirect_uri}</code>.</p>
<form method="post" action="/auth/authorize">
<input type="hidden" name="request_token" value="{code}">
<input type="hidden" name="redirect_uri" value="{redirect_uri}">
<button name="answer" value="approve">Approve</button>
<button name="answer" value="decline">Decline</button>
</form>
<p>This is a sandbox, not Pocket.</p>"""


def token() -> str:
    """Make a code or a token: groups of 8, 4, 4, 4 and 6 hex digits."""
    digits = secrets.token_hex(13)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def consumer_key() -> str:
    """Make the key of an application: its number and 24 hex digits."""
    return f"{10_000 + secrets.randbelow(90_000)}-{secrets.token_hex(12)}"


@attrs.define
class Asked:
    """What an application asked for with a code, and what became of it."""

    consumer_key: str
    redirect_uri: str
    state: str | None
    answer: str = PENDING


class Login:
    """The codes that were given out. Refusals are those of Pocket, by X-Error-Code."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def request(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Give out a code. Raises Refused."""
        _check_key(params, key)
        redirect_uri = params.get("redirect_uri")
        if not redirect_uri:
            raise Refused(400, 140, "Missing redirect url.")
        code, state = token(), params.get("state")
        self._asked[code] = Asked(key, str(redirect_uri), None if state is None else str(state))
        return {"code": code, "state": state}

    def authorize(self, params: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Take a code back, once, and return the state of its request. Raises Refused.

        A code that nobody has answered yet is refused like one that was declined. A redirect address without a scheme
        is noticed only here.
        """
        _check_key(params, key)
        code = params.get("code")
        if not code:
            raise Refused(400, 182, "Missing code.")
        asked = self._asked.get(str(code))
        if asked is None:
            raise Refused(400, 185, "Code not found.")
        if (
            not urlsplit(asked.redirect_uri).scheme
            or params.get("redirect_uri", asked.redirect_uri) != asked.redirect_uri
        ):
            raise Refused(400, 181, "Invalid redirect uri.")
        if asked.answer == USED:
            raise Refused(403, 159, "Already used code.")
        if asked.answer != APPROVED:
            raise Refused(403, 158, "User rejected code.")
        asked.answer = USED
        return {} if asked.state is None else {"state": asked.state}

    def page(self, params: Mapping[str, Any], username: str) -> str | None:
        """Return the page that asks the person; None where there is nothing to answer."""
        asked = self._open(params)
        if asked is None:
            return None
        content = _QUESTION.format(
            application=escape(f"Application {asked.consumer_key.partition('-')[0]}"),
            username=escape(username),
            redirect_uri=escape(asked.redirect_uri),
            code=escape(str(params["request_token"])),
        )
        return _DOCUMENT.format(title="Pocket sandbox", content=content)

    def decide(self, params: Mapping[str, Any]) -> str | None:
        """Note the person's answer; return where the browser goes now, which is the same for both answers."""
        asked = self._open(params)
        if asked is None or params.get("answer") not in ("approve", "decline"):
            return None
        asked.answer = APPROVED if params["answer"] == "approve" else DECLINED
        return asked.redirect_uri

    def _open(self, params: Mapping[str, Any]) -> Asked | None:
        """Return what is still to be answered; a browser is never sent to an address that was not asked for."""
        asked = self._asked.get(str(params.get("request_token")))
        if asked is None or asked.answer != PENDING or params.get("redirect_uri") != asked.redirect_uri:
            return None
        return asked if asked.redirect_uri.isprintable() else None


def nothing_to_answer() -> str:
    """Return the page for a request that nobody made, or that was answered already."""
    return _DOCUMENT.format(title="Pocket sandbox", content="<p>There is no such request, or not any more.</p>")


def _check_key(params: Mapping[str, Any], key: str) -> None:
    given = params.get("consumer_key")
    if not given:
        raise Refused(400, 138, "Missing consumer key.")
    if given != key:
        raise Refused(403, 152, "Invalid consumer key.")
