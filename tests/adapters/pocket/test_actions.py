"""The actions of send: each has its form, and what would void a whole call is refused before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pocket import actions
from adapters.pocket.actions import Action, Declined, InvalidAction
from adapters.pocket.sandbox_send import read_actions
from tests.adapters.pocket.desk import Desk

URL = "https://example.org/page"
ON_ITEMS: tuple[Callable[..., Action], ...] = (
    *(actions.archive, actions.readd, actions.favorite, actions.unfavorite),
    *(actions.delete, actions.tags_clear),
)
WITH_TAGS: tuple[Callable[..., Action], ...] = (actions.tags_add, actions.tags_remove, actions.tags_replace)

texts = st.text(max_size=8) | st.sampled_from(["", " ", "\ufeff", "\u00a0", "a,b", "a,", "\ud800", "\x85", "ok"])
tags = st.none() | texts | st.lists(texts, max_size=3)
times = st.none() | st.integers(-5, 10**13) | st.booleans() | st.floats() | st.just("1700000000")
urls = st.none() | texts | st.sampled_from([URL, "http://localhost/x", "ftp://a.example/", "http://[::1", "nonsense"])
refs = st.none() | st.sampled_from(["7", "", " ", "1700000000000"])


@given(st.data(), urls, refs, tags, times)
def test_what_is_made_voids_no_call(data: st.DataObject, url: Any, item_id: Any, given: Any, time: Any) -> None:
    """Whatever the functions are given, they refuse it themselves or the late server reads it."""
    text = data.draw(texts)
    made = [
        lambda: actions.add(url or "", title=text, tags=given, time=time),
        *(lambda make=make: make(item_id, url=url, time=time) for make in ON_ITEMS),
        *(lambda make=make: make(item_id, given or (), url=url, time=time) for make in WITH_TAGS),
        lambda: actions.tag_rename(text, data.draw(texts), time=time),
        lambda: actions.tag_delete(text, time=time),
    ]
    for make in made:
        with suppress(InvalidAction):
            action = make()
            actions.check_numbers([action])
            assert 1 == len(read_actions([action.encoded()]))


@pytest.mark.parametrize(
    ("action", "encoded"),
    [
        (actions.add(URL), {"action": "add", "url": URL}),
        (
            actions.add(URL, title="T", tags="a,b", time=0, ref_id="9"),
            {"action": "add", "url": URL, "title": "T", "tags": "a,b", "time": 0, "ref_id": "9"},
        ),
        (actions.archive("7"), {"action": "archive", "item_id": "7"}),
        (actions.readd("7", time=5), {"action": "readd", "item_id": "7", "time": 5}),
        (actions.favorite("7"), {"action": "favorite", "item_id": "7"}),
        (actions.unfavorite(url=URL), {"action": "unfavorite", "url": URL}),
        (actions.delete("7"), {"action": "delete", "item_id": "7"}),
        (actions.tags_add("7", ["a", "b,c"]), {"action": "tags_add", "item_id": "7", "tags": ["a", "b,c"]}),
        (actions.tags_remove("7", "a,b"), {"action": "tags_remove", "item_id": "7", "tags": "a,b"}),
        (actions.tags_replace("7", ()), {"action": "tags_replace", "item_id": "7", "tags": []}),
        (actions.tags_clear("7"), {"action": "tags_clear", "item_id": "7"}),
        (actions.tag_rename("a", "b", time=5), {"action": "tag_rename", "old_tag": "a", "new_tag": "b", "time": 5}),
        (actions.tag_delete("a"), {"action": "tag_delete", "tag": "a"}),
    ],
)
def test_every_documented_action_has_its_form(action: Action, encoded: dict[str, Any]) -> None:
    """What is not given is not sent."""
    assert encoded == action.encoded()
    assert action.repeatable is (encoded["action"] not in ("add", "readd"))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (actions.archive, "archive cannot be sent: it must name its item either by item_id or by url"),
        (lambda: actions.archive("7", url=URL), "either by item_id or by url"),
        (lambda: actions.archive(""), "its item_id is empty"),
        (lambda: actions.add("nonsense"), "its url is not one of http or https"),
        (lambda: actions.add("ftp://a.example/"), "its url is not one of http or https"),
        (lambda: actions.add("http://localhost/x"), "its url leads to no public host"),
        (lambda: actions.add(URL, title=" "), "its title is empty"),
        (lambda: actions.add(URL, title="half \ud83d"), "its title holds half a character"),
        (lambda: actions.add(URL, tags=()), "it has no tags"),
        (lambda: actions.tags_add("7", "a,"), "its list of tags is empty"),
        (lambda: actions.tags_add("7", ["a", "\ufeff"]), "its list of tags is empty"),
        (lambda: actions.tags_replace("7", ""), "its list of tags is empty"),
        (lambda: actions.tag_rename("a", ""), "its new_tag is empty"),
        (lambda: actions.tag_delete(" "), "its tag is empty"),
        (lambda: actions.favorite("7", time=True), "its time is not in whole seconds since 1970"),
        (lambda: actions.favorite("7", time=10**12), "its time is not in whole seconds since 1970"),
    ],
)
def test_a_refusal_names_the_action(make: Callable[[], Action], why: str) -> None:
    """And says what is wrong with it."""
    with pytest.raises(InvalidAction) as refused:
        make()

    assert why in refused.value.message
    assert refused.value.action in refused.value.message


def test_an_address_of_numbers_is_a_public_host() -> None:
    """With colons in it, too."""
    assert ["http://[2001:db8::1]/", "http://192.0.2.1/"] == [
        actions.add(url).values["url"] for url in ("http://[2001:db8::1]/", "http://192.0.2.1/")
    ]


def test_tags_are_a_text_unless_one_holds_a_comma() -> None:
    """One server refuses lists."""
    assert "a,b c" == actions.best_tags(("a", "b c"))
    assert ["a", "b,c"] == actions.best_tags(("a", "b,c"))


def test_pockets_own_ids_are_numbers() -> None:
    """A compatible server's may have letters, so only Pocket's are held to it, and before anything is sent."""
    at_pocket, elsewhere = Desk(), Desk(url="https://pocket.example/v3/")
    with pytest.raises(InvalidAction, match="favorite cannot be sent: its item_id is not a number"):
        list(at_pocket.client.send([actions.archive("7"), actions.favorite("letters")]))

    assert [] == at_pocket.routes
    assert [Declined("SavedItem does not exist", 198)] == list(elsewhere.client.send([actions.archive("77")]))


@pytest.mark.parametrize(
    ("words", "missing"), [("SavedItem does not exist", True), ("Tag not found", True), ("", False), ("No", False)]
)
def test_what_is_missing_is_told_by_its_words(words: str, *, missing: bool) -> None:
    """The code stands for any trouble inside."""
    assert missing is Declined(words, 198).missing
