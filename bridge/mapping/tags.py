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

from bridge.model import reasons
from bridge.model.bookmark import unique
from bridge.model.capabilities import TagRules

_BLANKS = re.compile(r"\s+")
_COMMAS = re.compile(r"\s*,[\s,]*")
_BLANKS_AND_COMMAS = re.compile(r"[\s,]+")
_ENDS = re.compile(r"^[\s,]+|[\s,]+$")
_JOINTS = re.compile(r"[\s,_-]+")

Partners = Mapping[str, str]
"""For each tag of the side that is read, the tag of the other side that last stood for it."""


@attrs.frozen
class TagPolicy:
    """What a job does to tags on their way: drop, take a prefix off, rename, put a prefix on, then add.

    `bare`: it drops all.
    """

    rename: Mapping[str, str] = attrs.field(factory=dict)
    drop: frozenset[str] = frozenset()
    add: tuple[str, ...] = ()
    prefix: str = ""
    strip: str = ""
    bare: bool = False

    def rewrite(self, tag: str) -> str | None:
        """Return the tag as the job wants it, None if the job drops it."""
        if self.bare or tag in self.drop:
            return None
        bare = tag.removeprefix(self.strip) or tag
        return self.prefix + self.rename.get(bare, bare)

    def backwards(self, rules: TagRules) -> TagPolicy:
        """Return what undoes this on the way back from a service with these rules; the job's own tags stay there.

        Of several tags that are renamed to one the first comes back.
        """
        back = {spell(new, rules) or new: old for old, new in reversed([*self.rename.items()])}
        own = {spell(tag, rules) or tag for tag in self.add}
        return TagPolicy(back, self.drop | own, strip=self.prefix)


@attrs.frozen
class Carried:
    """What became of a bookmark's tags.

    `tags` as the target will hold them; `pairs` of (source tag, target tag); `losses` beyond mere spelling, as (wanted,
    kept, reason), kept "" for a tag that stays behind.
    """

    tags: tuple[str, ...] = ()
    pairs: frozenset[tuple[str, str]] = frozenset()
    losses: tuple[tuple[str, str, str], ...] = ()


def spell(tag: str, rules: TagRules) -> str | None:
    """Return the tag as a service with these rules holds it, or None if nothing of it remains."""
    spelt = _spell_whole(tag, rules)
    if rules.longest is not None:
        spelt = spelt[: rules.longest].rstrip()
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
    more: Iterable[str] = (),
    shelf: Shelf | None = None,
) -> Carried:
    """Translate tags of one side for the other; every tag that the job does not drop is in a pair or a loss.

    `standing` are the target's present tags, `pairs` those of the link, `memory` those of the pair of accounts. `more`
    are tags of the job's own. `shelf` knows what has a place at the target; an empty one is the default.
    """
    shelf = Shelf(target) if shelf is None else shelf
    if source.private_prefix == target.private_prefix:
        # What is private there is private here: no accident.
        target = attrs.evolve(target, private_prefix=None)
    translate = partial(
        _translate, source=source, target=target, standing=standing, own=dict(sorted(pairs)), memory=memory or {}
    )
    written: set[tuple[str, str]] = set()
    losses: list[tuple[str, str, str]] = []
    for tag in unique(tags):
        wanted = policy.rewrite(tag)
        if wanted is None:
            continue
        spelt = translate(wanted)
        alike = shelf.find(spelt)
        place = shelf.put(spelt)
        if place is not None:
            written.add((tag, place))
        if place is None:
            losses.append((tag, "", shelf.why_not(spelt)))
        elif alike is not None:
            losses.append((tag, place, reasons.TAG_ALIKE))
        elif spelt is not None and _altered(wanted, spelt, target):
            cut = len(spelt) < len(_spell_whole(wanted, target))
            losses.append((tag, place, reasons.CUT if cut else reasons.TAG_ESCAPED))
    for tag in more:
        spelt = spell(tag, target)
        if shelf.put(spelt) is None:
            losses.append((tag, "", shelf.why_not(spelt)))
    return Carried(shelf.tags, frozenset(written), tuple(losses))


class Shelf:
    """The place that a target's entry has for tags.

    `staying` are tags that stand there and stay, so they take no more room. `reserved` are spellings that have a
    meaning of their own there, and `taken` is how much room is spoken for otherwise.
    """

    def __init__(
        self, rules: TagRules, *, staying: Iterable[str] = (), reserved: Iterable[str] = (), taken: int = 0
    ) -> None:
        self._comparable = equal_under(rules)
        self._staying = {self._comparable(tag) for tag in staying}
        self._reserved = {self._comparable(tag) for tag in reserved}
        self._room = None if rules.most is None else rules.most - taken - len(self._staying)
        self._put: dict[str, str] = {}

    @property
    def tags(self) -> tuple[str, ...]:
        """What was put here."""
        return tuple(self._put.values())

    def find(self, tag: str | None) -> str | None:
        """Return the spelling under which a tag was put here already, or None."""
        return None if tag is None else self._put.get(self._comparable(tag))

    def put(self, tag: str | None) -> str | None:
        """Put a tag here and return the spelling that stands for it, None if there is no place for it."""
        if tag is None:
            return None
        known = self._comparable(tag)
        if known in self._put:
            return self._put[known]
        full = self._room is not None and known not in self._staying and self._room <= 0
        if full or known in self._reserved:
            return None
        if self._room is not None and known not in self._staying:
            self._room -= 1
        self._put[known] = tag
        return tag

    def why_not(self, tag: str | None) -> str:
        """Return the reason for which a tag was not put here."""
        if tag is None:
            return reasons.TAG_UNSPEAKABLE
        return reasons.TAG_RESERVED if self._comparable(tag) in self._reserved else reasons.TAG_NO_ROOM


def _translate(
    tag: str, *, source: TagRules, target: TagRules, standing: Sequence[str], own: Partners, memory: Partners
) -> str | None:
    ruled = spell(tag, target)
    if tag in standing:
        return tag
    if source.private_prefix is not None and tag.startswith(f"_{source.private_prefix}") and tag[1:] in standing:
        return tag[1:]  # it was escaped on its way here
    there = equal_under(target)
    here = equal_under(source)

    def spells_back(partner: str) -> bool:
        return here(spell(partner, source) or "") == here(tag)

    for present in standing:
        if ruled is not None and there(present) == there(ruled):
            return present
        if loosely(present) == loosely(tag) and spells_back(present):
            return present
    for partner in (own.get(tag), memory.get(tag)):
        # What a service made of the tag unasked (another case, another joint) is still this tag.
        if partner is None or spell(partner, target) != partner:
            continue
        if partner == ruled or spells_back(partner) or loosely(partner) == loosely(tag):
            return partner
    return ruled


def _spell_whole(tag: str, rules: TagRules) -> str:
    spelt = tag.strip()
    if not rules.blanks and not rules.commas:
        spelt = _BLANKS_AND_COMMAS.sub("-", _ENDS.sub("", spelt))
    elif not rules.blanks:
        spelt = _BLANKS.sub("-", spelt)
    elif not rules.commas:
        spelt = _COMMAS.sub("-", _ENDS.sub("", spelt))
    if rules.private_prefix is not None and spelt.startswith(rules.private_prefix):
        spelt = "_" + spelt
    return spelt.lower() if rules.lower else spelt


def _altered(tag: str, spelt: str, rules: TagRules) -> bool:
    """Tell a cut or an escape, which are losses, from a mere spelling, which the way back undoes."""
    return loosely(spelt) != loosely(tag) and (spelt.startswith("_") or len(spelt) < len(_spell_whole(tag, rules)))
