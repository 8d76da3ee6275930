"""A tag that is renamed, by the service and, where its method is dead, bookmark by bookmark."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.serving import DROP_AFTER, DROP_BEFORE, ERROR_AFTER, ERROR_BEFORE, UNAUTHORIZED, Fault, refuse
from adapters.http.session import Unsendable
from adapters.pinboard.client import Refusal, Renamed
from adapters.pinboard.renaming import Skipped, swapped
from adapters.pinboard.sandbox_account import Post as Stored
from bridge.model.errors import CredentialsError, Unavailable, UnknownOutcome
from tests.adapters.pinboard.desk import Desk
from tests.support.scripted_transport import ScriptedTransport, ok, status

URL = "https://example.org/page"
NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
NO_GAPS = {"default": 0.0, "posts/recent": 0.0, "posts/all": 0.0}


def stored(href: str = URL, **fields: object) -> Stored:
    """Make a post that the account holds."""
    return Stored(**{"href": href, "description": "A title", "time": NOON, "tags": ("js",)} | fields)


def after(desk: Desk, *posts: Stored) -> dict[str, tuple[str, ...]]:
    """Return the tags by address; all else must be as it was."""
    now = desk.sandbox.posts
    for before in posts:
        assert attrs.evolve(now[before.href], tags=before.tags, meta="") == attrs.evolve(before, meta="")
    return {href: post.tags for href, post in now.items()}


def test_a_service_that_can_renames_by_itself() -> None:
    """One call, and nothing is saved anew."""
    desk = Desk()
    desk.sandbox.rename_dead = False
    desk.sandbox.load([stored()])

    assert desk.client.tags_rename("JS", "javascript") == Renamed(by_service=True)
    assert desk.routes == ["tags/rename"]
    assert desk.sandbox.posts[URL].tags == ("javascript",)


def test_where_renaming_is_dead_each_bookmark_is_saved_anew() -> None:
    """All fields and the date stay, the tag keeps its place, its case does not matter, and no tag is deleted."""
    desk = Desk()
    desk.sandbox.account.private_by_default = True
    posts = [
        stored(f"{URL}/1", extended="a\nb", tags=("x", "JS", "y"), shared=False, toread=True),
        stored(f"{URL}/2", extended="n", tags=("js",), shared=True),
        stored(f"{URL}/3", tags=("json",)),
    ]
    desk.sandbox.load(posts)
    renamed = desk.client.tags_rename("js", "JavaScript")

    assert renamed == Renamed(saved=(f"{URL}/1", f"{URL}/2"))
    assert after(desk, *posts) == {
        f"{URL}/1": ("x", "JavaScript", "y"),
        f"{URL}/2": ("JavaScript",),
        f"{URL}/3": ("json",),
    }
    assert desk.routes == ["tags/rename", "posts/all", "posts/get", "posts/add", "posts/get", "posts/add"]
    assert desk.sandbox.log[1].args["tag"] == "js"
    assert desk.ear.told[0] == (
        "Pinboard cannot rename a tag now, so each bookmark that has it is saved anew: 2 of them, in about 12 s."
    )
    assert desk.sandbox.violations == []


def test_a_tag_that_is_there_already_is_not_doubled() -> None:
    """Two become one, in the spelling that came first."""
    desk = Desk()
    desk.sandbox.load([before := stored(tags=("a", "JavaScript", "js"))])
    desk.client.tags_rename("js", "javascript")

    assert after(desk, before) == {URL: ("a", "JavaScript")}


def test_a_filter_that_is_ignored_renames_nothing_else() -> None:
    """Whatever the server lists, only what has the tag is saved, and nothing at all where nothing has it."""
    desk = Desk(url="https://pins.example/v1/", gaps=NO_GAPS)
    desk.sandbox.load([stored(), other := stored(f"{URL}/2", tags=("x",))])
    everything = desk.sandbox._methods["posts/all"]
    desk.sandbox._methods = {**desk.sandbox._methods, "posts/all": lambda args: everything({})}

    assert desk.client.tags_rename("js", "ecma") == Renamed(saved=(URL,))
    assert desk.client.tags_rename("js", "ecma") == Renamed()
    assert after(desk, other)[other.href] == ("x",)
    assert len(desk.ear.told) == 1


def test_what_cannot_be_saved_whole_is_left_and_told() -> None:
    """Too long to be sent, without a title, with a damaged address: the others are renamed all the same."""
    desk = Desk()
    long, untitled, broken = f"{URL}/long", f"{URL}/untitled", f"{URL}/\x07"
    posts = [stored(long, extended="n" * 5_000), stored(untitled, description=""), stored(broken), stored()]
    desk.sandbox.load(posts)
    renamed = desk.client.tags_rename("js", "ecma")

    assert renamed.saved == (URL,)
    assert renamed.skipped == (
        Skipped(long, renamed.skipped[0].why),
        Skipped(untitled, "Pinboard says: must provide title."),
        Skipped(f"{URL}/", "It is not there any more, or cannot be asked for."),
    )
    assert "bytes" in renamed.skipped[0].why
    assert after(desk, *posts) == {long: ("js",), untitled: ("js",), broken: ("js",), URL: ("ecma",)}


def test_characters_that_xml_cannot_carry_are_kept() -> None:
    """The bookmark is read as JSON before it is saved."""
    desk = Desk()
    desk.sandbox.load([before := stored(extended="bell\x07")])

    assert desk.client.tags_rename("js", "ecma").saved == (URL,)
    assert after(desk, before) == {URL: ("ecma",)}


def test_what_not_even_json_has_whole_is_left() -> None:
    """Half a character would be lost."""
    desk = Desk(format="json")
    desk.sandbox.load([before := stored(description="\ud83d")])
    renamed = desk.client.tags_rename("js", "ecma")

    assert renamed == Renamed(skipped=(Skipped(URL, "Not all of it can be read, so the rest would be lost."),))
    assert after(desk, before) == {URL: ("js",)}


def test_what_changed_since_it_was_listed_is_read_again() -> None:
    """A change from elsewhere is not overwritten; where the tag is gone there is nothing to do."""
    desk = Desk()
    desk.sandbox.load([stored(f"{URL}/1"), stored(f"{URL}/2", tags=("js", "b"))])
    listing = desk.sandbox._methods["posts/all"]

    def meanwhile(args):
        answer = listing(args)
        desk.sandbox.load([stored(f"{URL}/1", tags=("b",)), stored(f"{URL}/2", extended="new", tags=("js",))])
        return answer

    desk.sandbox._methods = {**desk.sandbox._methods, "posts/all": meanwhile}
    renamed = desk.client.tags_rename("js", "ecma")

    assert renamed == Renamed(saved=(f"{URL}/2",))
    assert desk.sandbox.posts[f"{URL}/2"].extended == "new"
    assert {href: post.tags for href, post in desk.sandbox.posts.items()} == {f"{URL}/1": ("b",), f"{URL}/2": ("ecma",)}


@pytest.mark.parametrize("fault", [ERROR_AFTER, DROP_AFTER, DROP_BEFORE])
def test_an_interrupted_renaming_goes_on_with_the_next_call(fault: Fault) -> None:
    """A write whose answer is lost ends it; what is done by then is not listed again."""
    desk = Desk()
    posts = [stored(f"{URL}/{number}") for number in range(3)]
    desk.sandbox.load(posts)
    desk.sandbox.faults.add(fault, "posts/add", skip=1)
    with pytest.raises(UnknownOutcome):
        desk.client.tags_rename("js", "ecma")
    left = [href for href, tags in after(desk, *posts).items() if tags == ("js",)]

    assert desk.client.tags_rename("js", "ecma").saved == tuple(left)
    assert set(after(desk, *posts).values()) == {("ecma",)}


@pytest.mark.parametrize("fault", [DROP_BEFORE, DROP_AFTER])
def test_a_renaming_without_an_answer_is_unknown(fault: Fault) -> None:
    """Only a 500 says that the method is dead; a lost answer says nothing."""
    desk = Desk()
    desk.sandbox.load([stored()])
    desk.sandbox.faults.add(fault, "tags/rename")
    with pytest.raises(UnknownOutcome):
        desk.client.tags_rename("js", "ecma")

    assert desk.routes == ["tags/rename"]


def test_a_service_that_is_down_is_not_listed() -> None:
    """A 503 is no dead method."""
    desk = Desk()
    transport = ScriptedTransport(status(503))
    client = type(desk.client)(desk.config, desk.context, transport)
    with pytest.raises(UnknownOutcome, match="it answered with status 503"):
        client.tags_rename("js", "ecma")

    assert len(transport.sent) == 1


@pytest.mark.parametrize(("fault", "error"), [(UNAUTHORIZED, CredentialsError), (ERROR_BEFORE, Unavailable)])
def test_a_fault_of_the_account_is_raised(fault: Fault, error: type[Exception]) -> None:
    """While the bookmarks are read."""
    desk = Desk()
    desk.sandbox.faults.add(fault, "posts/all", times=3)
    with pytest.raises(error):
        desk.client.tags_rename("js", "ecma")


def test_a_renaming_that_is_refused_for_its_pace_waits() -> None:
    """It is sent again, and dead then."""
    desk = Desk()
    desk.sandbox.faults.add(refuse(60), "tags/rename")
    desk.client.tags_rename("js", "ecma")

    assert desk.routes == ["tags/rename", "tags/rename", "posts/all"]


def test_a_server_without_the_method_is_treated_like_one_where_it_is_dead() -> None:
    """Not every compatible server has it."""
    desk = Desk(url="https://pins.example/v1/", gaps=NO_GAPS)
    desk.sandbox.load([stored()])
    desk.sandbox._methods = {name: method for name, method in desk.sandbox._methods.items() if name != "tags/rename"}

    assert desk.client.tags_rename("js", "ecma") == Renamed(saved=(URL,))
    assert desk.ear.told[0].startswith("The Pinboard server cannot rename")


def test_a_record_that_does_not_say_what_is_public_is_left() -> None:
    """Where not even JSON does, saving it anew would make it private."""
    row = b'<posts><post href="h" tag="js" others="1" description="t"/></posts>'
    desk = Desk(url="https://pins.example/v1/", gaps=NO_GAPS)
    transport = ScriptedTransport(status(404, b"<html>"), ok(row))
    renamed = type(desk.client)(desk.config, desk.context, transport).tags_rename("js", "ecma")

    assert [skipped.href for skipped in renamed.skipped] == ["h"]
    assert not any("posts/add" in str(sent.url) for sent in transport.sent)


def test_renaming_to_nothing_is_the_services_business() -> None:
    """It refuses, and where its method is dead nothing is done instead: that would delete the tag."""
    desk = Desk()
    desk.sandbox.load([before := stored()])
    with pytest.raises(Unavailable, match="fails at tags/rename"):
        desk.client.tags_rename("js", "")
    desk.sandbox.rename_dead = False
    with pytest.raises(Refusal, match="rename to null"):
        desk.client.tags_rename("js", "")

    assert after(desk, before) == {URL: ("js",)}
    assert desk.routes == ["tags/rename"] * 2


@pytest.mark.parametrize(("old", "new"), [("a b", "c"), ("a", "b c"), ("a", "b,c"), ("a\n", "b")])
def test_several_tags_are_not_one(old: str, new: str) -> None:
    """Nothing is sent."""
    desk = Desk()
    with pytest.raises(Unsendable, match="neither blanks nor commas"):
        desk.client.tags_rename(old, new)

    assert desk.wire.urls == []


tags = st.lists(st.sampled_from(["js", "JS", "a", "b", "Straße", "STRASSE", "c++"]), max_size=5, unique_by=str.casefold)


@given(tags, st.sampled_from(["js", "straße", "x"]), st.sampled_from(["js", "A", "new"]))
def test_swapping_changes_one_tag_alone(found: list[str], old: str, new: str) -> None:
    """The old one is gone, the new one is there once, all others stay in their order; or nothing changes."""
    swap = swapped(" ".join(found), old, new)
    others = [tag for tag in found if tag.casefold() not in (old.casefold(), new.casefold())]

    if swap is None:
        assert old.casefold() not in map(str.casefold, found) or new in found
    else:
        folded = [tag.casefold() for tag in swap]
        assert [tag for tag in swap if tag.casefold() != new.casefold()] == others
        assert folded.count(new.casefold()) == 1
        assert (old.casefold() in folded) == (old.casefold() == new.casefold())
    assert swapped(" ".join(swap or ()), old, new) is None
