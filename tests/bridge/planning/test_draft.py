"""What becomes of one bookmark: conflicts, debts, losses, tags and privacy over several runs."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from bridge.mapping.fields import HIGHLIGHTS_MARKER
from bridge.mapping.mapper import Privacy
from bridge.mapping.tags import TagPolicy
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.capabilities import Limits, TagRules, UriLimit
from bridge.model.link import Half, Link, Side
from bridge.model.receipt import Conflict, Listed
from bridge.planning.planner import plan
from bridge.planning.policy import Existing
from tests.bridge.planning.account import Scene, sides
from tests.bridge.planning.pairs import (
    DAY,
    FULL,
    LATER,
    PINBOARD,
    A,
    added,
    capable,
    changed,
    delta,
    losses,
    scene,
    sourced,
)

TITLE = frozenset({Field.TITLE})


def linked(bookmark: Bookmark, **options: object) -> Scene:
    """Return a scene in which a bookmark was carried in an earlier run."""
    found = scene(bookmark, **options)  # type: ignore[arg-type]
    found.run()
    return found


def test_conflict_is_listed_and_the_target_keeps_its_value() -> None:
    """Once: the base takes both, so that the next run is silent."""
    found = changed(linked(Bookmark(A, title="t", note="n")), title="theirs")
    made = sourced(found, Bookmark(A, title="ours", note="new")).run()
    again = found.plan()

    assert (Conflict(A, "title", "to"),) == made.conflicts
    assert [("ours", "theirs")] == [(conflict.source, conflict.target) for conflict in made.conflicts]
    assert {Field.NOTE: "new"} == delta(made).values
    assert "theirs" == found.account.held["r1"].title
    assert ((), ()) == (again.steps, again.conflicts)


def test_conflict_is_listed_and_the_source_wins_where_the_job_overwrites() -> None:
    """The winner is named."""
    found = changed(linked(Bookmark(A, title="t"), existing=Existing.OVERWRITE), title="theirs")
    made = sourced(found, Bookmark(A, title="ours")).run()

    assert (Conflict(A, "title", "from"),) == made.conflicts
    assert "ours" == found.account.held["r1"].title


def test_conflict_about_a_field_that_cannot_be_edited_leaves_the_target_its_value() -> None:
    """Overwriting is owed and listed, not done."""
    found = linked(
        Bookmark(A, title="t"), target=attrs.evolve(FULL, edits=FULL.edits - TITLE), existing=Existing.OVERWRITE
    )
    changed(found, title="theirs")
    made = sourced(found, Bookmark(A, title="ours")).run()

    assert (Conflict(A, "title", "to"),) == made.conflicts
    assert {("title", "ours", "theirs")} == losses(made)
    assert {(Side.RIGHT, Field.TITLE)} == found.book.links["s1"].owed


def test_conflict_without_a_write_is_agreed() -> None:
    """There may be nothing else to write."""
    found = changed(linked(Bookmark(A, title="t")), title="theirs")
    made = sourced(found, Bookmark(A, title="ours")).plan()

    assert ((), 1, 1) == (made.steps, made.unchanged, len(made.conflicts))


def test_change_that_cannot_be_delivered_is_owed_and_listed_once() -> None:
    """When the target gains the edit, it is written and the debt is paid."""
    fixed = attrs.evolve(FULL, edits=FULL.edits - TITLE)
    found = sourced(linked(Bookmark(A, title="t"), target=fixed), Bookmark(A, title="new"))
    first = found.run()
    second = found.run()
    third = capable(found, FULL).run()

    assert ((), {("title", "new", "t")}) == (first.steps, losses(first))
    assert ((), set()) == (second.steps, losses(second))
    assert {Field.TITLE: "new"} == delta(third).values
    assert frozenset() == found.book.links["s1"].owed


def test_debt_is_cleared_by_a_change_at_the_target() -> None:
    """Whoever edited the title there does not want ours any more."""
    found = linked(Bookmark(A, title="t"), target=attrs.evolve(FULL, edits=FULL.edits - TITLE))
    sourced(found, Bookmark(A, title="new")).run()
    changed(found, title="theirs").run()
    made = capable(found, FULL).plan()

    assert ((), frozenset()) == (made.steps, found.book.links["s1"].owed)


def test_debts_of_fields_that_are_not_spoken_of_stay() -> None:
    """A debt of the other side, and one of a field that the source lost."""
    debts = frozenset({(Side.LEFT, Field.TITLE), (Side.RIGHT, Field.NOTE)})
    found = linked(Bookmark(A, title="t"))
    link = attrs.evolve(found.book.links["s1"], owed=debts)
    mapper = attrs.evolve(found.mapper, source=FULL.without(frozenset({Field.NOTE})))
    made = plan(sides(found.source, found.account.listing(), (link,)), attrs.evolve(found.policy, mapper=mapper))

    assert [debts] == [agreed.owed for agreed in made.agreed]


def test_change_of_a_field_that_the_target_does_not_know_is_a_loss() -> None:
    """Listed when it happens; a value that nobody misses is not."""
    found = linked(Bookmark(A, note="n", favorite=True), target=FULL.without(frozenset({Field.NOTE, Field.FAVORITE})),
                   folding=scene().mapper.folding.at(FULL, FULL))  # fmt: skip
    made = sourced(found, Bookmark(A, note="new")).run()

    assert ((), {("note", "new", "")}) == (made.steps, losses(made))
    assert set() == losses(found.plan())


def test_first_contact_lists_what_the_target_has_no_place_for() -> None:
    """Also where the entry was there before."""
    made = scene(Bookmark(A, note="n", unread=False), there=(Bookmark(A),),
                 target=FULL.without(frozenset({Field.NOTE, Field.UNREAD}))).plan()  # fmt: skip

    assert ((), {("note", "n", ""), ("unread", "no", "")}) == (made.steps, losses(made))


def test_first_contact_lists_and_owes_what_it_would_fill_and_cannot() -> None:
    """An empty title stays empty where titles are not edited; a standing one is no loss."""
    fixed = attrs.evolve(FULL, edits=FULL.edits - {Field.TITLE, Field.NOTE})
    found = scene(Bookmark(A, title="t", note="n"), there=(Bookmark(A, note="theirs"),), target=fixed)
    made = found.run()

    assert ((), {("title", "t", "")}) == (made.steps, losses(made))
    assert {(Side.RIGHT, Field.TITLE)} == found.book.links["s1"].owed


def test_a_field_gained_by_the_target_is_a_first_contact_of_that_field() -> None:
    """It is filled where it is empty; the rest of the link stays."""
    found = linked(Bookmark(A, title="t", note="n", highlights=(Highlight("q"),)),
                   target=FULL.without(frozenset({Field.NOTE, Field.HIGHLIGHTS})))  # fmt: skip
    made = capable(found, FULL).run()

    assert {Field.NOTE: "n", Field.HIGHLIGHTS: (Highlight("q"),)} == delta(made).values
    assert () == found.plan().steps


def test_tags_gained_by_the_target_are_a_first_contact_of_the_tags() -> None:
    """United with what stands there, in its spelling."""
    found = linked(Bookmark(A, tags=("a b", "c")), target=PINBOARD.without(frozenset({Field.TAGS})))
    made = changed(capable(found, PINBOARD), tags=("A-B", "own")).run()

    assert (("c",), ()) == (delta(made).add_tags, delta(made).remove_tags)
    assert {("a b", "A-B"), ("c", "c")} == found.book.links["s1"].pairs
    assert () == found.plan().steps


def test_tags_that_cannot_be_edited_are_lost_when_they_are_new() -> None:
    """Added at the source after the entry was made."""
    found = linked(Bookmark(A, tags=("a",)), target=attrs.evolve(FULL, edits=FULL.edits - {Field.TAGS}))
    made = sourced(found, Bookmark(A, tags=("a", "b"))).run()

    assert ((), {("tags", "b", "")}) == (made.steps, losses(made))
    assert set() == losses(found.plan())
    assert ("a",) == found.book.links["s1"].right.base[Field.TAGS]


def test_tags_that_the_source_does_not_read_are_the_targets_alone() -> None:
    """Nothing comes, nothing goes, and the job's own tags stay away from them."""
    found = scene(Bookmark(A), there=(Bookmark(A, tags=("own",)),), tags=TagPolicy(add=("news",)))
    mapper = attrs.evolve(found.mapper, source=FULL.without(frozenset({Field.TAGS})))
    found.policy = attrs.evolve(found.policy, mapper=mapper)

    assert () == found.run().steps
    assert ("own",) == found.account.held["r1"].tags


def test_tags_that_the_target_edits_but_does_not_show_are_sent_once() -> None:
    """Without a look at them, what was sent is what counts."""
    blind = attrs.evolve(FULL, reads=FULL.reads - {Field.TAGS})
    found = linked(Bookmark(A, tags=("a",)), target=blind)
    again = found.plan()
    made = sourced(found, Bookmark(A, tags=("a", "b"))).run()

    assert () == again.steps
    assert ("b",) == delta(made).add_tags
    assert () == found.plan().steps


def test_the_jobs_own_tags_come_at_the_first_contact_and_never_again() -> None:
    """A person who takes one off does not get it back."""
    found = scene(Bookmark(A, tags=("a",)), tags=TagPolicy(add=("news",)))
    found.run()
    first = found.account.held["r1"].tags
    changed(found, tags=("a",))
    made = sourced(found, Bookmark(A, tags=("a", "b"))).run()

    assert ("a", "news") == first
    assert (("b",), ()) == (delta(made).add_tags, delta(made).remove_tags)


def test_the_jobs_own_tag_outlives_the_sources() -> None:
    """It is paired with nothing, so nothing of the source takes it away."""
    found = linked(Bookmark(A, tags=("a",)), tags=TagPolicy(add=("news",)))
    sourced(found, Bookmark(A)).run()

    assert ("news",) == found.account.held["r1"].tags


def test_an_update_never_passes_the_number_of_tags() -> None:
    """What stands there keeps its place; what finds none is a loss; what goes makes room."""
    few = attrs.evolve(FULL, tags=TagRules(most=3))
    found = scene(Bookmark(A, tags=("a", "b", "c")), there=(Bookmark(A, tags=("own", "a")),), target=few)
    first = found.run()
    second = sourced(found, Bookmark(A, tags=("b", "d"))).run()

    assert (("b",), {("tags", "c", "")}) == (delta(first).add_tags, losses(first))
    assert (("d",), ("a",), set()) == (delta(second).add_tags, delta(second).remove_tags, losses(second))


def test_overwriting_makes_room_for_all_tags() -> None:
    """The target's own go, so they take no place."""
    few = attrs.evolve(FULL, tags=TagRules(most=2))
    made = scene(
        Bookmark(A, tags=("a", "b")), there=(Bookmark(A, tags=("x", "y")),), target=few, existing=Existing.OVERWRITE
    ).plan()

    assert (("a", "b"), ("x", "y")) == (delta(made).add_tags, delta(made).remove_tags)


def test_a_tag_that_the_target_spells_in_another_case_is_not_written_again() -> None:
    """Where case is none, Ruby is ruby, also in an Update of another tag."""
    found = changed(linked(Bookmark(A, tags=("ruby",)), target=PINBOARD), tags=("Ruby",))
    made = sourced(found, Bookmark(A, tags=("ruby", "c"))).run()
    gone = sourced(found, Bookmark(A, tags=("c",))).run()

    assert (("c",), ()) == (delta(made).add_tags, delta(made).remove_tags)
    assert ((), ("Ruby",)) == (delta(gone).add_tags, delta(gone).remove_tags)


def test_favorite_travels_as_the_fold_tag_and_back_off() -> None:
    """Un-favorite takes the tag off in the case in which it stands there."""
    found = linked(Bookmark(A, favorite=True, tags=("a",)), target=PINBOARD)
    on = found.account.held["r1"].tags
    changed(found, tags=("a", "Favorite"))
    made = sourced(found, Bookmark(A, tags=("a",))).run()

    assert ("a", "favorite") == on
    assert ((), ("Favorite",)) == (delta(made).add_tags, delta(made).remove_tags)
    assert frozenset({("a", "a")}) == found.book.links["s1"].pairs


def test_taking_the_fold_tag_off_by_hand_is_the_targets_own_edit() -> None:
    """The next run does not put it back."""
    found = changed(linked(Bookmark(A, favorite=True), target=PINBOARD), tags=())

    assert () == found.plan().steps


def test_highlights_are_folded_behind_the_targets_own_note() -> None:
    """A first contact leaves the note and adds the block."""
    found = scene(
        Bookmark(A, note="ours", highlights=(Highlight("q"),)), there=(Bookmark(A, note="theirs"),), target=PINBOARD
    )
    made = found.run()

    assert {Field.NOTE: f"theirs\n\n{HIGHLIGHTS_MARKER}\n> q"} == delta(made).values
    assert () == found.plan().steps


def test_highlights_that_find_no_place_at_all_need_no_write() -> None:
    """They are listed, and the link is stored."""
    tight = attrs.evolve(PINBOARD, limits=Limits(note=10))
    found = scene(Bookmark(A, highlights=(Highlight("q"),)), there=(Bookmark(A),), target=tight)
    made = found.run()

    assert ((), 1, {("highlights", "q", "")}) == (made.steps, made.unchanged, losses(made))
    assert set() == losses(found.plan())


def test_folded_highlights_are_never_pushed_out_of_the_targets_record() -> None:
    """Where the record would not fit with what is new, it is refused as a whole."""
    note = f"n\n\n{HIGHLIGHTS_MARKER}\n> old"
    tight = attrs.evolve(PINBOARD, limits=Limits(note=len(note)))
    found = scene(
        Bookmark(A, title="t", note="longer"), there=(Bookmark(A, note=f"{HIGHLIGHTS_MARKER}\n> old"),), target=tight
    )
    made = found.plan()

    assert (Listed(A, "the target's own record is too long to be sent back; nothing was changed"),) == made.failed
    assert () == made.steps


def test_a_record_that_is_too_long_fails_and_says_so_again() -> None:
    """Nothing is stored, so the next run tries again."""
    tight = attrs.evolve(FULL, limits=Limits(uri=UriLimit(100, 0)))
    found = scene(Bookmark(A, note="n" * 100), target=tight)
    update = linked(Bookmark(A), target=tight)
    sourced(update, Bookmark(A, note="n" * 100))

    assert [1, 1] == [len(found.run().failed), len(found.run().failed)]
    assert [1, 1] == [len(update.run().failed), len(update.run().failed)]


def test_a_title_whose_cut_tail_was_edited_needs_no_write() -> None:
    """What the target shows is what it would hold; the loss is listed."""
    found = linked(Bookmark(A, title="long title"), target=attrs.evolve(FULL, limits=Limits(title=4)))
    made = sourced(found, Bookmark(A, title="long story")).run()

    assert ((), {("title", "long story", "long")}) == (made.steps, losses(made))


def test_a_title_that_is_cut_anew_is_listed() -> None:
    """The write says what it leaves behind; a title that the target has already is not spoken of."""
    short = attrs.evolve(FULL, limits=Limits(title=4))
    found = linked(Bookmark(A, title="t"), target=short)
    made = sourced(found, Bookmark(A, title="long title")).run()
    standing = scene(Bookmark(A, title="long title"), there=(Bookmark(A, title="own"),), target=short).plan()

    assert ({Field.TITLE: "long"}, {("title", "long title", "long")}) == (delta(made).values, losses(made))
    assert set() == losses(standing)


@pytest.mark.parametrize("privacy", Privacy)
def test_nothing_at_the_target_becomes_public(privacy: Privacy) -> None:
    """Whatever the job decides about new bookmarks, an entry that is private stays so."""
    found = linked(Bookmark(A, private=False), private=privacy)
    changed(found, private=True)
    sourced(found, Bookmark(A, private=True)).run()
    sourced(found, Bookmark(A, private=False)).run()

    assert found.account.held["r1"].private


def test_what_becomes_private_becomes_private_at_the_target() -> None:
    """Also where the target's people changed it; a change to public stops at the base."""
    found = linked(Bookmark(A, private=False))
    hidden = sourced(found, Bookmark(A, private=True)).run()
    shown = sourced(found, Bookmark(A, private=False)).run()

    assert {Field.PRIVATE: True} == delta(hidden).values
    assert ((), ()) == (shown.steps, shown.conflicts)


def test_what_became_private_is_left_where_everybody_can_read_it() -> None:
    """A target that cannot hide takes no more news of it, and the receipt says why."""
    public = attrs.evolve(FULL.without(frozenset({Field.PRIVATE})), publishes=True)
    found = linked(Bookmark(A, private=False), target=public)
    made = sourced(found, Bookmark(A, title="secret", private=True)).run()
    first = scene(Bookmark(A, private=True), there=(Bookmark(A),), target=public).plan()

    assert [Listed(A, "it is private, and the target cannot keep it private")] * 2 == [*made.skipped, *first.skipped]
    assert "" == found.account.held["r1"].title


def test_a_refused_bookmark_without_news_is_unchanged() -> None:
    """A scheme that the target took once and takes no more."""
    found = linked(Bookmark("ftp://f.example/"))
    made = capable(found, attrs.evolve(FULL, limits=Limits(schemes=frozenset({"https"})))).plan()

    assert ((), 1, ()) == (made.steps, made.unchanged, made.skipped)
    assert [True] == [link.right.seen for link in made.agreed]


def test_only_an_earlier_date_is_written() -> None:
    """To a service that can edit it; elsewhere the earlier date is owed, and a later one is no loss."""
    found = linked(Bookmark(A, added=LATER))
    earlier = sourced(found, Bookmark(A, added=DAY)).run()
    later = sourced(found, Bookmark(A, added=LATER)).run()
    fixed = linked(Bookmark(A, added=LATER), target=PINBOARD)
    owed = sourced(fixed, Bookmark(A, added=DAY)).run()

    assert {Field.ADDED: DAY} == delta(earlier).values
    assert ((), set()) == (later.steps, losses(later))
    assert ((), {("added", DAY.isoformat(), LATER.isoformat())}) == (owed.steps, losses(owed))


def test_a_date_that_the_target_cannot_hold_never_takes_its_own() -> None:
    """It is listed and left."""
    bounded = attrs.evolve(FULL, limits=Limits(earliest=DAY))
    found = linked(Bookmark(A, added=LATER), target=bounded)
    old = datetime(1901, 1, 1, tzinfo=UTC)
    made = sourced(found, Bookmark(A, added=old)).run()

    assert ((), {("added", old.isoformat(), "")}) == (made.steps, losses(made))
    assert LATER == found.account.held["r1"].added


def test_a_change_of_the_source_and_one_of_the_target_meet_in_different_fields() -> None:
    """Each keeps its own."""
    found = changed(linked(Bookmark(A, title="t", note="n")), note="theirs")
    sourced(found, Bookmark(A, title="ours", note="n")).run()

    assert Bookmark(A, title="ours", note="theirs") == found.account.held["r1"]


def test_a_kept_edit_of_the_target_is_still_an_edit_in_the_next_run() -> None:
    """Its base stays, so that a later change of the source is a conflict and no write."""
    found = changed(linked(Bookmark(A, title="t")), title="theirs")
    found.run()
    made = sourced(found, Bookmark(A, title="ours")).plan()

    assert ((), 1) == (made.steps, len(made.conflicts))


def test_a_field_that_the_target_edits_and_does_not_set_is_written_by_an_update() -> None:
    """The Add lists it as lost; a later change can be carried."""
    found = linked(Bookmark(A, note="n"), target=attrs.evolve(FULL, sets=FULL.sets - {Field.NOTE}))
    made = sourced(found, Bookmark(A, note="new")).run()

    assert {Field.NOTE: "new"} == delta(made).values


def test_an_undeclared_collapse_of_tags_is_not_sent_for_ever() -> None:
    """The service lower-cases without saying so: both tags stand for one, and the pairs know it."""
    found = scene(Bookmark(A, tags=("ML a", "ml a")))
    found.account.lowers = True
    found.run()
    again = found.plan()
    sourced(found, Bookmark(A, tags=("ml a",))).run()
    kept = found.account.held["r1"].tags
    sourced(found, Bookmark(A)).run()

    assert () == again.steps
    assert (("ml a",), ()) == (kept, found.account.held["r1"].tags)


def test_an_undeclared_trim_does_not_come_back_as_an_edit() -> None:
    """What is read back becomes the base."""
    found = scene(Bookmark(A, title=" t "))
    found.account.trims = True
    found.run()
    again = found.plan()
    made = sourced(found, Bookmark(A, title="new ")).run()

    assert () == again.steps
    assert ({Field.TITLE: "new "}, ()) == (delta(made).values, made.conflicts)


def test_private_tags_travel_between_services_that_have_them() -> None:
    """From Pinboard to a server that speaks like it, a leading dot is no accident."""
    found = scene(Bookmark(A, tags=(".x",)), target=PINBOARD)
    escaped = added(found.plan())
    found.policy = attrs.evolve(found.policy, mapper=attrs.evolve(found.mapper, source=PINBOARD))

    assert ("_.x",) == escaped[0].tags
    assert (".x",) == added(found.plan())[0].tags


def test_a_link_without_bases_is_a_first_contact() -> None:
    """Nothing was ever agreed on, so nothing was ever changed."""
    found = scene(Bookmark(A, title="ours", note="n"), there=(Bookmark(A, title="theirs"),))
    link = Link(Half("s1", A), Half("r1", A))
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)

    assert ({Field.NOTE: "n"}, ()) == (delta(made).values, made.conflicts)
