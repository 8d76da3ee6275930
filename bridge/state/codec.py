"""Model values as JSON, for the state file and for saved plans.

Fields are told apart by their name, so a base reads back with the types it was written with. Texts may hold anything,
lone surrogates included: JSON escapes them, SQLite never sees them raw.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import cattrs
from cattrs.errors import CattrsError
from cattrs.gen import make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union, configure_union_passthrough

from bridge.model.bookmark import Field, Highlight
from bridge.model.operation import Operation, Values
from bridge.model.receipt import Conflict, Loss

T = TypeVar("T")


class CodecError(ValueError):
    """A text that was not written as a value of the kind it is read as."""


@cache
def _converter() -> cattrs.Converter:
    """Return the converter that knows every value of the model; it learns a class when it first meets it."""
    # In one order whatever the process, so that equal values are equal text.
    converter = cattrs.Converter(detailed_validation=False, unstruct_collection_overrides={Set: _in_order})
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    converter.register_unstructure_hook_func(lambda kind: kind == Values, lambda values: _plain(converter, values))
    converter.register_structure_hook_func(lambda kind: kind == Values, lambda found, _: _values(converter, found))
    # What older plans did not say is left out where it is not said, so that they keep their names.
    unsaid = override(omit_if_default=True)
    converter.register_unstructure_hook(Loss, make_dict_unstructure_fn(Loss, converter, reason=unsaid))
    converter.register_unstructure_hook(
        Conflict, make_dict_unstructure_fn(Conflict, converter, source=unsaid, target=unsaid)
    )
    configure_tagged_union(Operation, converter)
    configure_union_passthrough(str | bool | int | float | None, converter)
    return converter


class Codec:
    """Writes model values as JSON text and reads them back."""

    def __init__(self) -> None:
        self._converter = _converter()

    def dump(self, value: object) -> str:
        """Return a value as JSON text."""
        return json.dumps(self._converter.unstructure(value), separators=(",", ":"))

    def load(self, text: str, kind: type[T]) -> T:
        """Return the value of a kind that `dump` wrote; raise CodecError if it is not one."""
        try:
            return self._converter.structure(json.loads(text), kind)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, CattrsError) as error:
            raise CodecError(f"no {kind.__name__} can be read from it ({error!r})") from error


def column(text: str) -> str:
    """Return a text as SQLite can hold it: a lone surrogate is written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _in_order(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=repr)


def _plain(converter: cattrs.Converter, values: Values) -> dict[str, Any]:
    return {field.value: converter.unstructure(value) for field, value in values.items()}


def _values(converter: cattrs.Converter, found: dict[str, Any]) -> Values:
    return {Field(name): _value(converter, Field(name), value) for name, value in found.items()}


def _value(converter: cattrs.Converter, field: Field, value: Any) -> object:
    if field is Field.TAGS:
        return tuple(value)
    if field is Field.HIGHLIGHTS:
        return tuple(converter.structure(item, Highlight) for item in value)
    if field is Field.ADDED and value is not None:
        return datetime.fromisoformat(value)
    return value
