"""What came of the steps of a run at one account."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from bridge.model.errors import BridgeError
from bridge.model.plan import Fate, Step
from bridge.model.receipt import Listed, Loss, Wrong
from bridge.running.verify import Meant


@attrs.define
class Tally:
    """What came of the steps so far.

    `began` is when the first of them was sent, in seconds since the epoch. `shared` are the ends of steps that are half
    of what becomes of their bookmark, None for a good end: they are in no other count. `asides` are steps that are
    nobody's fate. `wrong` are fields that an entry could not be given, or given back. `left` counts steps that were not
    come to, `ended` says why.
    """

    began: float = 0.0
    fates: dict[Fate, int] = attrs.field(factory=lambda: dict.fromkeys(Fate, 0))
    shared: list[tuple[tuple[str, str], Listed | None]] = attrs.field(factory=list)
    asides: int = 0
    unchanged: int = 0
    skipped: list[Listed] = attrs.field(factory=list)
    failed: list[Listed] = attrs.field(factory=list)
    losses: list[Loss] = attrs.field(factory=list)
    written: list[Meant] = attrs.field(factory=list)
    wrong: list[Wrong] = attrs.field(factory=list)
    left: int = 0
    ended: BridgeError | None = None

    @classmethod
    def unreached(cls, steps: Sequence[Step], error: BridgeError) -> Tally:
        """Return what came of steps that were never come to."""
        return cls(left=sum(step.counts and step.shared is None for step in steps), ended=error)

    @property
    def merged(self) -> int:
        """How many entries were changed, those among them whose bookmark has another half, or none of its fate here."""
        return self.fates[Fate.MERGED] + self.asides + sum(failed is None for _, failed in self.shared)
