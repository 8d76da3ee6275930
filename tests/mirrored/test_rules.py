"""Each rule of a mirror is needed: with it the story ends well, and without it, it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
import pytest

from bridge.mapping.fields import Folding
from bridge.model.bookmark import Bookmark, Entry
from bridge.model.link import Half, Link
from bridge.model.operation import Update
from bridge.model.receipt import Verified
from bridge.planning import draft, freeze, listing, merge, mirror, settle
from bridge.planning.joint import Joiner
from bridge.planning.presence import Presence
from bridge.running import execute, lane, ledger, pull, run
from bridge.state.store import Store
from tests.mirrored import stories
from tests.mirrored.stories import Story
from tests.mirrored.world import ViolationError


def _same(value: Any, *_arguments: Any, **_options: Any) -> Any:
    return value


def _nothing(*_arguments: Any, **_options: Any) -> None:
    return None


def _none(*_arguments: Any, **_options: Any) -> list[Any]:
    return []


def _no(*_arguments: Any, **_options: Any) -> bool:
    return False


def _yes(*_arguments: Any, **_options: Any) -> bool:
    return True


def _all_seen(plan: Any) -> Any:
    def planned(self: mirror.Mirroring, sides: Any) -> Any:
        halves = [
            (attrs.evolve(link.left, seen=True), attrs.evolve(link.right, seen=True), link) for link in sides.links
        ]
        links = tuple(attrs.evolve(link, left=left, right=right) for left, right, link in halves)
        return plan(self, attrs.evolve(sides, links=links))

    return planned


def _without_updates(settled: Any) -> Any:
    return lambda step, *rest: None if isinstance(step.operation, Update) else settled(step, *rest)


def _without_expectations(made: Any) -> Any:
    return lambda *arguments: attrs.evolve(made(*arguments), expects={})


def _by_name_alone(self: merge.TagMerge, _pairs: Any) -> set[str]:
    return {self.comparable(tag) for tag in set(self.source_base) - set(self.source)}


def _by_ref_alone(half: Half) -> Entry:
    return Entry(half.ref, Bookmark(f"https://nowhere.example/{half.ref}"))


def _exposed(rule: Any) -> Any:
    return lambda sight, policy, **_: rule(sight, policy, exposed=False)


def _of_what_stands(found: Any) -> Any:
    return lambda self, link, side: None if link.half(side).gone else found(self, link, side)


def _skipped(*_arguments: Any) -> mirror.Joined:
    return mirror.Joined()


def _last_write_alone(_stored: Link, _was: Link, will: Link) -> Link:
    return will


RULES: Mapping[str, tuple[Story, tuple[Any, ...]]] = {
    "settle: what was sent and never answered is looked for": (
        stories.an_edit_after_a_lost_answer,
        (patch.object(execute.Executor, "settle_unanswered", lambda _self: 0),),
    ),
    "journal: an Update that arrived moves the link by what it carried": (
        stories.an_edit_after_a_lost_answer,
        (patch.object(execute, "settle", _without_updates(settle.settle)),),
    ),
    "relink: a free entry with a key of the link is met anew": (
        stories.an_entry_saved_anew,
        (patch.object(Presence, "moved", _none),),
    ),
    "recreated: a later date that nobody can edit is another entry": (
        stories.an_entry_saved_anew_under_its_ref,
        (patch.object(listing, "recreated", _no), patch.object(settle, "recreated", _no)),
    ),
    "unarchived: a later date alone is not another entry": (
        stories.an_entry_that_was_unarchived,
        (patch.object(listing, "_is_bare", _yes),),
    ),
    "dated: what a write dates anew is no news": (
        stories.an_entry_that_we_have_unarchived,
        (patch.object(settle, "_dated", lambda *_: {}),),
    ),
    "refill: what nobody removed is written again": (
        stories.a_backup_that_lost_a_line,
        (patch.object(mirror._Book, "_again", _skipped),),
    ),
    "refold: what is folded otherwise is met anew": (
        stories.a_favorite_that_is_folded_into_another_tag,
        (patch.object(mirror, "refolded", _same),),
    ),
    "unfold: a service may lose a field": (
        stories.a_service_that_knows_no_favorites_any_more,
        (patch.object(mirror, "refolded", _same),),
    ),
    "begun: a tag may come to stand for a favorite": (
        stories.a_tag_that_stands_for_a_favorite_from_now_on,
        (patch.object(mirror, "refolded", _same),),
    ),
    "samekey: nothing is removed whose key is still held": (
        stories.a_removal_where_another_entry_has_the_url,
        (patch.object(Presence, "holds", _no),),
    ),
    "late: an Add that meets an entry is a first contact": (
        stories.an_add_that_meets_an_entry,
        (patch.object(ledger.Ledger, "meet", lambda self, row, _found: self.fail(row, "It is there.") or []),),
    ),
    "lookurl: what vanished is asked for by its url, too": (
        stories.an_entry_saved_anew_that_the_listing_hides,
        (patch.object(listing, "sought", _by_ref_alone),),
    ),
    "memory: a spelling that was used is used again": (
        stories.a_spelling_that_the_accounts_have_used,
        (patch.object(Store, "tag_memory", lambda *_: {}),),
    ),
    "twin: an entry that the other side keeps as another one is not sent": (
        stories.a_duplicate_whose_other_half_goes,
        (patch.object(Store, "twins", lambda *_: {}),),
    ),
    "dups: known duplicates are remembered": (
        stories.a_duplicate_whose_other_half_goes,
        (patch.object(Store, "save_twin", _nothing),),
    ),
    "reserve: the fold tag is nobody's": (
        stories.a_tag_that_is_spelt_like_the_folded_favorite,
        (patch.object(Folding, "reserved", frozenset()),),
    ),
    "privadd: a public Add reads its source again": (
        stories.an_old_listing_that_still_says_public,
        (patch.object(lane, "confirm", lambda steps, *_, **_more: (list(steps), [])),),
    ),
    "lag: what we wrote is noted until a listing shows it": (
        stories.an_old_listing_of_what_we_wrote,
        (patch.object(draft.Drafter, "_unlisted", lambda _self, link, *_: link),),
    ),
    "relook: what a listing contradicts is looked up": (
        stories.an_old_listing_of_what_we_wrote,
        (patch.object(Presence, "_contradicted", _no),),
    ),
    "unseen: what was never seen was never removed": (
        stories.an_add_that_a_service_has_lost,
        (patch.object(mirror.Mirroring, "plan", _all_seen(mirror.Mirroring.plan)),),
    ),
    "collapse: a pair knows the spelling that the service gave": (
        stories.tags_that_a_service_makes_one_of,
        (patch.object(settle, "respelt", _same),),
    ),
    "doubt: an Add in doubt is looked for before it is sent again": (
        stories.an_add_without_an_answer,
        (patch.object(execute.Executor, "_look_twice", _nothing),),
    ),
    "owed: what could not be delivered is remembered": (
        stories.a_change_that_could_not_be_delivered,
        (patch.object(draft, "_owed", lambda *_: frozenset()),),
    ),
    "narrow: absent is not empty": (
        stories.a_field_that_a_service_did_not_know,
        (patch.object(draft, "ABSENT", ""),),
    ),
    "splice: the end that was cut is put back on": (
        stories.a_title_that_was_cut,
        (patch.object(draft.Drafter, "_spliced", lambda _self, wanted, *_: wanted),),
    ),
    "restore: what an Add overwrote is given back": (
        stories.an_add_that_overwrites,
        (patch.object(ledger.Ledger, "owe", _none),),
    ),
    "freeze: A, B, A is held": (
        stories.a_value_that_goes_back_and_forth,
        (patch.object(freeze, "_held", _no),),
    ),
    "crossed: a source that was linked meanwhile is not added": (
        stories.two_spellings_of_one_page,
        (patch.object(execute.Executor, "_crossed", _no),),
    ),
    "guard: a side is not suddenly empty": (
        stories.a_side_that_is_suddenly_empty,
        (patch.object(mirror.Mirroring, "guarded", _nothing),),
    ),
    "ask: a removal needs a proof, and gets it": (
        stories.a_bookmark_that_was_removed,
        (patch.object(run, "ask", lambda _job, _pair, _planner, found, _world: found),),
    ),
    "one way: nothing becomes public, no date later": (
        stories.what_became_public,
        (patch.object(merge, "_travels", _yes),),
    ),
    "exposed: private words stay private": (
        stories.words_of_a_private_bookmark,
        (patch.object(draft, "rule", _exposed(draft.rule)),),
    ),
    "pairs: without a pair, no removal of a tag": (
        stories.a_tag_that_found_no_room,
        (patch.object(merge.TagMerge, "_leaving", _by_name_alone),),
    ),
    "advance: two writes of one run move a link together": (
        stories.tags_of_both_sides_in_one_run,
        (patch.object(ledger, "advanced", _last_write_alone),),
    ),
    "tombstone: what stayed stays": (
        stories.removals_that_did_not_travel,
        (patch.object(mirror, "_without", _same),),
    ),
    "edit wins: removed here, edited there": (
        stories.removed_here_and_edited_there,
        (patch.object(Joiner, "has_changed", _no),),
    ),
    "revived: a tombstone of both sides keeps nothing back": (
        stories.saved_anew_after_both_were_removed,
        (patch.object(Presence, "entry", _of_what_stands(Presence.entry)),),
    ),
    "expects: a write goes over no edit that was not listed": (
        stories.an_edit_between_the_listing_and_the_write,
        (patch.object(draft, "difference", _without_expectations(draft.difference)),),
    ),
    "as shown: what became of an unread write is no edit": (
        stories.a_title_that_was_trimmed_and_never_read_back,
        (patch.object(listing, "as_shown", lambda link, *_: link),),
    ),
    "looked up: so is what a look-up shows first": (
        stories.an_addition_that_was_trimmed_and_never_read_back,
        (patch.object(pull, "_adopted", lambda *_: ({}, Verified(0))),),
    ),
}
"""The rules by name: the story that needs each, and what switches it off."""


@pytest.mark.parametrize("rule", RULES)
def test_the_story_ends_well(rule: str, tmp_path: Path) -> None:
    """With all rules it does: each story asserts its own end."""
    story, _ = RULES[rule]

    story(tmp_path)


@pytest.mark.parametrize("rule", RULES)
def test_without_its_rule_it_does_not(rule: str, tmp_path: Path) -> None:
    """Something is lost, doubled, published or changed that should not be."""
    story, switches = RULES[rule]
    for switch in switches:
        switch.start()
    try:
        with pytest.raises((AssertionError, ViolationError)):
            story(tmp_path)
    finally:
        patch.stopall()
