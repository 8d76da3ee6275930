"""Folding: what a service does not know travels inside what it does."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.mapping.fields import (
    HIGHLIGHTS_MARKER,
    Folding,
    fold_highlights,
    unfold_highlights,
    whole_second,
)
from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.capabilities import Capabilities, TagRules
from tests.support.strategies import PINBOARD_TAGS, bookmarks, highlights, texts

MARK = HIGHLIGHTS_MARKER
FULL = Capabilities()
BLIND = FULL.without(frozenset({Field.FAVORITE, Field.HIGHLIGHTS}))
PINBOARD = attrs.evolve(BLIND, tags=PINBOARD_TAGS)
FOLD = Folding().at(BLIND, FULL)


def rounded(marks: tuple[Highlight, ...]) -> tuple[Highlight, ...]:
    """Return the highlights with their dates as the fold writes them."""
    return tuple(
        attrs.evolve(mark, created=None if mark.created is None else whole_second(mark.created)) for mark in marks
    )


@given(texts.filter(lambda note: MARK not in note), st.lists(highlights, min_size=1, max_size=4).map(tuple))
@example("", (Highlight(f"a\n{MARK}\n> b"),))
@example("own\n\n", (Highlight(""), Highlight("\n"), Highlight("-- 2020-01-01T00:00:00Z")))
@example("", (Highlight("q", datetime(9, 1, 1, tzinfo=UTC)),))
def test_folded_highlights_unfold_exactly(note: str, marks: tuple[Highlight, ...]) -> None:
    """Whatever lines a quote is made of, it comes back as it was, with its date to the second."""
    assert (note, rounded(marks)) == unfold_highlights(fold_highlights(note, marks))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "> a quote of my own",
        f"{MARK}",
        f"{MARK}\nno quote",
        f"{MARK}\n",
        f"my own {MARK}\n> q",
        f"own\n{MARK}\n> q",
        f"{MARK}\n> q\n\n\n> r",
        f"{MARK}\n-- 2020-01-01T00:00:00Z",
        f"{MARK}\n> q\n-- 2020-01-01",
        f"{MARK}\n> q\nand a word of mine",
    ],
)
def test_a_persons_own_lines_stay_a_note(note: str) -> None:
    """What folding would not have written is never read as a highlight."""
    assert (note, ()) == unfold_highlights(note)
    assert Bookmark("u", note=note) == FOLD.lift(Bookmark("u", note=note))


@given(bookmarks())
def test_what_is_lowered_lifts_to_itself(bookmark: Bookmark) -> None:
    """Lifting undoes lowering where no text of the person's own looks like a fold."""
    plain = attrs.evolve(
        bookmark,
        tags=[tag for tag in bookmark.tags if tag != "favorite"],
        note=bookmark.note.replace(MARK, ""),
        highlights=rounded(bookmark.highlights),
    )
    lowered = FOLD.lower(plain)

    assert plain == FOLD.lift(lowered)
    assert not lowered.favorite
    assert () == lowered.highlights


@given(bookmarks())
def test_lifting_twice_is_lifting_once(bookmark: Bookmark) -> None:
    """A lifted bookmark has nothing more to lift, but for a fold inside its own text."""
    lifted = FOLD.lift(bookmark)

    assert "favorite" not in lifted.tags
    assert lifted == FOLD.lift(lifted) or MARK in lifted.note


def test_putting_the_fold_tag_on_by_hand_is_a_favorite() -> None:
    """The tag means favorite whoever wrote it; without it, it is none."""
    assert FOLD.lift(Bookmark("u", tags=("a", "favorite"))).favorite
    assert ("a",) == FOLD.lift(Bookmark("u", tags=("a", "favorite"))).tags
    assert not FOLD.lift(Bookmark("u", tags=("a",))).favorite


def test_the_fold_tag_is_known_in_any_case_where_case_is_none() -> None:
    """At a service that knows no case, Favorite is favorite; elsewhere it is another tag."""
    tagged = Bookmark("u", tags=("Favorite",))

    assert Bookmark("u", favorite=True) == Folding().at(PINBOARD, FULL).lift(tagged)
    assert tagged == FOLD.lift(tagged)


@pytest.mark.parametrize(
    ("favorite", "rules", "spelt"),
    [
        ("my favorite", PINBOARD_TAGS, "my-favorite"),
        (".star", PINBOARD_TAGS, "_.star"),
        ("Star", TagRules(lower=True), "star"),
        (",", PINBOARD_TAGS, None),
        (None, PINBOARD_TAGS, None),
    ],
)
def test_the_fold_tag_is_spelt_as_the_side_spells_tags(
    favorite: str | None, rules: TagRules, spelt: str | None
) -> None:
    """A fold tag that the side cannot hold as it is would never be found again."""
    fold = Folding(favorite).at(attrs.evolve(BLIND, tags=rules), FULL)

    assert spelt == fold.favorite
    assert (frozenset() if spelt is None else {spelt}) == fold.reserved


@pytest.mark.parametrize(
    ("side", "other", "folded"),
    [
        (BLIND, FULL, {Field.FAVORITE, Field.HIGHLIGHTS}),
        (FULL, FULL, set()),
        (BLIND, BLIND, set()),
        (BLIND.without(frozenset({Field.TAGS})), FULL, {Field.HIGHLIGHTS}),
        (BLIND.without(frozenset({Field.NOTE})), FULL, {Field.FAVORITE}),
        (attrs.evolve(BLIND, edits=frozenset({Field.TITLE})), FULL, set()),
        (attrs.evolve(BLIND, reads=BLIND.reads | {Field.FAVORITE}), FULL, {Field.HIGHLIGHTS}),
    ],
)
def test_a_field_is_folded_only_where_one_side_has_it_and_the_other_has_room(
    side: Capabilities, other: Capabilities, folded: set[Field]
) -> None:
    """The other side reads the field, this one does not hold it and can read, set and edit what it is folded into."""
    assert folded == Folding().at(side, other).fields


def test_what_is_switched_off_is_not_folded() -> None:
    """`false` in the config folds nothing, and lifts nothing."""
    fold = Folding(None, highlights=False).at(BLIND, FULL)
    bookmark = Bookmark("u", tags=("favorite",), note=f"{MARK}\n> q", favorite=True, highlights=(Highlight("h"),))

    assert frozenset() == fold.fields
    assert bookmark == fold.lift(bookmark) == fold.lower(bookmark)
