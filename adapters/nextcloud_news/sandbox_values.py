"""The parameters of a call, and how PHP makes numbers and truth of whatever was sent.

What a method declares as a number is cast (text without digits is 0); a member of a list is not cast but must already
be one. What is missing, null or of a wrong kind without a cast is an error that Nextcloud answers with status 500.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

INT_MAX = 2**63 - 1
_NUMBER = r"[ \t\n\r\v\f]*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
_LEADING = re.compile(_NUMBER, re.ASCII)
_WHOLE = re.compile(_NUMBER + r"[ \t\n\r\v\f]*", re.ASCII)
_REQUIRED: Any = object()


class Mistyped(Exception):  # noqa: N818 - says what the parameter is
    """A parameter is missing or of a kind that its method does not take."""


class Params:
    """The parameters of one call. Null counts as absent, and what is absent has its default or is Mistyped."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def number(self, name: str, default: int | None = _REQUIRED) -> int:
        """Return a parameter that is cast to a whole number."""
        return as_int(self._get(name, default))

    def number_or_none(self, name: str) -> int | None:
        """Return a parameter that is cast to a whole number, None where it is absent."""
        value = self._get(name, None)
        return None if value is None else as_int(value)

    def truth(self, name: str, *, default: bool) -> bool:
        """Return a parameter that is cast to a boolean."""
        return as_bool(self._get(name, default))

    def text(self, name: str) -> str:
        """Return a parameter that has to be text: a number is none."""
        value = self._get(name)
        if not isinstance(value, str):
            raise Mistyped(name)
        return value

    def members(self, name: str) -> Sequence[Any]:
        """Return the members of a list, or the values of an object, which PHP cannot tell from one."""
        value = self._get(name)
        if isinstance(value, dict):
            return list(value.values())
        if not isinstance(value, list):
            raise Mistyped(name)
        return value

    def _get(self, name: str, default: Any = _REQUIRED) -> Any:
        value = self._values.get(name)
        if value is None:
            value = default
        if value is _REQUIRED:
            raise Mistyped(name)
        return value


def sent_values(request: Request) -> dict[str, Any]:
    """Return the parameters of a request: a body beats the query.

    JSON counts under a JSON content type with any method, a form with all but GET. What cannot be read is absent.
    """
    values = _php_names(request.args)
    if request.is_json:
        values |= _json_object(request.get_data())
    elif request.method != "GET":
        values |= _php_names(request.form)
    return values


def as_int(value: Any) -> int:
    """Cast to a whole number of 64 bits, as a declared parameter is."""
    if isinstance(value, str):
        match = _LEADING.match(value)
        return _number(match[1]) if match else 0
    if isinstance(value, list | dict):
        return int(bool(value))
    return _truncated(value)


def as_bool(value: Any) -> bool:
    """Cast to a boolean, as a declared parameter is: of all words only the lower-case `false` is false."""
    return value not in ("", "0", "false") if isinstance(value, str) else bool(value)


def member_int(value: Any) -> int:
    """Return a list's member as the whole number it is, or spells; Mistyped for anything else."""
    if isinstance(value, str) and (match := _WHOLE.fullmatch(value)):
        value = _spelt(match[1])
    if not isinstance(value, int | float) or value != _truncated(value):
        raise Mistyped(repr(value))
    return int(value)


def member_text(value: Any) -> str:
    """Return a list's member as text, which a number becomes; Mistyped for anything else."""
    if not isinstance(value, str | int | float):
        raise Mistyped(repr(value))
    return str(value)


def member_of(member: Any, key: str) -> Any:
    """Return what an object in a list holds under a key; a member that is no object holds nothing."""
    return member.get(key) if isinstance(member, dict) else None


def _number(digits: str) -> int:
    return _truncated(_spelt(digits))


def _spelt(digits: str) -> int | float:
    if not digits.lstrip("+-").isdecimal():
        return float(digits)
    return min(max(int(digits[:4_000]), -INT_MAX - 1), INT_MAX)  # Python itself refuses to read more than 4,300


def _truncated(value: float) -> int:
    return int(value) if -(2.0**63) <= value <= INT_MAX else 0


def _php_names(values: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a query or form says: the last of equal names counts, and a name that ends with [] is a list."""
    return {
        name.removesuffix("[]"): listed if name.endswith("[]") else listed[-1]
        for name, listed in ((name, values.getlist(name)) for name in values)
    }


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
