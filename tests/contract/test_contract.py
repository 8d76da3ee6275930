"""The promises of bridge.model.adapter, tried on every kind of account there is.

What is asserted is what the account's capabilities promise, and nothing that only one service does.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import attrs
import pytest

from bridge.model.adapter import Adapter, Checked, End, Page
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.errors import BridgeError, CredentialsError, Unavailable
from bridge.model.operation import Add, Delta, Done, Failed, Operation, Remove, Unknown, Update
from tests.contract.applies import (
    ABSENCE,
    ADDS,
    ADDS_NOTHING,
    EDITS_TAGS,
    NETWORK,
    REMOVES,
    REMOVES_NOTHING,
    UPDATES,
    WRITES,
    needs,
)
from tests.contract.stand import Break, Stand, bookmark, known, listing, looked_up, pushed

DURING = 1_600_000_000.0
"""Seconds since the epoch: before the clock of every test, and after whatever was there long ago."""

OTHER: dict[Field, object] = {
    Field.TITLE: "Another title",
    Field.NOTE: "Another note",
    Field.UNREAD: False,
    Field.FAVORITE: True,
    Field.PRIVATE: False,
}
"""Values to change a field to."""


def projected(adapter: Adapter, wanted: Bookmark) -> Bookmark:
    """Return what the account shows of a bookmark that it was given: what it both takes and reads."""
    return known(wanted, adapter.capabilities.reads & adapter.capabilities.sets)


def refuses(adapter: Adapter, operation: Operation) -> bool:
    """Tell whether an operation fails in words; a file that is only read refuses the whole push."""
    try:
        [outcome] = pushed(adapter, operation)
    except BridgeError:
        return True
    return isinstance(outcome, Failed)


def test_capabilities_are_consistent(adapter: Adapter) -> None:
    """What can be changed can be read, what cannot be done is not promised, and a batch holds something."""
    can = adapter.capabilities

    assert can.edits <= can.reads
    assert can.adds or not can.sets
    assert can.updates or not can.edits
    assert can.batch is None or can.batch > 0


def test_the_same_account_always_says_the_same(stand: Stand, adapter: Adapter) -> None:
    """Another process knows the account by its identity, and no secret is in it."""
    identity = adapter.identity

    assert identity == stand.open().identity
    assert not [secret for secret in stand.secrets if secret in identity]


def test_opening_sends_nothing(stand: Stand) -> None:
    """Identity and capabilities are known without a call."""
    adapter = stand.open()
    _ = adapter.identity, adapter.capabilities

    assert 0 == adapter.calls


def test_a_check_is_cheap(adapter: Adapter) -> None:
    """It proves that the account answers, with no more than two calls (one of them may find out the version)."""
    checked = adapter.check()

    assert isinstance(checked, Checked)
    assert adapter.calls <= 2


def test_an_empty_account_is_an_empty_listing(adapter: Adapter) -> None:
    """Its end says that this was all."""
    entries, removed, end = listing(adapter)

    assert ({}, set(), True) == (entries, removed, end.complete)


def test_everything_that_is_held_is_listed(stand: Stand, adapter: Adapter) -> None:
    """Each field that the account reads, as its owner left it; what it does not know keeps the cautious default."""
    put = [stand.put(bookmark(name, unread=name == "a", favorite=name == "b")) for name in "abc"]
    entries, removed, _end = listing(adapter)

    assert {one.url: known(one, adapter.capabilities.reads) for one in put} == {
        url: entry.bookmark for url, entry in entries.items()
    }
    assert 3 == len({entry.ref for entry in entries.values()})
    assert set() == removed


def test_a_listing_changes_nothing(stand: Stand, adapter: Adapter) -> None:
    """A second one is the same, as is that of another process."""
    stand.put(bookmark())
    first, second, third = listing(adapter)[0], listing(adapter)[0], listing(stand.open())[0]

    assert first == second == third


def test_times_are_in_utc(stand: Stand, adapter: Adapter) -> None:
    """Aware, whatever zone the service thinks in."""
    stand.put(bookmark())
    [entry] = listing(adapter)[0].values()
    moments = [moment for moment in (entry.bookmark.added, entry.changed) if moment is not None]

    assert all(moment.utcoffset() is not None and not moment.utcoffset() for moment in moments)


def test_a_pull_may_be_given_up(stand: Stand, adapter: Adapter) -> None:
    """Whoever stops between pages leaves the account usable."""
    stand.put(bookmark())
    for _page in islice(adapter.pull(None), 1):
        break

    assert [bookmark().url] == list(listing(adapter)[0])


def test_texts_survive(stand: Stand, adapter: Adapter) -> None:
    """Quotes, angle brackets, ampersands, emoji, letters of every script, right to left."""
    nasty = 'Ä "quoted" & <b>bold</b> \N{STEAM LOCOMOTIVE} 日本語 שלום it\'s 100 % a+b c\\d'
    put = stand.put(bookmark(title=nasty))
    [entry] = listing(adapter)[0].values()

    assert nasty == put.title == entry.bookmark.title or Field.TITLE not in adapter.capabilities.reads


@needs(ADDS)
def test_what_is_added_is_there(stand: Stand, adapter: Adapter) -> None:
    """Every field that the account takes has arrived, and the outcome names the entry as listings do."""
    wanted = bookmark(unread=False, favorite=True)
    [outcome] = pushed(adapter, Add(wanted))
    entries = listing(adapter)[0]

    assert isinstance(outcome, Done)
    assert entries[wanted.url].ref == outcome.entry.ref
    assert projected(adapter, wanted) == projected(adapter, entries[wanted.url].bookmark)
    assert projected(adapter, wanted) == projected(adapter, stand.only())


@needs(ADDS)
def test_private_stays_private(stand: Stand, adapter: Adapter) -> None:
    """Where other people could read it, a private bookmark is not published by an Add."""
    pushed(adapter, Add(bookmark(private=True)))

    assert stand.only().private


@needs(ADDS)
def test_nasty_texts_arrive(stand: Stand, adapter: Adapter) -> None:
    """Title and tags that other formats would take for markup."""
    wanted = bookmark(title='Ä "q" & <b> \N{STEAM LOCOMOTIVE} it\'s', tags=("c++", "a&b", "日本", "it's", 'a"b'))
    pushed(adapter, Add(wanted))
    [entry] = listing(adapter)[0].values()

    assert projected(adapter, wanted) == projected(adapter, entry.bookmark)
    assert set(wanted.tags) == set(entry.bookmark.tags) or Field.TAGS not in adapter.capabilities.reads


@needs(ADDS)
def test_a_bookmark_without_title_tags_and_date_can_be_added(stand: Stand, adapter: Adapter) -> None:
    """The url is all that is needed."""
    wanted = Bookmark("https://bare.example.org/")
    [outcome] = pushed(adapter, Add(wanted))

    assert isinstance(outcome, Done)
    assert [wanted.url] == list(stand.held())
    assert "" == stand.only().title or adapter.capabilities.limits.finds_titles


@needs(ADDS)
def test_what_is_there_is_never_doubled(stand: Stand, adapter: Adapter) -> None:
    """An Add that meets an entry is refused as that, or names the entry that it met."""
    there = stand.put(bookmark(title="Older"))
    known_ref = listing(adapter)[0][there.url].ref
    [outcome] = pushed(adapter, Add(bookmark(title="Newer")))

    assert 1 == len(stand.held())
    assert (isinstance(outcome, Failed) and outcome.exists) or (
        isinstance(outcome, Done) and known_ref == outcome.entry.ref
    )
    assert isinstance(outcome, Done) or there == stand.only()


@needs(ADDS)
@pytest.mark.parametrize("before", [True, False], ids=["before", "since"])
def test_a_cursor_doubles_nothing(stand: Stand, adapter: Adapter, before: bool) -> None:
    """What is there is met by a process that has listed but the changes: be it from before the cursor, or since."""
    put = [stand.put(bookmark(title="Older"))] if before else []
    end = listing(adapter)[2]
    [there] = put or [stand.put(bookmark(title="Older"))]
    known_ref = listing(stand.open())[0][there.url].ref
    again = stand.open()
    listing(again, end.cursor)
    [outcome] = pushed(again, Add(bookmark(title="Newer")))

    assert 1 == len(stand.held())
    assert (isinstance(outcome, Failed) and outcome.exists) or (
        isinstance(outcome, Done) and known_ref == outcome.entry.ref
    )
    assert isinstance(outcome, Done) or there == stand.only()


@needs(ADDS_NOTHING)
def test_what_cannot_be_added_is_refused_in_words(stand: Stand, adapter: Adapter) -> None:
    """Nothing is written."""
    assert refuses(adapter, Add(bookmark()))
    assert {} == stand.held()


@needs(UPDATES)
def test_each_field_can_be_changed_alone(stand: Stand, adapter: Adapter) -> None:
    """All that can be changed is, field by field, and nothing else with it."""
    for number, field in enumerate(sorted(adapter.capabilities.edits & OTHER.keys(), key=str)):
        before = stand.put(bookmark(f"n{number}"))
        entry = listing(adapter)[0][before.url]
        value = OTHER[field]
        delta = Delta({field: value}, expects={field: entry.bookmark.get(field)})
        [outcome] = pushed(adapter, Update(entry, delta))
        after = stand.held()[before.url]

        assert isinstance(outcome, Done), field
        assert value == after.get(field), field
        changed = attrs.evolve(before, **{field.value: value})  # type: ignore[arg-type]
        assert changed == attrs.evolve(after, added=before.added), field
        assert entry.ref == outcome.entry.ref


@needs(UPDATES)
def test_several_fields_change_at_once(stand: Stand, adapter: Adapter) -> None:
    """Done means that the whole intent holds, however many calls that takes."""
    before = stand.put(bookmark())
    [entry] = listing(adapter)[0].values()
    values = {field: value for field, value in OTHER.items() if field in adapter.capabilities.edits}
    [outcome] = pushed(adapter, Update(entry, Delta(values)))
    after = stand.only()

    assert isinstance(outcome, Done)
    assert values == {field: after.get(field) for field in values}
    assert before.url == after.url


@needs(UPDATES, EDITS_TAGS)
def test_tags_come_and_go_one_by_one(stand: Stand, adapter: Adapter) -> None:
    """Those that are not spoken of stay."""
    stand.put(bookmark(tags=("alpha", "beta", "it's")))
    [entry] = listing(adapter)[0].values()
    pushed(adapter, Update(entry, Delta(add_tags=("gamma", "c++"), remove_tags=("alpha", "it's"))))
    [after] = listing(adapter)[0].values()

    assert {"beta", "gamma", "c++"} == set(stand.only().tags) == set(after.bookmark.tags)


@needs(UPDATES)
def test_an_update_of_what_holds_already_is_done(stand: Stand, adapter: Adapter) -> None:
    """Also if the service has nothing to change."""
    stand.put(bookmark())
    [entry] = listing(adapter)[0].values()
    field = sorted(adapter.capabilities.edits - {Field.TAGS, Field.HIGHLIGHTS}, key=str)[0]
    [outcome] = pushed(adapter, Update(entry, Delta({field: entry.bookmark.get(field)})))

    assert isinstance(outcome, Done)
    assert entry.bookmark == listing(adapter)[0][entry.bookmark.url].bookmark


@needs(UPDATES)
def test_an_update_of_nothing_fails_or_is_no_deed(stand: Stand, adapter: Adapter) -> None:
    """What is gone is not brought back by a change of it."""
    stand.put(bookmark())
    [entry] = listing(adapter)[0].values()
    stand.drop(entry.bookmark.url)
    field = sorted(adapter.capabilities.edits & OTHER.keys(), key=str)[0]
    [outcome] = pushed(adapter, Update(entry, Delta({field: OTHER[field]})))

    assert {} == stand.held()
    assert not isinstance(outcome, Done) or looked_up(adapter, entry) == {entry.ref: None}


@needs(REMOVES)
def test_what_is_removed_is_gone(stand: Stand, adapter: Adapter) -> None:
    """And removing it again is done, too; the others stay."""
    stand.put(bookmark("a"))
    stand.put(bookmark("b"))
    entry = listing(adapter)[0][bookmark("a").url]
    outcomes = [*pushed(adapter, Remove(entry)), *pushed(adapter, Remove(entry))]

    assert [True, True] == [isinstance(outcome, Done) for outcome in outcomes]
    assert [bookmark("b").url] == list(stand.held())
    assert [bookmark("b").url] == list(listing(adapter)[0])


@needs(REMOVES_NOTHING)
def test_what_cannot_be_removed_is_refused_in_words(stand: Stand, adapter: Adapter) -> None:
    """It is refused in words."""
    stand.put(bookmark())
    [entry] = listing(adapter)[0].values()

    assert refuses(adapter, Remove(entry))
    assert 1 == len(stand.held())


@needs(ADDS)
def test_each_operation_has_one_outcome_in_order(stand: Stand, adapter: Adapter) -> None:
    """Whatever becomes of the ones before."""
    stand.put(bookmark("b"))
    wanted = [bookmark(name, unread=name in "ac", favorite=name in "cd") for name in "abcdefg"]
    outcomes = pushed(adapter, *map(Add, wanted))
    held = stand.held()

    assert len(wanted) == len(outcomes)
    assert [one.url for one in wanted] == [
        outcome.entry.bookmark.url if isinstance(outcome, Done) else bookmark("b").url for outcome in outcomes
    ]
    assert {one.url: projected(adapter, one) for one in wanted if "b." not in one.url} == {
        url: projected(adapter, one) for url, one in held.items() if "b." not in url
    }


def test_looking_up_tells_what_is_there(stand: Stand, adapter: Adapter) -> None:
    """By ref, with every field; and only what is not there is missing."""
    stand.put(bookmark("a"))
    stand.put(bookmark("b"))
    entries = listing(adapter)[0]
    stand.drop(bookmark("b").url)
    found = looked_up(adapter, *entries.values())
    gone = entries[bookmark("b").url]

    assert {entries[bookmark("a").url].ref: entries[bookmark("a").url], gone.ref: None} == found


def test_looking_up_nothing_asks_nothing(adapter: Adapter) -> None:
    """No entry, no answer."""
    assert [] == list(adapter.look_up([]))


@needs(ADDS)
def test_looking_up_finds_what_an_add_made(stand: Stand, adapter: Adapter) -> None:
    """By the url alone, and since the moment it was sent."""
    pushed(adapter, Add(bookmark()))
    asked, missing = Entry(bookmark().url, bookmark()), Entry(bookmark("x").url, bookmark("x"))
    found = looked_up(adapter, asked, missing, since=DURING)

    assert found[missing.ref] is None
    assert found[asked.ref] is not None
    assert stand.only().url == asked.ref


@needs(ABSENCE)
def test_what_is_gone_is_not_listed(stand: Stand, adapter: Adapter) -> None:
    """From a complete listing it is absent."""
    stand.put(bookmark("a"))
    stand.put(bookmark("b"))
    stand.drop(bookmark("a").url)
    entries, _removed, end = listing(adapter)

    assert ([bookmark("b").url], True) == (list(entries), end.complete)


def test_a_cursor_brings_what_is_new(stand: Stand, adapter: Adapter) -> None:
    """Where there is one, what came since is in the next pull, which is complete only if it has everything."""
    stand.put(bookmark("a"))
    end = listing(adapter)[2]
    stand.put(bookmark("b"))
    entries, _removed, second = listing(stand.open(), end.cursor)

    assert bookmark("b").url in entries
    assert second.complete or end.cursor is not None
    assert not second.complete or bookmark("a").url in entries


def test_a_cursor_brings_what_was_changed(stand: Stand, adapter: Adapter) -> None:
    """By us or by the owner: in another process, too."""
    if Field.UNREAD not in adapter.capabilities.reads:
        stand.put(bookmark(title="Before"))
        end, again = listing(adapter)[2], bookmark(title="After")
    else:
        stand.put(bookmark(unread=True))
        end, again = listing(adapter)[2], bookmark(unread=False)
    stand.put(again)
    entries = listing(stand.open(), end.cursor)[0]

    assert stand.only().unread == entries[again.url].bookmark.unread
    assert known(stand.only(), adapter.capabilities.reads).title == entries[again.url].bookmark.title


@needs(ABSENCE)
def test_a_removal_is_seen_with_a_cursor(stand: Stand, adapter: Adapter) -> None:
    """Reported, or absent from a complete listing, or not spoken of by an increment that look_up settles."""
    stand.put(bookmark("a"))
    stand.put(bookmark("b"))
    before, _removed, end = listing(adapter)
    stand.drop(bookmark("a").url)
    gone = before[bookmark("a").url]
    entries, removed, second = listing(stand.open(), end.cursor)

    assert gone.bookmark.url not in entries
    assert second.complete or gone.ref in removed
    assert looked_up(adapter, gone) == {gone.ref: None}


@needs(NETWORK)
def test_a_service_that_is_away_is_unavailable(stand: Stand) -> None:
    """Whatever is asked of it, nothing is read as empty; once it has answered, a page in its place is trouble, too."""
    assert stand.break_next is not None
    stand.put(bookmark())
    [entry] = listing(stand.open())[0].values()
    asking: list[Callable[[Adapter], object]] = [
        lambda adapter: adapter.check(),
        lambda adapter: list(adapter.pull(None)),
        lambda adapter: list(adapter.look_up([entry])),
    ]
    known = [stand.open() for _ask in asking]
    for account in known:
        account.check()
    for kind, accounts in ((Break.AWAY, [stand.open() for _ask in asking]), (Break.GARBLED, known)):
        for ask, account in zip(asking, accounts, strict=True):
            stand.break_next(kind)
            with pytest.raises(Unavailable) as caught:
                ask(account)
            assert not [secret for secret in stand.secrets if secret in repr(caught.value) + str(caught.value)]


@needs(NETWORK)
def test_a_refused_login_is_not_tried_again(stand: Stand) -> None:
    """Nothing more is sent, and the secret is not told."""
    assert stand.break_next is not None
    adapter = stand.open()
    stand.break_next(Break.DENIED)
    for _attempt in range(2):
        with pytest.raises(CredentialsError) as caught:
            list(adapter.pull(None))

    assert adapter.calls <= 2
    assert not [secret for secret in stand.secrets if secret in repr(caught.value) + str(caught.value)]


@needs(WRITES, NETWORK)
def test_a_lost_answer_is_an_unknown_outcome(stand: Stand, adapter: Adapter) -> None:
    """The write was carried out: its outcome is yielded as Unknown or Done, never raised, never doubled."""
    assert stand.break_next is not None
    there = stand.put(bookmark("a"))
    entry = listing(adapter)[0][there.url]
    if adapter.capabilities.adds:
        operation: Add | Update = Add(bookmark("b"))
    else:
        operation = Update(entry, Delta({Field.FAVORITE: not there.favorite}))
    stand.break_next(Break.LOST)
    [outcome] = pushed(adapter, operation)

    assert isinstance(outcome, Unknown | Done)
    assert looked_up(stand.open(), Entry(operation.url, bookmark("b")) if isinstance(operation, Add) else entry)
    assert len(stand.held()) == (2 if isinstance(operation, Add) else 1)


def test_nothing_tells_a_secret(stand: Stand, adapter: Adapter) -> None:
    """Neither the adapter nor what it holds shows it."""
    shown = repr(adapter) + repr(vars(adapter)) + str(adapter)

    assert not [secret for secret in stand.secrets if secret in shown]


def test_pages_are_pages(stand: Stand, adapter: Adapter) -> None:
    """A pull yields pages, then exactly one End, and nothing after it."""
    stand.put(bookmark())
    parts = list(adapter.pull(None))

    assert [True] * (len(parts) - 1) == [isinstance(part, Page) for part in parts[:-1]]
    assert isinstance(parts[-1], End)
