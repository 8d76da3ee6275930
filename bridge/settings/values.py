"""How the config's tables become typed values, with every fault found and its path told.

TOML has types, so nothing is converted in passing: `5` is no text, `"true"` no truth, and a text no list. Texts that
stand for something else have types of their own here, Duration and Moment. A fault never repeats a value that could be
a secret.
"""

from __future__ import annotations

import difflib
import enum
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal, NewType, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import attrs
import cattrs
from cattrs.errors import AttributeValidationNote, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from bridge.model.errors import BridgeError, ConfigurationError
from bridge.model.secret import Secret

T = TypeVar("T")

Duration = NewType("Duration", float)
"""Seconds, written as in "50ms", "0.05s", "3s", "5m", "1h", "1d"."""

Moment = NewType("Moment", datetime)
"""An aware time in UTC, written as an ISO date (midnight of the local time zone) or an ISO date and time."""

TagOrFalse = str | Literal[False]
"""A tag, or false for none."""

SecretReader = Callable[[object, str], Secret]
"""Makes a Secret of a config value and the name of its key. Raises ValueError with a sentence about the value."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KINDS: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
    (float, "a number"),
    (dict, "a table"),
    (list, "a list"),
    ((date, time), "a date or time"),
)


def parse_duration(text: str) -> float:
    """Return the seconds that "50ms", "0.05s", "3s", "5m", "1h" or "1d" stands for. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    seconds = float(match[1]) * _UNITS[match[2]] if match is not None else math.inf
    if not math.isfinite(seconds):
        raise ValueError(f'{json.dumps(text)} is no duration, which is written as in "50ms", "3s", "5m", "1h" or "1d"')
    return seconds


def parse_moment(text: str) -> datetime:
    """Return the UTC time of an ISO date (local midnight) or an ISO date and time (local without an offset).

    Raises ValueError.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f'{json.dumps(text)} is no date, which is written as in "2020-12-31" or "2020-12-31T23:59:00Z"'
        raise ValueError(message) from error


Where: TypeAlias = tuple[str | int, ...]
"""A place in the config: keys of tables, and numbers of list items from 0."""


@attrs.frozen
class Fault:
    """What is wrong at one place. As text: `jobs.reading.left: is missing`.

    `apart`: the key was refused by itself, after all keys had been read, or it is one that nobody reads.
    """

    where: Where
    why: str
    apart: bool = False

    def __str__(self) -> str:
        return f"{written(self.where)}: {self.why}"


class Faults(Exception):  # noqa: N818 - there may be several
    """All that is wrong with a table."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


def structure(table: object, kind: type[T], where: Where, *, secret: SecretReader | None = None) -> T:
    """Make a value of an attrs class of the table at a place in the config. Raises Faults, with all there are."""
    try:
        return _converter(secret).structure(table, kind)
    except Exception as error:
        faults = tuple(_faults(error, where))
    # Not while the error is handled: the chain would show the table, and its secrets.
    raise Faults(*faults, *_behind(faults, table, kind, where, secret))


def _behind(
    faults: Sequence[Fault], table: Any, kind: type[Any], where: Where, secret: SecretReader | None
) -> tuple[Fault, ...]:
    """Return the faults that show when those are mended: a class looks at its values when all of them are there.

    A key can be left out for that where nobody reads it, or where it is at fault alone and has a default; nothing else
    depends on it but on a url.
    """
    has_default = {field.name: field.default is not attrs.NOTHING for field in attrs.fields(kind)}
    at_fault = {fault.where[-1] for fault in faults if fault.where[:-1] == where and fault.apart}
    spare = {key for key in at_fault if has_default.get(str(key), True) and key != "url"}
    if len(spare) < len(faults) or not spare & table.keys():
        return ()
    try:
        structure({key: value for key, value in table.items() if key not in spare}, kind, where, secret=secret)
    except Faults as further:
        return further.faults
    return ()


def secret_keys(kind: type[Any]) -> frozenset[str]:
    """Return the keys of an account's config class that hold secrets."""
    hints = get_type_hints(kind)
    return frozenset(field.name for field in attrs.fields(kind) if _is_secret(hints[field.name]))


def unknown_key(where: Where, key: str, known: Iterable[str]) -> Fault:
    """Return the fault of a key that nobody reads, with what may have been meant."""
    return Fault((*where, key), f"unknown key ({hint(key, known)})", apart=True)


def hint(given: str, known: Iterable[str]) -> str:
    """Return what may have been meant by a name that is not known."""
    names = sorted(known)
    close = difflib.get_close_matches(given, names, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(names) or 'nothing'}"


def at_home(path: str) -> Path:
    """Return the path with a leading `~` replaced by the home it stands for, if there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def written(where: Where) -> str:
    """Return a place as TOML would write it: `accounts."my reader".lacks[0]`."""
    return "".join(map(_step, where)).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _BARE_KEY.fullmatch(step) else f".{json.dumps(step)}"


def described(value: object) -> str:
    """Return what kind of value this is, without repeating it."""
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "something else")


def _faults(error: Exception, where: Where) -> Iterator[Fault]:
    """Yield the faults of an error of cattrs, or of a hook or a validator below it."""
    if isinstance(error, cattrs.ClassValidationError | cattrs.IterableValidationError):
        noted, plain = error.group_exceptions()
        for part, note in noted:
            yield from _faults(part, (*where, _step_of(note)))
        for part in plain:
            yield from _faults(part, where)
    elif isinstance(error, cattrs.ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        for key in sorted(error.extra_fields):
            yield unknown_key(where, key, known)
    elif isinstance(error, KeyError):
        yield Fault(where, "is missing")
    elif isinstance(error, ConfigurationError) and error.key:
        yield Fault((*where, error.key), str(error), apart=True)
    elif isinstance(error, BridgeError | ValueError):
        yield Fault(where, str(error))
    else:
        raise error


def _step_of(note: AttributeValidationNote | IterableValidationNote) -> str | int:
    return note.name if isinstance(note, AttributeValidationNote) else note.index


def _converter(secret: SecretReader | None) -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, bool, int, float):
        converter.register_structure_hook(kind, _scalar)
    converter.register_structure_hook(Duration, _duration)
    converter.register_structure_hook(Moment, _moment)
    converter.register_structure_hook_func(lambda kind: kind == TagOrFalse, _tag_or_false)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(lambda kind: isinstance(kind, enum.EnumMeta), _member)

    def table(kind: type[Any]) -> Callable[[Any, Any], Any]:
        return _table(kind, converter, secret)

    converter.register_structure_hook_factory(attrs.has, table)
    return converter


def _table(kind: type[Any], converter: cattrs.Converter, secret: SecretReader | None) -> Callable[[Any, Any], Any]:
    """Return the hook of an attrs class; each field first looks at the shape of its value.

    cattrs would take a text for a list of its characters, and stops at the first table that is none.
    """
    hints = get_type_hints(kind)
    fields: dict[str, Any] = {
        field.name: override(struct_hook=_field(field.name, hints[field.name], converter, secret))
        for field in attrs.fields(kind)
    }
    fill = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **fields)

    def hook(value: Any, _kind: Any) -> Any:
        _expect(dict, value)
        return fill(value, kind)

    return hook


def _field(name: str, kind: Any, converter: cattrs.Converter, secret: SecretReader | None) -> Callable[[Any, Any], Any]:
    if secret is not None and _is_secret(kind):
        return lambda value, _kind: secret(value, name)
    # Gaps are durations in every config, and plain seconds for the adapter that is handed them.
    kind = Mapping[str, Duration] if name == "gaps" else kind
    shape = _shape(kind)

    def hook(value: Any, _kind: Any) -> Any:
        _expect(shape, value)
        return converter.structure(value, kind)

    return hook


def _is_secret(kind: Any) -> bool:
    return Secret in (kind, *get_args(kind))


def _shape(kind: Any) -> type[Any]:
    origin = get_origin(kind)
    if not isinstance(origin, type):
        return object
    if issubclass(origin, Mapping):
        return dict
    return list if issubclass(origin, tuple | list | AbstractSet) else object


def _expect(shape: type[Any], value: object) -> None:
    if not isinstance(value, shape):
        raise ValueError(f"must be {dict(_KINDS)[shape]}, not {described(value)}")


def _scalar(value: Any, kind: type[Any]) -> Any:
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"must be {dict(_KINDS)[kind]}, not {described(value)}")
    return kind(value)


def _duration(value: Any, _kind: Any) -> Duration:
    if not isinstance(value, str):
        raise ValueError(f'must be a duration such as "3s", not {described(value)}')
    return Duration(parse_duration(value))


def _moment(value: Any, _kind: Any) -> Moment:
    if isinstance(value, date | str):  # TOML has dates of its own; a datetime is a date
        return Moment(parse_moment(value if isinstance(value, str) else value.isoformat()))
    raise ValueError(f'must be a date such as "2020-12-31", not {described(value)}')


def _tag_or_false(value: Any, _kind: Any) -> TagOrFalse:
    if value is False or (isinstance(value, str) and value):
        return value
    given = "true" if value is True else "an empty text" if value == "" else described(value)
    raise ValueError(f"must be a tag or false, not {given}")


def _is_literal(kind: object) -> bool:
    return get_origin(kind) is Literal


def _literal(value: Any, kind: Any) -> Any:
    return _choice(value, {choice: choice for choice in get_args(kind)})


def _member(value: Any, kind: type[enum.Enum]) -> enum.Enum:
    return _choice(value, {member.value: member for member in kind})


def _choice(value: Any, choices: Mapping[Any, T]) -> T:
    for choice, meaning in choices.items():
        if type(choice) is type(value) and choice == value:
            return meaning
    given = json.dumps(value) if isinstance(value, str | bool) else described(value)
    raise ValueError(f"must be one of {', '.join(map(json.dumps, choices))}, not {given}")
