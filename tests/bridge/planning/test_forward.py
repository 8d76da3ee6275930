"""Forwarding: what a star sends, that it is sent once for ever, and what follows at the source."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.mapping.selection import Selection
from bridge.mapping.tags import TagPolicy
from bridge.model import url as urls
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Side
from bridge.model.plan import Plan
from bridge.planning.forward import Forwarding
from bridge.planning.planner import stands_for_another
from bridge.planning.policy import After, Policy
from tests.bridge.planning.account import Account
from tests.bridge.planning.pairs import DAY, FULL, LATER, PINBOARD, A, B, C, added, delta
from tests.bridge.planning.stars import NEWS, SENT, Stars, starred, stars
from tests.bridge.planning.test_laws import slow, summed
from tests.support.strategies import entries, mappers

ASKABLE = attrs.evolve(FULL, single=True)
UNSHOWN = frozenset[str]()
"""What the last pull has listed where nothing was new."""


def unseen(scene: Stars) -> Stars:
    """Forget that anything we wrote was ever shown: the runs that wrote it died before they read it back."""
    for link in scene.book.all:
        scene.book.store(link.with_half(Side.RIGHT, attrs.evolve(link.right, seen=False)))
    return scene


def lost(scene: Stars) -> Stars:
    """Lose what was written."""
    scene.account.held.clear()
    return unseen(scene)


def test_the_star_is_what_sends_a_bookmark() -> None:
    """Items without one are outside of the selection, and so is what the job does not select."""
    scene = stars(starred(A, added=LATER), Bookmark(B, added=LATER), starred(C), selection=Selection(since=DAY))
    made = scene.plan()

    assert [A] == [step.url for step in made.steps]
    assert ((1, 0, 0), 2) == (made.read, made.filtered)


def test_star_date_and_read_state_are_not_carried() -> None:
    """What arrives is new in the list: no favorite, unread, private, without a date of ours."""
    scene = stars(starred(A, title="t", tags=("Feed", "Folder"), added=DAY, unread=False, private=False))

    assert [Bookmark(A, title="t", tags=("Feed", "Folder"))] == added(scene.plan())


def test_what_is_there_is_merged() -> None:
    """First contact: tags are united, an empty title is filled, and all else stays as it is there."""
    mine = Bookmark(A, note="mine", tags=("mine",), added=LATER, unread=False, favorite=True)
    scene = stars(starred(A, title="t", tags=("Feed",), added=DAY), there=(mine,))
    made = scene.plan()

    assert ({Field.TITLE: "t"}, ("Feed",), ()) == (
        delta(made).values,
        delta(made).add_tags,
        delta(made).remove_tags,
    )
    assert (1, 1, 1) == made.read


def test_the_oldest_is_added_first_after_what_is_merged() -> None:
    """In the order of the items' dates, those without one last; the target's dates do not matter."""
    urls_of = [f"https://{name}.example/" for name in "abcde"]
    a, b, c, d, e = urls_of
    scene = stars(
        starred(a),
        starred(b, added=LATER),
        starred(c, added=DAY),
        starred(d, added=LATER, tags=("x",)),
        starred(e, added=DAY, tags=("x",)),
        there=(Bookmark(d, added=DAY), Bookmark(e, added=LATER)),
    )

    assert [e, d, c, b, a] == [step.url for step in scene.plan().steps]


def starred_anew(scene: Stars) -> None:
    """Take the star off, and put it on again."""
    scene.source["s1"] = attrs.evolve(scene.source["s1"], favorite=False)
    scene.star("s1")


def edited_in_the_feed(scene: Stars) -> None:
    """Give the item another title, and the feed another name."""
    scene.source["s1"] = attrs.evolve(scene.source["s1"], title="new", tags=("Renamed",))


def moved_in_the_feed(scene: Stars) -> None:
    """Give the item another address."""
    scene.source["s1"] = attrs.evolve(scene.source["s1"], url=C)


def under_another_guid(scene: Stars) -> None:
    """Give the item another guid, or leave its feed and subscribe again."""
    scene.source = {"s9": scene.source["s1"]}


def removed_at_the_target(scene: Stars) -> None:
    """Read it, and remove it."""
    scene.account.held.clear()


def removed_and_made_anew(scene: Stars) -> None:
    """Remove it at the target, and save it again later."""
    url = scene.account.held.pop("r1").url
    scene.account.put(Bookmark(url, title="mine"))


def changed_at_the_target(scene: Stars) -> None:
    """Take our tag off."""
    scene.account.held["r1"] = attrs.evolve(scene.account.held["r1"], tags=())


def removed_on_both_sides_by_a_mirror(scene: Stars) -> None:
    """Make both halves of the link tombstones."""
    (link,) = scene.book.all
    halves = (attrs.evolve(half, gone=True) for half in (link.left, link.right))
    scene.book.store(attrs.evolve(link, left=next(halves), right=next(halves)))
    scene.account.held.clear()


@pytest.mark.parametrize(
    "since",
    [
        starred_anew,
        edited_in_the_feed,
        moved_in_the_feed,
        under_another_guid,
        removed_at_the_target,
        removed_and_made_anew,
        changed_at_the_target,
        removed_on_both_sides_by_a_mirror,
    ],
    ids=lambda since: since.__name__,
)
@pytest.mark.parametrize("there", [(), (Bookmark(A),)], ids=["added", "merged"])
def test_what_was_forwarded_is_never_sent_again(since: Callable[[Stars], None], there: tuple[Bookmark, ...]) -> None:
    """Whatever happened to it since, on either side, it is unchanged."""
    scene = stars(starred(A, title="t", tags=("Feed",)), there=there)
    scene.run()
    since(scene)
    made = scene.plan()

    assert ((), 1, 1) == (made.steps, made.unchanged, made.read[0])


def test_the_url_that_the_target_has_made_of_it_counts_as_well() -> None:
    """The target rewrote the url; an item with that url is the same page."""
    scene = stars(starred(A))
    scene.run()
    (link,) = scene.book.all
    scene.book.store(link.with_half(Side.RIGHT, attrs.evolve(link.right, url=B)))
    scene.source["s2"] = starred(B)

    assert ((), 2) == (scene.plan().steps, scene.plan().unchanged)


def test_an_entry_of_another_link_is_left_alone() -> None:
    """It would take that link's place, and with it the memory of what was forwarded."""
    scene = stars(starred(A))
    scene.run()
    scene.account.held["r1"] = attrs.evolve(scene.account.held["r1"], url=B)
    scene.source = {"s2": starred(B)}
    made = scene.plan()

    assert [stands_for_another(Entry("r1", Bookmark(B)))] == [listed.reason for listed in made.skipped]
    assert () == made.steps


def test_items_of_one_page_are_united() -> None:
    """The earliest carries the tags of all; the others are skipped under its name, now, and unchanged later."""
    scene = stars(starred(A, tags=("late",), added=LATER), starred(A, tags=("early",), added=DAY))
    first, second = scene.run(), scene.plan()

    assert [("early", "late")] == [bookmark.tags for bookmark in added(first)]
    assert (["s2"], 1) == ([step.source_ref for step in first.steps], len(first.skipped))
    assert ((), 2) == (second.steps, second.unchanged)


def test_a_record_that_cannot_be_read_counts_as_there() -> None:
    """Nothing is added beside it."""
    made = stars(starred(A)).plan(unreadable=frozenset({urls.key(A)}))

    assert ["the target has it, but its record there cannot be read"] == [item.reason for item in made.skipped]


def test_an_emptied_list_is_no_reason_to_stop() -> None:
    """Whoever has read everything may remove everything."""
    scene = stars(starred(A))
    scene.run()
    scene.account.held.clear()

    assert scene.planner.guarded(scene.sides()) is None


def test_a_bare_job_carries_none_of_the_items_tags() -> None:
    """Its own are added all the same, also to what is there."""
    scene = stars(
        starred(A, tags=("Feed",)),
        starred(B, tags=("Feed",)),
        there=(Bookmark(B),),
        tags=TagPolicy(add=("news",), bare=True),
    )
    scene.run()

    assert [("news",), ("news",)] == [bookmark.tags for bookmark in scene.account.held.values()]


def test_a_lost_add_is_sent_again() -> None:
    """Nothing has ever shown it, and a whole listing does not."""
    scene = stars(starred(A))
    scene.run()
    made = lost(scene).plan()

    assert [A] == [step.url for step in made.steps]


def test_a_lost_add_of_another_item_of_the_page_is_sent_again() -> None:
    """What was never saved is no memory, for whatever item."""
    scene = stars(starred(A))
    scene.run()
    lost(scene).source = {"s9": starred(A)}

    assert [A] == [step.url for step in scene.plan().steps]


def owing(scene: Stars, field: Field) -> Stars:
    """Let a dead run's Add of the only item have arrived without a field."""
    scene.run()
    (link,) = scene.book.all
    nothing = {field: Bookmark(A).get(field)}
    left = attrs.evolve(link.left, base={**link.left.base, **nothing})
    right = attrs.evolve(link.right, base={**link.right.base, **nothing})
    owed = frozenset({(Side.RIGHT, field)})
    scene.book.store(attrs.evolve(link, left=left, right=right, owed=owed, pairs=frozenset()))
    scene.account.held["r1"] = scene.account.held["r1"].without({field})
    return scene


def test_an_add_that_arrived_in_part_is_completed_once() -> None:
    """What the feed changes later is not carried any more."""
    scene = owing(stars(starred(A, title="t", tags=("Feed",))), Field.TAGS)
    first = scene.run()
    edited_in_the_feed(scene)

    assert (("Feed",), {}) == (delta(first).add_tags, delta(first).values)
    assert ((), 1) == (scene.plan().steps, scene.plan().unchanged)


def test_what_the_target_cannot_be_given_is_not_waited_for() -> None:
    """A debt that stays is no reason to carry what else has changed."""
    target = attrs.evolve(FULL, edits=FULL.edits - {Field.TITLE})
    scene = owing(stars(starred(A, title="t", tags=("Feed",)), target=target), Field.TITLE)
    edited_in_the_feed(scene)

    assert ((), 1) == (scene.plan().steps, scene.plan().unchanged)


def test_an_add_that_arrived_in_part_and_was_removed_stays_removed() -> None:
    """Nothing can be completed there any more."""
    scene = owing(stars(starred(A, title="t", tags=("Feed",))), Field.TAGS)
    scene.account.held.clear()

    assert ((), 1, ()) == (scene.plan().steps, scene.plan().unchanged, scene.plan().skipped)


def test_what_the_service_reports_as_removed_was_saved() -> None:
    """Nothing has shown it, but somebody has removed it since: it is not sent again."""
    scene = stars(starred(A))
    scene.run()

    assert () == lost(scene).plan(reported=frozenset({"r1"})).steps


def test_what_no_increment_shows_is_asked_for() -> None:
    """Where one entry can be asked for; elsewhere the next whole listing tells."""
    scene, silent = stars(starred(A), target=ASKABLE), stars(starred(A))
    for either in (scene, silent):
        either.run()
        unseen(either)

    assert {Side.RIGHT: (scene.account.shown("r1"),)} == scene.planner.doubts(scene.sides({"listed": UNSHOWN}))
    assert {} == scene.planner.doubts(scene.sides())
    assert {} == silent.planner.doubts(silent.sides({"listed": UNSHOWN}))
    assert ((), 1) == (silent.plan(listed=UNSHOWN).steps, silent.plan(listed=UNSHOWN).unchanged)


@pytest.mark.parametrize("shown", [{}, {"listed": frozenset({"r1"})}], ids=["whole", "increment"])
def test_what_a_listing_shows_at_last_is_known_to_be_saved(shown: dict[str, object]) -> None:
    """Its link says so from then on."""
    scene = stars(starred(A))
    scene.run()
    (link,) = unseen(scene).plan(**shown).agreed

    assert link.right.seen


@pytest.mark.parametrize("there", [True, False])
def test_the_answer_to_a_question_is_believed(there: bool) -> None:
    """What is there is saved, what is not is sent again."""
    scene = stars(starred(A), target=ASKABLE)
    scene.run()
    made = unseen(scene).plan(listed=UNSHOWN, looked={"r1": scene.account.shown("r1") if there else None})

    assert (int(there), int(not there)) == (len(made.agreed), len(made.steps))


@pytest.mark.parametrize(("after", "flag"), [(After.UNSTAR, Field.FAVORITE), (After.MARK_READ, Field.UNREAD)])
def test_what_is_saved_is_unstarred_or_marked_as_read_once(after: After, flag: Field) -> None:
    """The oldest first; whoever stars it again, or marks it as unread, has the last word."""
    scene = stars(starred(A, added=LATER), starred(B, added=DAY), there=(Bookmark(A),), after=after)
    made = scene.plan()
    scene.book.carry_out(made, scene.account, scene.planner.policy.mapper)
    followed = scene.follow()
    undone = {ref: bookmark.get(flag) for ref, bookmark in scene.source.items()}
    scene.source = {ref: attrs.evolve(item, favorite=True, unread=True) for ref, item in scene.source.items()}

    assert [B, A] == followed
    assert {"s1": False, "s2": False} == undone
    assert [] == scene.follow()


def test_nothing_follows_where_it_is_kept() -> None:
    """The stars stay."""
    scene = stars(starred(A))
    scene.run()

    assert [] == scene.follow()
    assert [Side.RIGHT] == list(scene.planner.ways)


def test_only_what_is_known_to_be_saved_is_unstarred() -> None:
    """What nothing has shown yet waits for a run that sees it."""
    scene = stars(starred(A), after=After.KEEP)
    scene.run()
    scene.planner = attrs.evolve(stars(after=After.UNSTAR).planner, policy=scene.planner.policy)
    at_first = unseen(scene).follow()
    scene.book.carry_out(scene.plan(), scene.account, scene.planner.policy.mapper)

    assert ([], [A]) == (at_first, scene.follow())
    assert [Side.RIGHT, Side.LEFT] == list(scene.planner.ways)


def test_what_was_removed_there_before_is_left_alone() -> None:
    """A tombstone proves no saving."""
    scene = stars(starred(A), after=After.UNSTAR)
    scene.book.carry_out(scene.plan(), scene.account, scene.planner.policy.mapper)
    removed_on_both_sides_by_a_mirror(scene)

    assert [] == scene.follow()


def test_what_is_not_starred_or_not_selected_any_more_is_left_alone() -> None:
    """Marking as read is for what the job chooses, not for all that has a link."""
    scene = stars(starred(A), starred(B))
    scene.run()
    scene.source["s1"] = attrs.evolve(scene.source["s1"], favorite=False)
    policy = attrs.evolve(scene.planner.policy, selection=Selection(hosts=frozenset({"c.example"})))
    scene.planner = Forwarding(policy, After.MARK_READ, scene.planner.policy)

    assert [] == scene.follow()


@pytest.mark.parametrize(
    ("after", "remarks"),
    [
        (After.KEEP, ()),
        (After.UNSTAR, ("To be unstarred at news once saved: 3.",)),
        (After.MARK_READ, ("To be marked as read at news once saved: 2.",)),
    ],
)
def test_a_plan_can_say_for_how_many_something_will_follow(after: After, remarks: tuple[str, ...]) -> None:
    """Those that are added, merged, and agreed without a write; not those that are marked as read already."""
    scene = stars(
        starred(A), starred(B, tags=("x",)), starred(C, unread=False), there=(Bookmark(B), Bookmark(C)), after=after
    )

    assert remarks == scene.plan().remarks
    assert () == attrs.evolve(scene.planner, foretells=False).plan(scene.sides()).remarks


def test_to_pinboard_it_is_private_and_to_read() -> None:
    """The star becomes no tag there."""
    scene = stars(starred(A, tags=("a feed", "favorite")), target=PINBOARD)
    (sent,) = added(scene.plan())

    assert (("a-feed", "favorite"), True, True) == (sent.tags, sent.private, sent.unread)


@st.composite
def scenes(draw: st.DrawFn) -> Stars:
    """Return scenes in which the account may hold some of it already."""
    mapper = draw(mappers(st.just(SENT)))
    account = Account(mapper.target)
    for entry in draw(entries(3)):
        account.put(entry.bookmark)
    after = draw(st.sampled_from(After))
    back = Policy(attrs.evolve(mapper, source=mapper.target, target=NEWS), "to", "news")
    planner = Forwarding(Policy(mapper, "news", "to"), after, None if after is After.KEEP else back)
    return Stars(planner, account, {entry.ref: entry.bookmark for entry in draw(entries(6))})


def lived_on(draw: st.DrawFn, scene: Stars) -> None:
    """Let items get other refs, titles and stars, and let entries vanish at the target."""
    changed = {
        draw(st.sampled_from([ref, f"new {ref}"])): attrs.evolve(item, favorite=draw(st.booleans()), title="edited")
        for ref, item in scene.source.items()
    }
    scene.source = changed
    for ref in list(scene.account.held):
        if draw(st.booleans()):
            del scene.account.held[ref]


def keys(made: Plan) -> list[str]:
    """Return the url keys of the bookmarks that a plan sends."""
    return [urls.key(step.link.left.url) for step in made.steps]


@slow
@given(scenes(), st.data())
def test_a_page_is_sent_once_for_ever(scene: Stars, data: st.DataObject) -> None:
    """However often items are starred anew, come again under other refs, or vanish at the target."""
    sent: list[str] = []
    for _ in range(3):
        sent += keys(scene.run())
        lived_on(data.draw, scene)

    assert sorted(set(sent)) == sorted(sent)


@slow
@given(scenes(), st.data())
def test_the_fates_of_what_is_starred_add_up(scene: Stars, data: st.DataObject) -> None:
    """Every starred item has one fate, and the others are filtered, in each run."""
    for _ in range(2):
        chosen = sum(item.favorite for item in scene.source.values())
        made = scene.run()

        assert (chosen, len(scene.source) - chosen) == (summed(made), made.filtered)
        assert chosen == made.read[0]
        lived_on(data.draw, scene)


@slow
@given(scenes(), st.data())
def test_what_follows_happens_once_for_each_link(scene: Stars, data: st.DataObject) -> None:
    """And only to what is starred and linked."""
    done: list[str] = []
    for _ in range(3):
        scene.book.carry_out(scene.plan(), scene.account, scene.planner.policy.mapper)
        lefts = {link.left.ref for link in scene.book.all}
        stars_there = {item.url for ref, item in scene.source.items() if item.favorite and ref in lefts}
        before = {link.left.ref for link in scene.book.all if link.acted}
        followed = scene.follow()
        acted = {link.left.ref for link in scene.book.all if link.acted} - before

        assert set(followed) <= stars_there
        assert len(followed) == len(acted)
        assert not acted & set(done)
        done += acted
        lived_on(data.draw, scene)
