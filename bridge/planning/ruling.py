"""What the merge table says of one field of a link, and what it writes: a verdict with its value."""

from __future__ import annotations

import attrs

from bridge.model import reasons
from bridge.model.bookmark import Bookmark, Field, describe, same
from bridge.model.receipt import Loss
from bridge.planning import merge
from bridge.planning.merge import ABSENT, Sight, Verdict
from bridge.planning.policy import Policy

_EMPTY = Bookmark("")

_OWN_WORDS = frozenset({Field.NOTE, Field.HIGHLIGHTS})
"""What a person wrote or marked in private: it is never put into an entry that others can read."""


@attrs.frozen
class Ruling:
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
    def equal(self) -> bool:
        """Whether T holds what S has, as far as it can."""
        sight = self.sight
        return sight.target_reads and same(sight.field, sight.wanted, sight.target)

    @property
    def stays_behind(self) -> bool:
        """Whether S has news that T cannot be given."""
        field, news = self.sight.field, self.sight.source_changed
        if self.verdict is Verdict.LOSE:
            return news and self.sight.source != _EMPTY.get(field)
        return self.verdict is Verdict.OWE

    @property
    def values(self) -> tuple[str, str]:
        """What S and T have there, as text."""
        return describe(self.sight.source), describe(self.sight.target)

    @property
    def cut(self) -> bool:
        """Whether S has news that T holds as far as it can."""
        return self.writes or (self.verdict is Verdict.AGREE and self.sight.source_changed)

    def left_behind(self, url: str) -> Loss:
        """Return the loss of S's value that T cannot be given."""
        sight = self.sight
        why = reasons.FIXED
        if self.verdict is Verdict.LOSE:
            why = reasons.WOULD_BE_PUBLIC if sight.target_reads or sight.target_edits else reasons.NO_FIELD
        kept = describe(sight.target) if sight.target_reads else ""
        return Loss(url, sight.field.value, describe(sight.source), kept, why)

    @property
    def due(self) -> bool:
        """Whether T has an older value that could not be delivered."""
        sight = self.sight
        waits = self.verdict is Verdict.KEEP and sight.owed and not sight.target_changed
        return waits or self.verdict is Verdict.OWE

    def kept(self) -> Ruling:
        """Return the ruling that leaves both sides and their bases as they are."""
        return attrs.evolve(self, verdict=Verdict.KEEP, value=ABSENT)

    def carried(self) -> Ruling:
        """Return the ruling by which S's value goes to T, whatever T made of it meanwhile."""
        if self.sight.target_edits:
            return attrs.evolve(self, verdict=Verdict.WRITE, value=self.sight.wanted)
        return attrs.evolve(self, verdict=Verdict.OWE, value=ABSENT)


def rule(sight: Sight, policy: Policy, *, exposed: bool) -> Ruling:
    """Return what becomes of one field. `exposed`: others can read T's entry, and S's is private.

    A clash is left to whoever rules both directions where the policy mirrors.
    """
    if exposed and sight.field in _OWN_WORDS and not same(sight.field, sight.wanted, sight.target):
        return Ruling(sight, Verdict.LOSE)
    verdict = merge.decide(sight)
    if verdict is Verdict.CLASH and sight.field is Field.HIGHLIGHTS and sight.target_edits:
        verdict = Verdict.WRITE
    if verdict is Verdict.WRITE and not policy.mirrors and _is_own(sight):
        verdict = Verdict.CLASH
    clash = verdict is Verdict.CLASH
    if clash and policy.overwrites:
        return attrs.evolve(Ruling(sight, verdict).carried(), clash=True)
    if verdict is Verdict.MEET:
        return _met(sight, policy)
    if verdict is Verdict.WRITE:
        together = sight.field is Field.HIGHLIGHTS
        return Ruling(sight, verdict, merge.merge_highlights(sight, sight.target) if together else sight.wanted)
    return Ruling(sight, verdict, clash=clash)


def _met(sight: Sight, policy: Policy) -> Ruling:
    met = merge.overwrite if policy.overwrites else merge.meet
    value = met(sight.field, sight.wanted, sight.target)
    if not sight.target_edits and not same(sight.field, value, sight.target):
        return Ruling(sight, Verdict.OWE)
    return Ruling(sight, Verdict.MEET, value)


def _is_own(sight: Sight) -> bool:
    """Tell whether T's words were never S's: they stood there when the two first met, and news of S is no reason."""
    ours, theirs = sight.source_base, sight.target_base
    if sight.field not in {Field.TITLE, Field.NOTE} or not sight.source_changed or not theirs:
        return False
    return not str(ours).strip().startswith(str(theirs).strip())
