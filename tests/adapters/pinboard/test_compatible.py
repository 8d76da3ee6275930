"""Accounts at linkhut and at SemanticScuttle: the adapter against what these servers were recorded to answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from adapters.pinboard.adapter import PinboardAdapter
from bridge.model.adapter import End, Missing
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Outcome, Remove, Update
from bridge.model.secret import Secret
from tests.adapters.pinboard.desk import Desk
from tests.adapters.pinboard.recorded import Exchange, Replayed, exchanges

NO_GAPS = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}
ONE = "https://example.com/lh/one"
TWO = "https://example.com/lh/two?a=1&b=2"
SCUTTLED = "https://example.com/one"


class At:
    """An account at a server that answers as recorded."""

    def __init__(self, *recorded: Exchange, **config: Any) -> None:
        login = {"url": "https://pins.example/v1/", "gaps": NO_GAPS, "token": Secret("opaque"), "user": "second"}
        self.desk = Desk(**login | config)
        self.desk.wire.app = self.server = Replayed(*recorded)

    @property
    def adapter(self) -> PinboardAdapter:
        return self.desk.adapter

    def push(self, operation: Operation) -> Outcome:
        [outcome] = self.adapter.push([operation])
        return outcome

    def sent(self) -> dict[str, str]:
        """Return the arguments of the only posts/add."""
        [args] = self.server.sent("posts/add")
        return args


def linkhut(name: str, number: int) -> Exchange:
    """Return one exchange of a cassette."""
    return exchanges(f"linkhut/{name}")[number]


def scuttle(name: str, number: int) -> Exchange:
    """Return one exchange of a cassette."""
    return exchanges(f"semanticscuttle/{name}")[number]


def entry(url: str, **fields: Any) -> Entry:
    """Make an entry."""
    return Entry(url, Bookmark(url, **fields))


@pytest.mark.parametrize("format", ["json", "xml"])
def test_an_add_at_linkhut_never_replaces(format: str) -> None:
    """replace=yes of what is new would be refused there, and replace=no is done."""
    at = At(linkhut(f"posts_add_{format}", 0), format=format)
    outcome = at.push(Add(Bookmark(ONE, "One", tags=("foo",))))

    assert outcome == Done(entry(ONE, title="One", tags=("foo",)))
    assert (at.sent()["replace"], at.sent()["shared"], at.sent()["toread"]) == ("no", "no", "yes")


@pytest.mark.parametrize("format", ["json", "xml"])
def test_an_add_of_what_linkhut_has_is_looked_into(format: str) -> None:
    """It says "something went wrong", and posts/get says that it is there."""
    refused, _done, there = exchanges(f"linkhut/posts_add_existing_{format}")
    at = At(refused, there, linkhut("posts_get_json", 0), format=format)

    assert at.push(Add(Bookmark(TWO, "Two"))) == Failed("The Pinboard server says: something went wrong.", exists=True)


@pytest.mark.parametrize("missing", [0, 1])
def test_an_add_that_linkhut_does_not_take_fails(missing: int) -> None:
    """It says the same, and posts/get says that it is not there: with 404, in 2026 and in 2023."""
    at = At(linkhut("posts_add_invalid_json", 0), linkhut("posts_get_missing", missing), format="json")

    assert at.push(Add(Bookmark("notaurl", "bad"))) == Failed("The Pinboard server says: something went wrong.")


def test_an_update_at_linkhut_sends_what_is_there_without_the_tag_that_shows_what_is_unread() -> None:
    """Linkhut puts that tag in front by itself, and it is never seen as one by the person."""
    done, there = exchanges("linkhut/posts_add_json")
    at = At(there, done, format="json")
    known = entry(ONE, title='One é & <x> "q"', note="notes\nline2", tags=("foo", "Bar", "b&z"))
    outcome = at.push(Update(known, Delta({Field.TITLE: "New"}, expects={Field.TAGS: ("foo", "Bar", "b&z")})))

    added = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert outcome == Done(Entry(ONE, attrs.evolve(known.bookmark, title="New", added=added)))
    assert at.sent() == {
        "url": ONE,
        "description": "New",
        "extended": "notes\nline2",
        "tags": "foo Bar b&z",
        "dt": "2020-01-02T03:04:05Z",
        "replace": "yes",
        "shared": "no",
        "toread": "yes",
        "format": "json",
    }


def test_an_update_at_linkhut_can_make_it_read() -> None:
    """The tag goes with it."""
    done, there = exchanges("linkhut/posts_add_json")
    at = At(there, done, format="json")
    at.push(Update(entry(ONE), Delta({Field.UNREAD: False}, add_tags=("new",))))

    assert (at.sent()["toread"], at.sent()["tags"]) == ("no", "foo Bar b&z new")


def test_an_update_in_xml_keeps_what_is_public_at_linkhut() -> None:
    """Its XML does not say what is shared, so the record is read as JSON, and so are all after it."""
    at = At(linkhut("posts_get_xml", 0), linkhut("posts_get_json", 0), linkhut("posts_add_xml", 0), format="xml")
    outcome = at.push(Update(entry(TWO, title="Two"), Delta({Field.NOTE: "new"})))
    at.push(Update(entry(TWO, title="Two"), Delta({Field.NOTE: "newer"})))

    assert isinstance(outcome, Done)
    assert not outcome.entry.bookmark.private
    assert [args["shared"] for args in at.server.sent("posts/add")] == ["yes", "yes"]
    assert ["format" in args for args in at.server.sent("posts/get")] == [False, True, True]
    assert at.desk.ear.told == [
        'The server says in JSON alone what is public; format = "json" in its account saves calls.'
    ]


@pytest.mark.parametrize(("answer", "word"), [(0, "something went wrong"), (1, "Not Found")])
def test_an_update_of_what_was_deleted_meanwhile_fails_at_linkhut(answer: int, word: str) -> None:
    """replace=yes finds nothing to replace, and nothing is made anew."""
    at = At(linkhut("posts_get_json", 0), linkhut("posts_add_replace_yes_of_a_new_url", answer), format="json")

    assert at.push(Update(entry(TWO), Delta({Field.NOTE: "n"}))) == Failed(f"The Pinboard server says: {word}.")


def test_an_update_of_what_linkhut_does_not_have_is_missing() -> None:
    """404 with a result, or with a bare string."""
    for number in range(2):
        at = At(linkhut("posts_get_missing", number), format="json")
        outcome = at.push(Update(entry(ONE), Delta({Field.NOTE: "n"})))

        assert isinstance(outcome, Failed)
        assert outcome.missing


@pytest.mark.parametrize("name", ["posts_delete_missing_json", "posts_delete_missing_2023"])
def test_a_removal_of_what_linkhut_does_not_have_is_done(name: str) -> None:
    """Both of its vague answers are looked into."""
    at = At(linkhut(name, 0), linkhut("posts_get_missing", 0), format="json")

    assert at.push(Remove(entry(ONE))) == Done(entry(ONE))


@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_listing_of_linkhut_is_the_same_in_both_formats(format: str) -> None:
    """XML is listed once more as JSON, which says what is public; what is unread is no tag."""
    recorded = [linkhut(f"{route}_{format}", 0) for route in ("posts_update", "posts_dates", "posts_all")]
    at = At(*recorded, linkhut("posts_all_json", 0), format=format)
    entries, _pages, end = at.desk.listing()

    assert {ref: (one.bookmark.tags, one.bookmark.private, one.bookmark.unread) for ref, one in entries.items()} == {
        "https://example.org/lh/three": ((), False, False),
        TWO: (("foo",), False, False),
        ONE: (("foo", "Bar", "b&z"), True, True),
    }
    assert isinstance(end, End)
    assert end.complete
    assert len(list(at.server.sent("posts/all"))) == (2 if format == "xml" else 1)
    assert len(at.desk.ear.told) == (1 if format == "xml" else 0)


def test_a_server_that_never_says_what_is_public_is_asked_twice_once() -> None:
    """Then all of it stays private, and nothing is asked twice any more."""
    at = At(linkhut("posts_get_xml", 0), format="xml")
    twice = [next(at.adapter.look_up([entry(TWO)])) for _time in range(2)]

    assert [isinstance(found, Entry) and found.bookmark.private for found in twice] == [True, True]
    assert [route for route, _args in at.server.asked].count("posts/get") == 3


def test_what_was_looked_up_at_linkhut_is_found_or_missing() -> None:
    """By its 404, which is the service's own word."""
    at = At(linkhut("posts_all_empty_json", 0), linkhut("posts_get_missing", 0), format="json")

    assert list(at.adapter.look_up([entry(ONE)])) == [Missing(ONE)]


def test_an_add_at_semanticscuttle() -> None:
    """What is new is done, what is there is said by 409, and what it needs is said by 400."""
    operation = Add(Bookmark(SCUTTLED, "One"))
    new, there, wrong = (
        At(scuttle(name, 0), format="xml")
        for name in ("posts_add", "posts_add_existing", "posts_add_missing_parameter")
    )

    assert isinstance(new.push(operation), Done)
    assert new.sent()["replace"] == "no"
    assert there.push(operation) == Failed("The Pinboard server says: bookmark does already exist.", exists=True)
    assert wrong.push(operation) == Failed("The Pinboard server says: Description missing.")


@pytest.mark.parametrize("format", ["json", "xml"])
def test_an_update_at_semanticscuttle_finds_the_bookmark_in_the_listing(format: str) -> None:
    """Its posts/get ignores the address; the date is sent back, or it would become now."""
    at = At(
        scuttle("posts_get_ignores_url", 0), scuttle("posts_all", 0), scuttle("posts_add_replace", 0), format=format
    )
    outcome = at.push(Update(entry(SCUTTLED), Delta(add_tags=("zed",))))

    assert isinstance(outcome, Done)
    assert (at.sent()["replace"], at.sent()["dt"], at.sent()["tags"]) == ("yes", "2021-05-06T07:08:09Z", "foo bar zed")
    assert (at.sent()["shared"], at.sent()["toread"]) == ("yes", "no")
    assert (at.sent()["description"], at.sent()["extended"]) == ('One é & <b> "q"', "line1\nline2")


def test_a_removal_at_semanticscuttle() -> None:
    """What is not there is said by 404."""
    at = At(scuttle("posts_delete_missing", 0))

    assert at.push(Remove(entry(SCUTTLED))) == Done(entry(SCUTTLED))


def test_a_listing_of_semanticscuttle() -> None:
    """Status 2 is private, `system:unfiled` is no tag, and posts/dates counts as many."""
    at = At(scuttle("posts_update", 0), scuttle("posts_dates", 0), scuttle("posts_all", 0), format="json")
    entries, [page], end = at.desk.listing()

    assert {ref: (one.bookmark.tags, one.bookmark.private) for ref, one in entries.items()} == {
        "https://example.org/three": ((), False),
        "https://example.com/two?a=1&b=2": (("foo",), True),
        SCUTTLED: (("foo", "bar"), False),
    }
    assert (page.problems, page.remarks, end.complete) == ((), (), True)


def test_a_check_needs_no_call_that_a_server_lacks() -> None:
    """Linkhut has no user/api_token, and posts/update proves the login as well."""
    at = At(linkhut("unknown_route", 0), linkhut("posts_update_json", 0), format="json", bearer=True)

    assert at.adapter.check().user == "second"
    assert [route for route, _args in at.server.asked] == ["user/api_token", "posts/update"]
    assert not any("auth_token" in url for url in at.desk.wire.urls)


def test_the_base_path_of_a_server_is_kept() -> None:
    """Such as linkhut's own, `/_/v1`."""
    at = At(linkhut("posts_update_json", 0), url="https://ln.ht/_/v1", format="json")

    assert at.desk.client.posts_update() == "2026-11-21T02:00:53Z"
    assert at.desk.wire.urls[0].startswith("https://ln.ht/_/v1/posts/update?")
