"""The operations of a run, for a person and for a script."""

from __future__ import annotations

from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.link import Side
from bridge.model.operation import Add, Delta, Remove
from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report.operations import Change, as_json, deeds
from tests.bridge.report.steps import BOOKMARK, DAY, entered, step, update

RECEIPT = Receipt("migrate", "here", "there", run=1)
CHANGE = Delta({Field.TITLE: "new", Field.NOTE: ""}, add_tags=("c",), remove_tags=("a", "b"))


def test_an_update_says_each_field_as_old_and_new_and_its_tags_with_signs() -> None:
    """An empty value is said to be empty."""
    [deed] = deeds(entered(update(Bookmark("u", "old", "n"), CHANGE)), RECEIPT)

    assert ("merge", "there", "old") == (deed.kind, deed.account, deed.title)
    assert ["title: old -> new", "note: n -> (empty)", "tags: +c -a -b"] == deed.lines


def test_an_add_says_what_does_not_go_without_saying() -> None:
    """Its date, its state, its tags; its title is its name."""
    [deed] = deeds(entered(step(Add(BOOKMARK))), RECEIPT)

    assert ("add", "A title") == (deed.kind, deed.title)
    assert ["added: 2014-05-13 16:53:20", "unread: no", "tags: +food +slow-food"] == deed.lines


def test_a_removal_says_what_it_removes() -> None:
    """Its title and its url are enough."""
    [deed] = deeds(entered(step(Remove(Entry("r", BOOKMARK)))), RECEIPT)

    assert ("remove", "A title", []) == (deed.kind, deed.title, deed.lines)


def test_what_is_no_fate_of_its_bookmark_says_what_it_is_for() -> None:
    """A star that comes off, an entry that gets back what was overwritten, an Add that is completed."""
    marks = ("aside", "restores", "completes")
    found = deeds(entered(*(update(BOOKMARK, CHANGE, side=Side.LEFT, **{mark: True}) for mark in marks)), RECEIPT)

    assert ["change", "change", "merge"] == [deed.kind for deed in found]
    assert {"here"} == {deed.account for deed in found}
    assert [
        "once it was saved",
        "gives back what an add has overwritten",
        "brings what the add still lacked",
    ] == [deed.note for deed in found]


def test_how_an_operation_ended_is_said_in_words() -> None:
    """With what the service said, and of an Add that met an entry what stands in its place."""
    [failed] = deeds(entered(step(Add(BOOKMARK)), state="failed", outcome="too long"), RECEIPT)
    [sent] = deeds(entered(step(Add(BOOKMARK)), state="sent"), RECEIPT)
    [met] = deeds([Entered(0, "done", step(Add(BOOKMARK)), None, replaced=True)], RECEIPT)

    assert ("failed", "too long") == (failed.state, failed.note)
    assert "sent, and never answered" == sent.state
    assert "it met an entry that was there: see the change in its place" == met.state


def test_json_says_the_changes_in_words_and_field_by_field() -> None:
    """Dates are whole there."""
    [item] = entered(update(Bookmark("u", "old", added=DAY), Delta({Field.ADDED: None}, add_tags=("c",))))
    [deed] = deeds([item], RECEIPT)

    assert {
        "operation": "update",
        "side": "target",
        "state": "done",
        "url": "u",
        "title": "old",
        "changes": ['added "2014-05-13T16:53:20+00:00" becomes ""', "tags +c"],
        "fields": [{"field": "added", "old": "2014-05-13T16:53:20+00:00", "new": ""}],
        "tags": {"added": ["c"], "removed": []},
        "outcome": None,
    } == as_json(item, deed)
    assert (Change("added", "2014-05-13 16:53:20", ""),) == deed.changes
