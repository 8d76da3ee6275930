"""What is to be run: two accounts, the planner that decides what is written, and how far to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

import attrs

from bridge.model.bookmark import Entry
from bridge.model.errors import BridgeError
from bridge.model.link import Link, Side
from bridge.model.plan import Plan, Step
from bridge.model.receipt import Receipt
from bridge.planning.guards import Guarded
from bridge.planning.policy import Policy
from bridge.planning.sides import Sides
from bridge.running.saved import SavedPlan
from bridge.running.world import Party


class Planner(Protocol):
    """Decides; pure. The same run serves every planner."""

    @property
    def ways(self) -> Mapping[Side, Policy]:
        """The policy of each direction, by the side that it writes."""
        ...

    def guarded(self, sides: Sides) -> Guarded | None:
        """Return why it will not go on with what the listings say, None if it will."""
        ...

    def doubts(self, sides: Sides) -> Mapping[Side, tuple[Entry, ...]]:
        """Return the entries of each side that have to be looked up before a plan can be made."""
        ...

    def plan(self, sides: Sides) -> Plan:
        """Return what has to be written."""
        ...

    def afterwards(self, sides: Sides, links: Sequence[Link]) -> tuple[Step, ...]:
        """Return what is to be written to the left once the rest is written and read back; `links` are as of then."""
        ...


@attrs.frozen
class Past:
    """What earlier runs of the pair left behind that a planner has to know.

    `memories` gives for each side that may be written the tag there that last stood for a tag of the other side.
    `again`: a run under the same rules has come to its end.
    """

    memories: Mapping[Side, Mapping[str, str]]
    again: bool


MakePlanner: TypeAlias = Callable[[Past], Planner]
"""Makes a job's planner from the pair's past."""


@attrs.frozen
class Job:
    """What is to be run: its kind, both accounts, the planner, and how far to go.

    `options` are the job's, as text, for whoever has to understand the run later. `saved` is a plan to carry out
    instead of making one. `rules` names what a removal depends on: under new rules nothing is removed at first. `full`
    is the age in seconds at which a whole listing is too old, None for any. `approved` names a refusal that the person
    has approved of, `command` is what they would type to do so. `repeats`: it is run again and again, so what the
    accounts held is kept but once. `undoes` are the runs that it takes back.
    """

    kind: str
    source: Party
    target: Party
    make_planner: MakePlanner
    options: str = ""
    dry_run: bool = False
    verify: bool = True
    saved: SavedPlan | None = None
    rules: str = ""
    full: float | None = None
    approved: str = ""
    command: str = ""
    repeats: bool = False
    undoes: tuple[int, ...] = ()

    def party(self, side: Side) -> Party:
        """Return the account of a side: a source is on the left."""
        return self.source if side is Side.LEFT else self.target


@attrs.frozen
class Ended:
    """How a run ended: its receipt, what cut it short if anything did, and the plan it made."""

    receipt: Receipt
    error: BridgeError | None = None
    plan: Plan = Plan()

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        return self.receipt.exit_code if self.error is None else self.error.exit_code
