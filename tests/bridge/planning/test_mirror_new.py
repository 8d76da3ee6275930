"""The planner of mirrors, row by row of its table: what becomes of entries that belong to no link."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.mapping.selection import Selection
from bridge.model.bookmark import Bookmark
from bridge.model.link import Side
from bridge.model.operation import Add
from bridge.model.plan import Known
from bridge.planning.planner import TWIN, WAS_TWIN, stands_for_another
from tests.bridge.planning.both import DAY, FULL, LEFT, RIGHT, A, B, C, able, both, operations, reasons
from tests.mirrored.kinds import KINDS

LATER = DAY + timedelta(days=1)
NEWS, POOR = KINDS["news"], KINDS["poor"]


class TestNew:
    """Entries that belong to no link."""

    @pytest.mark.parametrize("side", Side)
    def test_what_one_side_has_is_added_to_the_other(self, side: Side) -> None:
        """From either side."""
        scene = both()
        scene.put(side, Bookmark(A, title="t"))
        scene.run()

        assert ["t"] == [entry.bookmark.title for entry in scene.held[side.other].values()]
        assert () == scene.plan().steps

    def test_the_same_url_key_on_both_sides_is_one_bookmark(self) -> None:
        """Whatever the spelling of the url; each side keeps its own."""
        scene = both().pair(Bookmark(A), Bookmark("HTTPS://A.example"))

        assert ("l", "r") == (scene.link.left.ref, scene.link.right.ref)
        assert "HTTPS://A.example" == scene.now(RIGHT).url

    def test_what_is_another_bookmark_over_there_is_not_sent(self) -> None:
        """Counter-example 13: the other side would take it for that one."""
        scene = both().pair(Bookmark(A)).change(RIGHT, url=B)
        scene.put(LEFT, Bookmark(B))
        made = scene.plan()

        assert [stands_for_another(scene.held[RIGHT]["r"])] == reasons(made)

    @pytest.mark.parametrize(("there", "reason"), [(True, TWIN), (False, WAS_TWIN)])
    def test_a_known_twin_is_never_sent(self, there: bool, reason: str) -> None:
        """Counter-example 13: nor once the bookmark that it is over there was removed."""
        scene = both()
        scene.put(LEFT, Bookmark(A), "twin")
        scene.twins[LEFT]["twin"] = "other"
        if there:
            scene.pair(Bookmark(B))
            scene.twins[LEFT]["twin"] = "r"

        assert [reason] == reasons(scene.plan())

    def test_a_twin_removes_nothing(self) -> None:
        """Counter-example 15: it has no link, so what becomes of it is nothing to the other side."""
        scene = both().pair(Bookmark(A))
        scene.put(LEFT, Bookmark(B), "twin")
        scene.twins[LEFT]["twin"] = "r"
        scene.run()

        assert () == scene.drop(LEFT, "twin").plan().steps

    def test_only_what_the_selection_takes_is_added(self) -> None:
        """Counter-example 33: it gates Adds alone; what is linked stays in step when it leaves the selection."""
        scene = both(selection=Selection(favorite=True)).pair(Bookmark(A, favorite=True))
        scene.put(LEFT, Bookmark(B))
        scene.put(LEFT, Bookmark(C, favorite=True))
        made = scene.change(LEFT, favorite=False).plan()

        assert {(RIGHT, Add, C), (RIGHT, type(made.steps[0].operation), A)} == set(operations(made))
        assert ((2, 1, 1), 1) == (made.read, made.filtered)

    @pytest.mark.parametrize("side", Side)
    def test_a_pair_meets_if_the_selection_takes_either(self, side: Side) -> None:
        """They are one bookmark."""
        scene = both(selection=Selection(favorite=True))
        for each in Side:
            scene.put(each, Bookmark(A, favorite=each is side))

        assert (1, 1, 1) == scene.plan().read

    @pytest.mark.parametrize(
        ("kind", "view", "reason"),
        [
            (NEWS, {}, "right takes no new bookmarks"),
            (FULL, {"damaged": True}, "right could not be read whole, so nothing is added there"),
            (FULL, {"unreadable": frozenset({A})}, "right has it, but its record there cannot be read"),
        ],
    )
    def test_nothing_is_added_where_it_cannot_be_or_may_be_there(self, kind: object, view: object, reason: str) -> None:
        """It is skipped, and the reason says why."""
        scene = both(FULL, kind)  # type: ignore[arg-type]
        scene.put(LEFT, Bookmark(A))

        assert [reason] == reasons(scene.plan(right=view))

    def test_one_way_what_only_the_written_side_has_is_named(self) -> None:
        """It stays where it is."""
        scene = both(written=(RIGHT,))
        scene.put(RIGHT, Bookmark(A))

        assert ["only at right, from where nothing is carried"] == reasons(scene.plan())

    def test_nothing_private_is_added_where_it_would_be_public(self) -> None:
        """The other side publishes and knows no privacy."""
        scene = both(FULL, able(POOR, publishes=True))
        scene.put(LEFT, Bookmark(A, private=True))

        assert ["it is private, and the target cannot keep it private"] == reasons(scene.plan())


class TestRepeated:
    """Several entries of one account with one url key."""

    def test_the_earliest_stands_for_all(self) -> None:
        """The others are skipped under its name."""
        scene = both()
        scene.put(LEFT, Bookmark(A, title="late", added=LATER))
        scene.put(LEFT, Bookmark(A, title="early", added=DAY))
        made = scene.plan()

        assert ["early"] == [step.operation.bookmark.title for step in made.steps if isinstance(step.operation, Add)]
        assert ([f"repeats {A} at left"], (2, 0, 0)) == (reasons(made), made.read)

    def test_the_linked_one_stands_for_all(self) -> None:
        """However early another is."""
        scene = both().pair(Bookmark(A, added=LATER))
        scene.put(LEFT, Bookmark(A, added=DAY))
        made = scene.plan()

        assert ((), 1, [f"repeats {A} at left"]) == (made.steps, made.unchanged, reasons(made))

    def test_a_repeated_one_is_not_sent_once_the_first_is_gone(self) -> None:
        """It was known all the time: a twin, that nobody has just saved."""
        scene = both().pair(Bookmark(A))
        scene.put(LEFT, Bookmark(A), "again")
        made = scene.run()
        scene.drop(LEFT).drop(RIGHT).run()

        assert (Known(LEFT, "again", "r"),) == made.twins
        assert ([], [WAS_TWIN]) == (operations(scene.plan()), reasons(scene.plan()))

    def test_repeated_ones_on_both_sides_never_become_pairs_of_their_own(self) -> None:
        """One pair stands for all, in this run and in the next."""
        scene = both()
        for side in Side:
            for title in ("one", "two", "three"):
                scene.put(side, Bookmark(A, title=title))
        for _ in range(3):
            made = scene.run()

        assert ((), 1, 4) == (made.steps, len(scene.links), len(made.skipped))
