"""What can go wrong at Pocket, by the codes of its X-Error-Code header, and what to do about each.

The codes are from the vendor's pages and from recorded answers. Those of a request or access token that is used up or
matches nothing (108 to 110, 139, 154, 156, 187, 192) are inferred from the list of one client, which gives the same
numbers with 4000 added.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.model.errors import BridgeError, CredentialsError, ProtocolError

NOT_LOGGED_IN = 5200
NOT_APPROVED = 158
KEYS_PAGE = "https://getpocket.com/developer/apps/"

_AGAIN = "Begin the login anew."
_OURS = "This should not happen: please report it, with the address of the server."
_COPY = "Copy the key of your application whole: digits, a dash, and 24 letters and digits."
_PROVIDE = "Give the consumer key of your application."

LOGIN: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        108: ("the access token is missing", _AGAIN),
        109: ("the consumer key and the token do not belong together", _AGAIN),
        110: ("the code was used already", _AGAIN),
        138: ("the consumer key is missing", _PROVIDE),
        139: ("the response type is not one that it knows", _OURS),
        140: ("the address to come back to is missing", _OURS),
        152: ("the consumer key is not valid", _COPY),
        154: ("the code is not valid", _AGAIN),
        156: ("this application may not log in with a password", _OURS),
        158: (
            "the access is not approved yet, or was refused",
            "Log in at Pocket in the browser in which the page has opened, approve the access there, then try again.",
        ),
        159: ("the code was used already", _AGAIN),
        181: ("the address to come back to is not the one that was announced", _OURS),
        182: ("the code is missing", _OURS),
        185: ("the code is not known, or has expired", _AGAIN),
        187: ("the token belongs to no account", _AGAIN),
        192: ("it could not read the request", _OURS),
        199: ("it has trouble of its own", "Try again later."),
    }
)
"""For each code of a login why it failed, as a clause, and the remedy."""

KEYS: Mapping[int, str] = MappingProxyType(
    {
        107: "the access token is not valid",
        108: "the access token is missing",
        109: "the access token belongs to another consumer key",
        132: "the consumer key is missing",
        138: "the consumer key is missing",
        152: "the consumer key is not valid",
        187: "the access token belongs to no account",
        NOT_LOGGED_IN: "nobody is logged in with this token",
    }
)
"""For each code of any other call that speaks of the keys what it says, as a clause."""

PERMISSIONS: Mapping[str, str] = MappingProxyType({"get": "Retrieve", "add": "Add", "send": "Modify"})
"""The permission of a consumer key that each call needs. It is given when the key is made, and cannot be added."""


class Refusal(BridgeError):  # noqa: N818 - the service's own word
    """The service declined a call and did nothing. `words` is what it said, `code` its number for it."""

    def __init__(self, message: str, words: str = "", code: int | None = None) -> None:
        super().__init__(message)
        self.words = words
        self.code = code


class BatchRefused(Refusal):
    """A call of send was refused as a whole, and no action of it was carried out."""


class NotPermitted(CredentialsError):  # noqa: N818 - as its parents
    """The service forbids the call to this key or token. `code` is its number for the reason, if it gave one."""

    def __init__(self, message: str, remedy: str, code: int | None, *, why: str) -> None:
        super().__init__(message, remedy, why=why)
        self.code = code


class LoginFailed(CredentialsError):  # noqa: N818 - as its parents
    """A step of the login failed. `code` is the service's number for the reason."""

    def __init__(self, service: str, code: int) -> None:
        why, remedy = LOGIN[code]
        why = f"{why} (code {code})"
        super().__init__(f"{service} does not go on with the login: {why}.", remedy, why=why)
        self.code = code


class NotApproved(LoginFailed):
    """The person has not approved the access yet, or has refused it: the service does not tell these apart."""


class NoSuchRoute(ProtocolError):  # noqa: N818 - as its parents
    """A compatible server does not have this call."""


def plain_code(code: int) -> int:
    """Return a code as Pocket's pages have it: some servers add 4000."""
    return code - 4000 if 4100 <= code < 4200 else code


def login_failure(service: str, code: int | None) -> LoginFailed | None:
    """Return the error that a code of a login step stands for, None for a code that is none of a login."""
    if code is None or code not in LOGIN:
        return None
    return (NotApproved if code == NOT_APPROVED else LoginFailed)(service, code)
