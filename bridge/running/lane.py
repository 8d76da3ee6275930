"""One direction of a run: the account that is written, the one that is read, and who pushes."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError, StateError
from bridge.model.link import Side
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Estimate, Listed, Verified
from bridge.planning import listing
from bridge.planning.policy import Policy
from bridge.planning.sides import Sides
from bridge.running import reckoning
from bridge.running.confirm import confirm
from bridge.running.execute import Executor
from bridge.running.job import Job
from bridge.running.tally import Tally
from bridge.running.verify import verify
from bridge.running.world import Work, World
from bridge.state.journal import Row
from bridge.state.store import Pair


class Lane:
    """Everything that belongs to writing one side of a pair. `account` is the number of the written account."""

    def __init__(self, job: Job, side: Side, pair: Pair, policy: Policy, world: World) -> None:
        self.side = side
        self.target = job.party(side)
        self._source = job.party(side.other)
        self._pair = pair if side is Side.RIGHT else pair.the_other_way
        self._job = job
        self._policy = policy
        self._world = world
        self._executor = Executor(self.target, self._pair.right, self._pair, policy, world)
        self.account = self._pair.right

    def settle(self) -> int:
        """Look at what earlier runs sent here and never saw answered; return how many that were."""
        return self._executor.settle_unanswered()

    @property
    def owes(self) -> bool:
        """Whether there is something to be given back that an earlier run has overwritten."""
        return self._executor.owes

    def steps(self, plan: Plan) -> list[Step]:
        """Return the steps of a plan that write here."""
        return [step for step in plan.steps if step.side is self.side]

    def estimate(self, plan: Plan) -> Estimate:
        """Return what writing here will take."""
        source, target = (party.adapter.capabilities for party in (self._source, self.target))
        return reckoning.estimate(self.steps(plan), source, target, verify=self._job.verify)

    def confirmed(self, plan: Plan, sides: Sides) -> tuple[list[Step], list[Listed]]:
        """Return the steps that stand, and the bookmarks that must not be published any more."""
        shown = listing.there(sides.view(self.side.other)).values()
        target, progress = self.target.adapter.capabilities, self._world.progress
        mapper = self._policy.mapper
        return confirm(self.steps(plan), tuple(shown), self._source, target, mapper, progress=progress)

    def carry_out(self, rows: Sequence[Row]) -> Tally:
        """Push the rows that write here, and return what came of them. Raises StateError."""
        with self._world.progress.phase(Work.WRITING, self.target.name, len(rows)):
            return self._executor.carry_out(rows)

    def keep(self, run: int, before: Sequence[Entry]) -> None:
        """Keep what the account held before the run; raise StateError if that fails.

        Of a job that runs again and again only what was there before its first write to the account is kept.
        """
        if not before or (self._job.repeats and self._world.journal.has_written(self._pair, self.account)):
            return
        name = f"before-{run}.jsonl" if self.side is Side.RIGHT else f"before-{run}-left.jsonl"
        path = self._world.store.folder / name
        try:
            self._world.keep(path, before)
        except BridgeError as error:
            raise StateError(
                f"What {self.target.name} holds now cannot be kept, so nothing was written to it: {error.message}",
                "Free some space, mend the permissions, or point --state-dir at another folder.",
            ) from error
        self._world.progress.say(f"What {self.target.name} holds now is kept in {path}.")

    def verified(self, tally: Tally) -> Verified:
        """Read back what was written. Raises what the adapter raises."""
        fresh = verify(tally.written, self.target, self._pair, self._policy.mapper, self._world, since=tally.began)
        return attrs.evolve(fresh, wrong=(*fresh.wrong, *tally.wrong))
