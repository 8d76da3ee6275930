"""How records of one page make one bookmark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.pocket_record import Record, Shelf, count, join, moment
from bridge.model import url as urls
from bridge.model.bookmark import Highlight
from tests.adapters.files.pocket_reading import URL

DAY = datetime(2025, 7, 1, tzinfo=UTC)
LATER = datetime(2025, 8, 1, tzinfo=UTC)


def test_the_uncut_title_wins_else_the_first() -> None:
    """Only a dump has titles in full; where it has none, the others fill the gap."""
    cut, none = Record(URL, "csv", title="Cut"), Record(URL, "csv")
    full, old = Record(URL, "dump", title="In full", uncut=True), Record(URL, "html", title="Old")

    assert ["In full", "In full", "Cut", "Old", ""] == [
        join(records).title for records in ([cut, full, old], [none, old, full], [cut, old], [none, old], [none])
    ]


@pytest.mark.parametrize(
    ("zip_made", "dump_changed", "unread"),
    [(DAY, LATER, False), (LATER, DAY, True), (DAY, DAY, True), (None, LATER, True), (DAY, None, True)],
)
def test_a_read_state_newer_than_the_zip_wins(
    zip_made: datetime | None, dump_changed: datetime | None, unread: bool
) -> None:
    """Where either time is unknown, the first record stands."""
    zipped = Record(URL, "csv", unread=True, as_of=zip_made)
    dumped = Record(URL, "dump", unread=False, as_of=dump_changed)

    assert unread == join([zipped, dumped]).unread


def test_a_record_that_does_not_know_the_read_state_has_no_say() -> None:
    """An unknown state is filled by whoever knows it, and is unread where nobody does."""
    assert not join([Record(URL, "csv", as_of=LATER), Record(URL, "html", unread=False)]).unread
    assert join([Record(URL, "csv")]).unread


def test_a_time_for_a_highlight_is_kept_from_whoever_has_one() -> None:
    """The same quote is the same highlight."""
    timed = Highlight("q", DAY)
    without = Record(URL, "dump", highlights=(Highlight("q"), Highlight("r")))
    others = Record(URL, "json", highlights=(timed, Highlight("s")))

    assert (timed, Highlight("r"), Highlight("s")) == join([without, others]).highlights
    assert (timed, Highlight("s"), Highlight("r")) == join([others, without]).highlights


moments = st.none() | st.datetimes(timezones=st.just(UTC))
records = st.builds(
    Record,
    url=st.just(URL),
    where=st.just(""),
    title=st.sampled_from(["", "a", "b"]),
    note=st.sampled_from(["", "m", "n"]),
    tags=st.lists(st.sampled_from("xyz")).map(tuple),
    added=moments,
    unread=st.none() | st.booleans(),
    favorite=st.none() | st.booleans(),
    highlights=st.lists(st.builds(Highlight, st.sampled_from("qr"), moments)).map(tuple),
    as_of=moments,
    uncut=st.booleans(),
)


@given(st.lists(records, min_size=1, max_size=4))
def test_joining_loses_no_tag_no_quote_no_note_and_no_earlier_date(known: list[Record]) -> None:
    """What any record says of these fields is in the bookmark; a record joined to itself says nothing new."""
    bookmark = join(known)

    assert {tag for record in known for tag in record.tags} == set(bookmark.tags)
    assert {mark.quote for record in known for mark in record.highlights} == {
        mark.quote for mark in bookmark.highlights
    }
    assert {record.note for record in known if record.note} == {note for note in bookmark.note.split("\n\n") if note}
    assert min((record.added for record in known if record.added), default=None) == bookmark.added
    assert bool(bookmark.title) == any(record.title for record in known)
    assert bookmark == join([*known, *known])


@given(st.lists(st.sampled_from([URL, URL.upper(), URL + "/", "HTTPS://example.com/a", "no url", ""])), st.data())
def test_every_record_on_a_shelf_is_taken_or_left(spelled: list[str], data: st.DataObject) -> None:
    """A page is found by any spelling of its url, the exact one first."""
    shelf = Shelf()
    for number, url in enumerate(spelled):
        shelf.add(Record(url, str(number)))
    asked = data.draw(st.lists(st.sampled_from(spelled))) if spelled else [URL]
    keys = {urls.key(url) for url in asked}
    for url in asked:
        taken = shelf.take(url)

        assert [record.url == url for record in taken] == sorted((one.url == url for one in taken), reverse=True)
        assert {urls.key(url)} >= {urls.key(record.url) for record in taken}
    left = [record.where for record in shelf.left()]
    assert {str(number) for number, url in enumerate(spelled) if urls.key(url) not in keys} == set(left)
    assert len(spelled) == len(left) + shelf.taken()


@given(st.integers(1, 253_402_300_799))
def test_seconds_since_1970_are_a_moment(seconds: int) -> None:
    """Blanks around them do no harm."""
    moment_found = moment(f" {seconds}\n")

    assert moment_found is not None
    assert seconds == int(moment_found.timestamp())


@given(st.integers(10**12, 10**13 - 1))
def test_thirteen_digits_are_milliseconds(milliseconds: int) -> None:
    """As seconds they would name no year that is known, so there is no doubt."""
    moment_found = moment(str(milliseconds))

    assert moment_found is not None
    assert milliseconds == (moment_found - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_numbers_are_written_for_people() -> None:
    """One row, several rows."""
    assert ("1 row", "2,311 rows", "0 rows") == (count(1, "row"), count(2311, "row"), count(0, "row"))
