"""Three-way merging of one link, field by field: what the source changed since the base travels, the rest stays.

S is the side that changed, T the other; everything is lifted, and x is S's value as T would hold it. "=" means equal to
the side's own base.

    S     T     and                             then
    ----- ----- ------------------------------- ----------------------------------------------------------
    =     =                                     nothing, even if the two differ: agreement is not sameness
    =     =     owed to T, T edits it           write x
    chg   =     x is what T has                 the base takes both, no write
    chg   =     T edits it                      write x
    chg   =     T reads it, cannot edit it      the base takes S; T is owed
    chg   =     T does not know it              the base takes S; a loss
    =     chg                                   nothing: the way back is another merge, with the sides swapped
    chg   chg   x is what T has                 the base takes both, no write
    chg   chg   else                            a conflict: the policy's winner
    no base on a side that reads the field      a first contact of that field

Two fields travel one way only: `private` becomes private and never public, `added` moves to an earlier date and never
to a later one; where such a change stops, the base takes it, so that it is not taken for news again.

Tags merge one by one. An added tag is translated and added. A removed tag takes away only what it was paired with, and
only if no other tag of S stands for the same one and T did not add it meanwhile: without a pair, no removal.

At a first contact (no link, or no base for a field) title and note are filled where T's is empty, tags and highlights
are united, a favorite stays one; unread, private and the date stay as T has them. Or all of T's becomes S's, never less
private, where the job overwrites.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TypeAlias

import attrs

from bridge.mapping.tags import Carried
from bridge.model.bookmark import Field, Highlight, same

Comparable: TypeAlias = Callable[[str], str]
"""What the target compares tags by."""

ABSENT: object = type("Absent", (), {"__repr__": lambda _self: "ABSENT"})()
"""The base of a field that was never agreed on."""


class Verdict(enum.Enum):
    """What to do about one field."""

    KEEP = "keep"
    AGREE = "agree"
    WRITE = "write"
    OWE = "owe"
    LOSE = "lose"
    MEET = "meet"
    CLASH = "clash"


@attrs.frozen
class Sight:
    """One field of a link as both sides show it now, lifted, beside its bases. `wanted` is x of the table."""

    field: Field
    source: object
    target: object
    wanted: object
    source_base: object = ABSENT
    target_base: object = ABSENT
    target_reads: bool = True
    target_edits: bool = True
    owed: bool = False

    @property
    def source_changed(self) -> bool:
        """Whether the source's value is not its base."""
        return not same(self.field, self.source, self.source_base)

    @property
    def target_changed(self) -> bool:
        """Whether the target's value is not its base."""
        return self.target_reads and not same(self.field, self.target, self.target_base)


def decide(sight: Sight) -> Verdict:  # noqa: PLR0911 - one return a row of the table
    """Return what the table says."""
    if not sight.target_reads and not sight.target_edits:
        return Verdict.LOSE
    if sight.source_base is ABSENT or (sight.target_reads and sight.target_base is ABSENT):
        return Verdict.MEET
    if not sight.source_changed:
        owes = sight.owed and sight.target_edits and not sight.target_changed
        return Verdict.WRITE if owes else Verdict.KEEP
    if sight.target_reads and same(sight.field, sight.wanted, sight.target):
        return Verdict.AGREE
    if not _travels(sight):
        return Verdict.AGREE
    if sight.target_changed and sight.field is not Field.PRIVATE:
        return Verdict.CLASH
    return Verdict.WRITE if sight.target_edits else Verdict.OWE


def meet(field: Field, source: object, target: object) -> object:
    """Return what T gets of S's value at a first contact of the field; T's own value where nothing travels."""
    if field in {Field.TITLE, Field.NOTE}:
        return target or source
    if field is Field.FAVORITE:
        return target or source
    if field is Field.HIGHLIGHTS:
        return united(target, source)  # type: ignore[arg-type]
    return target


def overwrite(field: Field, source: object, target: object) -> object:
    """Return what T gets of S's value at a first contact where the job overwrites."""
    return (target or source) if field is Field.PRIVATE else source


def united(one: Iterable[Highlight], other: Iterable[Highlight]) -> tuple[Highlight, ...]:
    """Return the highlights of both, each quote once, the first's first."""
    found: dict[str, Highlight] = {}
    for highlight in (*one, *other):
        found.setdefault(highlight.quote, highlight)
    return tuple(found.values())


@attrs.frozen
class TagChange:
    """What T's tags become, what T's base of them is then, which pairs stand, and what of S could not be carried."""

    tags: tuple[str, ...]
    base: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    losses: tuple[tuple[str, str], ...] = ()


def merge_tags(
    *,
    source: tuple[str, ...],
    source_base: tuple[str, ...],
    target: tuple[str, ...],
    target_base: tuple[str, ...],
    pairs: frozenset[tuple[str, str]],
    carried: Carried,
    comparable: Comparable,
) -> TagChange:
    """Return T's tags after S's changes since the base. `carried` translates the tags that S added."""
    gone = set(source_base) - set(source)
    left = frozenset((ours, theirs) for ours, theirs in pairs if ours not in gone)
    staying = {theirs for _, theirs in left | carried.pairs}
    added_there = set(target) - set(target_base)
    taken = {theirs for ours, theirs in pairs if ours in gone} - staying - added_there
    stays = [tuple(tag for tag in tags if tag not in taken) for tags in (target, target_base)]
    tags, base = (with_tags(tags, carried.tags, comparable) for tags in stays)
    return TagChange(tags, base, left | carried.pairs, carried.losses)


def with_tags(tags: tuple[str, ...], more: Iterable[str], comparable: Comparable) -> tuple[str, ...]:
    """Return tags with more of them added, none that is there already under the target's comparison."""
    known = {comparable(tag) for tag in tags}
    return tags + tuple(tag for tag in more if comparable(tag) not in known)


def _travels(sight: Sight) -> bool:
    if sight.field is Field.PRIVATE:
        return bool(sight.source)
    if sight.field is Field.ADDED:
        return earlier(sight.source, sight.target)
    return True


def earlier(one: object, other: object) -> bool:
    """Tell whether a date is earlier than another; a date is earlier than none."""
    return one is not None and (other is None or one < other)  # type: ignore[operator]
