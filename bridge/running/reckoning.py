"""The arithmetic of a receipt: what was read, what is foreseen, what came of it; pure.

Every bookmark that was read has one fate. Those that need no write have theirs before the run begins to write; the
others get it as their steps end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import attrs

from bridge.model import url as urls
from bridge.model.adapter import Problem
from bridge.model.capabilities import Capabilities, Cost
from bridge.model.operation import Add, Update
from bridge.model.plan import Fate, Plan, Step
from bridge.model.receipt import Estimate, Listed, Receipt, Verified, Written
from bridge.running.confirm import publishing
from bridge.running.execute import Tally
from bridge.running.pull import Read
from bridge.running.saved import SavedPlan


def opened(receipt: Receipt, read: Read, plan: Plan) -> Receipt:
    """Return a job's empty receipt with the fates of everything that needs no write."""
    problems = read.source_notes.problems
    broken = tuple(_listed(problem) for problem in problems if not problem.lost)
    damaged = tuple(_listed(problem) for problem in problems if problem.lost)
    written = {step.url for step in plan.steps}
    losses = tuple(loss for loss in read.source_notes.losses if loss.url in written)
    return attrs.evolve(
        receipt,
        read_source=len(read.source) + len(problems),
        read_target=len(read.target),
        read_both=_both(read),
        unchanged=plan.unchanged,
        filtered=read.filtered,
        skipped=(*plan.skipped, *broken),
        failed=(*plan.failed, *damaged),
        losses=(*losses, *plan.losses),
        conflicts=plan.conflicts,
        remarks=read.source_notes.remarks,
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


def foreseen(
    receipt: Receipt, plan: Plan, source: Capabilities, target: Capabilities, calls: Mapping[str, int], *, verify: bool
) -> Receipt:
    """Return an opened receipt as it will be if every step of the plan is done."""
    fates = Counter(step.fate for step in plan.steps)
    return attrs.evolve(
        receipt,
        dry_run=True,
        added=fates[Fate.ADDED],
        merged=fates[Fate.MERGED],
        removed=fates[Fate.REMOVED],
        losses=(*receipt.losses, *(loss for step in plan.steps for loss in step.losses)),
        estimate=estimate(plan.steps, source, target, verify=verify),
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
    receipt: Receipt, tally: Tally, verified: Verified | None, calls: Mapping[str, int], *, interrupted: bool
) -> Receipt:
    """Return an opened receipt with what came of the steps."""
    fates = tally.fates
    return attrs.evolve(
        receipt,
        added=fates[Fate.ADDED],
        merged=fates[Fate.MERGED],
        removed=fates[Fate.REMOVED],
        unchanged=receipt.unchanged + tally.unchanged,
        skipped=(*receipt.skipped, *tally.skipped),
        failed=(*receipt.failed, *tally.failed),
        losses=(*receipt.losses, *tally.losses),
        pending=tally.left,
        writes={
            receipt.source: Written(),
            receipt.target: Written(fates[Fate.ADDED], fates[Fate.MERGED], fates[Fate.REMOVED]),
        },
        verified=verified,
        calls=calls,
        interrupted=interrupted,
    )


def _looking(entries: int, cost: Cost) -> float:
    """Return the seconds it takes to look at entries: one by one or in a listing, whichever ends sooner."""
    singly = entries * cost.gap
    return min(singly, cost.listing) if cost.listing else singly


def _listed(problem: Problem) -> Listed:
    return Listed(problem.url or "", f"{problem.where}: {problem.why}")


def _both(read: Read) -> int:
    """Count the bookmarks of the source that the target has: linked, or under the same url key."""
    refs = {entry.ref for entry in read.target}
    keys = {urls.key(entry.bookmark.url) for entry in read.target}
    linked = {link.left.ref for link in read.links if link.right.ref in refs}
    return sum(entry.ref in linked or urls.key(entry.bookmark.url) in keys for entry in read.source)
