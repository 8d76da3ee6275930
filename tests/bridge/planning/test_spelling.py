"""How a service shows what it was given, and what of that becomes the base."""

from __future__ import annotations

import pytest

from bridge.mapping.tags import TagPolicy
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.link import Half, Link, Unlisted
from bridge.planning.spelling import as_shown, known, respelt
from tests.bridge.planning.both import FULL, LEFT, RIGHT, A, both, deltas, losses
from tests.mirrored.kinds import KINDS

QUIRKY, PINS, POOR = (KINDS[name] for name in ("quirky", "pins", "poor"))


def sent(**values: object) -> Link:
    """Return a link of which these values were written to the right, and not read back."""
    base = {Field(name): value for name, value in values.items()}
    pairs = frozenset((f"our {tag}", tag) for tag in values.get("tags", ()))  # type: ignore[attr-defined]
    unlisted = Unlisted(dict.fromkeys(base, "before"))
    return Link(Half("l", A, base), Half("r", A, base, unlisted=unlisted), pairs)


class TestAsShown:
    """What a listing shows of a write that was never read back."""

    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [
            ("title", " a  title ", "a title"),
            ("title", "a title that is cut", "a title"),
            ("note", "line\nline", "line line"),
            ("unread", True, True),
        ],
    )
    def test_what_the_service_made_of_it_becomes_the_base(self, field: str, value: object, shown: object) -> None:
        """Counter-example 2: trimmed or cut unasked, it is no edit."""
        link = as_shown(sent(**{field: value}), RIGHT, Bookmark(A, **{field: shown}))  # type: ignore[arg-type]

        assert (shown, value) == (link.right.base[Field(field)], link.left.base[Field(field)])

    @pytest.mark.parametrize(
        ("field", "value", "shown"),
        [("title", "a title", "another"), ("title", "a title", ""), ("unread", True, False), ("title", "a", "a title")],
    )
    def test_what_it_cannot_have_made_of_it_stays_news(self, field: str, value: object, shown: object) -> None:
        """Another word, none, or more than was sent: somebody's edit."""
        link = as_shown(sent(**{field: value}), RIGHT, Bookmark(A, **{field: shown}))  # type: ignore[arg-type]

        assert value == link.right.base[Field(field)]

    def test_tags_are_as_they_are_spelt_there(self) -> None:
        """Base and pairs take the spelling; a tag beside them is its people's."""
        link = as_shown(sent(tags=("ML a", "b")), RIGHT, Bookmark(A, tags=("ml-a", "b", "own")))

        assert ("ml-a", "b") == link.right.base[Field.TAGS]
        assert {("our ML a", "ml-a"), ("our b", "b")} == link.pairs

    def test_tags_of_which_one_is_missing_are_not_what_was_sent(self) -> None:
        """Somebody took it away meanwhile."""
        link = as_shown(sent(tags=("a", "b")), RIGHT, Bookmark(A, tags=("A",)))

        assert (("a", "b"), {("our a", "a"), ("our b", "b")}) == (link.right.base[Field.TAGS], link.pairs)

    def test_the_left_is_taken_as_it_shows_like_the_right(self) -> None:
        """With the sides turned."""
        link, shown = sent(tags=("ML a",), title="a title"), Bookmark(A, title="a", tags=("ml a",))

        assert as_shown(link, RIGHT, shown) == as_shown(link.turned(), LEFT, shown).turned()

    def test_what_was_not_written_keeps_its_base(self) -> None:
        """Nothing else is taken from what is shown."""
        link = Link(Half("l", A), Half("r", A, {Field.TITLE: "a title"}))

        assert link == as_shown(link, RIGHT, Bookmark(A, title="a"))


def test_pairs_take_the_spelling_that_is_shown() -> None:
    """One that is shown as it was written stays, and so does one that is not shown at all."""
    pairs = frozenset({("x", "ML a"), ("y", "b"), ("z", "gone")})

    assert {("x", "ml-a"), ("y", "b"), ("z", "gone")} == respelt(pairs, ("ml-a", "b", "B"))


def test_what_is_known_of_a_field_is_what_the_base_speaks_of() -> None:
    """Tags and highlights beside those are their people's; other fields are as they are shown."""
    marks = tuple(map(Highlight, "qr"))
    shown = Bookmark(A, title="t", tags=("A", "own"), highlights=marks)
    base = {Field.TAGS: ("a",), Field.HIGHLIGHTS: marks[:1]}

    assert ("A",) == known(Field.TAGS, base, shown, base)
    assert marks[:1] == known(Field.HIGHLIGHTS, base, shown, base)
    assert ("t", ("A", "own"), marks) == tuple(
        known(field, {}, shown, {}) for field in (Field.TITLE, Field.TAGS, Field.HIGHLIGHTS)
    )


class TestTagsOfAMirror:
    """Section 3 of the table: tags that the two sides spell in their own ways."""

    def test_what_a_service_does_to_tags_unasked_is_no_edit(self) -> None:
        """Counter-example 1: two tags that it spells alike are not sent for ever, nor is one of them removed."""
        scene = both(FULL, QUIRKY).pair(Bookmark(A, tags=("ML a", "ml a")), Bookmark(A))

        assert {"ml a"} == set(scene.now(RIGHT).tags)
        assert {"ML a", "ml a"} == set(scene.now(LEFT).tags)
        assert () == scene.run().steps

    def test_what_a_service_does_to_words_unasked_is_no_edit(self) -> None:
        """Counter-example 2: a trimmed title does not come back."""
        scene = both(FULL, QUIRKY).pair(Bookmark(A)).change(LEFT, title=" two ", tags=("Ruby",))
        scene.run()

        assert () == scene.run().steps
        assert (" two ", ("Ruby",)) == (scene.now(LEFT).title, scene.now(LEFT).tags)

    def test_an_entry_that_was_saved_anew_gives_the_old_spelling_back(self) -> None:
        """Counter-example 22: memory is believed where it is loosely the same tag."""
        scene = both(FULL, QUIRKY).pair(Bookmark(A, tags=("ML a",)), Bookmark(A))
        scene.drop(RIGHT).put(RIGHT, Bookmark(A, tags=("ml a",)))
        scene.run()

        assert ("ML a",) == scene.now(LEFT).tags

    def test_a_tag_that_could_not_be_carried_takes_none_with_it(self) -> None:
        """Counter-example 24: the other side's tag of that spelling is its own."""
        scene = both(tags=TagPolicy(drop=frozenset({"own"}))).pair(Bookmark(A, tags=("own",)))
        scene.change(LEFT, tags=()).run()

        assert ("own",) == scene.now(RIGHT).tags

    def test_a_removed_tag_takes_all_that_were_one_with_it(self) -> None:
        """Two spellings of the left are one tag at the right: it goes there, so both go here."""
        scene = both(FULL, PINS).pair(Bookmark(A, tags=("ml a", "ml-a")), Bookmark(A))
        scene.change(RIGHT, tags=()).run()

        assert () == scene.now(LEFT).tags

    def test_a_removed_tag_stays_while_another_stands_for_it(self) -> None:
        """One of the two spellings is left."""
        scene = both(FULL, PINS).pair(Bookmark(A, tags=("ml a", "ml-a")), Bookmark(A))
        made = scene.change(LEFT, tags=("ml-a",)).run()

        assert () == made.steps
        assert ("ml-a",) == scene.now(RIGHT).tags

    def test_add_beats_remove(self) -> None:
        """Taken away here, and put on there anew in the same window."""
        scene = both().pair(Bookmark(A, tags=("a",)))
        scene.change(RIGHT, tags=()).run()
        scene.change(LEFT, tags=("a",))
        scene.change(RIGHT, tags=("a",)).run()

        assert (("a",), ("a",)) == (scene.now(LEFT).tags, scene.now(RIGHT).tags)

    def test_a_tag_that_changes_its_case_stays_one_tag(self) -> None:
        """The right compares without case; the finer spelling is the left's own."""
        scene = both(FULL, PINS).pair(Bookmark(A, tags=("ruby",)))
        made = scene.change(LEFT, tags=("Ruby",)).run()

        assert () == made.steps
        assert ("Ruby",) == scene.now(LEFT).tags
        assert () == scene.run().steps

    def test_a_tag_that_is_too_long_is_cut_and_never_comes_back_so(self) -> None:
        """The cut is a loss, listed once."""
        scene = both(FULL, POOR).pair(Bookmark(A, tags=("longer tag",)), Bookmark(A))

        assert ("longer",) == scene.now(RIGHT).tags
        assert ("longer tag",) == scene.now(LEFT).tags
        assert set() == losses(scene.plan())


class TestFoldedFavorite:
    """Section 4 of the table: a favorite is a tag at a side that knows no favorites."""

    @pytest.mark.parametrize("favorite", [True, False])
    def test_the_tag_put_on_or_taken_off_by_hand_is_a_favorite_or_none(self, favorite: bool) -> None:
        """It travels as the field that it is, and never as a tag."""
        scene = both(FULL, PINS).pair(Bookmark(A, favorite=not favorite), Bookmark(A))
        scene.change(RIGHT, tags=("favorite",) if favorite else ()).run()

        assert (favorite, ()) == (scene.now(LEFT).favorite, scene.now(LEFT).tags)
        assert frozenset() == scene.link.pairs

    def test_a_tag_of_the_same_name_is_reserved(self) -> None:
        """Counter-example 28: it stays behind, so that un-favoriting cannot take a person's tag away."""
        scene = both(FULL, PINS).pair(Bookmark(A, favorite=True), Bookmark(A))
        made = scene.change(LEFT, tags=("favorite",)).run()
        scene.change(LEFT, favorite=False).run()

        assert {("tags", "favorite", "")} == losses(made)
        assert (("favorite",), ()) == (scene.now(LEFT).tags, scene.now(RIGHT).tags)

    def test_a_favorite_is_a_tag_there(self) -> None:
        """It is written beside the tags in one operation."""
        made = both(FULL, PINS).pair(Bookmark(A)).change(LEFT, favorite=True, tags=("a",)).plan()

        assert {"favorite", "a"} == set(deltas(made)[RIGHT].add_tags)
