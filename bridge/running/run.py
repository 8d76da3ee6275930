"""One run, from the locks to the receipt.

1. lock both accounts; 2. settle what older runs sent and never saw answered; 3. pull both sides; 4. guards; 5. look up
what the listings alone do not prove; 6. plan; 7. journal; 8. push; 9. read back; 10. receipt. A crash at any step, and
then the same command: the end state is that of an undisturbed run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import attrs

from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError, Refused, StateError, Stopped, UsageError
from bridge.model.link import Side
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Receipt, Verified
from bridge.planning import guards
from bridge.planning.sides import Sides
from bridge.running import reckoning
from bridge.running.job import Ended, Job, Past, Planner
from bridge.running.lane import Lane
from bridge.running.pull import Read, ask, pull, read
from bridge.running.tally import Tally
from bridge.running.world import World
from bridge.state.journal import Row
from bridge.state.lock import locked
from bridge.state.store import Pair

_WRITTEN = (Side.RIGHT, Side.LEFT)
"""The order in which the sides are written."""


def run(job: Job, world: World) -> Ended:
    """Run a job.

    Raises what stops it before its first write, and StateError whenever the journal cannot be written: without it a run
    has no receipt. What else stops it later is in the result.
    """
    identities = (job.source.adapter.identity, job.target.adapter.identity)
    if identities[0] == identities[1]:
        raise UsageError(f"{job.source.name} and {job.target.name} are the same account.", "Name two different ones.")
    holder = (
        f"{'an' if job.undoes else 'a'} {job.kind} from {job.source.name} to {job.target.name} (process {world.pid})"
    )
    with locked(world.store.folder, identities, holder):
        return _Run(job, world).run()


class _Run:
    def __init__(self, job: Job, world: World) -> None:
        self._job = job
        self._world = world
        store = world.store
        self._pair = pair = Pair(store.account(job.source.adapter.identity), store.account(job.target.adapter.identity))
        self._again = world.journal.ended_under(pair, job.rules)
        self._settled = 0
        self._planner = self._made_planner()
        ways = self._planner.ways
        self._lanes = [Lane(job, side, pair, ways[side], world) for side in _WRITTEN if side in ways]

    def _made_planner(self) -> Planner:
        store, pair = self._world.store, self._pair
        memories = {Side.RIGHT: store.tag_memory(pair), Side.LEFT: store.tag_memory(pair.the_other_way)}
        return self._job.make_planner(Past(memories, self._again))

    def run(self) -> Ended:
        job, world = self._job, self._world
        if not job.dry_run:
            self._go_on()
        listings = pull(job, self._pair, world)
        resting = self._resting()
        if resting is not None:
            return Ended(resting)
        found = read(job, self._pair, self._planner.ways, listings, world)
        before = world.store.versions(self._pair)
        self._guard(found.sides)
        found = ask(job, self._pair, self._planner, found, world)
        plan = self._planned(found.sides)
        receipt = reckoning.opened(
            Receipt(job.kind, job.source.name, job.target.name, undoes=job.undoes), found.notes, plan
        )
        if job.saved is not None:
            receipt = reckoning.reopened(receipt, job.saved, plan)
        estimates = [lane.estimate(plan) for lane in self._lanes]
        foreseen = reckoning.foreseen(receipt, plan, estimates, self._calls())
        if job.dry_run:
            return Ended(foreseen, plan=plan)
        if plan.steps and not world.agree(foreseen, job.target.adapter.capabilities.cost.gap):
            raise Stopped("Nothing was written, as you wished.")
        ended = self._write(found, plan, receipt)
        if ended.error is None:
            world.store.forget_refusal(job.approved)
        quiet = not plan.steps and not self._settled and ended.exit_code == 0
        if quiet and world.store.versions(self._pair) == before:
            world.store.save_rest(self._pair, self._name, attrs.evolve(ended.receipt, run=None))
        return ended

    def _resting(self) -> Receipt | None:
        """Return the receipt of the last run, if it found nothing to do and nothing has changed since.

        Such a run is not entered in the journal: a job that runs every few minutes mostly finds nothing.
        """
        if not self._job.repeats or self._job.dry_run or any(lane.owes for lane in self._lanes):
            return None
        last = self._world.store.rest(self._pair, self._name)
        return None if last is None else attrs.evolve(last, calls=self._calls(), verified=None)

    @property
    def _name(self) -> str:
        """What the receipt of a run depends on besides both accounts' contents."""
        job = self._job
        known = [party.adapter.capabilities for party in (job.source, job.target)]
        # The latest date that an account takes moves with the clock.
        can = [attrs.evolve(of, limits=attrs.evolve(of.limits, latest=None)) for of in known]
        names = (job.kind, job.source.name, job.target.name)
        parts = self._world.store.codec.dump((names, job.options, job.rules, self._again, can))
        return hashlib.sha256(parts.encode()).hexdigest()

    def _go_on(self) -> None:
        """Take up what runs before left behind: those that died, and the rows that they never saw answered."""
        world = self._world
        for dead in world.journal.bury(self._pair):
            world.progress.say(f"Going on after run {dead}, which did not come to its end.")
        self._settled = sum(lane.settle() for lane in self._lanes)
        if self._settled:
            world.progress.say(f"Looked up what was on its way when the last run ended: {self._settled:,}.")
            self._planner = self._made_planner()  # what arrived is known only now

    def _guard(self, sides: Sides) -> None:
        """Raise Refused if the planner will not go on with what it was shown, unless the person approved of that."""
        guarded, store = self._planner.guarded(sides), self._world.store
        if guarded is None:
            return
        # What was listed is in the replica, and would not be listed again: the next run has to see it, too.
        store.drop_cursors(self._pair.low, self._pair.high)
        if not guarded.tokens:
            raise Refused(guarded.message, guarded.remedy, items=guarded.items, total=guarded.total)
        tokens = guarded.tokens | {f"pair {self._pair.low} {self._pair.high}"}
        if tokens <= store.refused(self._job.approved):
            return
        approve = hashlib.sha256("\n".join(sorted(tokens)).encode("utf-8", "replace")).hexdigest()[:12]
        store.save_refusal(approve, tokens)
        other = f"The ID {self._job.approved} does not approve of this: " if self._job.approved else ""
        remedy = f"Nothing was written. If that is right, run `{self._job.command} --approve {approve}`."
        raise Refused(f"{other}{guarded.message}", remedy, approve=approve, items=guarded.items, total=guarded.total)

    def _planned(self, sides: Sides) -> Plan:
        """Return what is to be done: a plan of these listings, or what is left of the saved one."""
        saved = self._job.saved
        if saved is None:
            return self._planner.plan(sides)
        done = self._world.journal.done_under(saved.id)
        dump = self._world.store.codec.dump
        steps = tuple(step for step in saved.plan.steps if dump(step) not in done)
        fields = self._job.target.adapter.capabilities.reads
        guards.refuse_moved([step.operation for step in steps], _held(sides, Side.RIGHT), fields)
        # What has been linked since the plan was made is known better than the plan knew it.
        lefts, rights = ({link.half(side).ref for link in sides.links} for side in Side)
        agreed = (link for link in saved.plan.agreed if link.left.ref not in lefts and link.right.ref not in rights)
        return attrs.evolve(saved.plan, steps=steps, agreed=tuple(agreed))

    def _write(self, found: Read, plan: Plan, receipt: Receipt) -> Ended:
        job, world = self._job, self._world
        confirmed = {lane.side: lane.confirmed(plan, found.sides) for lane in self._lanes}
        plan_id = job.saved.id if job.saved is not None else ""
        number = world.journal.begin(
            receipt, self._pair, plan=plan_id, rules=job.rules, options=job.options, pid=world.pid, now=world.clock()
        )
        self._save(found, plan)
        tallies = self._carried_out(number, {side: steps for side, (steps, _) in confirmed.items()}, found.sides)
        verified, error = self._verified(tallies, found.verified)
        if error is None:
            tallies, verified, error = self._afterwards(number, found.sides, tallies, verified)
        for side, (_, moved) in confirmed.items():
            tallies[side].failed += moved
        opened = attrs.evolve(receipt, run=number)
        receipt = reckoning.closed(opened, tallies, verified, self._calls(), interrupted=error is not None)
        ended = Ended(receipt, error, plan)
        world.journal.end(number, receipt, exit_code=ended.exit_code, now=world.clock())
        return ended

    def _afterwards(
        self, number: int, sides: Sides, tallies: dict[Side, Tally], verified: Verified | None
    ) -> tuple[dict[Side, Tally], Verified | None, BridgeError | None]:
        """Do at the source what is to follow once its bookmarks are saved."""
        steps = self._planner.afterwards(sides, self._world.store.links(self._pair))
        if not steps:
            return tallies, verified, None
        more = self._carried_out(number, {Side.RIGHT: (), Side.LEFT: steps}, sides)
        verified, error = self._verified(more, verified or Verified(0))
        return {**tallies, Side.LEFT: more[Side.LEFT]}, verified, error

    def _save(self, found: Read, plan: Plan) -> None:
        """Store the links that need no write. Those without news are left, so that their tags do not count as used."""
        store, known = self._world.store, {link.left.ref: link for link in found.sides.links}
        news = [link for link in plan.agreed if known.get(link.left.ref) != link]
        with store.transaction():
            store.save_links(self._pair, [*found.adopted, *news])
            for twin in plan.twins:
                pair = self._pair if twin.side is Side.LEFT else self._pair.the_other_way
                if found.sides.view(twin.side).twins.get(twin.ref) != twin.twin:
                    store.save_twin(pair, twin.ref, twin.twin)

    def _carried_out(self, number: int, steps: Mapping[Side, Sequence[Step]], sides: Sides) -> dict[Side, Tally]:
        """Keep what the accounts held, enter the steps in the journal, and push them, one side after the other."""
        world = self._world
        active = [lane for lane in self._lanes if steps[lane.side] or lane.owes]
        tallies = {lane.side: Tally() for lane in self._lanes}
        try:
            for lane in active:
                lane.keep(number, _held(sides, lane.side))
        except StateError as error:
            return {side: Tally.unreached(steps[side], error) for side in tallies}
        if not self._job.repeats:
            world.store.drop_cursors(*(lane.account for lane in active))
        rows = self._entered(number, active, steps)
        for lane in active:
            ended = [tally.ended for tally in tallies.values() if isinstance(tally.ended, Stopped)]
            if ended:
                tallies[lane.side] = Tally.unreached(steps[lane.side], ended[0])
            else:
                tallies[lane.side] = lane.carry_out([row for row in rows if row.step.side is lane.side])
        return tallies

    def _entered(self, number: int, lanes: Sequence[Lane], steps: Mapping[Side, Sequence[Step]]) -> list[Row]:
        accounts = [lane.account for lane in lanes for _ in steps[lane.side]]
        return self._world.journal.write(number, accounts, [step for lane in lanes for step in steps[lane.side]])

    def _verified(self, tallies: Mapping[Side, Tally], adopted: Verified) -> tuple[Verified | None, BridgeError | None]:
        """Read back what was written, unless an account was given up or the person does not want it."""
        error = next((tally.ended for tally in tallies.values() if tally.ended is not None), None)
        seen, wrong = adopted.checked, list(adopted.wrong)
        for lane in self._lanes:
            tally = tallies[lane.side]
            if not self._job.verify or tally.ended is not None:
                wrong += tally.wrong
                continue
            try:
                verified = lane.verified(tally)
            except StateError:
                raise
            except BridgeError as failed:
                wrong += tally.wrong
                error = error or failed
                continue
            seen, wrong = seen + verified.checked, [*wrong, *verified.wrong]
        if wrong or (self._job.verify and (seen or error is None)):
            return Verified(seen, tuple(wrong)), error
        return None, error

    def _calls(self) -> dict[str, int]:
        return {party.name: party.adapter.calls for party in (self._job.source, self._job.target)}


def _held(sides: Sides, side: Side) -> Sequence[Entry]:
    """Return all that an account is known to hold, what could not be read as it was before."""
    view = sides.view(side)
    return [*view.entries, *view.stale]
