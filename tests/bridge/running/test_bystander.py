"""An account that only stands by."""

from __future__ import annotations

from bridge.model.adapter import Checked, End
from bridge.model.bookmark import Bookmark, Entry, Field
from bridge.model.operation import Add, Failed
from bridge.running.bystander import Bystander

ENTRY = Entry("1", Bookmark("https://a.example/"))


def test_it_is_known_and_shows_nothing_new() -> None:
    """What was seen of the account before stays as it is, with its cursor."""
    account = Bystander("file /gone.zip", frozenset({Field.TITLE}))

    assert ("file /gone.zip", {Field.TITLE}) == (account.identity, account.capabilities.reads)
    assert [End(complete=False, cursor="5")] == list(account.pull("5"))
    assert (Checked(), [ENTRY], 0) == (account.check(), list(account.look_up([ENTRY])), account.calls)


def test_it_takes_nothing() -> None:
    """Every operation fails, and nothing is sent."""
    can = Bystander("file /gone.zip", frozenset()).capabilities
    (outcome,) = Bystander("file /gone.zip", frozenset()).push([Add(ENTRY.bookmark)])

    assert isinstance(outcome, Failed)
    assert (False, False, False) == (can.adds, can.updates, can.removes)
