"""How a tag is spelt at the other side, and how the way back finds the old spelling."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.mapping.tags import Carried, Shelf, TagPolicy, carry, equal_under, spell
from bridge.model import reasons
from bridge.model.bookmark import unique
from bridge.model.capabilities import TagRules
from tests.support.strategies import PINBOARD_TAGS, tag_policies, tag_rules, tags

FREE = TagRules()
tag_lists = st.lists(tags, max_size=6)
memories = st.dictionaries(tags, tags, max_size=3)


def obeys(tag: str, rules: TagRules) -> bool:
    """Tell whether a service with these rules can hold a tag."""
    return (
        (rules.longest is None or len(tag) <= rules.longest)
        and (rules.blanks or not any(character.isspace() for character in tag))
        and (rules.commas or "," not in tag)
        and (rules.private_prefix is None or not tag.startswith(rules.private_prefix))
        and (not rules.lower or tag == tag.lower())
        and tag == tag.strip()
        and bool(tag)
    )


@given(tags, tag_rules)
def test_a_spelling_obeys_the_rules_and_is_its_own(tag: str, rules: TagRules) -> None:
    """What a service holds is spelt there as it is; what leaves nothing has no spelling."""
    spelt = spell(tag, rules)

    assert spelt is None or obeys(spelt, rules)
    assert spelt is None or spelt == spell(spelt, rules)


@pytest.mark.parametrize(
    ("tag", "spelt"),
    [
        ("machine learning", "machine-learning"),
        ("a, b", "a-b"),
        (" , a\u00a0b ,", "a-b"),
        (".secret", "_.secret"),
        ("x" * 256, "x" * 255),
        (",", None),
        (" ", None),
        ("C++", "C++"),
    ],
)
def test_pinboard_spells(tag: str, spelt: str | None) -> None:
    """White space and commas become one dash, a private beginning is escaped, what is too long is cut."""
    assert spelt == spell(tag, PINBOARD_TAGS)


def test_blanks_and_commas_are_each_kept_where_they_are_allowed() -> None:
    """Only what the service cannot hold is replaced."""
    assert "a,-b" == spell("a, b", TagRules(blanks=False))
    assert "a-b c" == spell("a , b c,", TagRules(commas=False))
    assert "a, b" == spell(" a, b ", FREE)


def test_a_cut_leaves_no_blank_at_the_end() -> None:
    """The service would trim it, and the tag would not be found again."""
    assert "ab" == spell("ab cd", TagRules(longest=3))


@given(wanted=tag_lists, source=tag_rules, target=tag_rules, standing=tag_lists, memory=memories, policy=tag_policies)
def test_every_tag_ends_in_a_pair_or_a_loss_and_the_target_can_hold_it(
    *,
    wanted: list[str],
    source: TagRules,
    target: TagRules,
    standing: list[str],
    memory: Mapping[str, str],
    policy: TagPolicy,
) -> None:
    """No tag but one that the job drops is lost in silence; a new one obeys the target, one that stands is there."""
    standing = list(unique(standing))
    carried = carry(
        wanted, source=source, target=target, standing=standing, memory=memory, policy=policy, more=policy.add
    )
    paired = {ours for ours, _ in carried.pairs}
    lost = {ours for ours, kept, _ in carried.losses if not kept}
    comparable = equal_under(target)
    same_prefix = source.private_prefix == target.private_prefix
    rules = attrs.evolve(target, private_prefix=None) if same_prefix else target

    assert set(unique(wanted)) - policy.drop - set(policy.add) <= paired | lost
    assert paired.isdisjoint(lost - set(policy.add))
    assert {theirs for _, theirs in carried.pairs} <= set(carried.tags)
    assert all(obeys(tag, rules) or tag in standing for tag in carried.tags)
    assert len(carried.tags) == len({comparable(tag) for tag in carried.tags})
    assert target.most is None or len(carried.tags) <= target.most
    assert all(kept in {"", *carried.tags} for _, kept, _ in carried.losses)


@given(tag_lists, tag_rules)
def test_carrying_what_the_target_shows_changes_nothing(wanted: list[str], rules: TagRules) -> None:
    """The projection of a projection is itself, and loses nothing more."""
    once = carry(wanted, source=FREE, target=rules).tags
    again = carry(once, source=FREE, target=rules)

    assert (once, ()) == (again.tags, again.losses)


def test_tags_that_the_target_spells_alike_are_listed_and_both_paired() -> None:
    """The second stands for the first's tag, and the receipt says so."""
    carried = carry(("machine learning", "Machine-Learning"), source=FREE, target=PINBOARD_TAGS)

    assert ("machine-learning",) == carried.tags
    assert {("machine learning", "machine-learning"), ("Machine-Learning", "machine-learning")} == carried.pairs
    assert (("Machine-Learning", "machine-learning", reasons.TAG_ALIKE),) == carried.losses


def test_a_mere_spelling_is_no_loss_but_a_cut_and_an_escape_are() -> None:
    """A blank turned into a dash comes back by memory; what is cut or escaped is listed."""
    carried = carry(("a b", ".x", "y" * 300), source=FREE, target=PINBOARD_TAGS)

    assert ("a-b", "_.x", "y" * 255) == carried.tags
    assert ((".x", "_.x", reasons.TAG_ESCAPED), ("y" * 300, "y" * 255, reasons.CUT)) == carried.losses


def test_memory_gives_the_old_spelling_back() -> None:
    """The tag becomes machine-learning, and on the way back has its blank again."""
    there = carry(("machine learning",), source=FREE, target=PINBOARD_TAGS)
    memory = {theirs: ours for ours, theirs in there.pairs}
    back = carry(there.tags, source=PINBOARD_TAGS, target=FREE, memory=memory)

    assert ("machine-learning",) == there.tags
    assert ("machine learning",) == back.tags
    assert ("machine-learning",) == carry(there.tags, source=PINBOARD_TAGS, target=FREE).tags


@given(tags, st.sampled_from([PINBOARD_TAGS, TagRules(blanks=False), TagRules(lower=True), TagRules(commas=False)]))
def test_what_was_not_cut_comes_back_by_the_links_own_pair(tag: str, rules: TagRules) -> None:
    """The way there and back is the tag, as long as the target kept its letters."""
    tag = tag.strip()
    there = carry((tag,), source=FREE, target=rules)
    assume(tag and not there.losses)
    back = carry(there.tags, source=rules, target=FREE, pairs={(theirs, ours) for ours, theirs in there.pairs})

    assert (tag,) == back.tags


def test_the_links_own_pair_goes_before_memory_and_memory_before_the_rule() -> None:
    """Spellings are tried from the nearest to the farthest."""
    nearest = carry(("a-b",), source=PINBOARD_TAGS, target=FREE, pairs={("a-b", "a b")}, memory={"a-b": "a,b"})
    farther = carry(("a-b",), source=PINBOARD_TAGS, target=FREE, memory={"a-b": "a,b"})

    assert ("a b",) == nearest.tags
    assert ("a,b",) == farther.tags


def test_the_least_of_several_partners_is_taken_whatever_the_order_of_the_set() -> None:
    """A tag with two partners is translated alike in every process."""
    pairs = frozenset({("a-b", "a b"), ("a-b", "a,b"), ("a-b", "a  b")})

    assert ("a,b",) == carry(("a-b",), source=PINBOARD_TAGS, target=FREE, pairs=pairs).tags


def test_memory_of_another_rule_is_not_believed() -> None:
    """A partner that is no spelling of the tag is left alone: a rename in the config wins."""
    assert ("javascript",) == carry(("javascript",), source=FREE, target=FREE, memory={"javascript": "js"}).tags


def test_memory_never_makes_a_tag_private() -> None:
    """A person may have made .x private there once; that is no reason to do it to another bookmark."""
    assert ("_.x",) == carry((".x",), source=FREE, target=PINBOARD_TAGS, memory={".x": ".x"}).tags


def test_what_a_service_made_of_a_tag_unasked_is_remembered() -> None:
    """A service that lower-cases without saying so is given its own spelling the next time."""
    assert ("ml-a",) == carry(("ML a",), source=FREE, target=TagRules(blanks=False), memory={"ML a": "ml-a"}).tags


@pytest.mark.parametrize(
    ("tag", "source", "target", "standing", "taken"),
    [
        ("ruby", FREE, PINBOARD_TAGS, ("Ruby",), "Ruby"),
        ("ruby", FREE, FREE, ("Ruby",), "ruby"),
        ("ruby", FREE, FREE, ("Ruby", "ruby"), "ruby"),
        ("a b", FREE, PINBOARD_TAGS, ("A-B",), "A-B"),
        ("a-b", PINBOARD_TAGS, FREE, ("other", "A b"), "A b"),
        ("a-b", TagRules(blanks=False), FREE, ("A b",), "a-b"),
        (".x", FREE, PINBOARD_TAGS, (".x",), ".x"),
    ],
)
def test_a_tag_that_stands_there_in_another_spelling_is_taken(
    tag: str, source: TagRules, target: TagRules, standing: tuple[str, ...], taken: str
) -> None:
    """What is there already and is this tag for one of both services is not written anew."""
    assert (taken,) == carry((tag,), source=source, target=target, standing=standing).tags


def test_a_private_tag_stays_private_between_services_that_have_them() -> None:
    """A leading dot is escaped only where it is foreign."""
    assert (".x",) == carry((".x",), source=PINBOARD_TAGS, target=PINBOARD_TAGS).tags


def test_rules_of_the_job_rename_drop_prefix_and_add() -> None:
    """The job's rewriting comes first, its own tags last; a dropped tag is no loss."""
    policy = TagPolicy(rename={"js": "javascript"}, drop=frozenset({"toread"}), prefix="p:")
    carried = carry(("js", "toread", "c"), source=FREE, target=FREE, policy=policy, more=("news",))

    assert Carried(("p:javascript", "p:c", "news"), frozenset({("js", "p:javascript"), ("c", "p:c")})) == carried


def test_a_tag_of_the_jobs_own_that_finds_no_place_is_listed() -> None:
    """Too many tags, or a name that the target cannot hold."""
    full = carry(("a",), source=FREE, target=TagRules(most=1), more=("news", "a"))
    unspeakable = carry((), source=FREE, target=PINBOARD_TAGS, more=(",",))

    assert (("a",), (("news", "", reasons.TAG_NO_ROOM),)) == (full.tags, full.losses)
    assert ((), ((",", "", reasons.TAG_UNSPEAKABLE),)) == (unspeakable.tags, unspeakable.losses)


def test_a_reserved_spelling_is_a_loss_in_any_case_that_the_target_calls_the_same() -> None:
    """A source tag that would be spelt like the fold tag stays behind; so does one of the job's own."""
    uncased = Shelf(PINBOARD_TAGS, reserved={"favorite"})
    cased = Shelf(FREE, reserved={"favorite"})

    assert (("Favorite", "", reasons.TAG_RESERVED),) == carry(
        ("Favorite",), source=FREE, target=PINBOARD_TAGS, shelf=uncased
    ).losses
    assert ("Favorite",) == carry(("Favorite",), source=FREE, target=FREE, shelf=cased).tags
    assert (("favorite", "", reasons.TAG_RESERVED),) == carry(
        (), source=FREE, target=FREE, more=("favorite",), shelf=cased
    ).losses


def test_tags_that_stay_take_no_more_room_and_leave_less_for_others() -> None:
    """With room for three, of which one is spoken for and one is there, one new tag fits."""
    shelf = Shelf(TagRules(most=3), staying=("there",), taken=1)
    carried = carry(("new", "there", "newer"), source=FREE, target=TagRules(most=3), shelf=shelf)

    assert ("new", "there") == carried.tags
    assert (("newer", "", reasons.TAG_NO_ROOM),) == carried.losses
