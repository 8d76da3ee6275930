"""Short stories, each of which ends well only because of one rule: the smallest case that shows what it is for."""

# ruff: noqa: D401 - a story is told, and gives no orders

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import attrs

from bridge.model.bookmark import Bookmark, Field
from bridge.model.link import Side
from bridge.model.operation import Add, Unknown
from bridge.settings.jobs import Fold
from tests.mirrored.driver import options
from tests.mirrored.kinds import KINDS
from tests.mirrored.service import START
from tests.mirrored.world import World
from tests.support.memory_adapter import After, Killed

L, R = Side.LEFT, Side.RIGHT
A, B = "https://a.example/", "https://b.example/"

Story: TypeAlias = Callable[[Path], None]


def begin(folder: Path, left: str, right: str, *, conflict: str = "newest", deletes: str = "propagate") -> World:
    """Open two accounts of these kinds, with nothing in them."""
    return World(folder, (KINDS[left], KINDS[right]), options(conflict, deletes), random.Random(1))


def linked(
    folder: Path, left: str, right: str, *, conflict: str = "newest", deletes: str = "propagate", **fields: object
) -> World:
    """Open two accounts that were mirrored, of which the left has brought one bookmark."""
    world = begin(folder, left, right, conflict=conflict, deletes=deletes)
    world.put(L, save(**fields))
    world.settle()
    return world


def save(url: str = A, **fields: object) -> Bookmark:
    """Return a bookmark with a date, which is private and unread if nothing else is said."""
    return attrs.evolve(Bookmark(url, title="t", added=START), **fields)  # type: ignore[arg-type]


def at(world: World, side: Side, url: str = A) -> Bookmark:
    """Return the bookmark of a page."""
    entry = world.find(side, url)
    assert entry is not None, world.history
    return entry.bookmark


def urls(world: World, side: Side) -> list[str]:
    """Return what a side holds."""
    return sorted(world.sides[side].held())


def an_edit_after_a_lost_answer(folder: Path) -> None:
    """We die after a write; the person edits on. That is news against what was sent, and no conflict with our echo."""
    world = linked(folder, "full", "full", conflict="right")
    world.change(L, A, title="sent")
    world.sides[R].on_push(A, After(Killed()))
    world.run()
    world.change(L, A, title="later")
    world.run()

    assert "later" == at(world, R).title == at(world, L).title


def an_entry_saved_anew(folder: Path) -> None:
    """It comes back under another ref and without tags: a first contact, and no removal of tags."""
    world = linked(folder, "full", "full", tags=("ruby",))
    world.drop(R, A)
    world.put(R, save())
    world.settle()

    assert ("ruby",) == at(world, L).tags == at(world, R).tags


def an_entry_saved_anew_under_its_ref(folder: Path) -> None:
    """Where the ref is the url, nothing vanishes; a later date that nobody can edit gives it away."""
    world = linked(folder, "full", "pins", tags=("ruby",))
    world.drop(R, A)
    world.put(R, save(added=world.clock.tick()))
    world.settle()

    assert ("ruby",) == at(world, L).tags == at(world, R).tags


def an_entry_saved_anew_that_the_listing_hides(folder: Path) -> None:
    """Its old ref is gone indeed; asked for by its url, it is there."""
    world = linked(folder, "full", "full")
    world.drop(R, A)
    world.put(R, save())
    world.sides[R].hidden = {A}
    world.run(approve=True)

    assert [A] == urls(world, L) == urls(world, R)


def a_spelling_that_the_accounts_have_used(folder: Path) -> None:
    """A tag that stands for "ml a" on one bookmark means it on the next."""
    world = linked(folder, "full", "pins", tags=("ml a",))
    world.put(R, save(B, tags=("ml-a",)))
    world.settle()

    assert ("ml a",) == at(world, L, B).tags


def a_duplicate_whose_other_half_goes(folder: Path) -> None:
    """The linked ones are removed on both sides; the duplicate beside them is not sent as if it were new."""
    world = linked(folder, "full", "full")
    world.repeat(R, A)
    world.settle()
    first = next(entry for entry in world.sides[R].entries.values() if not entry.ref.startswith("again"))
    del world.sides[R].entries[first.ref]
    world.drop(L, A)
    world.run(approve=True)
    world.run(approve=True)

    assert [] == urls(world, L)


def a_tag_that_is_spelt_like_the_folded_favorite(folder: Path) -> None:
    """A person's own tag "favorite" makes no favorite on the way back."""
    world = linked(folder, "full", "pins", tags=("favorite", "ruby"))

    assert not at(world, L).favorite
    assert ("ruby",) == at(world, R).tags


def an_old_listing_that_still_says_public(folder: Path) -> None:
    """Before anything is published its source is read again."""
    world = begin(folder, "full", "pins")
    world.put(L, save(private=False))
    world.sides[L].remember()
    world.change(L, A, private=True)
    world.old(L)
    world.run()

    assert [] == urls(world, R)


def an_old_listing_of_what_we_wrote(folder: Path) -> None:
    """It shows the entry as it was before our write: nobody has taken the edit back."""
    world = linked(folder, "full", "full")
    world.sides[R].remember()
    world.change(L, A, title="edited")
    world.run()
    world.old(R)
    world.run()

    assert "edited" == at(world, L).title == at(world, R).title


def an_add_that_a_service_has_lost(folder: Path) -> None:
    """It was never seen there: that is no removal, and it is sent again."""
    world = begin(folder, "full", "full")
    world.put(L, save())
    world.sides[R].silence = 1.0
    world.run()
    world.calm()
    world.sides[R].entries.clear()
    world.run(approve=True)
    world.run(approve=True)

    assert [A] == urls(world, L) == urls(world, R)


def tags_that_a_service_makes_one_of(folder: Path) -> None:
    """It lower-cases what it is given; a tag of a link that was there before in another case is that tag."""
    world = linked(folder, "full", "quirky", tags=("ML a",))
    world.change(L, A, tags=("ML a", "ruby"))
    world.settle()
    world.change(R, A, tags=("ruby",))
    world.settle()

    assert ("ruby",) == at(world, L).tags


def an_add_without_an_answer(folder: Path) -> None:
    """It is looked for before it is sent again."""
    world = begin(folder, "full", "pocket")
    world.put(L, save())
    world.sides[R].on_push(A, After(Unknown("Timed out.")))
    world.run()

    assert 1 == sum(isinstance(operation, Add) for operation in world.sides[R].applied)


def a_change_that_could_not_be_delivered(folder: Path) -> None:
    """Once the service lets titles be edited, it gets the one that it lacks."""
    world = linked(folder, "full", "pocket")
    world.change(L, A, title="edited")
    world.run()
    account = world.sides[R]
    account.capabilities = attrs.evolve(account.kind.can, edits=account.kind.can.edits | {Field.TITLE})
    world.run()

    assert "edited" == at(world, R).title


def a_field_that_a_service_did_not_know(folder: Path) -> None:
    """What was never agreed on is met, and not compared with nothing."""
    world = begin(folder, "full", "full", conflict="left")
    world.put(L, save(note="ours"))
    world.put(R, save(note="theirs"))
    can = world.sides[R].kind.can
    world.sides[R].capabilities = can.without(frozenset({Field.NOTE}))
    world.run()
    world.sides[R].capabilities = can
    world.settle()

    assert ("ours", "theirs") == (at(world, L).note, at(world, R).note)


def a_title_that_was_cut(folder: Path) -> None:
    """Its beginning is edited where it is short; its end is put back on where it is long."""
    world = linked(folder, "full", "pins", title="abcdefghIJKL")
    assert "abcdefgh" == at(world, R).title
    world.change(R, A, title="Xbcdefgh")
    world.settle()

    assert "XbcdefghIJKL" == at(world, L).title


def an_add_that_overwrites(folder: Path) -> None:
    """The entry that it ran into is given back what it was: archived."""
    world = begin(folder, "full", "pocket")
    world.put(R, save(unread=False))
    world.run()
    world.drop(L, A)
    world = begin(folder / "other", "full", "pocket")
    world.put(R, save(unread=False))
    world.settle()
    world.put(L, save(B, unread=True))
    world.sides[R].resolves = {B: A}
    world.run()

    assert not at(world, R).unread


def a_value_that_goes_back_and_forth(folder: Path) -> None:
    """A, B, A in three runs: the third is not written, and listed."""
    world = linked(folder, "full", "full", conflict="left")
    for title in ("one", "two", "one"):
        world.change(L, A, title=title)
        ended = world.run()

    assert ended is not None
    assert [("title", None)] == [(conflict.field, conflict.winner) for conflict in ended.receipt.conflicts]
    assert "two" == at(world, R).title


def two_spellings_of_one_page(folder: Path) -> None:
    """One side takes what the other adds for an entry of its own: that one is not sent back as new."""
    world = begin(folder, "full", "pocket")
    world.put(L, save(A))
    world.put(R, save(B))
    world.sides[R].resolves = {A: B}
    world.run()

    assert [A] == urls(world, L)


def a_side_that_is_suddenly_empty(folder: Path) -> None:
    """Nobody is believed to have removed everything."""
    world = linked(folder, "full", "full", deletes="keep")
    world.sides[R].hidden = {A}

    assert world.run() is None
    assert any("suddenly lacks all" in line for line in world.history)


def a_bookmark_that_was_removed(folder: Path) -> None:
    """What the account itself confirms to be gone is removed on the other side."""
    world = linked(folder, "full", "full")
    world.put(L, save(B))
    world.settle()
    world.drop(R, A)
    world.run()

    assert [B] == urls(world, L)


def what_became_public(folder: Path) -> None:
    """It stays private where it was private."""
    world = linked(folder, "full", "pins", private=True)
    world.change(L, A, private=False)
    world.run()

    assert at(world, R).private


def words_of_a_private_bookmark(folder: Path) -> None:
    """They are not written where others can read them."""
    world = linked(folder, "full", "pins", private=False)
    world.change(R, A, private=True)
    world.settle()
    world.change(R, A, private=False)
    world.settle()
    world.change(L, A, note="to myself")
    world.run()

    assert at(world, L).private
    assert "" == at(world, R).note


def a_tag_that_found_no_room(folder: Path) -> None:
    """It stands for nothing there, so its removal takes nothing away there: not a person's own of that name."""
    world = linked(folder, "full", "poor", tags=("a", "b", "c", "d", "ruby"))
    assert ("a", "b", "c", "d") == at(world, R).tags
    world.change(R, A, tags=("a", "b", "c", "ruby"))
    world.change(L, A, tags=("a", "b", "c", "d"))
    world.run()

    assert "ruby" in at(world, R).tags


def tags_of_both_sides_in_one_run(folder: Path) -> None:
    """Each write moves the link by what it has done; a tag that is taken away next is known."""
    world = linked(folder, "full", "full", tags=("c",))
    world.change(L, A, tags=("c", "left"))
    world.change(R, A, tags=("c", "right"))
    world.run()
    world.change(R, A, tags=("c", "right"))
    world.run()

    assert {"c", "right"} == set(at(world, L).tags) == set(at(world, R).tags)


def removals_that_did_not_travel(folder: Path) -> None:
    """They do not travel later, either, once the job says that removals do."""
    world = linked(folder, "full", "full", deletes="keep")
    world.put(L, save(B))
    world.settle()
    world.drop(R, A)
    world.run()
    world.options = options("newest", "propagate")
    for _ in range(3):
        world.run()

    assert [A, B] == urls(world, L)


def removed_here_and_edited_there(folder: Path) -> None:
    """The edit wins: the bookmark comes back."""
    world = linked(folder, "full", "full")
    world.put(L, save(B))
    world.settle()
    world.drop(L, A)
    world.change(R, A, title="edited")
    world.run()

    assert "edited" == at(world, L).title == at(world, R).title


def saved_anew_after_both_were_removed(folder: Path) -> None:
    """A tombstone of both sides keeps nothing back, even under the same ref."""
    world = linked(folder, "full", "pins")
    world.put(L, save(B))
    world.settle()
    world.drop(L, A)
    world.run()
    world.put(R, save(title="again", added=world.clock.tick()))
    world.run()

    assert "again" == at(world, L).title


def an_edit_between_the_listing_and_the_write(folder: Path) -> None:
    """The write expects what was listed, so it does not go over the edit; the next run decides."""
    world = linked(folder, "full", "full", conflict="right")
    world.change(L, A, title="ours")
    world.sides[R].on_push(A, lambda: world.change(R, A, title="theirs"))
    world.run()
    world.settle()

    assert "theirs" == at(world, L).title == at(world, R).title


def a_title_that_was_trimmed_and_never_read_back(folder: Path) -> None:
    """The first listing that shows it is what became of our write, and no edit."""
    world = linked(folder, "full", "quirky")
    world.change(L, A, title=" edited ")
    world.sides[R].silence = 1.0
    world.run()
    world.settle()

    assert " edited " == at(world, L).title


def an_addition_that_was_trimmed_and_never_read_back(folder: Path) -> None:
    """An old listing lacks it, so it is looked up; what that shows is what became of our write, and no edit."""
    world = linked(folder, "full", "quirky")
    world.sides[R].remember()
    world.put(L, save(B, title=" new "))
    world.sides[R].silence = 1.0
    world.run()
    world.sides[R].silence = 0.0
    world.sides[R].grow_old()
    world.run()
    world.settle()

    assert " new " == at(world, L, B).title


def an_entry_that_was_unarchived(folder: Path) -> None:
    """It is dated anew, and no other entry for that: what was edited with it is carried."""
    world = linked(folder, "full", "pocket", tags=("ruby", "old"), unread=False)
    world.change(R, A, unread=True, tags=("ruby",), added=world.clock.tick())
    world.settle()

    assert (True, ("ruby",)) == (at(world, L).unread, at(world, L).tags)


def an_entry_that_we_have_unarchived(folder: Path) -> None:
    """Its new date is our doing: the edit that follows is one."""
    world = linked(folder, "full", "pocket", tags=("ruby",), unread=False)
    world.sides[R].dates_anew = True
    world.change(L, A, unread=True)
    world.run()
    world.change(R, A, tags=())
    world.settle()

    assert () == at(world, L).tags


def a_backup_that_lost_a_line(folder: Path) -> None:
    """Where nothing is carried back, and nobody says that it was removed, it is written again."""
    world = linked(folder, "full", "file")
    world.options = attrs.evolve(world.options, direction="left-to-right")
    world.put(L, save(B))
    world.settle()
    world.drop(R, A)
    world.run(approve=True)

    assert [A, B] == urls(world, R)


def a_favorite_that_is_folded_into_another_tag(folder: Path) -> None:
    """The star stays, and so does the old tag, which nobody takes for one of a person's."""
    world = linked(folder, "full", "pins", favorite=True)
    assert ("favorite",) == at(world, R).tags
    world.options = attrs.evolve(world.options, fold=Fold(favorite="starred"))
    world.settle()

    assert (True, ()) == (at(world, L).favorite, at(world, L).tags)
    assert {"favorite", "starred"} == set(at(world, R).tags)


def a_service_that_knows_no_favorites_any_more(folder: Path) -> None:
    """What it cannot hold from now on is not taken away where it is held."""
    world = linked(folder, "full", "full", favorite=True)
    can = world.sides[R].kind.can
    world.sides[R].capabilities = can.without(frozenset({Field.FAVORITE}))
    world.run()
    world.run()

    assert at(world, L).favorite
    assert ("favorite",) == at(world, R).tags
    world.settle()
    assert (True, ()) == (at(world, L).favorite, at(world, L).tags)


def a_tag_that_stands_for_a_favorite_from_now_on(folder: Path) -> None:
    """Where it was a tag of both sides, it is taken away at neither."""
    world = linked(folder, "full", "pins", tags=("starred", "ruby"))
    world.options = attrs.evolve(world.options, fold=Fold(favorite="starred"))
    world.settle()

    assert {"starred", "ruby"} == set(at(world, L).tags)
    assert {"starred", "ruby"} == set(at(world, R).tags)


def a_removal_where_another_entry_has_the_url(folder: Path) -> None:
    """The side that lacks the one has come to hold its page in another: that is no removal."""
    world = linked(folder, "full", "full")
    world.put(L, save(B))
    world.settle()
    other = world.find(L, B)
    assert other is not None
    world.drop(L, A)
    world.sides[L].put(attrs.evolve(other, bookmark=save(A)))
    world.run(approve=True)

    assert A in urls(world, R)


def an_add_that_meets_an_entry(folder: Path) -> None:
    """The listing hid it; the two are one bookmark all the same, and the account's own words stay."""
    world = begin(folder, "full", "full")
    world.put(L, save(note="ours"))
    world.put(R, save(title="theirs"))
    world.sides[R].hidden = {A}
    world.run()

    assert ("theirs", "ours") == (at(world, R).title, at(world, R).note)
