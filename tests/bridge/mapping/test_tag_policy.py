"""What a job does to tags on their way, and what undoes it on the way back."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.mapping.tags import TagPolicy, carry, spell
from bridge.model.capabilities import TagRules
from tests.support.strategies import PINBOARD_TAGS

FREE = TagRules()
words = st.text(st.sampled_from("abcXYZ- "), min_size=1, max_size=5).map(str.strip).filter(bool)


def test_a_job_drops_renames_and_prefixes() -> None:
    """In this order."""
    policy = TagPolicy(rename={"js": "javascript"}, drop=frozenset({"toread"}), prefix="p:")

    assert ["p:javascript", None, "p:c"] == [policy.rewrite(tag) for tag in ("js", "toread", "c")]


def test_a_job_that_is_bare_drops_all() -> None:
    """Renamed or not."""
    assert TagPolicy(bare=True, rename={"a": "b"}).rewrite("a") is None


def test_what_is_stripped_goes_before_the_rename() -> None:
    """A tag without it is taken as it is, and so is one that is nothing else."""
    policy = TagPolicy(rename={"javascript": "js"}, strip="p:")

    assert ["js", "js", "c", "p:"] == [policy.rewrite(tag) for tag in ("p:javascript", "javascript", "c", "p:")]


def test_the_way_back_undoes_the_way_there() -> None:
    """Renames are turned, the prefix comes off."""
    policy = TagPolicy(rename={"js": "javascript"}, prefix="p:")
    back = policy.backwards(FREE)

    assert ["js", "c"] == [back.rewrite(tag) for tag in ("p:javascript", "p:c")]


def test_the_way_back_knows_the_tag_as_the_service_spells_it() -> None:
    """What was renamed to two words comes back from one."""
    back = TagPolicy(rename={"ml": "machine learning"}, add=("to read",)).backwards(PINBOARD_TAGS)

    assert ["ml", None] == [back.rewrite(tag) for tag in ("machine-learning", "to-read")]


def test_the_jobs_own_tags_stay_where_they_were_put() -> None:
    """They are nobody's news; and what is dropped on the way there is dropped on the way back."""
    back = TagPolicy(drop=frozenset({"toread"}), add=("news",)).backwards(FREE)

    assert [None, None, "c"] == [back.rewrite(tag) for tag in ("news", "toread", "c")]


def test_of_several_tags_that_become_one_the_first_comes_back() -> None:
    """As the config names them."""
    back = TagPolicy(rename={"js": "javascript", "ecmascript": "javascript"}).backwards(FREE)

    assert "js" == back.rewrite("javascript")


def test_a_name_that_the_service_cannot_hold_is_turned_as_it_is() -> None:
    """Nothing of it arrives, so nothing of it comes back."""
    assert "a" == TagPolicy(rename={"a": ","}).backwards(PINBOARD_TAGS).rewrite(",")


@given(
    tag=words,
    rename=st.dictionaries(words, words, max_size=3),
    prefix=st.sampled_from(["", "p:"]),
    rules=st.sampled_from([FREE, PINBOARD_TAGS]),
)
def test_a_tag_comes_back_as_it_went(tag: str, rename: dict[str, str], prefix: str, rules: TagRules) -> None:
    """Unless another tag becomes the same one on its way."""
    policy = TagPolicy(rename=rename, prefix=prefix)
    there = policy.rewrite(tag)
    others = [policy.rewrite(other) for other in {*rename, *rename.values()} - {tag}]
    assume(there is not None and spell(there, rules) == there and there not in others)
    assume(len({spell(new, rules) for new in rename.values()}) == len(rename))

    assert tag == policy.backwards(rules).rewrite(there)  # type: ignore[arg-type]


@pytest.mark.parametrize("rules", [FREE, PINBOARD_TAGS])
def test_a_rename_goes_before_what_the_pair_remembers(rules: TagRules) -> None:
    """A rule that is new in the config beats the old spelling, on both ways."""
    policy = TagPolicy(rename={"js": "javascript"})
    there = carry(("js",), source=FREE, target=rules, policy=policy, memory={"js": "js", "javascript": "js"})
    back = carry(there.tags, source=rules, target=FREE, policy=policy.backwards(rules), memory={"javascript": "x"})

    assert (("javascript",), ("js",)) == (there.tags, back.tags)
