"""How far a listing is believed: what it contradicts of our writes, what it lacks, and what is another entry."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest

from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.link import Half, Link, Unlisted
from bridge.planning.listing import contradicted, recreated, reviewed, sought, there
from bridge.planning.sides import View
from tests.bridge.planning.both import DAY, LEFT, RIGHT, A, B, Both, able, both, deltas
from tests.mirrored.kinds import KINDS

OLD, NEW = Bookmark(A, note="old", tags=("a",)), Bookmark(A, note="new", tags=("b",))
LINK = Link(
    left=Half("l", A, {Field.NOTE: "ours", Field.TAGS: ("b",)}),
    right=Half(
        "r",
        A,
        {Field.NOTE: "new", Field.TAGS: ("b",)},
        unlisted=Unlisted(
            here={Field.NOTE: "old", Field.TAGS: ("a",)},
            there={Field.NOTE: "theirs", Field.TAGS: ("a",)},
            pairs=frozenset({("a", "a")}),
        ),
    ),
    pairs=frozenset({("b", "b")}),
)
CONFIRMED = LINK.with_half(RIGHT, attrs.evolve(LINK.right, unlisted=Unlisted({Field.NOTE: "old"}, confirmed=True)))
AT_PINBOARD = KINDS["pins"].can


def written() -> tuple[Both, Entry]:
    """Return a pair after a run wrote the right's note, and the right entry as it was before."""
    scene = both().pair(Bookmark(A, note="n"))
    before = scene.held[RIGHT]["r"]
    scene.change(LEFT, note="new").run()
    return scene, before


class TestThere:
    """What an account holds: the listing, and what was looked up since."""

    def test_a_look_up_is_believed_before_the_listing(self) -> None:
        """It shows what is missing, takes away what is not there, and knows the later value."""
        listed = [Entry(ref, Bookmark(f"{A}{ref}")) for ref in ("kept", "gone", "old", "moved")]
        looked = {
            "gone": None,
            "old": Entry("old", Bookmark(f"{A}old", title="new")),
            "hidden": Entry("hidden", Bookmark(B)),
            "moved": Entry("elsewhere", Bookmark(f"{A}moved")),
        }
        found = there(View(listed, looked=looked))

        assert {"kept", "old", "hidden", "elsewhere"} == found.keys()
        assert "new" == found["old"].bookmark.title

    def test_what_is_absent_is_sought_by_its_ref_and_its_url(self) -> None:
        """Counter-example 11: where it was saved anew only the url finds it."""
        assert Entry("r", Bookmark(A)) == sought(LINK.right)


class TestContradicted:
    """A listing that shows what was there before our write."""

    def test_the_old_value_contradicts(self) -> None:
        """Field by field."""
        assert {Field.NOTE, Field.TAGS} == contradicted(LINK.right, OLD)
        assert {Field.NOTE} == contradicted(LINK.right, attrs.evolve(OLD, tags=("b",)))

    @pytest.mark.parametrize("shown", [NEW, attrs.evolve(NEW, note="a third", tags=("c",))])
    def test_any_other_value_does_not(self, shown: Bookmark) -> None:
        """What we wrote has arrived; a third value is somebody's edit."""
        assert frozenset() == contradicted(LINK.right, shown)

    def test_a_write_that_left_the_field_as_it_was_cannot_be_contradicted(self) -> None:
        """The service made of it what was there."""
        half = attrs.evolve(LINK.right, base={Field.NOTE: "old"}, unlisted=Unlisted({Field.NOTE: "old"}))

        assert frozenset() == contradicted(half, OLD)

    def test_without_an_unlisted_write_nothing_is(self) -> None:
        """An old value is then news."""
        assert frozenset() == contradicted(attrs.evolve(LINK.right, unlisted=None), OLD)


class TestReviewed:
    """A link after its entry was shown again."""

    def test_a_listing_that_shows_our_write_ends_the_doubt(self) -> None:
        """The bases stay."""
        link = reviewed(LINK, RIGHT, NEW, looked=False)

        assert (None, LINK.right.base) == (link.right.unlisted, link.right.base)

    def test_a_listing_that_shows_what_was_before_takes_the_write_back(self) -> None:
        """Counter-example 5: both bases are what they were, so it is written again."""
        link = reviewed(LINK, RIGHT, OLD, looked=False)

        assert ("old", "theirs", None) == (
            link.right.base[Field.NOTE],
            link.left.base[Field.NOTE],
            link.right.unlisted,
        )
        assert {("a", "a"), ("b", "b")} == link.pairs

    def test_only_the_fields_that_are_contradicted_are_taken_back(self) -> None:
        """The pairs stay where the tags do."""
        link = reviewed(LINK, RIGHT, attrs.evolve(OLD, tags=("b",)), looked=False)

        assert ("old", ("b",)) == (link.right.base[Field.NOTE], link.right.base[Field.TAGS])
        assert LINK.pairs == link.pairs

    def test_a_field_that_the_other_side_had_never_agreed_on_is_absent_again(self) -> None:
        """Its next meeting is a first contact."""
        unlisted = Unlisted({Field.NOTE: "old"})
        link = reviewed(LINK.with_half(RIGHT, attrs.evolve(LINK.right, unlisted=unlisted)), RIGHT, OLD, looked=False)

        assert Field.NOTE not in link.left.base

    def test_a_confirmed_write_that_is_reversed_is_an_edit(self) -> None:
        """Counter-example 5: the base stays, so that it reads as a change."""
        link = reviewed(CONFIRMED, RIGHT, OLD, looked=False)

        assert (None, "new") == (link.right.unlisted, link.right.base[Field.NOTE])

    def test_a_look_up_that_shows_our_write_confirms_it(self) -> None:
        """The next listing may be older still, so the doubt stays."""
        link = reviewed(LINK, RIGHT, NEW, looked=True)

        assert link.right.unlisted is not None
        assert link.right.unlisted.confirmed
        assert link.right.unlisted == reviewed(link, RIGHT, NEW, looked=True).right.unlisted

    def test_the_first_look_up_tells_how_the_service_spells_our_write(self) -> None:
        """A later one shows what people have made of it since."""
        shown = attrs.evolve(NEW, note="n", tags=("B",))
        link = reviewed(LINK, RIGHT, shown, looked=True)

        assert ("n", ("B",), {("b", "B")}) == (link.right.base[Field.NOTE], link.right.base[Field.TAGS], link.pairs)
        assert CONFIRMED == reviewed(CONFIRMED, RIGHT, shown, looked=True)

    def test_a_look_up_that_shows_what_was_before_takes_the_write_back(self) -> None:
        """Our write is lost."""
        link = reviewed(LINK, RIGHT, OLD, looked=True)

        assert ("old", None) == (link.right.base[Field.NOTE], link.right.unlisted)

    def test_the_left_is_reviewed_like_the_right(self) -> None:
        """With the sides turned."""
        for shown in (OLD, NEW):
            left = reviewed(LINK.turned(), LEFT, shown, looked=False)
            assert reviewed(LINK, RIGHT, shown, looked=False) == left.turned()

    def test_a_side_that_we_did_not_write_is_left_alone(self) -> None:
        """Whatever it shows."""
        assert LINK is reviewed(LINK, LEFT, OLD, looked=False)


class TestStale:
    """The same, seen from the planner."""

    def test_a_stale_listing_is_looked_up_and_not_believed(self) -> None:
        """Counter-example 5: it looks like an edit of the right's, and is none."""
        scene, before = written()
        made = scene.run(right={"entries": (before,)})

        assert ((), 1) == (made.steps, made.unchanged)
        assert "new" == scene.now(LEFT).note

    def test_a_write_that_was_lost_is_made_again(self) -> None:
        """It was never read back, and a look-up shows what was before."""
        scene = both(deaf=True).pair(Bookmark(A, note="n"))
        scene.change(LEFT, note="new").run()
        scene.change(RIGHT, note="n")
        made = scene.plan()

        assert {RIGHT: {Field.NOTE: "new"}} == {side: delta.values for side, delta in deltas(made).items()}

    def test_a_write_that_was_read_back_and_is_reversed_travels_as_an_edit(self) -> None:
        """Whoever set it back meant it."""
        scene, _ = written()
        scene.change(RIGHT, note="n").run()

        assert "n" == scene.now(LEFT).note

    def test_a_listing_is_believed_where_nobody_can_be_asked(self) -> None:
        """A write that it contradicts, and that nothing had shown, is made again."""
        scene = both(right=able(single=False), deaf=True).pair(Bookmark(A, note="n"))
        scene.change(LEFT, note="new").run()
        scene.change(RIGHT, note="n").run()

        assert ("new", "new") == (scene.now(LEFT).note, scene.now(RIGHT).note)


@pytest.mark.parametrize(
    ("before", "now", "can", "another"),
    [
        (DAY, DAY + timedelta(1), AT_PINBOARD, True),
        (DAY, DAY + timedelta(1), KINDS["pocket"].can, True),
        (DAY, DAY, AT_PINBOARD, False),
        (DAY, DAY - timedelta(1), AT_PINBOARD, False),
        (None, DAY, AT_PINBOARD, False),
        (DAY, None, AT_PINBOARD, False),
        (DAY, DAY + timedelta(1), attrs.evolve(AT_PINBOARD, edits=frozenset({Field.ADDED})), False),
        (DAY, DAY + timedelta(1), AT_PINBOARD.without(frozenset({Field.ADDED})), False),
        (DAY, DAY + timedelta(1), attrs.evolve(AT_PINBOARD, url_is_ref=False), False),
    ],
    ids=[
        *("ref of the url", "an Add that overwrites", "same date", "earlier", "none before", "none now"),
        *("editable", "unread", "a ref of its own"),
    ],
)
def test_a_later_date_that_nobody_can_edit_is_another_entry(
    before: datetime | None, now: datetime | None, can: Capabilities, another: bool
) -> None:
    """Counter-example 8: where the ref outlives the entry, only the date tells."""
    half = Half("r", A, {Field.ADDED: before, Field.TAGS: ("x",)})

    assert another is recreated(half, Entry("r", Bookmark(A, added=now)), can)


@pytest.mark.parametrize(
    ("base", "now", "another"),
    [
        ({Field.TAGS: ("x", "y")}, Bookmark(A, tags=("y",)), False),
        ({Field.TAGS: ("x",)}, Bookmark(A, favorite=True), False),
        ({Field.TAGS: ("x",)}, Bookmark(A, tags=("z",)), True),
        ({Field.TAGS: (), Field.FAVORITE: True}, Bookmark(A), True),
        ({Field.TAGS: (), Field.FAVORITE: False}, Bookmark(A), False),
    ],
    ids=["a tag left", "a star", "none of its tags", "no star left", "never had any"],
)
def test_where_an_add_overwrites_a_later_date_may_be_an_unarchiving(
    base: dict[Field, object], now: Bookmark, another: bool
) -> None:
    """That leaves an entry what people had given it."""
    half = Half("r", A, {Field.ADDED: DAY, **base})
    entry = Entry("r", attrs.evolve(now, added=DAY + timedelta(1)))

    assert another is recreated(half, entry, KINDS["pocket"].can)
