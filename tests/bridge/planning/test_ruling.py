"""What the table says of one field, as a value, and what becomes of it where two directions meet."""

from __future__ import annotations

import attrs
import pytest

from bridge.mapping.mapper import Mapper
from bridge.model import reasons
from bridge.model.bookmark import Field, Highlight
from bridge.model.capabilities import Capabilities
from bridge.model.receipt import Loss
from bridge.planning.merge import ABSENT, Sight, Verdict
from bridge.planning.policy import Existing, Policy
from bridge.planning.ruling import Ruling, rule

MIRROR = Policy(Mapper(Capabilities(), Capabilities()), "left", "right", mirrors=True)
ONCE = attrs.evolve(MIRROR, mirrors=False)
OVERWRITE = attrs.evolve(ONCE, existing=Existing.OVERWRITE)
CALM = Sight(Field.TITLE, source="s", target="t", wanted="s", source_base="s", target_base="t")
NEWS = attrs.evolve(CALM, source="new", wanted="new")
CLASH = attrs.evolve(NEWS, target="theirs")
MET = attrs.evolve(CALM, source_base=ABSENT, target_base=ABSENT)
Q, R = Highlight("q"), Highlight("r")


def ruled(sight: Sight, policy: Policy = MIRROR, *, exposed: bool = False) -> tuple[Verdict, object, bool]:
    """Return the verdict on a field, the value that it writes, and whether it is a conflict."""
    ruling = rule(sight, policy, exposed=exposed)
    return ruling.verdict, ruling.value, ruling.clash


def test_news_is_written() -> None:
    """With its value."""
    assert (Verdict.WRITE, "new", False) == ruled(NEWS)
    assert rule(NEWS, MIRROR, exposed=False).writes


def test_what_did_not_change_is_kept() -> None:
    """No value, no write, no debt."""
    ruling = rule(CALM, MIRROR, exposed=False)

    assert (Verdict.KEEP, ABSENT) == (ruling.verdict, ruling.value)
    assert [False] * 4 == [ruling.writes, ruling.due, ruling.cut, ruling.stays_behind]


def test_a_clash_is_left_to_whoever_rules_both_directions() -> None:
    """It writes nothing by itself."""
    assert (Verdict.CLASH, ABSENT, True) == ruled(CLASH)


@pytest.mark.parametrize(("edits", "verdict", "value"), [(True, Verdict.WRITE, "new"), (False, Verdict.OWE, ABSENT)])
def test_a_clash_is_carried_where_the_job_overwrites(edits: bool, verdict: Verdict, value: object) -> None:
    """Or owed, where the target cannot be written."""
    assert (verdict, value, True) == ruled(attrs.evolve(CLASH, target_edits=edits), OVERWRITE)


@pytest.mark.parametrize(
    ("sight", "exposed", "why", "kept"),
    [
        (attrs.evolve(NEWS, target_reads=False, target_edits=False), False, reasons.NO_FIELD, ""),
        (attrs.evolve(NEWS, target_edits=False), False, reasons.FIXED, "t"),
        (attrs.evolve(NEWS, field=Field.NOTE), True, reasons.WOULD_BE_PUBLIC, "t"),
    ],
)
def test_what_stays_behind_says_why(sight: Sight, exposed: bool, why: str, kept: str) -> None:
    """There is no such field, or it cannot be changed, or others could read it."""
    ruling = rule(sight, MIRROR, exposed=exposed)
    loss = ruling.left_behind("u")

    assert ruling.stays_behind
    assert (Loss("u", sight.field.value, "new", kept), why) == (loss, loss.reason)


def test_highlights_do_not_clash() -> None:
    """They merge one by one: what S removed goes, what T added stays."""
    sight = Sight(Field.HIGHLIGHTS, (R,), (Q, Highlight("t")), (R,), source_base=(Q,), target_base=(Q,))

    assert (Verdict.WRITE, (Highlight("t"), R), False) == ruled(sight)


def test_highlights_that_cannot_be_edited_clash() -> None:
    """There is nothing to merge into."""
    sight = Sight(Field.HIGHLIGHTS, (R,), (Q,), (R,), source_base=(), target_base=(), target_edits=False)

    assert Verdict.CLASH is ruled(sight)[0]


def test_words_that_were_never_the_sources_are_a_conflict_of_a_migration_alone() -> None:
    """They stood there when the two first met; in a mirror they have been carried back."""
    own = attrs.evolve(NEWS, source_base="ours", target="theirs", target_base="theirs")

    assert Verdict.CLASH is ruled(own, ONCE)[0]
    assert Verdict.WRITE is ruled(own, MIRROR)[0]


@pytest.mark.parametrize(
    ("field", "source", "target", "value"),
    [(Field.TITLE, "s", "", "s"), (Field.TITLE, "s", "t", "t"), (Field.UNREAD, True, False, False)],
)
def test_a_first_contact_fills_what_is_empty(field: Field, source: object, target: object, value: object) -> None:
    """And leaves the rest."""
    sight = attrs.evolve(MET, field=field, source=source, wanted=source, target=target)

    assert (Verdict.MEET, value, False) == ruled(sight)


def test_a_first_contact_owes_what_it_cannot_fill() -> None:
    """The target shows the field and cannot edit it."""
    empty = attrs.evolve(MET, target="", target_edits=False)

    assert (Verdict.OWE, ABSENT, False) == ruled(empty)
    assert Verdict.MEET is ruled(attrs.evolve(empty, target="t"))[0]


def test_a_first_contact_overwrites_where_the_job_does() -> None:
    """Whatever is there."""
    assert (Verdict.MEET, "s", False) == ruled(MET, OVERWRITE)


@pytest.mark.parametrize(("field", "old", "new"), [(Field.NOTE, "", "mine"), (Field.HIGHLIGHTS, (), (Q,))])
def test_private_words_are_lost_where_others_read(field: Field, old: object, new: object) -> None:
    """A note and highlights are not published; a title is."""
    sight = Sight(field, new, old, new, source_base=old, target_base=old)

    assert (Verdict.LOSE, ABSENT, False) == ruled(sight, exposed=True)
    assert Verdict.WRITE is ruled(NEWS, exposed=True)[0]
    assert rule(sight, MIRROR, exposed=True).stays_behind


def test_an_exposed_field_that_is_the_same_is_no_loss() -> None:
    """It stands there already."""
    assert Verdict.KEEP is ruled(attrs.evolve(CALM, field=Field.NOTE, wanted="t"), exposed=True)[0]


def test_a_loss_is_listed_only_as_news() -> None:
    """Something that was there before, or that says nothing, stays behind in silence."""
    lost = Sight(Field.NOTE, "n", "", "n", source_base="", target_reads=False, target_edits=False)

    assert rule(lost, MIRROR, exposed=False).stays_behind
    assert not rule(attrs.evolve(lost, source_base="n"), MIRROR, exposed=False).stays_behind
    assert not rule(attrs.evolve(lost, source="", source_base="n"), MIRROR, exposed=False).stays_behind


def test_a_debt_stays_due_until_it_is_paid_or_the_target_changes() -> None:
    """While nothing else happens."""
    owed = rule(attrs.evolve(CALM, owed=True, target_edits=False), MIRROR, exposed=False)
    theirs = rule(attrs.evolve(CALM, owed=True, target="theirs"), MIRROR, exposed=False)

    assert owed.due
    assert not theirs.due
    assert rule(attrs.evolve(NEWS, target_edits=False), MIRROR, exposed=False).due


def test_what_is_agreed_tells_of_a_cut_only_as_news() -> None:
    """A title that was cut long ago is not listed again."""
    agreed = rule(attrs.evolve(NEWS, wanted="t"), MIRROR, exposed=False)
    debt = rule(attrs.evolve(CALM, wanted="t", owed=True), MIRROR, exposed=False)

    assert (Verdict.AGREE, True) == (agreed.verdict, agreed.cut)
    assert (Verdict.AGREE, False) == (debt.verdict, debt.cut)


def test_a_ruling_that_is_kept_writes_nothing() -> None:
    """Whatever it said."""
    kept = rule(NEWS, MIRROR, exposed=False).kept()

    assert (Verdict.KEEP, False) == (kept.verdict, kept.writes)


def test_a_ruling_that_is_carried_writes_what_s_has() -> None:
    """Or owes it."""
    clash = rule(CLASH, MIRROR, exposed=False)
    fixed = Ruling(attrs.evolve(CLASH, target_edits=False), Verdict.CLASH)

    assert (Verdict.WRITE, "new") == (clash.carried().verdict, clash.carried().value)
    assert (Verdict.OWE, ABSENT) == (fixed.carried().verdict, fixed.carried().value)


def test_equal_is_what_the_target_shows_as_it_would_hold_it() -> None:
    """What it does not show is never known to be equal."""
    same = Ruling(attrs.evolve(CALM, wanted="t"), Verdict.KEEP)

    assert same.equal
    assert not Ruling(attrs.evolve(same.sight, target_reads=False), Verdict.KEEP).equal
