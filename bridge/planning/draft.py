"""Drafts what happens to one bookmark of the source: an Add, an Update, an agreement, or a refusal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import cast

import attrs

from bridge.mapping.mapper import Held, Refusal
from bridge.mapping.tags import equal_under
from bridge.model import reasons
from bridge.model.bookmark import Bookmark, Entry, Field, Highlight, same
from bridge.model.link import Half, Link, Side, Unlisted
from bridge.model.operation import Add, Delta, Update, Values
from bridge.model.plan import Step
from bridge.model.receipt import Conflict, Listed, Loss
from bridge.planning.merge import ABSENT, Comparable, Sight, TagChange, TagMerge, Verdict
from bridge.planning.policy import Policy
from bridge.planning.ruling import Ruling, rule
from bridge.planning.settle import sent_values

_SEAM = 8
"""A title was cut at its seam: the last eighth of what remained."""

_TOO_LONG = Refusal("the target's own record is too long to be sent back; nothing was changed")


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

    @property
    def refused(self) -> bool:
        """Whether the bookmark can neither be written nor be agreed on."""
        return self.step is None and self.link is None

    @property
    def will(self) -> Link:
        """The link as it stands afterwards; a refusal has none."""
        link = self.step.link if self.step is not None else self.link
        if link is None:
            raise ValueError("a refused bookmark has no link")
        return link

    def leaving(self, link: Link, side: Side) -> Result:
        """Return the result with another link to be left behind, and a step that writes this side."""
        if self.step is None:
            return attrs.evolve(self, link=link)
        return attrs.evolve(self, step=attrs.evolve(self.step, link=link, side=side))


@attrs.frozen
class Draft:
    """A linked pair of entries, and what the table says of each field; `first`: nothing of S was ever carried to T.

    `source` is lifted, `there` is T's bookmark lifted, `link` gives the bases. `frozen` fields are not written.
    """

    source: Entry
    target: Entry
    there: Bookmark
    link: Link
    held: Held
    rulings: Mapping[Field, Ruling]
    first: bool
    frozen: frozenset[Field] = frozenset()

    @property
    def url(self) -> str:
        """The url of the bookmark."""
        return self.source.bookmark.url

    @cached_property
    def kept(self) -> frozenset[Field]:
        """The fields that keep their bases."""
        still = (field for field, ruling in self.rulings.items() if ruling.verdict is Verdict.KEEP)
        return self.frozen.union(still)


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
            carried=self._carried(link),
            id=link.id if link is not None else None,
        )
        losses = (*held.losses, *raw.losses)
        return Result(step=Step(Side.RIGHT, Add(raw.bookmark), drafted, source.ref, losses))

    def first_contact(self, source: Entry, target: Entry, link: Link | None) -> Result:
        """Draft the meeting of two entries that were never linked, or whose link was lost: no field has a base."""
        drafted = self.meeting(source, target, link)
        return drafted if isinstance(drafted, Result) else self.finish(drafted)

    def linked(self, source: Entry, target: Entry, link: Link) -> Result:
        """Draft what the source changed since the link's base; all it has, if none of it was ever carried this way."""
        if not self.has_news(source, link):
            right = attrs.evolve(link.right, url=target.bookmark.url, seen=True)
            return Result(link=attrs.evolve(link, right=right), unchanged=1)
        drafted = self.change(source, target, link)
        return drafted if isinstance(drafted, Result) else self.finish(drafted)

    def has_news(self, source: Entry, link: Link) -> bool:
        """Tell whether anything may have to be written: a change, a debt, or a field that was never agreed on."""
        ours, theirs = link.left.base, link.right.base
        return (
            Side.LEFT not in link.carried
            or any(side is Side.RIGHT for side, _ in link.owed)
            or not (self._mapper.read <= ours.keys() and self._mapper.read & self._mapper.seen <= theirs.keys())
            or any(not same(field, source.bookmark.get(field), ours[field]) for field in self._mapper.read)
        )

    def meeting(self, source: Entry, target: Entry, link: Link | None) -> Draft | Result:
        """Return the first contact of two entries. `link` is what they belonged to before."""
        bare = Link(
            left=Half(source.ref, source.bookmark.url, self._dated(source, self._mapper.read)),
            right=Half(target.ref, target.bookmark.url, self._dated(target, self._mapper.seen)),
            carried=frozenset(),
            id=link.id if link is not None else None,
        )
        before = link.right.base.get(Field.TITLE) if link is not None else None
        return self._drafted(source, target, bare, str(before or ""))

    def change(self, source: Entry, target: Entry, link: Link) -> Draft | Result:
        """Return what the source changed since the link's base."""
        return self._drafted(source, target, link if Side.LEFT in link.carried else _uncarried(link))

    def finish(self, draft: Draft) -> Result:
        """Turn what the table says of each field into the smallest Update, or into an agreement."""
        url, there = draft.url, draft.there
        rulings = {field: rule.kept() if field in draft.frozen else rule for field, rule in draft.rulings.items()}
        tags = self._merged_tags(draft)
        wanted = _evolve(there, {ruling.sight.field: ruling.value for ruling in rulings.values() if ruling.writes})
        wanted = attrs.evolve(wanted, tags=tags.tags)
        conflicts = tuple(self._conflict(url, ruling) for ruling in rulings.values() if ruling.clash)
        losses = [
            *(loss for loss in draft.held.losses if (at := rulings.get(Field(loss.field))) is not None and at.cut),
            *(ruling.left_behind(url) for ruling in rulings.values() if ruling.stays_behind),
            *(Loss(url, Field.TAGS.value, *loss) for loss in tags.losses),
        ]
        drafted = self._drafted_link(draft, tags)
        changed = {field for field in Field if not same(field, wanted.get(field), there.get(field))}
        raw = self._mapper.fit(wanted) if changed else Held(draft.target.bookmark)
        if isinstance(raw, Refusal):
            return _refused(draft.source, raw)
        after = self._mapper.lift_target(raw.bookmark)
        if not _quotes(there.highlights) & _quotes(wanted.highlights) <= _quotes(after.highlights):
            return _refused(draft.source, _TOO_LONG)
        losses += raw.losses
        agreed = self._agreed(drafted, draft, after, tags.base)
        delta = difference(draft.target.bookmark, raw.bookmark, self._raw(changed), self._comparable)
        if not delta:
            return Result(link=agreed, unchanged=1, losses=tuple(losses), conflicts=conflicts)
        if self._policy.mirrors:
            agreed = self._unlisted(agreed, draft, changed)
        step = Step(Side.RIGHT, Update(draft.target, delta), agreed, draft.source.ref, tuple(losses))
        return Result(step=step, conflicts=conflicts)

    def _drafted(self, source: Entry, target: Entry, link: Link, title: str = "") -> Draft | Result:
        """Return the pair with its rulings. `title` is what T's entry had in the link's former life."""
        held = self._mapper.hold(source.bookmark, self._mapper.taken | self._mapper.edited)
        if isinstance(held, Refusal):
            return _refused(source, held)
        if self._cut_of(title) == held.bookmark.title.rstrip():
            held = attrs.evolve(held, bookmark=attrs.evolve(held.bookmark, title=title))
        there = self._mapper.lift_target(target.bookmark)
        sights = {sight.field: sight for sight in self._sights(source, there, held.bookmark, link)}
        exposed = self._mapper.target.publishes and not there.private and self._mapper.privacy(source.bookmark)
        if exposed and Field.PRIVATE in sights:  # what becomes private with this very write hides the rest of it, too
            exposed = not rule(sights[Field.PRIVATE], self._policy, exposed=True).writes
        rulings = {field: rule(sight, self._policy, exposed=exposed) for field, sight in sights.items()}
        return Draft(source, target, there, link, held, rulings, first=Side.LEFT not in link.carried)

    def _drafted_link(self, draft: Draft, tags: TagChange) -> Link:
        """Return the link with S's side as it is now, but for the fields that keep their base."""
        link, half = draft.link, self._half(draft.source)
        news = {field: value for field, value in half.base.items() if field not in draft.kept}
        return attrs.evolve(
            link,
            left=attrs.evolve(half, base={**link.left.base, **news}, unlisted=link.left.unlisted),
            right=attrs.evolve(link.right, url=draft.target.bookmark.url, seen=True),
            pairs=tags.pairs,
            owed=_owed(link, draft.rulings),
            carried=link.carried | {Side.LEFT},
        )

    def _cut_of(self, title: str) -> str | None:
        """Return the beginning of T's title that S holds, None if S holds all of it."""
        longest = self._mapper.source.limits.title
        return None if longest is None or len(title) <= longest else title[:longest].rstrip()

    def _spliced(self, wanted: str, source_base: str, target_base: str) -> str:
        """Return a new title of S with the end of T's that S could not hold, if S's people left the seam alone."""
        seam = source_base.rstrip()[-max(1, len(source_base) // _SEAM) :]
        if self._cut_of(target_base) != source_base.rstrip() or not wanted.rstrip().endswith(seam):
            return wanted
        return wanted.rstrip() + target_base[len(source_base.rstrip()) :]

    def _carried(self, link: Link | None) -> frozenset[Side]:
        """Return the sides of a new link whose values have been carried over: what T has of it came from S."""
        if self._policy.mirrors:
            return frozenset(Side)
        return frozenset({Side.LEFT}) | (link.carried if link is not None else frozenset())

    def _conflict(self, url: str, ruling: Ruling) -> Conflict:
        ours = ruling.verdict is Verdict.WRITE
        winner = self._policy.source_name if ours else self._policy.target_name
        return Conflict(url, ruling.sight.field.value, winner, *ruling.values)

    def _dated(self, entry: Entry, known: frozenset[Field]) -> Values:
        """Return what a meeting in a mirror leaves as it is: by its date an entry is told from one saved anew."""
        return {Field.ADDED: entry.bookmark.added} if self._policy.mirrors and Field.ADDED in known else {}

    def _half(self, source: Entry) -> Half:
        base = {field: source.bookmark.get(field) for field in Field if field in self._mapper.read}
        return Half(source.ref, source.bookmark.url, base)

    def _sights(self, source: Entry, there: Bookmark, held: Bookmark, link: Link) -> Iterator[Sight]:
        for field in Field:
            if field in self._mapper.read and field is not Field.TAGS:
                ours, theirs = (half.base.get(field, ABSENT) for half in (link.left, link.right))
                wanted = held.get(field)
                if field is Field.TITLE and ABSENT not in {ours, theirs}:
                    wanted = self._spliced(str(wanted), str(ours), str(theirs))
                yield Sight(
                    field=field,
                    source=source.bookmark.get(field),
                    target=there.get(field),
                    wanted=wanted,
                    source_base=ours,
                    target_base=theirs,
                    target_reads=field in self._mapper.seen,
                    target_edits=field in self._mapper.edited,
                    owed=(Side.RIGHT, field) in link.owed,
                )

    def _merged_tags(self, draft: Draft) -> TagChange:
        source, there, link = draft.source.bookmark, draft.there, draft.link
        shown = Field.TAGS in self._mapper.seen
        first = Field.TAGS not in link.left.base or (shown and Field.TAGS not in link.right.base)
        theirs = () if self._policy.mirrors else there.tags
        merged = TagMerge(
            source=source.tags,
            source_base=() if first else _tags(link.left.base),
            target=there.tags,
            target_base=theirs if first else _tags(link.right.base),
            pairs=link.pairs,
            comparable=self._comparable,
        )
        if Field.TAGS not in self._mapper.read or Field.TAGS in draft.frozen:
            return TagChange(there.tags, merged.target_base, link.pairs)
        if Field.TAGS not in self._mapper.edited:
            left = tuple((tag, "", reasons.FIXED) for tag in merged.added)
            return TagChange(there.tags, merged.target_base, link.pairs, left)
        replaces = first and self._policy.overwrites
        carried = self._mapper.carry_tags(
            merged.added,
            favorite=source.favorite or there.favorite,
            more=self._mapper.tags.add if first or draft.first else (),
            standing=draft.target.bookmark.tags,
            staying=() if replaces else merged.staying,
            pairs=link.pairs,
        )
        if replaces:
            return TagChange(carried.tags, carried.tags, carried.pairs, carried.losses)
        return merged.change(carried)

    def _agreed(self, link: Link, draft: Draft, lifted: Bookmark, tags: tuple[str, ...]) -> Link:
        """Return the link with what the target then holds as the base, but for the fields that keep theirs.

        Where the policy mirrors, what T has of its own is news for the other direction, and no base yet; what T has no
        more is news as well, and stays in the base.
        """
        news = {field: lifted.get(field) for field in Field if field in self._mapper.seen - draft.kept}
        if Field.TAGS in news:
            news[Field.TAGS] = tags
        if self._policy.mirrors:
            news = {field: value for field, value in news.items() if field in self._mapper.read}
            if Field.HIGHLIGHTS in news:
                before, ours = _highlights(draft.link.right.base), _quotes(draft.held.bookmark.highlights)
                taken = _quotes(before) - _quotes(draft.there.highlights)
                news[Field.HIGHLIGHTS] = (
                    *(item for item in lifted.highlights if item.quote in _quotes(before) | ours),
                    *(item for item in before if item.quote in taken & ours),
                )
        return attrs.evolve(link, right=attrs.evolve(link.right, base={**link.right.base, **news}))

    def _unlisted(self, link: Link, draft: Draft, changed: set[Field]) -> Link:
        """Return the link with a note of what T held before, in case a listing still shows that."""
        before, old = draft.link, draft.link.right.unlisted or Unlisted()
        written = changed & self._mapper.seen
        unlisted = Unlisted(
            here={**{field: draft.there.get(field) for field in written}, **old.here},
            there={**{field: value for field, value in before.left.base.items() if field in written}, **old.there},
            pairs=old.pairs | before.pairs,
        )
        return attrs.evolve(link, right=attrs.evolve(link.right, unlisted=unlisted))

    def _raw(self, changed: set[Field]) -> set[Field]:
        """Return the raw fields in which changed lifted fields stand."""
        fold = self._mapper.target_fold
        places = dict(zip(Field, Field, strict=True))
        if fold.favorite is not None:
            places[Field.FAVORITE] = Field.TAGS
        if fold.highlights:
            places[Field.HIGHLIGHTS] = Field.NOTE
        return {places[field] for field in changed}


def difference(before: Bookmark, after: Bookmark, fields: Collection[Field], comparable: Comparable) -> Delta:
    """Return what turns one raw bookmark into another in these fields; a tag in another case is the same tag."""
    values: dict[Field, object] = {
        field: after.get(field)
        for field in Field
        if field in fields and field is not Field.TAGS and before.get(field) != after.get(field)
    }
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    if Field.TAGS in fields:
        old, new = ({comparable(tag) for tag in tags} for tags in (before.tags, after.tags))
        more = tuple(tag for tag in after.tags if comparable(tag) not in old)
        less = tuple(tag for tag in before.tags if comparable(tag) not in new)
    expects: dict[Field, object] = {field: before.get(field) for field in values}
    if more or less:
        expects[Field.TAGS] = before.tags
    return Delta(values, more, less, expects)


def _uncarried(link: Link) -> Link:
    """Return a link as it stands for a direction that has carried nothing yet.

    Its fields have no base; of S's tags only those that stand for one of T's are known there.
    """
    paired = {ours for ours, _ in link.pairs}
    ours: Values = {field: value for field, value in link.left.base.items() if field is Field.TAGS}
    theirs: Values = {field: value for field, value in link.right.base.items() if field is Field.TAGS}
    if ours:
        ours = {Field.TAGS: tuple(tag for tag in _tags(ours) if tag in paired)}
    return attrs.evolve(link, left=attrs.evolve(link.left, base=ours), right=attrs.evolve(link.right, base=theirs))


def _refused(source: Entry, refusal: Refusal) -> Result:
    listed = Listed(source.bookmark.url, refusal.reason)
    return Result(skipped=(listed,)) if refusal.skip else Result(failed=(listed,))


def _evolve(bookmark: Bookmark, values: Mapping[Field, object]) -> Bookmark:
    return attrs.evolve(bookmark, **{field.value: value for field, value in values.items()})  # type: ignore[arg-type]


def _owed(link: Link, rulings: Mapping[Field, Ruling]) -> frozenset[tuple[Side, Field]]:
    """Return the link's debts after these rulings; of tags, what is not delivered is in no base."""
    old = {(side, field) for side, field in link.owed if side is Side.LEFT or field not in {*rulings, Field.TAGS}}
    return frozenset(old | {(Side.RIGHT, field) for field, ruling in rulings.items() if ruling.due})


def _tags(base: Values) -> tuple[str, ...]:
    return cast(tuple[str, ...], base.get(Field.TAGS, ()))


def _highlights(base: Values) -> tuple[Highlight, ...]:
    return cast(tuple[Highlight, ...], base.get(Field.HIGHLIGHTS, ()))


def _quotes(highlights: tuple[Highlight, ...]) -> set[str]:
    return {highlight.quote for highlight in highlights}
