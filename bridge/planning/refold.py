"""What becomes of a link where a field is folded otherwise than when its bases were taken; pure.

A job may fold a favorite into another tag, or not at all any more, and a service may learn a field, or lose it. Then
what was folded would read as a tag or as words of a person, and what is folded now as taken away. So the field loses
its base: its next meeting is a first contact. A tag that stands for nothing any more stays where it is, known and
paired with nothing; one that stands for a favorite from now on is nobody's tag. A note is known as it now reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import attrs

from bridge.mapping.tags import equal_under
from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Folded, Link, Side
from bridge.planning import listing
from bridge.planning.policy import MirrorPolicy
from bridge.planning.sides import Sides


def refolded(sides: Sides, policy: MirrorPolicy) -> Sides:
    """Return both sides with their links as they are under today's folds."""
    now = {side: policy.folded(side) for side in Side}
    if all(link.half(side).folded == now[side] for link in sides.links for side in Side):
        return sides
    there = {side: listing.there(sides.view(side)) for side in Side}
    links = []
    for link in sides.links:
        entries = {side: there[side].get(link.half(side).ref) for side in Side}
        shown = {side: policy.lift(side, entry.bookmark) for side, entry in entries.items() if entry is not None}
        links.append(_refolded(link, now, shown, policy))
    return attrs.evolve(sides, links=tuple(links))


def _refolded(link: Link, now: Mapping[Side, Folded], shown: Mapping[Side, Bookmark], policy: MirrorPolicy) -> Link:
    was = {side: link.half(side).folded or now[side] for side in Side}
    if any(was[side].favorite != now[side].favorite for side in Side):
        for side in Side:
            comparable = equal_under(policy.capabilities(side).tags)
            old, new = ({comparable(tag) for tag in of[side].tags} for of in (was, now))
            link = _without_tags(link, side, {tag for tag in _tags(link, side) if comparable(tag) in new})
            left = tuple(tag for tag in shown[side].tags if comparable(tag) in old) if side in shown else ()
            link = _with_base(link, side, Field.FAVORITE, {Field.TAGS: (*_tags(link, side), *left)})
    if any(was[side].highlights != now[side].highlights for side in Side):
        for side in Side:
            note = {Field.NOTE: shown[side].note} if side in shown else {}
            link = _with_base(link, side, Field.HIGHLIGHTS, note)
    for side in Side:
        link = link.with_half(side, attrs.evolve(link.half(side), folded=now[side]))
    return link


def _tags(link: Link, side: Side) -> tuple[str, ...]:
    return cast(tuple[str, ...], link.half(side).base.get(Field.TAGS, ()))


def _without_tags(link: Link, side: Side, tags: set[str]) -> Link:
    """Return a link that knows nothing of these tags of a side."""
    place = list(Side).index(side)
    pairs = frozenset(pair for pair in link.pairs if pair[place] not in tags)
    kept = tuple(tag for tag in _tags(link, side) if tag not in tags)
    return _with_base(attrs.evolve(link, pairs=pairs), side, None, {Field.TAGS: kept})


def _with_base(link: Link, side: Side, unknown: Field | None, values: Mapping[Field, object]) -> Link:
    """Return a link with other bases of the fields that it knows, and none of the `unknown` one."""
    half = link.half(side)
    base = {field: values.get(field, value) for field, value in half.base.items() if field is not unknown}
    return link.with_half(side, attrs.evolve(half, base=base, unlisted=None))
