"""How a link moves while several writes of one run move it."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Bookmark, Field, Highlight
from bridge.model.link import Half, Link, Side, Trace, Unlisted
from bridge.planning.advance import advanced
from tests.bridge.planning.both import LEFT, RIGHT, A, B

Q, R, S = map(Highlight, "qrs")
WAS = Link(
    left=Half("l", A, {Field.TITLE: "t", Field.TAGS: ("a", "b"), Field.HIGHLIGHTS: (Q, R)}),
    right=Half("r", A, {Field.TITLE: "t", Field.TAGS: ("a", "b"), Field.HIGHLIGHTS: (Q, R)}),
    pairs=frozenset({("a", "a"), ("b", "b")}),
    owed=frozenset({(LEFT, Field.NOTE)}),
)
NAMES = ("a", "b", "c", "d")
names = st.frozensets(st.sampled_from(NAMES)).map(lambda found: tuple(sorted(found)))


def based(link: Link, **values: object) -> Link:
    """Return a link with other values in both bases."""
    base = {Field(name): value for name, value in values.items()}
    for side in Side:
        link = link.with_half(side, attrs.evolve(link.half(side), base={**link.half(side).base, **base}))
    return link


def test_one_write_leaves_the_link_as_it_says() -> None:
    """There is nothing else to keep."""
    will = based(attrs.evolve(WAS, pairs=frozenset({("a", "a")}), owed=frozenset()), title="new", tags=("a",))

    assert will == advanced(WAS, WAS, will)


def test_a_write_that_changed_nothing_leaves_what_another_did() -> None:
    """Whatever that was."""
    stored = attrs.evolve(
        based(WAS, title="new", tags=("a", "c"), highlights=(Q, S), note="n"),
        pairs=frozenset({("a", "a"), ("c", "c")}),
        owed=frozenset({(RIGHT, Field.TITLE)}),
    )

    assert stored == advanced(stored, WAS, WAS)


def test_tags_and_highlights_move_one_by_one() -> None:
    """What the other write brought stays, what this one took away goes."""
    stored = based(WAS, tags=("a", "b", "theirs"), highlights=(Q, R, S))
    moved = advanced(stored, WAS, based(WAS, tags=("b", "ours"), highlights=(R,)))

    assert ("b", "theirs", "ours") == moved.left.base[Field.TAGS] == moved.right.base[Field.TAGS]
    assert (R, S) == moved.left.base[Field.HIGHLIGHTS]


def test_a_field_without_a_base_takes_the_one_that_it_is_given() -> None:
    """A first contact; and what is not spoken of stays absent."""
    bare = Link(Half("l", A), Half("r", A))
    moved = advanced(bare, bare, based(bare, title="t", tags=("a",)))

    assert {Field.TITLE: "t", Field.TAGS: ("a",)} == moved.left.base == moved.right.base


def test_tags_that_two_first_contacts_bring_are_united() -> None:
    """Neither had a base before the run."""
    bare = Link(Half("l", A), Half("r", A))
    stored = based(bare, tags=("a",), highlights=(Q,))
    moved = advanced(stored, bare, based(bare, tags=("b",), highlights=(R,)))

    assert (("a", "b"), (Q, R)) == (moved.left.base[Field.TAGS], moved.left.base[Field.HIGHLIGHTS])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref", "new"),
        ("url", B),
        ("seen", False),
        ("missed", True),
        ("gone", True),
        ("unlisted", Unlisted({Field.TITLE: "t"})),
    ],
)
def test_what_a_write_says_of_a_side_is_taken_and_else_left(name: str, value: object) -> None:
    """Of two writes the one that changed it decides."""
    will = WAS.with_half(RIGHT, attrs.evolve(WAS.right, **{name: value}))  # type: ignore[arg-type]

    assert will == advanced(WAS, WAS, will) == advanced(will, WAS, WAS)


def test_what_the_link_as_a_whole_says_is_taken_and_else_left() -> None:
    """Debts, directions and what followed at the source."""
    will = attrs.evolve(
        WAS,
        owed=frozenset({(RIGHT, Field.TITLE)}),
        carried=frozenset({LEFT}),
        acted=True,
        pairs=frozenset({("x", "y")}),
    )

    assert will == advanced(WAS, WAS, will) == advanced(will, WAS, WAS)


def test_a_trail_is_told_in_order() -> None:
    """The oldest write first; of one run the left's, and then by field: in every process alike."""
    trail = tuple(
        Trace(round, side, field, "x") for round in (1, 2) for side in Side for field in (Field.NOTE, Field.TITLE)
    )
    moved = advanced(attrs.evolve(WAS, trail=trail[:3]), WAS, attrs.evolve(WAS, trail=trail[:2:-1]))

    assert trail == moved.trail


@given(first=names, second=names, title=st.booleans())
def test_two_writes_move_a_link_alike_in_either_order(
    first: tuple[str, ...], second: tuple[str, ...], title: bool
) -> None:
    """One of them writes tags to the right, the other tags to the left and words, from the same link."""
    one = attrs.evolve(based(WAS, tags=first), pairs=frozenset((tag, tag) for tag in first))
    other = attrs.evolve(
        based(WAS, tags=second, **({"title": "new"} if title else {"note": "n"})),
        pairs=frozenset((tag, tag) for tag in second),
        owed=frozenset(),
    )
    there = advanced(advanced(WAS, WAS, one), WAS, other)
    back = advanced(advanced(WAS, WAS, other), WAS, one)

    assert same_link(there, back)


@given(first=names, second=names)
def test_a_write_that_is_taken_twice_moves_a_link_once(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """A row that was settled and is found done again is harmless."""
    one, other = based(WAS, tags=first, title="one"), based(WAS, tags=second, note="n")
    once = advanced(advanced(WAS, WAS, one), WAS, other)

    assert same_link(once, advanced(once, WAS, other))


def same_link(one: Link, other: Link) -> bool:
    """Tell whether two links are equal, their tags in whatever order."""
    plain = [
        [
            {**link.half(side).base, Field.TAGS: set(Bookmark(A, tags=link.half(side).base[Field.TAGS]).tags)}
            for side in Side
        ]  # type: ignore[arg-type]
        for link in (one, other)
    ]
    bare = [attrs.evolve(link, left=Half("", ""), right=Half("", "")) for link in (one, other)]
    return plain[0] == plain[1] and bare[0] == bare[1]
