"""Reads JSON of services that do not keep to their own types, into attrs classes, by cattrs.

What is meant is taken where it can be told: a number written as text, an integer where a truth value is due, null for
what is empty, `[]` for an empty map (PHP's spelling of both), a map for a list. Unknown keys are passed over; a missing
key has its field's default. What cannot be told is Garbled, and nothing else is ever raised: not for half a surrogate
pair, not for a number of ten thousand digits, not for arrays a thousand deep.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar, get_args

import attrs
import cattrs
from cattrs.cols import is_mapping
from cattrs.gen import make_dict_structure_fn

JSON: TypeAlias = Any
T = TypeVar("T")

_BLANKS = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"
_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"0", "false", "no", ""})
_LONGEST_NUMBER = 30


class Garbled(ValueError):  # noqa: N818 - what the body is
    """The body is not an answer of this protocol. The text completes "the answer is ..."."""


def parse(body: bytes) -> JSON:
    """Return the JSON document that a body is, whatever its Content-Type says. Raises Garbled."""
    text = body.strip(_BLANKS).removeprefix(_MARK).strip(_BLANKS)
    if not text:
        raise Garbled("empty")
    if text.startswith(b"<"):
        raise Garbled("an HTML page")
    try:
        return json.loads(text.decode(), parse_int=_integer, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Garbled("not JSON") from None


def parse_object(body: bytes) -> Mapping[str, JSON]:
    """Return the JSON object that a body is; an empty array is an empty object. Raises Garbled."""
    found = parse(body)
    if found == []:
        return {}
    if not isinstance(found, dict):
        raise Garbled("JSON without an object")
    return found


def text(value: JSON) -> str:
    """Return a value as text; null is "". Raises Garbled for an array, an object, and half a surrogate pair."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise Garbled("without text where text is due")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Garbled("with half a character in a text") from None
    return value


def number(value: JSON) -> int:
    """Return a value as a whole number; null and "" are 0. Raises Garbled."""
    if value is None or value == "":
        return 0
    try:
        if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
            raise ValueError
        return int(value)
    except (ValueError, TypeError, OverflowError):
        raise Garbled("without a number where a number is due") from None


def flag(value: JSON) -> bool:
    """Return a value as true or false; null is false. Raises Garbled."""
    word = text(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Garbled("without a yes or no where one is due")


def converter() -> cattrs.Converter:
    """Return a converter whose `structure` raises Garbled and nothing else.

    It makes attrs classes of text, int and bool (and each or None), of other attrs classes, of tuples and mappings of
    all that, and of `Any`.
    """
    made = cattrs.Converter(detailed_validation=False)
    for kind, hook in ((str, text), (int, number), (bool, flag)):
        made.register_structure_hook(kind, _ignoring_kind(hook))
    made.register_structure_hook_factory(attrs.has, lambda kind: _class_hook(made, kind))
    made.register_structure_hook_factory(is_mapping, lambda kind: _mapping_hook(made, kind))
    made.register_structure_hook_factory(_is_tuple, lambda kind: _tuple_hook(made, kind))
    return made


def _class_hook(made: cattrs.Converter, kind: type[Any]) -> Callable[[JSON, Any], Any]:
    required = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    fill = make_dict_structure_fn(kind, made)

    def hook(value: JSON, _kind: Any) -> Any:
        found = {} if value == [] else value
        if not isinstance(found, dict):
            raise Garbled("without an object where an object is due")
        for name in required:
            if name not in found:
                raise Garbled(f"without {name}")
        return fill(found, kind)

    return hook


def _mapping_hook(made: cattrs.Converter, kind: Any) -> Callable[[JSON, Any], Any]:
    _key, item = get_args(kind)
    structure = made.get_structure_hook(item)

    def hook(value: JSON, _kind: Any) -> Any:
        if value is None or value == []:
            return {}
        if not isinstance(value, dict):
            raise Garbled("without a map where a map is due")
        return {text(key): structure(found, item) for key, found in value.items()}

    return hook


def _tuple_hook(made: cattrs.Converter, kind: Any) -> Callable[[JSON, Any], Any]:
    item = get_args(kind)[0]
    structure = made.get_structure_hook(item)

    def hook(value: JSON, _kind: Any) -> Any:
        if value is None:
            return ()
        found = list(value.values()) if isinstance(value, dict) else value
        if not isinstance(found, list):
            raise Garbled("without a list where a list is due")
        return tuple(structure(each, item) for each in found)

    return hook


def _is_tuple(kind: Any) -> bool:
    arguments = get_args(kind)
    return getattr(kind, "__origin__", None) is tuple and len(arguments) == 2 and arguments[1] is ...


def _ignoring_kind(read: Callable[[JSON], T]) -> Callable[[JSON, Any], T]:
    return lambda value, _kind: read(value)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else math.inf


def _no_constant(name: str) -> float:
    raise ValueError(name)
