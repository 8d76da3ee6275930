"""Holds a field that changes back and forth, and tells its history; pure.

Another program that copies between the same accounts, or a person who undoes what we do, makes a field go from A to B
to A while we carry each step over. The third write of one field to one side, in as many consecutive runs, with the
values A, B, A, is held: nothing is written, and the field's base stays. It thaws in the first run in which both sides
show what they showed in the run before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import attrs

from bridge.model.bookmark import Field, describe
from bridge.model.link import Side, Trace

_KEPT = 2
"""Writes of one field to one side that are remembered."""

_SHORT = 60


@attrs.frozen
class Hold:
    """A field that is not written now, and the values it had, in words."""

    field: Field
    past: str


@attrs.frozen
class Review:
    """The fields that are held, and the trail of the link if all others are written."""

    holds: tuple[Hold, ...]
    trail: tuple[Trace, ...]


def review(
    trail: tuple[Trace, ...],
    side: Side,
    writes: Mapping[Field, object],
    shown: Mapping[Field, tuple[object, object]],
    round: int,
) -> Review:
    """Look at what is about to be written to a side. `shown` is what both sides show of each field now."""
    holds: list[Hold] = []
    kept = [trace for trace in trail if trace.side is not side]
    for field in Field:
        past = [trace for trace in trail if trace.side is side and trace.field is field]
        if field not in writes and not any(trace.held for trace in past):
            kept += past
            continue
        now = "\n".join(_short(field, value) for value in shown[field])
        value = _short(field, writes[field]) if field in writes else None
        held = _held(past, value, now, round)
        if held and value is not None:
            holds.append(Hold(field, ", ".join([*(trace.value for trace in past if not trace.held), value])))
        if held:
            last = value if value is not None else past[-1].value
            past = [trace for trace in past if not trace.held]
            kept += [*past, Trace(round, side, field, last, held=True, shown=now)]
        elif value is not None:
            past = [trace for trace in past if not trace.held]
            kept += [*past[1 - _KEPT :], Trace(round, side, field, value)]
    return Review(tuple(holds), tuple(kept))


def _held(past: list[Trace], value: str | None, now: str, round: int) -> bool:
    if past and past[-1].held:
        return past[-1].shown != now
    if value is None or len(past) < _KEPT:
        return False
    before, last = past[-_KEPT:]
    consecutive = (before.round, last.round) == (round - 2, round - 1)
    return consecutive and before.value == value != last.value


def _short(field: Field, value: object) -> str:
    """Return a value as short text that is another for another value; tags in one order."""
    text = describe(tuple(sorted(value)) if field is Field.TAGS else value)  # type: ignore[call-overload]
    if len(text) <= _SHORT:
        return text
    return f"{text[:_SHORT]}... ({hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]})"
