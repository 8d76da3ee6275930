"""How operations are split so that each entry sees them in their order."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from adapters.batches import ref_of, without_repeats
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.operation import Add, Delta, Operation, Remove, Update

entries = st.builds(lambda ref: Entry(ref, Bookmark(f"https://example.org/{ref}")), st.sampled_from("abc"))
operations: st.SearchStrategy[list[Operation]] = st.lists(
    st.builds(Remove, entries)
    | st.builds(lambda entry: Update(entry, Delta()), entries)
    | st.builds(lambda entry: Add(entry.bookmark), entries),
    max_size=8,
)


@given(operations)
def test_no_part_touches_anything_twice(given_ones: list[Operation]) -> None:
    """All parts together are the operations in their order, and none is split that need not be."""
    parts = list(without_repeats(given_ones))

    assert given_ones == [operation for part in parts for operation in part]
    assert all(len(part) == len({ref_of(operation) for operation in part}) > 0 for part in parts)
    for part, following in itertools.pairwise(parts):
        assert ref_of(following[0]) in map(ref_of, part)


def test_what_an_operation_touches_may_be_more_than_a_ref() -> None:
    """Whoever splits says what."""
    entry = Entry("1", Bookmark("https://example.org/"))
    both = [Remove(entry), Add(entry.bookmark)]

    assert [both] == list(without_repeats(both))
    assert [both[:1], both[1:]] == list(without_repeats(both, lambda operation: (operation.url,)))
