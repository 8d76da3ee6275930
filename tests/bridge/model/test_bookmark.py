"""The bookmark and its fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.model.bookmark import Bookmark, Field, Highlight, same
from bridge.model.capabilities import Capabilities


def test_tags_are_kept_in_order_each_once_and_none_empty() -> None:
    """A repeated tag keeps its first place."""
    assert ("b", "a") == Bookmark("u", tags=("b", "", "a", "b")).tags


@pytest.mark.parametrize("make", [lambda moment: Bookmark("u", added=moment), lambda moment: Highlight("q", moment)])
def test_a_time_without_its_zone_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    """What the wall clock showed somewhere is no moment."""
    with pytest.raises(ValueError, match="time zone"):
        make(datetime(2020, 1, 1))  # noqa: DTZ001 - the fault under test


def test_unknown_privacy_and_read_state_are_the_cautious_ones() -> None:
    """A bookmark of which nothing is known is private and unread."""
    assert (True, True, False) == (Bookmark("u").private, Bookmark("u").unread, Bookmark("u").favorite)


def test_every_field_can_be_read_by_its_name() -> None:
    """The fields are the attributes but the url."""
    bookmark = Bookmark("u", title="t", tags=("a",))

    assert ("t", ("a",), None) == (bookmark.get(Field.TITLE), bookmark.get(Field.TAGS), bookmark.get(Field.ADDED))
    assert "Field.TITLE" == repr(Field.TITLE)


def test_tags_are_compared_as_sets_and_highlights_by_their_quotes() -> None:
    """Neither order nor a highlight's date is a difference; text is compared as it is."""
    dated = Highlight("q", datetime(2020, 1, 1, tzinfo=UTC))

    assert same(Field.TAGS, ("a", "b"), ("b", "a"))
    assert same(Field.HIGHLIGHTS, (Highlight("q"), Highlight("r")), (Highlight("r"), dated))
    assert not same(Field.HIGHLIGHTS, (), (dated,))
    assert not same(Field.TITLE, "a", "A")


def test_an_account_lacks_a_field_in_every_way() -> None:
    """A narrowed account neither reads nor sets nor edits the field."""
    narrowed = Capabilities().without(frozenset({Field.NOTE}))

    assert not any(Field.NOTE in fields for fields in (narrowed.reads, narrowed.sets, narrowed.edits))
    assert Field.TITLE in narrowed.reads
