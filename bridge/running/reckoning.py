"""The arithmetic of a receipt: what was read, what is foreseen, what came of it; pure.

Every bookmark that was read has one fate. Those that need no write have theirs before the run begins to write; the
others get it as their steps end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from bridge.model.adapter import Problem
from bridge.model.capabilities import Capabilities, Cost
from bridge.model.link import Side
from bridge.model.operation import Add, Update
from bridge.model.plan import Fate, Plan, Step
from bridge.model.receipt import Estimate, Listed, Receipt, Verified, Written
from bridge.running.confirm import publishing
from bridge.running.saved import SavedPlan
from bridge.running.tally import Tally
from bridge.state.store import Notes

_COUNTED: Mapping[str, tuple[Side, ...]] = {"mirror": tuple(Side), "undo": ()}
"""The sides whose bookmarks a kind of job has to give a fate, where that is not the left alone."""


def opened(receipt: Receipt, notes: Mapping[Side, Notes], plan: Plan) -> Receipt:
    """Return a job's empty receipt with the fates of everything that needs no write.

    `notes` are what the listings had to say; a broken record of an account whose bookmarks are counted has its fate,
    too.
    """
    counted = {side: notes[side] for side in _COUNTED.get(receipt.kind, (Side.LEFT,))}
    broken = {side: len(of.problems) for side, of in counted.items()}
    problems = [problem for of in counted.values() for problem in of.problems]
    written = {step.url for step in plan.steps}
    left, right, both = plan.read
    return attrs.evolve(
        receipt,
        read_source=left + broken.get(Side.LEFT, 0),
        read_target=right + broken.get(Side.RIGHT, 0),
        read_both=both,
        unchanged=plan.unchanged,
        filtered=plan.filtered,
        open=plan.open,
        skipped=(*plan.skipped, *(_listed(problem) for problem in problems if not problem.lost)),
        failed=(*plan.failed, *(_listed(problem) for problem in problems if problem.lost)),
        losses=(*(loss for of in counted.values() for loss in of.losses if loss.url in written), *plan.losses),
        conflicts=plan.conflicts,
        remarks=(*(remark for of in counted.values() for remark in of.remarks), *plan.remarks),
    )


def reopened(receipt: Receipt, saved: SavedPlan, plan: Plan) -> Receipt:
    """Return an opened receipt by the counts of a saved plan; those of its steps that are done already are unchanged.

    `plan` is what is left of it.
    """
    before = saved.receipt
    lost = set(before.losses)
    return attrs.evolve(
        receipt,
        read_source=before.read_source,
        read_both=before.read_both,
        unchanged=saved.plan.unchanged + len(saved.plan.steps) - len(plan.steps),
        filtered=before.filtered,
        skipped=before.skipped,
        losses=tuple(loss for loss in receipt.losses if loss in lost),
    )


def foreseen(receipt: Receipt, plan: Plan, estimates: Sequence[Estimate], calls: Mapping[str, int]) -> Receipt:
    """Return an opened receipt as it will be if every step of the plan is done. `estimates` are those of each side."""
    fates = Counter(step.fate for step in plan.steps if step.shared is None)
    names = {Side.LEFT: receipt.source, Side.RIGHT: receipt.target}
    return attrs.evolve(
        receipt,
        dry_run=True,
        writes={name: _to_write(plan, side) for side, name in names.items()},
        added=fates[Fate.ADDED],
        merged=fates[Fate.MERGED] + len({step.shared for step in plan.steps} - {None}),
        removed=fates[Fate.REMOVED],
        losses=(*receipt.losses, *(loss for step in plan.steps for loss in step.losses)),
        estimate=Estimate(sum(item.calls for item in estimates), sum(item.seconds for item in estimates)),
        calls=calls,
    )


def estimate(steps: Sequence[Step], source: Capabilities, target: Capabilities, *, verify: bool) -> Estimate:
    """Return what carrying out the steps will take: writing at the target's pace, and looking again at both sides."""
    cost = target.cost
    needed = 0.0
    for step in steps:
        added = isinstance(step.operation, Add)
        needed += cost.add if added else cost.update if isinstance(step.operation, Update) else cost.remove
    calls = math.ceil(needed)
    confirming = _looking(len(publishing(steps, target)), source.cost) if source.single else 0.0
    verifying = _looking(len(steps), cost) if verify else 0.0
    return Estimate(calls, confirming + calls * cost.gap + verifying)


def closed(
    receipt: Receipt,
    tallies: Mapping[Side, Tally],
    verified: Verified | None,
    calls: Mapping[str, int],
    *,
    interrupted: bool,
) -> Receipt:
    """Return an opened receipt with what came of the steps at each side."""
    made = tuple(tallies.values())
    fates = {fate: sum(tally.fates[fate] for tally in made) for fate in Fate}
    merged, failed, pending = _halves(made)
    names = {Side.LEFT: receipt.source, Side.RIGHT: receipt.target}
    return attrs.evolve(
        receipt,
        added=fates[Fate.ADDED],
        merged=fates[Fate.MERGED] + merged,
        removed=fates[Fate.REMOVED],
        unchanged=receipt.unchanged + sum(tally.unchanged for tally in made),
        skipped=(*receipt.skipped, *(item for tally in made for item in tally.skipped)),
        failed=(*receipt.failed, *(item for tally in made for item in tally.failed), *failed),
        losses=(*receipt.losses, *(item for tally in made for item in tally.losses)),
        pending=sum(tally.left for tally in made) + pending,
        writes={name: _written(tallies.get(side)) for side, name in names.items()},
        verified=verified,
        calls=calls,
        interrupted=interrupted,
    )


def _halves(tallies: Sequence[Tally]) -> tuple[int, list[Listed], int]:
    """Return what became of the bookmarks that were written on both sides: merged, failed, and not yet whole."""
    ends: dict[tuple[str, str], list[Listed | None]] = {}
    for tally in tallies:
        for shared, end in tally.shared:
            ends.setdefault(shared, []).append(end)
    failed = [next(end for end in of if end is not None) for of in ends.values() if any(of)]
    whole = sum(len(of) == len(Side) and not any(of) for of in ends.values())
    return whole, failed, len(ends) - whole - len(failed)


def _to_write(plan: Plan, side: Side) -> Written:
    fates = Counter(step.fate for step in plan.steps if step.side is side)
    return Written(fates[Fate.ADDED], fates[Fate.MERGED], fates[Fate.REMOVED])


def _written(tally: Tally | None) -> Written:
    return Written() if tally is None else Written(tally.fates[Fate.ADDED], tally.merged, tally.fates[Fate.REMOVED])


def _looking(entries: int, cost: Cost) -> float:
    """Return the seconds it takes to look at entries: one by one or in a listing, whichever ends sooner."""
    singly = entries * cost.gap
    return min(singly, cost.listing) if cost.listing else singly


def _listed(problem: Problem) -> Listed:
    return Listed(problem.url or "", f"{problem.where}: {problem.why}")
