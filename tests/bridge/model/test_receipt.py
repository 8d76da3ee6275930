"""The reconciliation of a run."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.receipt import Conflict, Estimate, Listed, Loss, Receipt, Verified, Written, Wrong

KEYS = {
    *("run", "kind", "source", "target", "dry_run", "read", "added", "merged", "removed", "unchanged", "filtered"),
    *("skipped", "failed", "losses", "conflicts", "writes", "verified", "calls", "balanced"),
}
WHOLE = Receipt(
    "migrate",
    "a",
    "b",
    run=3,
    read_source=2,
    added=1,
    failed=(Listed("u", "too long"),),
    losses=(Loss("u", "title", "long", "lo", "too long"),),
    conflicts=(Conflict("u", "title", "a", "A", "B"),),
    writes={"b": Written(added=1)},
    verified=Verified(1, (Wrong("u", "tags"),)),
    calls={"b": 4},
)


def test_json_has_exactly_the_documented_keys() -> None:
    """The receipt of a run that came to its end says neither plan nor interruption."""
    assert KEYS == set(WHOLE.as_json())
    assert {"source": 2, "target": 0, "both": 0} == WHOLE.as_json()["read"]


def test_json_spells_the_lists_as_documented() -> None:
    """Each listed item is an object with its documented keys."""
    found = json.loads(json.dumps(WHOLE.as_json()))

    assert [{"url": "u", "reason": "too long"}] == found["failed"]
    assert [{"url": "u", "field": "title", "wanted": "long", "kept": "lo", "reason": "too long"}] == found["losses"]
    assert [{"url": "u", "field": "title", "winner": "a", "source": "A", "target": "B"}] == found["conflicts"]
    assert {"b": {"added": 1, "merged": 0, "removed": 0}} == found["writes"]
    assert {"checked": 1, "wrong": [{"url": "u", "field": "tags"}]} == found["verified"]
    assert {"b": 4} == found["calls"]


def test_a_dry_run_says_what_it_would_take() -> None:
    """A dry run adds the plan's file and the estimate, None where there is none."""
    dry = attrs.evolve(WHOLE, run=None, dry_run=True, verified=None)
    estimated = attrs.evolve(dry, plan="p.json", estimate=Estimate(10, 30.0)).as_json()

    assert KEYS | {"plan", "estimate"} == set(dry.as_json())
    assert (None, None, None) == (dry.as_json()["plan"], dry.as_json()["estimate"], dry.as_json()["verified"])
    assert ("p.json", {"calls": 10, "seconds": 30.0}) == (estimated["plan"], estimated["estimate"])


def test_an_interrupted_run_says_so() -> None:
    """The key is there only if the run was cut short."""
    assert KEYS | {"interrupted"} == set(attrs.evolve(WHOLE, interrupted=True).as_json())


counts = st.integers(0, 5)
listed = st.lists(st.just(Listed("u", "why")), max_size=3).map(tuple)


@given(st.lists(counts, min_size=5, max_size=5), listed, listed)
def test_a_receipt_balances_if_every_bookmark_has_its_fate(
    numbers: list[int], skipped: tuple[Listed, ...], failed: tuple[Listed, ...]
) -> None:
    """What was read is the sum of all fates; one more or one that was not come to, and it does not balance."""
    added, merged, removed, unchanged, open_ = numbers
    total = sum(numbers) + len(skipped) + len(failed)
    receipt = Receipt(
        "migrate", "a", "b", read_source=total, added=added, merged=merged, removed=removed, unchanged=unchanged,
        open=open_, skipped=skipped, failed=failed,
    )  # fmt: skip

    assert receipt.balanced
    assert total == receipt.fates
    assert not attrs.evolve(receipt, read_source=total + 1).balanced
    assert not attrs.evolve(receipt, read_source=total + 1, pending=1).balanced


def test_a_linked_pair_of_a_mirror_is_one_bookmark() -> None:
    """A mirror reads both sides and counts what both hold once; a migration counts its source."""
    mirror = Receipt("mirror", "a", "b", read_source=6, read_target=5, read_both=4, unchanged=7)

    assert (7, True) == (mirror.read, mirror.balanced)
    assert 6 == attrs.evolve(mirror, kind="migrate").read


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (Receipt("migrate", "a", "b", read_source=1, added=1, verified=Verified(1)), 0),
        (Receipt("migrate", "a", "b", read_source=1, skipped=(Listed("u", "why"),)), 0),
        (Receipt("migrate", "a", "b", read_source=1, added=1, conflicts=(Conflict("u", "title", "b"),)), 0),
        (Receipt("migrate", "a", "b", read_source=1, failed=(Listed("u", "why"),)), 1),
        (Receipt("migrate", "a", "b", read_source=1, added=1, verified=Verified(1, (Wrong("u", "tags"),))), 1),
        (Receipt("mirror", "a", "b", read_source=1, open=1, conflicts=(Conflict("u", "title", None),)), 1),
        (Receipt("mirror", "a", "b", read_source=1, merged=1, conflicts=(Conflict("u", "title", None),)), 1),
        (Receipt("migrate", "a", "b", read_source=2, added=1), 1),
    ],
)
def test_exit_code_is_1_only_if_something_is_left_wrong(receipt: Receipt, code: int) -> None:
    """Failed, wrong on reading back, in open conflict or out of balance is 1; a decided conflict is not."""
    assert code == receipt.exit_code
