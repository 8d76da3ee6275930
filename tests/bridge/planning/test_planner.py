"""The planner's table, row by row, and what comes before it: duplicates and the order of the steps."""

from __future__ import annotations

import attrs

from bridge.mapping.fields import HIGHLIGHTS_MARKER
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.link import Half, Link
from bridge.model.operation import Add, Update
from bridge.model.plan import Plan
from bridge.model.receipt import Loss
from bridge.planning.planner import ALREADY_THERE, GONE_THERE, meet, plan, stands_for_another
from bridge.planning.policy import Existing
from tests.bridge.planning.account import Scene, sides
from tests.bridge.planning.pairs import DAY, FULL, LATER, PINBOARD, A, B, C, added, changed, delta, scene, sourced


def reasons(made: Plan) -> list[str]:
    """Return why bookmarks were skipped."""
    return [listed.reason for listed in made.skipped]


def test_new_bookmark_is_added() -> None:
    """No link, nothing at the target: an Add, and a link that nobody has seen yet."""
    made = scene(Bookmark(A, title="t")).plan()
    (step,) = made.steps

    assert [Bookmark(A, title="t")] == added(made)
    assert (A, False, "s1") == (step.link.right.ref, step.link.right.seen, step.source_ref)


def test_new_bookmark_is_skipped_where_the_target_takes_none() -> None:
    """Towards an account that cannot add, only linked and standing bookmarks take part."""
    there = scene(Bookmark(A), Bookmark(B, title="t"), there=(Bookmark(B),), target=attrs.evolve(FULL, adds=False))
    made = there.plan()

    assert ["the target takes no new bookmarks"] == reasons(made)
    assert {Field.TITLE: "t"} == delta(made).values


def test_entry_with_the_same_url_key_is_met() -> None:
    """The target spells the url in another way: that is the same page, and its url stays."""
    made = scene(Bookmark("HTTPS://A.example", title="t"), there=(Bookmark(A),)).plan()

    assert {Field.TITLE: "t"} == delta(made).values
    assert A == made.steps[0].url


def test_first_contact_without_a_difference_is_agreed_without_a_write() -> None:
    """The link alone is stored."""
    made = scene(Bookmark(A, tags=("a",)), there=(Bookmark(A, tags=("a",)),)).plan()
    (link,) = made.agreed

    assert ((), 1) == (made.steps, made.unchanged)
    assert ("s1", "r1", {("a", "a")}) == (link.left.ref, link.right.ref, link.pairs)


def test_entry_linked_to_another_bookmark_is_left_alone() -> None:
    """The target rewrote B to A when it was added; a bookmark A of the source is its twin, and is never sent."""
    found = scene(Bookmark(B))
    found.run()
    changed(found, url=A)
    made = sourced(found, Bookmark(B), Bookmark(A)).plan()

    assert ((), 1) == (made.steps, made.unchanged)
    assert [stands_for_another(found.account.shown("r1"))] == reasons(made)


def test_entry_whose_bookmark_has_left_the_source_can_be_met_by_another() -> None:
    """A link that lost its source side holds nothing back."""
    found = scene(Bookmark(A))
    found.run()
    found.source = tuple(attrs.evolve(entry, ref="other") for entry in found.source)

    assert ["other"] == [link.left.ref for link in found.plan().agreed]


def test_linked_pair_is_merged() -> None:
    """What the source changed since is written."""
    found = scene(Bookmark(A, title="t"))
    found.run()
    made = sourced(found, Bookmark(A, title="new")).plan()

    assert {Field.TITLE: "new"} == delta(made).values
    assert {Field.TITLE: "t"} == delta(made).expects


def test_linked_pair_that_did_not_change_is_unchanged() -> None:
    """Its link is stored again, as seen."""
    found = scene(Bookmark(A, title="t"))
    found.run()
    made = found.plan()

    assert ((), 1, [True]) == (made.steps, made.unchanged, [link.right.seen for link in made.agreed])


def test_link_moves_to_an_entry_that_was_created_anew() -> None:
    """A person deleted and saved it again: a first contact, not a removal of all tags."""
    found = scene(Bookmark(A, tags=("a",)))
    found.run()
    link = attrs.evolve(found.book.links["s1"], id=7)
    del found.account.held["r1"]
    found.account.put(Bookmark(A, title="theirs"))
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)
    (step,) = made.steps

    assert (("a",), ()) == (delta(made).add_tags, delta(made).remove_tags)
    assert ("r2", 7, True) == (step.link.right.ref, step.link.id, step.link.right.seen)


def test_link_moves_by_the_url_that_the_target_had_made_of_it() -> None:
    """Created anew under the rewritten url, it is still recognised."""
    found = scene(Bookmark(A))
    found.run()
    changed(found, url=B)
    found.run()
    del found.account.held["r1"]
    found.account.put(Bookmark(B))

    assert ["r2"] == [link.right.ref for link in found.plan().agreed]


def test_an_entry_is_met_once_in_a_plan() -> None:
    """Two bookmarks that both could take it do not share it."""
    found = scene(Bookmark(A))
    found.run()
    changed(found, url=B)
    found.run()
    del found.account.held["r1"]
    found.account.put(Bookmark(B))
    made = sourced(found, Bookmark(A), Bookmark(B)).plan()

    assert ["s1"] == [link.left.ref for link in made.agreed]
    assert [stands_for_another(found.account.shown("r2"))] == reasons(made)


def test_lost_add_is_added_again() -> None:
    """The link was stored, no look has ever shown the entry, and it is not there."""
    found = scene(Bookmark(A, tags=("a b",)), target=PINBOARD)
    link = attrs.evolve(found.plan().steps[0].link, id=7)
    made = plan(sides(found.source, (), (link,)), found.policy)
    (step,) = made.steps

    assert isinstance(step.operation, Add)
    assert (("a-b",), 7, False) == (step.operation.bookmark.tags, step.link.id, step.link.right.seen)


def test_what_was_removed_at_the_target_stays_removed() -> None:
    """The entry was seen there once; whoever took it away meant it."""
    found = scene(Bookmark(A))
    found.run()
    found.account.held.clear()
    made = found.plan()

    assert ((), ()) == (made.steps, made.agreed)
    assert [GONE_THERE] == reasons(made)


def test_record_that_cannot_be_read_counts_as_present() -> None:
    """Neither added again nor merged from what it held long ago, linked or not, under either url of the link."""
    found = scene(Bookmark(A, title="t"))
    fresh = plan(sides(found.source, (), (), frozenset({urls.key(A)})), found.policy)
    found.run()
    sourced(found, Bookmark(A, title="new"))
    linked = plan(sides(found.source, found.account.listing(), found.book.all, frozenset({urls.key(A)})), found.policy)
    changed(found, url=B)
    link = attrs.evolve(found.book.links["s1"], right=attrs.evolve(found.book.links["s1"].right, url=B))
    rewritten = plan(sides(found.source, (), (link,), frozenset({urls.key(B)})), found.policy)

    assert [["the target has it, but its record there cannot be read"]] * 3 == [
        reasons(made) for made in (fresh, linked, rewritten)
    ]
    assert [0, 0, 0] == [len(made.steps) + made.unchanged for made in (fresh, linked, rewritten)]


def test_existing_entries_are_skipped_where_the_job_says_so() -> None:
    """Neither met nor updated; what is new is added, and what did not change is unchanged."""
    found = scene(Bookmark(A), Bookmark(B, title="t"), there=(Bookmark(A, title="theirs"),), existing=Existing.SKIP)
    first = found.run()
    unchanged = found.plan()
    updated = sourced(found, Bookmark(A), Bookmark(B, title="new")).plan()

    assert ([B], [ALREADY_THERE]) == ([step.url for step in first.steps], reasons(first))
    assert (1, [ALREADY_THERE]) == (unchanged.unchanged, reasons(unchanged))
    assert ((), {ALREADY_THERE, f"{ALREADY_THERE}, and changed in the source since"}) == (
        updated.steps,
        set(reasons(updated)),
    )


def test_existing_entries_are_overwritten_where_the_job_says_so() -> None:
    """All becomes the source's, tags included, but nothing becomes public and no date is lost."""
    ours = Bookmark(A, title="ours", tags=("a",), unread=False, private=False)
    theirs = Bookmark(A, title="theirs", note="n", tags=("b",), added=DAY, favorite=True, private=True)
    found = scene(ours, there=(theirs,), existing=Existing.OVERWRITE)
    found.run()

    assert attrs.evolve(ours, private=True, added=DAY) == found.account.held["r1"]


def test_existing_entries_are_merged_by_default() -> None:
    """Empty texts are filled, tags and highlights united, the rest stays the target's."""
    ours = Bookmark(A, title="ours", note="n", tags=("a", "B"), added=DAY, unread=False, favorite=True, private=False,
                    highlights=(Highlight("q"),))  # fmt: skip
    theirs = Bookmark(A, title="theirs", tags=("b",), added=LATER)
    found = scene(ours, there=(theirs,))
    found.run()
    merged = attrs.evolve(theirs, note="n", tags=("b", "a", "B"), favorite=True, highlights=(Highlight("q"),))

    assert merged == found.account.held["r1"]


def test_duplicates_of_the_source_are_united() -> None:
    """One bookmark carries everything of all; the others are skipped under its name."""
    found = scene(
        Bookmark(A, note="one", tags=("a",), added=LATER, unread=False, private=False),
        Bookmark("HTTPS://a.example", title="t", note="two", tags=("b", "a"), added=DAY, private=False, unread=True),
        Bookmark(A, note="one", favorite=True, private=True, unread=False, highlights=(Highlight("q"),)),
    )
    made = found.plan()
    united = Bookmark("HTTPS://a.example", title="t", note="two\n\none", tags=("b", "a"), added=DAY, favorite=True,
                      highlights=(Highlight("q"),))  # fmt: skip

    assert [united] == added(made)
    assert [A, A] == [listed.url for listed in made.skipped]
    assert {"duplicate of HTTPS://a.example in the source, and united with it"} == set(reasons(made))


def test_the_linked_one_of_duplicates_stands_for_them() -> None:
    """An earlier duplicate that appears later does not take its place."""
    found = scene(Bookmark(A, tags=("a",), added=LATER))
    found.run()
    made = sourced(found, Bookmark(A, tags=("a",), added=LATER), Bookmark(A, tags=("b",), added=DAY)).plan()

    assert (("b",), {Field.ADDED: DAY}) == (delta(made).add_tags, delta(made).values)
    assert "s1" == made.steps[0].source_ref


def test_the_earliest_of_the_targets_duplicates_is_met() -> None:
    """The same one whatever the order of the listing; without dates, the one with the least ref."""
    dated = scene(Bookmark(A), there=(Bookmark(A), Bookmark(A, added=LATER), Bookmark(A, added=DAY)))
    undated = scene(Bookmark(A), there=(Bookmark(A), Bookmark(A)))
    undated.account.held = dict(reversed(undated.account.held.items()))

    assert ["r3"] == [link.right.ref for link in dated.plan().agreed]
    assert ["r1"] == [link.right.ref for link in undated.plan().agreed]


def test_the_oldest_bookmark_is_written_first() -> None:
    """Services that list by the order of arrival show it as it was; what has no date comes last."""
    found = scene(Bookmark(C), Bookmark(A, added=LATER), Bookmark(B, title="t"), there=(Bookmark(B, added=DAY),))

    assert [B, A, C] == [step.url for step in found.plan().steps]


def contact(found: Scene) -> tuple[Link, Plan]:
    """Return the link that an Add of the scene would store."""
    made = found.plan()
    return made.steps[0].link, made


def test_an_add_that_met_an_entry_becomes_a_first_contact() -> None:
    """The link knows all that the Add carried."""
    found = scene(Bookmark(A, title="t", tags=("a",)))
    link, _ = contact(found)
    found.account.put(Bookmark(A, title="theirs"))
    result = meet(attrs.evolve(link, id=7), found.account.shown("r1"), found.policy)
    assert result.step is not None
    assert isinstance(result.step.operation, Update)

    assert (("a",), {}) == (result.step.operation.delta.add_tags, result.step.operation.delta.values)
    assert ("r1", 7, "s1") == (result.step.link.right.ref, result.step.link.id, result.step.source_ref)


def test_an_add_that_met_an_entry_is_skipped_where_the_job_skips() -> None:
    """The entry stays as it is."""
    found = scene(Bookmark(A), existing=Existing.SKIP)
    link, _ = contact(found)
    found.account.put(Bookmark(A, title="theirs"))

    assert [ALREADY_THERE] == [listed.reason for listed in meet(link, found.account.shown("r1"), found.policy).skipped]


def test_an_add_that_met_an_entry_with_everything_is_agreed() -> None:
    """Nothing to write: the link is stored."""
    found = scene(Bookmark(A, highlights=(Highlight("q"),)), target=PINBOARD)
    link, _ = contact(found)
    found.account.put(Bookmark(A, note=f"mine\n\n{HIGHLIGHTS_MARKER}\n> q"))
    result = meet(link, found.account.shown("r1"), found.policy)

    assert (None, 1, "r1") == (result.step, result.unchanged, result.link.right.ref if result.link else None)


def test_a_link_of_another_key_does_not_hide_its_entry() -> None:
    """A link whose entry is listed is merged, whatever the target made of the url."""
    found = scene(Bookmark(A, title="t"), there=(Bookmark(C, title="t"),))
    link = Link(Half("s1", A, {Field.TITLE: "t"}), Half("r1", C, {Field.TITLE: "t"}))
    made = plan(sides(found.source, found.account.listing(), (link,)), found.policy)

    assert ((), 1) == (made.steps, made.unchanged)


def test_a_duplicates_other_title_is_a_listed_loss() -> None:
    """Duplicates are united into one bookmark with one title; the title that it displaces is named."""
    (step,) = scene(Bookmark(A, title="First", added=DAY), Bookmark(A, title="Second", added=LATER)).plan().steps

    assert [Loss(A, "title", "Second", "First")] == list(step.losses)


def test_a_loss_of_duplicates_is_listed_by_the_run_that_writes() -> None:
    """Where nothing is written, nothing is lost anew."""
    made = scene(
        Bookmark(A, title="First", added=DAY), Bookmark(A, title="Second", added=LATER), there=(Bookmark(A, title="t"),)
    ).plan()

    assert ((), ()) == (made.steps, made.losses)
