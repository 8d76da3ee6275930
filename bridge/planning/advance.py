"""How a link moves on while several writes of one run move it; pure.

Each write is drafted from the link as it was before the run, and says how the link stands once it is done. What is
stored is what the done ones say together: a write that failed moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import attrs

from bridge.model.bookmark import Field, Highlight, same
from bridge.model.link import Half, Link, Trace

T = TypeVar("T")

_ABSENT: object = object()


def advanced(stored: Link, was: Link, will: Link) -> Link:
    """Return a stored link after a write that found it as it `was` and left it as it `will` be.

    Tags and highlights move one by one, other fields as a whole. What `will` does not speak of stays.
    """
    return attrs.evolve(
        stored,
        left=_half(stored.left, was.left, will.left),
        right=_half(stored.right, was.right, will.right),
        pairs=_set(stored.pairs, was.pairs, will.pairs),
        owed=_set(stored.owed, was.owed, will.owed),
        carried=_set(stored.carried, was.carried, will.carried),
        acted=_one(stored.acted, was.acted, will.acted),
        trail=tuple(sorted(_set(frozenset(stored.trail), was.trail, will.trail), key=_place)),
    )


def _half(stored: Half, was: Half, will: Half) -> Half:
    moved = {
        field: _field(field, stored.base.get(field, _ABSENT), was.base.get(field, _ABSENT), value)
        for field, value in will.base.items()
    }
    return attrs.evolve(
        stored,
        ref=_one(stored.ref, was.ref, will.ref),
        url=_one(stored.url, was.url, will.url),
        base={**stored.base, **moved},
        seen=_one(stored.seen, was.seen, will.seen),
        missed=_one(stored.missed, was.missed, will.missed),
        gone=_one(stored.gone, was.gone, will.gone),
        unlisted=_one(stored.unlisted, was.unlisted, will.unlisted),
        folded=_one(stored.folded, was.folded, will.folded),
    )


def _field(field: Field, stored: object, was: object, will: object) -> object:
    if stored is _ABSENT:
        return will
    if field is Field.TAGS:
        tags = (cast(tuple[str, ...], () if value is _ABSENT else value) for value in (stored, was, will))
        return _list(*tags)
    if field is Field.HIGHLIGHTS:
        marked = [cast(tuple[Highlight, ...], () if value is _ABSENT else value) for value in (stored, was, will)]
        quotes = _list(*(tuple(item.quote for item in items) for items in marked))
        known: Mapping[str, Highlight] = {item.quote: item for items in marked for item in items}
        return tuple(known[quote] for quote in quotes)
    return stored if was is not _ABSENT and same(field, was, will) else will


def _list(stored: tuple[str, ...], was: tuple[str, ...], will: tuple[str, ...]) -> tuple[str, ...]:
    gone = set(was) - set(will)
    return tuple(dict.fromkeys([*(item for item in stored if item not in gone), *(i for i in will if i not in was)]))


def _set(stored: frozenset[T], was: Iterable[T], will: Iterable[T]) -> frozenset[T]:
    return (stored - (frozenset(was) - frozenset(will))) | (frozenset(will) - frozenset(was))


def _one(stored: Any, was: object, will: Any) -> Any:
    return stored if was == will else will


def _place(trace: Trace) -> tuple[int, str, str]:
    """Return what a trail is sorted by, so that equal trails are equal in every process."""
    return trace.round, trace.side.value, trace.field.value
