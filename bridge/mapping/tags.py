"""How a tag of one side is spelt at the other, and how the way back finds the old spelling.

A tag is translated by the first of these that applies:

1. a tag that stands there already and is this tag in another spelling;
2. the spelling that this link used before;
3. the spelling that this pair of accounts used last, if it still is one of the tag under today's rules;
4. the rule: what the target cannot hold inside a tag (white space, commas) becomes one "-", a beginning that would make
   the tag private is escaped with "_", and what is too long is cut as the service would cut it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import attrs

from bridge.model.bookmark import unique
from bridge.model.capabilities import TagRules

_BLANKS = re.compile(r"\s+")
_COMMAS = re.compile(r"\s*,[\s,]*")
_BLANKS_AND_COMMAS = re.compile(r"[\s,]+")
_JOINTS = re.compile(r"[\s,_-]+")

Partners = Mapping[str, str]
"""For each tag of the side that is read, the tag of the other side that last stood for it."""


@attrs.frozen
class TagPolicy:
    """What a job does to tags on their way: rename, drop, prefix, then add."""

    rename: Mapping[str, str] = attrs.field(factory=dict)
    drop: frozenset[str] = frozenset()
    add: tuple[str, ...] = ()
    prefix: str = ""

    def rewrite(self, tag: str) -> str | None:
        """Return the tag as the job wants it, None if the job drops it."""
        if tag in self.drop:
            return None
        return self.prefix + self.rename.get(tag, tag)


@attrs.frozen
class Carried:
    """What became of a bookmark's tags.

    `tags` as the target will hold them; `pairs` of (source tag, target tag); `losses` beyond mere spelling, as (wanted,
    kept), kept "" for a tag that stays behind.
    """

    tags: tuple[str, ...] = ()
    pairs: frozenset[tuple[str, str]] = frozenset()
    losses: tuple[tuple[str, str], ...] = ()


def spell(tag: str, rules: TagRules) -> str | None:
    """Return the tag as a service with these rules holds it, or None if nothing of it remains."""
    spelt = _spell_whole(tag, rules)
    if rules.longest is not None:
        spelt = spelt[: rules.longest]
    return spelt or None


def loosely(tag: str) -> str:
    """Return what the spellings of a tag have in common: its letters without case, its joints all alike."""
    return _JOINTS.sub("-", tag.strip()).casefold()


def equal_under(rules: TagRules) -> Callable[[str], str]:
    """Return what a service with these rules compares tags by."""
    return str if rules.cased else str.casefold


def carry(
    tags: Iterable[str],
    *,
    source: TagRules,
    target: TagRules,
    standing: Sequence[str] = (),
    pairs: Iterable[tuple[str, str]] = (),
    memory: Partners | None = None,
    policy: TagPolicy = TagPolicy(),
    reserved: frozenset[str] = frozenset(),
    extra: int = 0,
) -> Carried:
    """Translate tags of one side for the other; every tag ends among the pairs or among the losses.

    `standing` are the target's present tags, `pairs` those of the link, `memory` those of the pair of accounts.
    `reserved` are spellings that have a meaning of their own there. `extra` is how many of the target's tags are spoken
    for otherwise.
    """
    comparable = equal_under(target)
    translate = partial(
        _translate, source=source, target=target, standing=standing, own=dict(pairs), memory=memory or {}
    )
    kept: dict[str, str] = {}
    written: set[tuple[str, str]] = set()
    losses: list[tuple[str, str]] = []
    room = None if target.most is None else target.most - extra
    for tag in unique(tags):
        wanted = policy.rewrite(tag)
        if wanted is None:
            continue
        spelt = translate(wanted)
        if spelt is None or spelt in reserved:
            losses.append((tag, ""))
            continue
        known = comparable(spelt)
        if known not in kept and room is not None and len(kept) >= room:
            losses.append((tag, ""))
            continue
        if known in kept:
            losses.append((tag, kept[known]))
        elif _altered(wanted, spelt, target):
            losses.append((tag, spelt))
        written.add((tag, kept.setdefault(known, spelt)))
    for tag in policy.add:
        spelt = spell(tag, target)
        if spelt is not None and (room is None or len(kept) < room):
            kept.setdefault(comparable(spelt), spelt)
    return Carried(tuple(kept.values()), frozenset(written), tuple(losses))


def _translate(
    tag: str, *, source: TagRules, target: TagRules, standing: Sequence[str], own: Partners, memory: Partners
) -> str | None:
    ruled = spell(tag, target)
    comparable = equal_under(target)
    if tag in standing:
        return tag
    for there in standing:
        if ruled is not None and comparable(there) == comparable(ruled):
            return there
        if loosely(there) == loosely(tag) and spell(there, source) == tag:
            return there
    for partner in (own.get(tag), memory.get(tag)):
        if partner is not None and (partner == ruled or spell(partner, source) == tag):
            return partner
        if partner is not None and loosely(partner) == loosely(tag) and spell(partner, target) == partner:
            return partner
    return ruled


def _spell_whole(tag: str, rules: TagRules) -> str:
    spelt = tag.strip()
    if not rules.blanks and not rules.commas:
        spelt = _BLANKS_AND_COMMAS.sub("-", spelt.strip(", \t\r\n"))
    elif not rules.blanks:
        spelt = _BLANKS.sub("-", spelt)
    elif not rules.commas:
        spelt = _COMMAS.sub("-", spelt.strip(", \t\r\n"))
    if rules.private_prefix is not None and spelt.startswith(rules.private_prefix):
        spelt = "_" + spelt
    return spelt.lower() if rules.lower else spelt


def _altered(tag: str, spelt: str, rules: TagRules) -> bool:
    """Tell a cut or an escape, which are losses, from a mere spelling, which the way back undoes."""
    return loosely(spelt) != loosely(tag) and (spelt.startswith("_") or len(spelt) < len(_spell_whole(tag, rules)))
