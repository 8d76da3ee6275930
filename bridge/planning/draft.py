"""Drafts what happens to one bookmark of the source: an Add, an Update, an agreement, or a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import attrs

from bridge.mapping.mapper import Held, Refusal
from bridge.mapping.tags import equal_under
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field, Highlight, same
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Update, Values
from bridge.model.plan import Step
from bridge.model.receipt import Conflict, Listed, Loss
from bridge.planning import merge
from bridge.planning.merge import ABSENT, Sight, TagChange, Verdict
from bridge.planning.policy import Existing, Policy
from bridge.planning.settle import sent_values


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


@attrs.frozen
class _Wanted:
    """What the target's entry should become, lifted, and the link as it stands once it has.

    `agreed` are the fields whose base takes both sides then; `tags` is the target's base of the tags.
    """

    bookmark: Bookmark
    link: Link
    agreed: frozenset[Field]
    tags: tuple[str, ...]
    losses: tuple[Loss, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class Drafter:
    """Drafts under one policy. Source entries are given lifted, target entries raw."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._mapper = policy.mapper
        self._comparable = equal_under(policy.mapper.target.tags)

    def add(self, source: Entry, link: Link | None) -> Result:
        """Draft a new entry at the target."""
        pairs = link.pairs if link is not None else ()
        held = self._mapper.hold(source.bookmark, pairs=pairs)
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
            id=link.id if link is not None else None,
        )
        losses = (*held.losses, *raw.losses)
        return Result(step=Step(Side.RIGHT, Add(raw.bookmark), drafted, source.ref, losses))

    def first_contact(self, source: Entry, target: Entry, link: Link | None) -> Result:
        """Draft the meeting of two entries that were never linked, or whose link was lost."""
        held = self._mapper.hold(source.bookmark, standing=target.bookmark.tags)
        if isinstance(held, Refusal):
            return _refused(source, held)
        there = self._mapper.lift_target(target.bookmark)
        overwrites = self._policy.existing is Existing.OVERWRITE
        met: dict[Field, object] = {Field.TAGS: self._met_tags(held, there)}
        for field in (self._mapper.read & self._mapper.edited) - {Field.TAGS}:
            ours, theirs = held.bookmark.get(field), there.get(field)
            met[field] = merge.overwrite(field, ours, theirs) if overwrites else merge.meet(field, ours, theirs)
        bookmark = _evolve(there, met)
        drafted = Link(
            left=self._half(source),
            right=Half(target.ref, target.bookmark.url),
            pairs=held.pairs,
            id=link.id if link is not None else None,
        )
        return self._update(source, target, _Wanted(bookmark, drafted, ALL_FIELDS, bookmark.tags, held.losses))

    def linked(self, source: Entry, target: Entry, link: Link) -> Result:
        """Draft what the source changed since the link's base."""
        there = self._mapper.lift_target(target.bookmark)
        held = self._mapper.hold(source.bookmark, standing=target.bookmark.tags, pairs=link.pairs)
        if isinstance(held, Refusal):
            return self._still(source, target, link, held)
        verdicts = {
            sight.field: (sight, self._verdict(sight)) for sight in self._sights(source, there, held.bookmark, link)
        }
        clashes = [field for field, (_, verdict) in verdicts.items() if verdict is Verdict.CLASH]
        written = {field: _written(sight, verdict) for field, (sight, verdict) in verdicts.items()}
        wanted = {field: value for field, value in written.items() if value is not ABSENT}
        change = self._merged_tags(source.bookmark, there, link)
        news = {field for field, (sight, _) in verdicts.items() if sight.source_changed}
        losses = [loss for loss in held.losses if Field(loss.field) in news]
        losses += [Loss(source.bookmark.url, Field.TAGS.value, *loss) for loss in change.losses]
        drafted = Link(
            left=attrs.evolve(self._half(source), seen=True),
            right=attrs.evolve(link.right, url=target.bookmark.url, seen=True),
            pairs=change.pairs,
            owed=_owed(link, {field: verdict for field, (_, verdict) in verdicts.items()}),
            id=link.id,
        )
        kept = {field for field, (_, verdict) in verdicts.items() if verdict is Verdict.KEEP}
        return self._update(
            source,
            target,
            _Wanted(
                _evolve(there, {**wanted, Field.TAGS: change.tags}),
                drafted,
                ALL_FIELDS - kept,
                change.base,
                tuple(losses),
                tuple(Conflict(source.bookmark.url, field.value, self._policy.winner) for field in clashes),
            ),
        )

    def _verdict(self, sight: Sight) -> Verdict:
        verdict = merge.decide(sight)
        if verdict is Verdict.CLASH and self._policy.source_wins and sight.target_edits:
            return Verdict.WRITE
        return verdict

    def _update(self, source: Entry, target: Entry, wanted: _Wanted) -> Result:
        """Turn what the target's entry should become into the smallest Update, or into an agreement."""
        there = self._mapper.lift_target(target.bookmark)
        changed = {field for field in Field if not same(field, wanted.bookmark.get(field), there.get(field))}
        losses = _relevant(wanted.losses, changed)
        if not changed:
            link = _agreed(wanted, there, self._mapper.seen)
            return Result(link=link, unchanged=1, losses=losses, conflicts=wanted.conflicts)
        raw = self._mapper.fit(wanted.bookmark)
        if isinstance(raw, Refusal):
            return _refused(source, raw)
        after = self._mapper.lift_target(raw.bookmark)
        if not _quotes(there.highlights) & _quotes(wanted.bookmark.highlights) <= _quotes(after.highlights):
            return _refused(source, Refusal("the target's own record is too long to be sent back; nothing was changed"))
        delta = _delta(target.bookmark, raw.bookmark, self._raw(changed))
        losses = (*losses, *raw.losses)
        link = _agreed(wanted, after, self._mapper.seen)
        if not delta:
            return Result(link=link, unchanged=1, losses=losses, conflicts=wanted.conflicts)
        step = Step(Side.RIGHT, Update(target, delta), link, source.ref, losses)
        return Result(step=step, conflicts=wanted.conflicts)

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

    def _met_tags(self, held: Held, there: Bookmark) -> tuple[str, ...]:
        if Field.TAGS not in self._mapper.edited:
            return there.tags
        if self._policy.existing is Existing.OVERWRITE:
            return held.bookmark.tags
        return merge.with_tags(there.tags, held.bookmark.tags, self._comparable)

    def _merged_tags(self, source: Bookmark, there: Bookmark, link: Link) -> TagChange:
        before, base = _tags(link.left.base), _tags(link.right.base)
        if Field.TAGS not in self._mapper.read & self._mapper.edited:
            return TagChange(there.tags, base, link.pairs)
        added = [tag for tag in source.tags if tag not in before]
        return merge.merge_tags(
            source=source.tags,
            source_base=before,
            target=there.tags,
            target_base=base,
            pairs=link.pairs,
            carried=self._mapper.carry_tags(added, standing=there.tags, pairs=link.pairs),
            comparable=self._comparable,
        )

    def _still(self, source: Entry, target: Entry, link: Link, refusal: Refusal) -> Result:
        """Leave a linked pair alone whose source can no longer be carried; a fault only if there is news to carry."""
        news = any(
            field in self._mapper.read and not same(field, source.bookmark.get(field), link.left.base.get(field))
            for field in link.left.base
        )
        if news:
            return _refused(source, refusal)
        seen = attrs.evolve(link.right, url=target.bookmark.url, seen=True)
        return Result(link=attrs.evolve(link, right=seen), unchanged=1)

    def _raw(self, changed: set[Field]) -> set[Field]:
        """Return the raw fields in which changed lifted fields stand."""
        fold = self._mapper.target_fold
        raw = set(changed)
        if fold.favorite is not None and Field.FAVORITE in raw:
            raw = (raw - {Field.FAVORITE}) | {Field.TAGS}
        if fold.highlights and Field.HIGHLIGHTS in raw:
            raw = (raw - {Field.HIGHLIGHTS}) | {Field.NOTE}
        return raw


def _refused(source: Entry, refusal: Refusal) -> Result:
    listed = Listed(source.bookmark.url, refusal.reason)
    return Result(skipped=(listed,)) if refusal.skip else Result(failed=(listed,))


def _relevant(losses: tuple[Loss, ...], changed: set[Field]) -> tuple[Loss, ...]:
    """Leave out what was never going to be written because the target has a value of its own."""
    kept = {Field.TITLE, Field.NOTE, Field.ADDED} - changed
    return tuple(loss for loss in losses if Field(loss.field) not in kept)


def _delta(before: Bookmark, after: Bookmark, fields: set[Field]) -> Delta:
    values = {field: after.get(field) for field in fields - {Field.TAGS} if before.get(field) != after.get(field)}
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    if Field.TAGS in fields:
        more = tuple(tag for tag in after.tags if tag not in before.tags)
        less = tuple(tag for tag in before.tags if tag not in after.tags)
    expects = {field: before.get(field) for field in values}
    if more or less:
        expects[Field.TAGS] = before.tags
    return Delta(values, more, less, expects)


def _evolve(bookmark: Bookmark, values: dict[Field, object]) -> Bookmark:
    return attrs.evolve(bookmark, **{field.value: value for field, value in values.items()})  # type: ignore[arg-type]


def _agreed(wanted: _Wanted, lifted: Bookmark, seen: frozenset[Field]) -> Link:
    """Return the link with what the target then holds as the base of the fields that are agreed."""
    base = dict(wanted.link.right.base)
    base |= {field: lifted.get(field) for field in seen & wanted.agreed}
    if Field.TAGS in seen:
        base[Field.TAGS] = wanted.tags
    return attrs.evolve(wanted.link, right=attrs.evolve(wanted.link.right, base=base))


def _written(sight: Sight, verdict: Verdict) -> object:
    """Return the value that a verdict writes, ABSENT for none."""
    if verdict is Verdict.WRITE:
        return sight.wanted
    if verdict is Verdict.MEET and sight.target_edits:
        return merge.meet(sight.field, sight.wanted, sight.target)
    return ABSENT


def _owed(link: Link, verdicts: Mapping[Field, Verdict]) -> frozenset[tuple[Side, Field]]:
    """Return the link's debts after these verdicts."""
    paid = {field for field, verdict in verdicts.items() if verdict in {Verdict.WRITE, Verdict.AGREE}}
    new = {(Side.RIGHT, field) for field, verdict in verdicts.items() if verdict is Verdict.OWE}
    return frozenset({debt for debt in link.owed if debt != (Side.RIGHT, debt[1]) or debt[1] not in paid} | new)


def _tags(base: Values) -> tuple[str, ...]:
    return cast(tuple[str, ...], base.get(Field.TAGS, ()))


def _quotes(highlights: tuple[Highlight, ...]) -> set[str]:
    return {highlight.quote for highlight in highlights}
