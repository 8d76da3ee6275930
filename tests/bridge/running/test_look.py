"""What an account holds now of certain entries, by ref and by url."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from bridge.model.adapter import Elsewhere, Missing
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.errors import ProtocolError
from bridge.running.look import look
from bridge.running.world import Party
from tests.support.memory_adapter import MemoryAdapter

A, B = Bookmark("https://a.example/", title="A"), Bookmark("https://b.example/", title="B")


class Answering(MemoryAdapter):
    """An account that answers as it is told, whatever it is asked."""

    def __init__(self, *answers: Entry | Elsewhere | Missing) -> None:
        super().__init__("here")
        self.answers = answers

    def look_up(self, entries: Sequence[Entry], since: float | None = None, /) -> Sequence[Entry | Elsewhere | Missing]:
        return self.answers


def looked(asked: Sequence[Entry], *answers: Entry | Elsewhere | Missing) -> dict[str, Entry | None]:
    """Return what is known after these answers."""
    return dict(look(Party("here", Answering(*answers)), asked))


def test_each_ref_has_its_answer() -> None:
    """Missing is None; an entry that was taken for another one is told under the ref that was asked about."""
    other = Entry("9", B)

    assert {"1": Entry("1", A), "2": None, "3": other} == looked(
        [Entry("1", A), Entry("2", A), Entry("3", A)], Entry("1", A), Missing("2"), Elsewhere("3", other)
    )


def test_what_is_there_under_another_ref_is_found_by_its_url() -> None:
    """However its address is written."""
    saved_anew = Entry("7", attrs.evolve(A, url="HTTPS://A.example"))

    assert {"1": saved_anew} == looked([Entry("1", A)], saved_anew)


def test_two_refs_of_one_url_may_have_one_answer() -> None:
    """It was removed and saved anew, and a stale listing still shows the old one beside the new one."""
    new = Entry("2", A)

    assert {"1": new, "2": new} == looked([Entry("1", A), new], new)
    assert {"1": new, "2": new} == looked([new, Entry("1", A)], new, new)


def test_an_answer_that_was_left_out_is_no_absence() -> None:
    """Only the service's own "not found" is."""
    with pytest.raises(ProtocolError, match=r"here did not say whether it holds https://b.example/."):
        looked([Entry("1", A), Entry("2", B)], Entry("1", A))
