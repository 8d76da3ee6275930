"""How a service shows what it was given: trimmed, cut, in another case; pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import attrs

from bridge.mapping.tags import loosely
from bridge.model.bookmark import Bookmark, Field, same
from bridge.model.link import Link, Side
from bridge.model.operation import Values


def respelt(pairs: frozenset[tuple[str, str]], shown: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """Return the pairs with each tag as the service really spells it, which may not be what it was sent."""
    spelt = {loosely(tag): tag for tag in shown}
    return frozenset(
        (ours, theirs if theirs in shown else spelt.get(loosely(theirs), theirs)) for ours, theirs in pairs
    )


def known(field: Field, base: Values, shown: Bookmark, meant: Values) -> object:
    """Return what the target shows of a field; of tags and highlights those that the base knows, as they are spelt.

    One that the base knows and that was not `meant` to be there has been taken away by the target's people: the base
    keeps it until that is carried to the other side.
    """
    if field is Field.TAGS and field in base:
        return _known(base[field], shown.tags, meant.get(field, base[field]), loosely)
    if field is Field.HIGHLIGHTS and field in base:
        return _known(base[field], shown.highlights, meant.get(field, base[field]), lambda item: item.quote)
    return shown.get(field)


def as_shown(link: Link, side: Side, shown: Bookmark) -> Link:
    """Return a link whose base of what we last wrote to a side is what that side made of it, if it is that indeed."""
    half = link.half(side)
    written = half.unlisted.here if half.unlisted is not None else {}
    base = {
        field: known(field, half.base, shown, half.base)
        for field in written
        if field in half.base and explained(field, half.base[field], shown.get(field))
    }
    link = link.with_half(side, attrs.evolve(half, base={**half.base, **base}))
    if Field.TAGS not in base:
        return link
    turned = link.turned() if side is Side.LEFT else link
    turned = attrs.evolve(turned, pairs=respelt(turned.pairs, shown.tags))
    return turned.turned() if side is Side.LEFT else turned


def explained(field: Field, sent: object, now: object) -> bool:
    """Tell whether a service may have made what it shows of what it was sent: the same, trimmed or cut."""
    if isinstance(sent, str) and isinstance(now, str):
        return bool(now) and " ".join(sent.split()).startswith(" ".join(now.split()))
    if field is Field.TAGS:
        spelt = ({loosely(tag) for tag in cast(tuple[str, ...], tags)} for tags in (sent, now))
        return next(spelt) <= next(spelt)
    return same(field, sent, now)


def _known(before: Any, shown: Any, meant: Any, name: Callable[[Any], str]) -> tuple[Any, ...]:
    names, there = {name(item) for item in before}, {name(item) for item in (*shown, *meant)}
    return (*(item for item in shown if name(item) in names), *(item for item in before if name(item) not in there))
