"""What a job decides before it plans, and the two views that a plan is made from."""

from __future__ import annotations

import attrs
import pytest

from bridge.mapping.mapper import Mapper
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.capabilities import Capabilities
from bridge.model.link import Half, Link, Side
from bridge.planning.policy import After, Existing, MirrorPolicy, Policy
from bridge.planning.sides import Sides, View
from tests.bridge.planning.both import LEFT, RIGHT, A
from tests.mirrored.kinds import KINDS

FULL, PINS = KINDS["full"].can, KINDS["pins"].can
FAVORITE = Bookmark(A, tags=("a", "favorite"))
WAYS = {
    RIGHT: Policy(Mapper(FULL, PINS), "pocket", "pinboard", mirrors=True),
    LEFT: Policy(Mapper(PINS, FULL), "pinboard", "pocket", mirrors=True),
}


@pytest.mark.parametrize("written", [(LEFT, RIGHT), (LEFT,), (RIGHT,)], ids=["both", "left", "right"])
class TestMirrorPolicy:
    """It knows both sides, whichever of them it writes."""

    @pytest.fixture
    def policy(self, written: tuple[Side, ...]) -> MirrorPolicy:
        """Return a policy that writes these sides."""
        return MirrorPolicy({side: WAYS[side] for side in written})

    def test_each_side_is_lifted_by_its_own_folding(self, policy: MirrorPolicy) -> None:
        """At the right the tag is a favorite, at the left it is a tag."""
        assert FAVORITE == policy.lift(LEFT, FAVORITE)
        assert Bookmark(A, tags=("a",), favorite=True) == policy.lift(RIGHT, FAVORITE)

    def test_each_side_has_its_name_and_its_capabilities(self, policy: MirrorPolicy) -> None:
        """Those of the account."""
        assert [("pocket", FULL), ("pinboard", PINS)] == [
            (policy.name(side), policy.capabilities(side)) for side in Side
        ]


def test_only_overwriting_puts_the_source_first() -> None:
    """Where the two first meet."""
    assert [False, False, True] == [attrs.evolve(WAYS[RIGHT], existing=of).overwrites for of in Existing]


def test_what_follows_at_the_source_is_a_flag_that_goes() -> None:
    """Or nothing."""
    assert [None, Field.FAVORITE, Field.UNREAD] == [after.flag for after in After]


def test_a_whole_listing_shows_every_entry() -> None:
    """Any ref: what it lacks is not there."""
    view = View(())

    assert view.whole
    assert view.shows("any")


def test_an_increment_shows_what_it_lists_and_what_was_looked_up() -> None:
    """Others are as they were, or as we wrote them."""
    view = View((), listed=frozenset({"new"}), looked={"asked": None})

    assert not view.whole
    assert [True, True, False] == [view.shows(ref) for ref in ("new", "asked", "old")]


def test_sides_turned_twice_are_the_same() -> None:
    """And once, each is the other's."""
    link = Link(Half("l", A), Half("r", A), frozenset({("a", "b")}), frozenset({(LEFT, Field.TITLE)}))
    sides = Sides(View((Entry("l", Bookmark(A)),)), View(()), (link,), round=3)

    assert sides == sides.turned().turned()
    assert (sides.left, (link.turned(),), 3) == (
        sides.turned().view(RIGHT),
        sides.turned().links,
        sides.turned().round,
    )


def test_an_account_without_capabilities_folds_nothing() -> None:
    """What it cannot hold it is not given in disguise."""
    bare = Capabilities(reads=frozenset(), sets=frozenset(), edits=frozenset())
    policy = MirrorPolicy({RIGHT: Policy(Mapper(FULL, bare), "pocket", "bare", mirrors=True)})

    assert Bookmark(A) == policy.lift(RIGHT, FAVORITE)
