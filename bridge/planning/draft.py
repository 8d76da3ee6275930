"""Drafts what happens to one bookmark of the source: an Add, an Update, an agreement, or a refusal."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import cast

import attrs

from bridge.mapping.mapper import Held, Refusal, describe
from bridge.mapping.tags import equal_under
from bridge.model.bookmark import Bookmark, Entry, Field, Highlight, same
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Update, Values
from bridge.model.plan import Step
from bridge.model.receipt import Conflict, Listed, Loss
from bridge.planning import merge
from bridge.planning.merge import ABSENT, Sight, TagChange, TagMerge, Verdict
from bridge.planning.policy import Policy
from bridge.planning.settle import sent_values

_EMPTY = Bookmark("")


@attrs.frozen
class Result:
    """What becomes of one bookmark: a step to carry out, or one of the fates without a write.

    `link` is to be stored at once where there is no step; `unchanged` is 1 or 0.
    """

    step: Step | None = None
    link: Link | None = None
    unchanged: int = 0
    skipped: tuple[Listed, ...] = ()
    failed: tuple[Listed, ...] = ()
    losses: tuple[Loss, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


_OWN_WORDS = frozenset({Field.NOTE, Field.HIGHLIGHTS})
"""What a person wrote or marked in private: it is never put into an entry that others can read."""


@attrs.frozen
class _Ruling:
    """What the table says of one field, and the value that it writes, ABSENT for none. `clash`: both had changed it."""

    sight: Sight
    verdict: Verdict
    value: object = ABSENT
    clash: bool = False

    @property
    def writes(self) -> bool:
        """Whether the target's value becomes another."""
        return self.value is not ABSENT and not same(self.sight.field, self.value, self.sight.target)

    @property
    def stays_behind(self) -> bool:
        """Whether S has news that T cannot be given."""
        field, news = self.sight.field, self.sight.source_changed
        if self.verdict is Verdict.LOSE:
            return news and self.sight.source != _EMPTY.get(field)
        return self.verdict is Verdict.OWE

    @property
    def cut(self) -> bool:
        """Whether S has news that T holds as far as it can."""
        return self.writes or (self.verdict is Verdict.AGREE and self.sight.source_changed)

    @property
    def due(self) -> bool:
        """Whether T has an older value that could not be delivered."""
        sight = self.sight
        waits = self.verdict is Verdict.KEEP and sight.owed and not sight.target_changed
        return waits or self.verdict is Verdict.OWE


class Drafter:
    """Drafts under one policy. Source entries are given lifted, target entries raw."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._mapper = policy.mapper
        self._comparable = equal_under(policy.mapper.target.tags)

    def add(self, source: Entry, link: Link | None) -> Result:
        """Draft a new entry at the target."""
        held = self._mapper.hold(source.bookmark, self._mapper.taken, link.pairs if link is not None else ())
        if isinstance(held, Refusal):
            return _refused(source, held)
        raw = self._mapper.fit(held.bookmark)
        if isinstance(raw, Refusal):
            return _refused(source, raw)
        base = sent_values(self._mapper.lift_target(raw.bookmark), self._mapper)
        drafted = Link(
            left=self._half(source),
            right=Half(raw.bookmark.url, raw.bookmark.url, base, seen=False),
            pairs=held.pairs,
            carried=_carried(link),
            id=link.id if link is not None else None,
        )
        losses = (*held.losses, *raw.losses)
        return Result(step=Step(Side.RIGHT, Add(raw.bookmark), drafted, source.ref, losses))

    def first_contact(self, source: Entry, target: Entry, link: Link | None) -> Result:
        """Draft the meeting of two entries that were never linked, or whose link was lost: no field has a base."""
        held = self._held(source)
        if isinstance(held, Refusal):
            return _refused(source, held)
        bare = Link(
            left=Half(source.ref, source.bookmark.url),
            right=Half(target.ref, target.bookmark.url),
            carried=_carried(link),
            id=link.id if link is not None else None,
        )
        return self._merge(source, target, bare, held)

    def linked(self, source: Entry, target: Entry, link: Link) -> Result:
        """Draft what the source changed since the link's base; all it has, if none of it was ever carried this way."""
        if Side.LEFT not in link.carried:
            return self.first_contact(source, target, link)
        if not self._news(source, link):
            right = attrs.evolve(link.right, url=target.bookmark.url, seen=True)
            return Result(link=attrs.evolve(link, right=right), unchanged=1)
        held = self._held(source)
        if isinstance(held, Refusal):
            return _refused(source, held)
        return self._merge(source, target, link, held)

    def _news(self, source: Entry, link: Link) -> bool:
        """Tell whether anything may have to be written: a change, a debt, or a field that was never agreed on."""
        ours, theirs = link.left.base, link.right.base
        return (
            any(side is Side.RIGHT for side, _ in link.owed)
            or not (self._mapper.read <= ours.keys() and self._mapper.read & self._mapper.seen <= theirs.keys())
            or any(not same(field, source.bookmark.get(field), ours[field]) for field in self._mapper.read)
        )

    def _held(self, source: Entry) -> Held | Refusal:
        return self._mapper.hold(source.bookmark, self._mapper.taken | self._mapper.edited)

    def _merge(self, source: Entry, target: Entry, link: Link, held: Held) -> Result:
        """Turn what the table says of each field into the smallest Update, or into an agreement."""
        url = source.bookmark.url
        there = self._mapper.lift_target(target.bookmark)
        exposed = self._mapper.target.publishes and not there.private and self._mapper.privacy(source.bookmark)
        rulings = {
            sight.field: self._rule(sight, exposed=exposed)
            for sight in self._sights(source, there, held.bookmark, link)
        }
        tags = self._merged_tags(source.bookmark, target, link)
        wanted = _evolve(there, {ruling.sight.field: ruling.value for ruling in rulings.values() if ruling.writes})
        wanted = attrs.evolve(wanted, tags=tags.tags)
        conflicts = tuple(self._conflict(url, ruling) for ruling in rulings.values() if ruling.clash)
        losses = [
            *(loss for loss in held.losses if (at := rulings.get(Field(loss.field))) is not None and at.cut),
            *(_left(url, ruling) for ruling in rulings.values() if ruling.stays_behind),
            *(Loss(url, Field.TAGS.value, *loss) for loss in tags.losses),
        ]
        drafted = Link(
            left=attrs.evolve(self._half(source), seen=True),
            right=attrs.evolve(link.right, url=target.bookmark.url, seen=True),
            pairs=tags.pairs,
            owed=_owed(link, rulings),
            carried=link.carried,
            id=link.id,
        )
        kept = {field for field, ruling in rulings.items() if ruling.verdict is Verdict.KEEP}
        changed = {field for field in Field if not same(field, wanted.get(field), there.get(field))}
        if not changed:
            still = self._agreed(drafted, there, kept, tags.base)
            return Result(link=still, unchanged=1, losses=tuple(losses), conflicts=conflicts)
        raw = self._mapper.fit(wanted)
        if isinstance(raw, Refusal):
            return _refused(source, raw)
        after = self._mapper.lift_target(raw.bookmark)
        if not _quotes(there.highlights) & _quotes(wanted.highlights) <= _quotes(after.highlights):
            return _refused(source, Refusal("the target's own record is too long to be sent back; nothing was changed"))
        losses += raw.losses
        agreed = self._agreed(drafted, after, kept, tags.base)
        delta = self._delta(target.bookmark, raw.bookmark, self._raw(changed))
        if not delta:
            return Result(link=agreed, unchanged=1, losses=tuple(losses), conflicts=conflicts)
        step = Step(Side.RIGHT, Update(target, delta), agreed, source.ref, tuple(losses))
        return Result(step=step, conflicts=conflicts)

    def _rule(self, sight: Sight, *, exposed: bool) -> _Ruling:
        if exposed and sight.field in _OWN_WORDS and not same(sight.field, sight.wanted, sight.target):
            return _Ruling(sight, Verdict.LOSE)
        verdict = merge.decide(sight)
        if verdict is Verdict.CLASH and sight.field is Field.HIGHLIGHTS and sight.target_edits:
            verdict = Verdict.WRITE
        if verdict is Verdict.WRITE and _is_own(sight):
            verdict = Verdict.CLASH
        clash = verdict is Verdict.CLASH
        if clash and self._policy.overwrites:
            verdict = Verdict.WRITE if sight.target_edits else Verdict.OWE
        value = ABSENT
        if verdict is Verdict.WRITE and sight.field is Field.HIGHLIGHTS:
            value = merge.merge_highlights(sight)
        elif verdict is Verdict.WRITE:
            value = sight.wanted
        elif verdict is Verdict.MEET:
            met = merge.overwrite if self._policy.overwrites else merge.meet
            value = met(sight.field, sight.wanted, sight.target)
            if not sight.target_edits and not same(sight.field, value, sight.target):
                return _Ruling(sight, Verdict.OWE)
        return _Ruling(sight, verdict, value, clash)

    def _conflict(self, url: str, ruling: _Ruling) -> Conflict:
        ours = ruling.verdict is Verdict.WRITE
        return Conflict(url, ruling.sight.field.value, self._policy.source_name if ours else self._policy.target_name)

    def _half(self, source: Entry) -> Half:
        base = {field: source.bookmark.get(field) for field in Field if field in self._mapper.read}
        return Half(source.ref, source.bookmark.url, base)

    def _sights(self, source: Entry, there: Bookmark, held: Bookmark, link: Link) -> Iterator[Sight]:
        for field in Field:
            if field in self._mapper.read and field is not Field.TAGS:
                yield Sight(
                    field=field,
                    source=source.bookmark.get(field),
                    target=there.get(field),
                    wanted=held.get(field),
                    source_base=link.left.base.get(field, ABSENT),
                    target_base=link.right.base.get(field, ABSENT),
                    target_reads=field in self._mapper.seen,
                    target_edits=field in self._mapper.edited,
                    owed=(Side.RIGHT, field) in link.owed,
                )

    def _merged_tags(self, source: Bookmark, target: Entry, link: Link) -> TagChange:
        there = self._mapper.lift_target(target.bookmark)
        shown = Field.TAGS in self._mapper.seen
        first = Field.TAGS not in link.left.base or (shown and Field.TAGS not in link.right.base)
        merged = TagMerge(
            source=source.tags,
            source_base=() if first else _tags(link.left.base),
            target=there.tags,
            target_base=there.tags if first else _tags(link.right.base),
            pairs=link.pairs,
            comparable=self._comparable,
        )
        if Field.TAGS not in self._mapper.read:
            return TagChange(there.tags, merged.target_base, link.pairs)
        if Field.TAGS not in self._mapper.edited:
            left = tuple((tag, "") for tag in merged.added)
            return TagChange(there.tags, merged.target_base, link.pairs, left)
        replaces = first and self._policy.overwrites
        carried = self._mapper.carry_tags(
            merged.added,
            favorite=source.favorite or there.favorite,
            more=self._mapper.tags.add if first else (),
            standing=target.bookmark.tags,
            staying=() if replaces else merged.staying,
            pairs=link.pairs,
        )
        if replaces:
            return TagChange(carried.tags, carried.tags, carried.pairs, carried.losses)
        return merged.change(carried)

    def _agreed(self, link: Link, lifted: Bookmark, kept: Container[Field], tags: tuple[str, ...]) -> Link:
        """Return the link with what the target then holds as the base, but for the fields that keep theirs."""
        news = {field: lifted.get(field) for field in Field if field in self._mapper.seen and field not in kept}
        if Field.TAGS in news:
            news[Field.TAGS] = tags
        return attrs.evolve(link, right=attrs.evolve(link.right, base={**link.right.base, **news}))

    def _delta(self, before: Bookmark, after: Bookmark, fields: set[Field]) -> Delta:
        """Return what turns one raw bookmark into another in these fields; a tag in another case is the same tag."""
        values = {
            field: after.get(field)
            for field in Field
            if field in fields - {Field.TAGS} and before.get(field) != after.get(field)
        }
        more: tuple[str, ...] = ()
        less: tuple[str, ...] = ()
        if Field.TAGS in fields:
            old, new = ({self._comparable(tag) for tag in tags} for tags in (before.tags, after.tags))
            more = tuple(tag for tag in after.tags if self._comparable(tag) not in old)
            less = tuple(tag for tag in before.tags if self._comparable(tag) not in new)
        expects = {field: before.get(field) for field in values}
        if more or less:
            expects[Field.TAGS] = before.tags
        return Delta(values, more, less, expects)

    def _raw(self, changed: set[Field]) -> set[Field]:
        """Return the raw fields in which changed lifted fields stand."""
        fold = self._mapper.target_fold
        places = dict(zip(Field, Field, strict=True))
        if fold.favorite is not None:
            places[Field.FAVORITE] = Field.TAGS
        if fold.highlights:
            places[Field.HIGHLIGHTS] = Field.NOTE
        return {places[field] for field in changed}


def _carried(link: Link | None) -> frozenset[Side]:
    """Return the sides of a new link, or of one that is made anew, whose values have been carried over then."""
    return frozenset({Side.LEFT}) | (link.carried if link is not None else frozenset())


def _is_own(sight: Sight) -> bool:
    """Tell whether T's words were never S's: they stood there when the two first met, and news of S is no reason."""
    ours, theirs = sight.source_base, sight.target_base
    if sight.field not in {Field.TITLE, Field.NOTE} or not sight.source_changed or not theirs:
        return False
    return not str(ours).strip().startswith(str(theirs).strip())


def _refused(source: Entry, refusal: Refusal) -> Result:
    listed = Listed(source.bookmark.url, refusal.reason)
    return Result(skipped=(listed,)) if refusal.skip else Result(failed=(listed,))


def _left(url: str, ruling: _Ruling) -> Loss:
    sight = ruling.sight
    return Loss(url, sight.field.value, describe(sight.source), describe(sight.target) if sight.target_reads else "")


def _evolve(bookmark: Bookmark, values: Mapping[Field, object]) -> Bookmark:
    return attrs.evolve(bookmark, **{field.value: value for field, value in values.items()})  # type: ignore[arg-type]


def _owed(link: Link, rulings: Mapping[Field, _Ruling]) -> frozenset[tuple[Side, Field]]:
    """Return the link's debts after these rulings."""
    old = {(side, field) for side, field in link.owed if side is Side.LEFT or field not in rulings}
    return frozenset(old | {(Side.RIGHT, field) for field, ruling in rulings.items() if ruling.due})


def _tags(base: Values) -> tuple[str, ...]:
    return cast(tuple[str, ...], base.get(Field.TAGS, ()))


def _quotes(highlights: tuple[Highlight, ...]) -> set[str]:
    return {highlight.quote for highlight in highlights}
