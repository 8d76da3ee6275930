"""The table of the three-way merge, row by row."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.tags import Carried
from bridge.model import reasons
from bridge.model.bookmark import Field, Highlight
from bridge.planning.merge import (
    ABSENT,
    Sight,
    TagMerge,
    Verdict,
    decide,
    earlier,
    meet,
    overwrite,
    united,
    with_tags,
)

OLD = datetime(2010, 1, 1, tzinfo=UTC)
NEW = datetime(2020, 1, 1, tzinfo=UTC)
CALM = Sight(Field.TITLE, source="s", target="t", wanted="s", source_base="s", target_base="t")
CHANGED = attrs.evolve(CALM, source="new", wanted="new")
EDITED = attrs.evolve(CALM, target="theirs")


def sight(field: Field, before: object, source: object, target: object, **other: object) -> Sight:
    """Return a field whose sides agreed on `before` and that S holds as `source` now."""
    seen = Sight(field, source, target, source, source_base=before, target_base=target)
    return attrs.evolve(seen, **other)  # type: ignore[arg-type]


def test_neither_changed_nothing_is_done() -> None:
    """Agreement is not sameness: a standing difference is no change."""
    assert Verdict.KEEP is decide(CALM)


def test_neither_changed_but_owed_is_written_once_the_target_can_edit() -> None:
    """A debt waits until the target gains the edit."""
    owed = attrs.evolve(CALM, owed=True)

    assert Verdict.WRITE is decide(owed)
    assert Verdict.KEEP is decide(attrs.evolve(owed, target_edits=False))


def test_an_owed_value_that_the_target_has_already_is_agreed() -> None:
    """Equality pays a debt."""
    assert Verdict.AGREE is decide(attrs.evolve(CALM, owed=True, wanted="t"))


def test_source_changed_to_what_the_target_has_is_agreed() -> None:
    """A title whose tail is cut there needs no write."""
    assert Verdict.AGREE is decide(attrs.evolve(CHANGED, wanted="t"))


def test_source_changed_and_the_target_edits_is_written() -> None:
    """The plain case."""
    assert Verdict.WRITE is decide(CHANGED)


def test_source_changed_and_the_target_cannot_edit_is_owed() -> None:
    """The target reads the field and holds an older value."""
    assert Verdict.OWE is decide(attrs.evolve(CHANGED, target_edits=False))


def test_source_changed_and_the_target_does_not_know_is_a_loss() -> None:
    """The field is neither read nor edited there."""
    assert Verdict.LOSE is decide(attrs.evolve(CHANGED, target_edits=False, target_reads=False))


def test_source_changed_and_the_target_writes_blindly_is_written() -> None:
    """A field that the target edits and does not show has no change of its own and no value to agree with."""
    blind = attrs.evolve(CHANGED, target_reads=False, target="new", target_base=ABSENT)

    assert Verdict.WRITE is decide(blind)


def test_target_changed_alone_is_kept() -> None:
    """The way back is another merge; a debt does not overwrite it either."""
    assert Verdict.KEEP is decide(EDITED)
    assert Verdict.KEEP is decide(attrs.evolve(EDITED, owed=True))


def test_both_changed_to_the_same_is_agreed() -> None:
    """This makes a lost journal harmless."""
    assert Verdict.AGREE is decide(attrs.evolve(CHANGED, target="new"))


def test_both_changed_otherwise_is_a_conflict() -> None:
    """Somebody has to decide."""
    assert Verdict.CLASH is decide(attrs.evolve(CHANGED, target="theirs"))


@pytest.mark.parametrize("missing", [{"source_base": ABSENT}, {"target_base": ABSENT}])
@pytest.mark.parametrize("field", sorted(set(Field) - {Field.TAGS}, key=str))
def test_no_base_is_a_first_contact_of_the_field(field: Field, missing: dict[str, object]) -> None:
    """Absent is not empty, whatever the field."""
    assert Verdict.MEET is decide(attrs.evolve(CHANGED, field=field, **missing))  # type: ignore[arg-type]
    assert attrs.evolve(CHANGED, field=field, source_base=ABSENT).source_changed


@pytest.mark.parametrize(
    ("source", "wanted", "target", "verdict"),
    [
        (True, True, False, Verdict.WRITE),
        (False, False, True, Verdict.AGREE),
        (True, False, True, Verdict.AGREE),
        (False, True, False, Verdict.AGREE),
        (True, True, True, Verdict.AGREE),
    ],
)
def test_private_travels_only_to_private(source: bool, wanted: bool, target: bool, verdict: Verdict) -> None:
    """A change to public stops, and so does one to private that the job turns into public."""
    assert verdict is decide(sight(Field.PRIVATE, not source, source, target, wanted=wanted))


def test_private_wins_whatever_the_target_did() -> None:
    """Both changed: that is no conflict."""
    assert Verdict.WRITE is decide(sight(Field.PRIVATE, False, True, False, target_base=True))


def test_owed_publicity_is_never_delivered() -> None:
    """What was meant to be public and reads private stays private."""
    assert Verdict.AGREE is decide(sight(Field.PRIVATE, False, False, True, owed=True))


@pytest.mark.parametrize(
    ("source", "wanted", "target", "verdict"),
    [
        (OLD, OLD, NEW, Verdict.WRITE),
        (OLD, OLD, None, Verdict.WRITE),
        (NEW, NEW, OLD, Verdict.AGREE),
        (None, None, OLD, Verdict.AGREE),
        (OLD, None, NEW, Verdict.AGREE),
    ],
)
def test_only_an_earlier_date_travels(
    source: datetime | None, wanted: datetime | None, target: datetime | None, verdict: Verdict
) -> None:
    """A later date, none, and one that the target cannot hold stop; the base takes them."""
    assert verdict is decide(sight(Field.ADDED, datetime(2015, 1, 1, tzinfo=UTC), source, target, wanted=wanted))


@pytest.mark.parametrize(
    ("field", "source", "target", "met", "overwritten"),
    [
        (Field.TITLE, "s", "t", "t", "s"),
        (Field.TITLE, "s", "", "s", "s"),
        (Field.NOTE, "s", "t", "t", "s"),
        (Field.NOTE, "", "t", "t", ""),
        (Field.FAVORITE, True, False, True, True),
        (Field.FAVORITE, False, True, True, False),
        (Field.UNREAD, True, False, False, True),
        (Field.PRIVATE, True, False, False, True),
        (Field.PRIVATE, False, True, True, True),
        (Field.ADDED, OLD, NEW, NEW, OLD),
        (Field.ADDED, None, NEW, NEW, NEW),
        (Field.HIGHLIGHTS, (Highlight("s"),), (Highlight("t"),), (Highlight("t"), Highlight("s")), (Highlight("s"),)),
    ],
)
def test_first_contact(field: Field, source: object, target: object, met: object, overwritten: object) -> None:
    """Empty texts are filled, highlights united, a favorite stays; or all becomes S's, never public or dateless."""
    assert met == meet(field, source, target)
    assert overwritten == overwrite(field, source, target)


def test_united_highlights_keep_the_first_of_each_quote() -> None:
    """The same quote twice is one highlight."""
    dated = Highlight("a", OLD)

    assert (dated, Highlight("b")) == united((dated,), (Highlight("b"), Highlight("a")))


def test_a_date_is_earlier_than_none() -> None:
    """None is never earlier."""
    assert [True, True, False, False, False] == [
        earlier(OLD, NEW), earlier(OLD, None), earlier(NEW, OLD), earlier(None, OLD), earlier(None, None),
    ]  # fmt: skip


TAGS = TagMerge(
    source=("a", "b"),
    source_base=("a", "b"),
    target=("x", "y", "own"),
    target_base=("x", "y"),
    pairs=frozenset({("a", "x"), ("b", "y")}),
    comparable=str,
)


def test_tags_that_did_not_change_stay_as_they_are() -> None:
    """T's own tag is no news of S, and does not enter the base."""
    change = TAGS.change(Carried())

    assert (("x", "y", "own"), ("x", "y"), TAGS.pairs) == (change.tags, change.base, change.pairs)


def test_an_added_tag_is_written_and_paired() -> None:
    """It enters T's tags and base."""
    added = attrs.evolve(TAGS, source=("a", "b", "c"))
    change = added.change(Carried(("z",), frozenset({("c", "z")})))

    assert ("c",) == added.added
    assert (("x", "y", "own", "z"), ("x", "y", "z")) == (change.tags, change.base)
    assert TAGS.pairs | {("c", "z")} == change.pairs


def test_an_added_tag_that_stands_there_is_paired_without_a_write() -> None:
    """T's own tag and S's new one are the same from now on."""
    change = attrs.evolve(TAGS, source=("a", "b", "c")).change(Carried(("own",), frozenset({("c", "own")})))

    assert (("x", "y", "own"), ("x", "y", "own")) == (change.tags, change.base)
    assert ("c", "own") in change.pairs


def test_a_removed_tag_takes_what_it_was_paired_with() -> None:
    """The pair goes with it."""
    removed = attrs.evolve(TAGS, source=("b",))
    change = removed.change(Carried())

    assert (("y", "own"), ("y",), frozenset({("b", "y")})) == (change.tags, change.base, change.pairs)
    assert ("y", "own") == removed.staying


def test_a_removed_tag_without_a_pair_takes_nothing() -> None:
    """It never was at T; a tag of that name there is T's own."""
    change = attrs.evolve(TAGS, source=("a", "b"), source_base=("a", "b", "own")).change(Carried())

    assert TAGS.target == change.tags


def test_a_removed_tag_leaves_what_another_tag_stands_for_too() -> None:
    """Two of S's tags were one at T; one of them stays."""
    shared = attrs.evolve(TAGS, pairs=frozenset({("a", "x"), ("b", "x")}), source=("b",))
    change = shared.change(Carried())

    assert (TAGS.target, frozenset({("b", "x")})) == (change.tags, change.pairs)


def test_a_removed_tag_leaves_what_an_added_tag_stands_for() -> None:
    """A tag renamed at S only in its spelling is not taken away."""
    renamed = attrs.evolve(TAGS, source=("b", "A"))
    change = renamed.change(Carried(("x",), frozenset({("A", "x")})))

    assert TAGS.target == change.tags
    assert {("b", "y"), ("A", "x")} == change.pairs


def test_a_removed_tag_leaves_what_the_target_added_meanwhile() -> None:
    """Add beats remove; the pair is dropped."""
    readded = attrs.evolve(TAGS, source=("b",), target_base=("y",))
    change = readded.change(Carried())

    assert (TAGS.target, frozenset({("b", "y")})) == (change.tags, change.pairs)


def test_a_tag_that_the_target_removed_stays_removed() -> None:
    """S's tag did not change, so nothing brings it back; the base remembers it."""
    change = attrs.evolve(TAGS, target=("y",)).change(Carried())

    assert (("y",), ("x", "y")) == (change.tags, change.base)


def test_tags_are_compared_as_the_target_compares_them() -> None:
    """Where T knows no case, its new spelling of a paired tag is still that tag, and goes with it."""
    change = attrs.evolve(TAGS, source=("b",), target=("X", "y"), comparable=str.casefold).change(Carried())

    assert ("y",) == change.tags


def test_an_added_tag_that_is_spelt_like_another_is_listed() -> None:
    """Both stand for one tag from now on, which the way back cannot tell."""
    change = attrs.evolve(TAGS, source=("a", "b", "A")).change(Carried(("x",), frozenset({("A", "x")})))
    alike = ("A", "x", reasons.TAG_ALIKE)
    listed = attrs.evolve(TAGS, source=("a", "b", "A")).change(Carried(("x",), frozenset({("A", "x")}), (alike,)))

    assert (alike,) == change.losses == listed.losses


names = st.lists(st.sampled_from("abcXYZ"), unique=True, max_size=5).map(tuple)
pairings = st.frozensets(st.tuples(st.sampled_from("abc"), st.sampled_from("XYZ")), max_size=4)


@given(source=names, source_base=names, target=names, target_base=names, pairs=pairings)
def test_only_paired_tags_of_the_base_are_ever_taken(
    *,
    source: tuple[str, ...],
    source_base: tuple[str, ...],
    target: tuple[str, ...],
    target_base: tuple[str, ...],
    pairs: frozenset[tuple[str, str]],
) -> None:
    """Whatever changed: what goes at T was paired with what went at S, stood in T's base, and nothing is added."""
    merge = TagMerge(source, source_base, target, target_base, pairs, str)
    change = merge.change(Carried())
    gone = set(source_base) - set(source)

    assert set(change.tags) <= set(target)
    assert set(target) - set(change.tags) <= {theirs for ours, theirs in pairs if ours in gone} & set(target_base)
    assert {ours for ours, _ in change.pairs}.isdisjoint(gone)
    assert merge.staying == change.tags


def test_tags_are_added_once_under_the_targets_comparison() -> None:
    """What is there in another case is there."""
    assert ("Ruby", "c") == with_tags(("Ruby",), ("ruby", "c"), str.casefold)
    assert ("Ruby", "ruby") == with_tags(("Ruby",), ("ruby",), str)


def test_what_was_never_agreed_shows_itself() -> None:
    """The mark of a missing base is readable in a failing test."""
    assert "ABSENT" == repr(ABSENT)
