"""Operations and links."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Half, Link, Side
from bridge.model.operation import Add, Delta, Remove, Update
from bridge.model.plan import Fate, Step

ENTRY = Entry("1", Bookmark("https://a.example/", title="old", tags=("a", "b")))
LINK = Link(Half("l", "https://a.example/", {Field.TITLE: "left"}), Half("r", "https://a.example/x"))


def test_a_delta_changes_its_fields_and_no_other() -> None:
    """Scalars get their new value, tags come and go one by one."""
    delta = Delta({Field.TITLE: "", Field.UNREAD: False}, add_tags=("c", "b"), remove_tags=("a", "zz"))
    changed = delta.apply(ENTRY.bookmark)

    assert Bookmark("https://a.example/", title="", tags=("b", "c"), unread=False) == changed
    assert {Field.TITLE, Field.UNREAD, Field.TAGS} == delta.fields


def test_a_tag_that_comes_and_goes_at_once_stays() -> None:
    """Adding wins over removing."""
    assert ("a", "b") == Delta(add_tags=("a",), remove_tags=("a",)).apply(ENTRY.bookmark).tags


def test_an_empty_delta_is_none() -> None:
    """What is expected alone writes nothing; an empty text is a value all the same."""
    assert not Delta(expects={Field.TITLE: "old"})
    assert Delta({Field.TITLE: ""})
    assert Delta(remove_tags=("a",))
    assert frozenset() == Delta().fields


def test_every_operation_names_its_url_and_fate() -> None:
    """A step is listed by the url it touches and counted by what becomes of the bookmark."""
    operations = [Add(ENTRY.bookmark), Update(ENTRY, Delta()), Remove(ENTRY)]
    steps = [Step(Side.RIGHT, operation, LINK, "l") for operation in operations]

    assert ["https://a.example/"] * 3 == [step.url for step in steps]
    assert [Fate.ADDED, Fate.MERGED, Fate.REMOVED] == [step.fate for step in steps]


sides = st.sampled_from(Side)
links = st.builds(
    Link,
    left=st.builds(Half, ref=st.text(), url=st.text(), seen=st.booleans()),
    right=st.builds(Half, ref=st.text(), url=st.text()),
    pairs=st.frozensets(st.tuples(st.text(), st.text())),
    owed=st.frozensets(st.tuples(sides, st.sampled_from(Field))),
    id=st.none() | st.integers(),
)


@given(links, sides)
def test_a_link_turned_twice_is_itself(link: Link, side: Side) -> None:
    """Seen from the other account, left is right; and back."""
    turned = link.turned()

    assert link == turned.turned()
    assert link.half(side) == turned.half(side.other)
    assert {(theirs, ours) for ours, theirs in link.pairs} == turned.pairs
    assert len(link.owed) == len(turned.owed)


@given(links, sides)
def test_replacing_one_half_leaves_the_other(link: Link, side: Side) -> None:
    """`with_half` touches the side it is told."""
    new = Half("new", "new")
    replaced = link.with_half(side, new)

    assert new == replaced.half(side)
    assert link.half(side.other) == replaced.half(side.other)
