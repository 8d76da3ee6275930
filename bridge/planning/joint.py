"""Drafts what both sides of a link changed: each direction by itself, and one decision where they meet.

Each direction is drafted from the same link. A field that both directions speak of is then given to one of them:

    both changed it, and one holds what the other can   they agree
    both changed it otherwise                           the conflict's winner; without one both keep theirs, and the
                                                        field stays open
    else                                                the direction that writes, then the one that owes, then the one
                                                        that loses, then the one that agrees

Tags and highlights merge one by one, so both directions may write them. Where both sides are written, each step says
how the link stands after it alone, and what it was before both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import attrs

from bridge.model.bookmark import Bookmark, Entry, Field, same
from bridge.model.link import Link, Side
from bridge.model.plan import Step
from bridge.model.receipt import Conflict, Listed, Loss
from bridge.planning import freeze
from bridge.planning.advance import advanced
from bridge.planning.draft import Draft, Drafter, Result
from bridge.planning.merge import Verdict
from bridge.planning.policy import MirrorPolicy, Prefer
from bridge.planning.ruling import Ruling
from bridge.planning.settle import intent

_RANKS = {Verdict.WRITE: 4, Verdict.OWE: 3, Verdict.LOSE: 2, Verdict.AGREE: 1, Verdict.MEET: 1}


@attrs.frozen
class Joined:
    """What becomes of one bookmark of a mirror: steps on either side, or one of the fates without a write.

    `link` is to be stored before any step is carried out. A conflict without a winner leaves its field open.
    """

    steps: tuple[Step, ...] = ()
    link: Link | None = None
    skipped: tuple[Listed, ...] = ()
    failed: tuple[Listed, ...] = ()
    losses: tuple[Loss, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    remarks: tuple[str, ...] = ()


class Joiner:
    """Drafts under one mirror's policy. Entries are given raw; `round` counts the runs of the pair."""

    def __init__(self, policy: MirrorPolicy, round: int) -> None:
        self._policy = policy
        self._round = round
        self._drafters = {side: Drafter(way) for side, way in policy.ways.items()}

    def linked(self, left: Entry, right: Entry, link: Link) -> Joined:
        """Draft what both sides changed since the link's base."""
        link = link.shown(left.bookmark.url, right.bookmark.url)
        lifted = self._lifted(left, right)
        seen = {side: _oriented(link, side) for side in self._drafters}
        held = any(trace.held for trace in link.trail)
        if not held and not any(
            drafter.has_news(lifted[side.other], seen[side]) for side, drafter in self._drafters.items()
        ):
            return Joined(link=link)
        raw = {Side.LEFT: left, Side.RIGHT: right}
        drafts = {
            side: drafter.change(lifted[side.other], raw[side], seen[side]) for side, drafter in self._drafters.items()
        }
        return self._joined(drafts, link)

    def meeting(self, left: Entry, right: Entry, link: Link | None) -> Joined:
        """Draft the first contact of two entries; `link` is what they belonged to before."""
        lifted = self._lifted(left, right)
        raw = {Side.LEFT: left, Side.RIGHT: right}
        drafts = {
            side: drafter.meeting(lifted[side.other], raw[side], None if link is None else _oriented(link, side))
            for side, drafter in self._drafters.items()
        }
        return self._joined(drafts, None)

    def add(self, side: Side, source: Entry, link: Link | None) -> Joined:
        """Draft a new entry at a side; `link` is what the source belonged to before."""
        bookmark = self._policy.lift(side.other, source.bookmark)
        if link is not None:
            bookmark = self._remembered(bookmark, side, link)
        lifted = attrs.evolve(source, bookmark=bookmark)
        result = self._drafters[side].add(lifted, None if link is None else _oriented(link, side))
        if result.step is not None:
            added = _oriented(self._folded(_oriented(result.step.link, side)), side)
            result = result.leaving(added, side)
        steps = () if result.step is None else (result.step,)
        return Joined(steps, skipped=result.skipped, failed=result.failed, losses=result.losses)

    def has_changed(self, side: Side, entry: Entry, link: Link) -> bool:
        """Tell whether an entry was edited since the base of its side."""
        bookmark = self._policy.lift(side, entry.bookmark)
        return any(not same(field, bookmark.get(field), value) for field, value in link.half(side).base.items())

    def _remembered(self, bookmark: Bookmark, side: Side, link: Link) -> Bookmark:
        """Return a bookmark that comes back to a side with what only that side knew of it; as private as it was.

        That may be the end of its title, where the other side had to cut it.
        """
        before, known = link.half(side).base, self._policy.ways[side].mapper.read
        values = {field.value: value for field, value in before.items() if field not in known}
        title, longest = str(before.get(Field.TITLE, "")), self._policy.capabilities(side.other).limits.title
        if title[:longest].rstrip() == bookmark.title.rstrip():
            values[Field.TITLE.value] = title
        private = bookmark.private or bool(before.get(Field.PRIVATE))
        return attrs.evolve(bookmark, **{**values, "private": private})  # type: ignore[arg-type]

    def _folded(self, link: Link) -> Link:
        """Return a link that says how its bases are read."""
        for side in Side:
            link = link.with_half(side, attrs.evolve(link.half(side), folded=self._policy.folded(side)))
        return link

    def _lifted(self, left: Entry, right: Entry) -> Mapping[Side, Entry]:
        return {
            side: attrs.evolve(entry, bookmark=self._policy.lift(side, entry.bookmark))
            for side, entry in ((Side.LEFT, left), (Side.RIGHT, right))
        }

    def _joined(self, drafts: Mapping[Side, Draft | Result], link: Link | None) -> Joined:
        """Bring the drafts of both directions together. `link` is None at a first contact."""
        ready = {side: draft for side, draft in drafts.items() if isinstance(draft, Draft)}
        for result in drafts.values():
            if isinstance(result, Result):
                return _refused(result)
        was = link if link is not None else self._folded(next(_oriented(of.link, side) for side, of in ready.items()))
        ruled, conflicts = self._arbitrated(ready)
        remarks: list[str] = []
        results: dict[Side, Result] = {}
        for side, draft in ruled.items():
            result, holds = self._finished(side, draft, was)
            if result.refused:
                return _refused(result)
            conflicts += [
                Conflict(draft.url, hold.field.value, None, *_values(side, draft.rulings.get(hold.field)))
                for hold in holds
            ]
            remarks += [f"{draft.url}: {hold.field.value} changes back and forth: {hold.past}." for hold in holds]
            results[side] = result
        joined = _combined(was, results, meets=link is None)
        return attrs.evolve(joined, conflicts=tuple(conflicts), remarks=tuple(remarks))

    def _finished(self, side: Side, draft: Draft, was: Link) -> tuple[Result, tuple[freeze.Hold, ...]]:
        """Finish the draft of one direction, without the writes that would go on a field's way back and forth."""
        drafter = self._drafters[side]
        result = drafter.finish(draft)
        mapper = self._policy.ways[side].mapper
        writes = {} if result.step is None else intent(result.step.operation, mapper)
        shown = {field: (draft.source.bookmark.get(field), draft.there.get(field)) for field in Field}
        review = freeze.review(was.trail, side, writes, shown, self._round)
        if review.holds:
            result = drafter.finish(attrs.evolve(draft, frozen=frozenset(hold.field for hold in review.holds)))
        if result.refused:
            return result, ()
        will = self._folded(attrs.evolve(_oriented(result.will, side), trail=review.trail))
        return result.leaving(_oriented(will, side), side), review.holds

    def _arbitrated(self, drafts: Mapping[Side, Draft]) -> tuple[Mapping[Side, Draft], list[Conflict]]:
        """Give each field to one direction."""
        rulings = {side: dict(draft.rulings) for side, draft in drafts.items()}
        conflicts = []
        for field in Field:
            found = {side: of[field] for side, of in rulings.items() if field in of}
            if _clash(found):
                winner = self._winner(drafts)
                url = next(iter(drafts.values())).url
                name = None if winner is None else self._policy.name(winner)
                conflicts.append(Conflict(url, field.value, name, *_values(*next(iter(found.items())))))
                decided = {side: _decided(ruling, side, winner, len(found)) for side, ruling in found.items()}
            else:
                decided = _given(field, found)
            for side, ruling in decided.items():
                rulings[side][field] = attrs.evolve(ruling, clash=False)
        return {side: attrs.evolve(draft, rulings=rulings[side]) for side, draft in drafts.items()}, conflicts

    def _winner(self, drafts: Mapping[Side, Draft]) -> Side | None:
        """Return the side whose value goes before the other's; newest is the later entry, the left where none is."""
        prefer = self._policy.conflict
        if prefer is Prefer.REPORT:
            return None
        if prefer is Prefer.NEWEST:
            side, draft = next(iter(drafts.items()))
            theirs, ours = draft.source.changed, draft.target.changed
            later = theirs is not None and ours is not None and theirs != ours
            if later:
                return side if ours > theirs else side.other  # type: ignore[operator]
        return Side.RIGHT if prefer is Prefer.RIGHT else Side.LEFT


def _values(written: Side, ruling: Ruling | None) -> tuple[str | None, str | None]:
    """Return a field's values on the left and on the right, as the direction that writes a side sees them."""
    if ruling is None:  # tags have no ruling of their own
        return None, None
    ours, theirs = ruling.values
    return (ours, theirs) if written is Side.RIGHT else (theirs, ours)


def _clash(found: Mapping[Side, Ruling]) -> bool:
    """Tell whether both sides changed the field, to values that are not the same as far as one can hold the other's."""
    if not any(ruling.verdict is Verdict.CLASH for ruling in found.values()):
        return False
    return all(ruling.verdict in {Verdict.CLASH, Verdict.LOSE} for ruling in found.values())


def _decided(ruling: Ruling, written: Side, winner: Side | None, ways: int) -> Ruling:
    """Return what a conflict's end is for the direction that writes a side; `ways` are the directions there are."""
    if winner is written.other:
        return ruling if ruling.verdict is Verdict.LOSE else ruling.carried()
    # Where nothing is carried the other way, the winner's value stands, and is listed once.
    return ruling if winner is written and ways == 1 else ruling.kept()


def _given(field: Field, found: Mapping[Side, Ruling]) -> dict[Side, Ruling]:
    """Return the rulings of a field with all but one keeping both sides as they are."""
    freed = {side: ruling.carried() if ruling.verdict is Verdict.CLASH else ruling for side, ruling in found.items()}
    if field is Field.HIGHLIGHTS or len(found) < 2:
        return freed
    first = max(freed, key=lambda side: _rank(freed[side]))
    return {side: ruling if side is first else ruling.kept() for side, ruling in freed.items()}


def _rank(ruling: Ruling) -> int:
    sight = ruling.sight
    if ruling.verdict is Verdict.AGREE and ruling.equal and sight.source_changed and sight.target_changed:
        return 5
    return 4 if ruling.writes else _RANKS.get(ruling.verdict, 0)


def _combined(was: Link, results: Mapping[Side, Result], *, meets: bool) -> Joined:
    """Return both directions as one: what needs no write moves with the one step, or at once where there is none."""
    written = {side: result for side, result in results.items() if result.step is not None}
    still = [_oriented(result.will, side) for side, result in results.items() if result.step is None]
    ground = reduce(lambda link, will: advanced(link, was, will), still, was)
    steps = []
    for side, result in written.items():
        if result.step is None:
            continue
        if len(written) == 1:
            will = advanced(ground, was, _oriented(result.will, side))
            steps.append(attrs.evolve(result.step, link=_oriented(will, side)))
        else:
            steps.append(attrs.evolve(result.step, was=_oriented(was, side)))
    # A link that begins anew loses its old bases even where only one of two steps is done.
    link = ground if not steps else was if meets and was.id is not None else None
    return Joined(tuple(steps), link, losses=tuple(loss for result in results.values() for loss in result.losses))


def _oriented(link: Link, side: Side) -> Link:
    """Return a link with the written side on its right, or back again."""
    return link.turned() if side is Side.LEFT else link


def _refused(result: Result) -> Joined:
    return Joined(skipped=result.skipped, failed=result.failed, losses=result.losses)
