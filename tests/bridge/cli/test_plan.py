"""--dry-run writes nothing; --plan and apply do exactly what was shown, or refuse."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from adapters.http.serving import DROP_AFTER, ERROR_BEFORE
from adapters.pinboard.sandbox_account import Post
from tests.support.stage import Stage

WRITES = {"posts/add", "posts/delete"}


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Write an export of eight rows, two of which Pinboard will have already."""
    path = tmp_path / "part_000000.csv"
    rows = [f"Title {number},https://example.org/{number},{1_400_000_000 + number},tag,unread" for number in range(8)]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def plan(bare: Stage, csv: Path, tmp_path: Path) -> Path:
    """Plan a migration onto an account that holds two of the bookmarks."""
    bare.sandbox.load([Post(f"https://example.org/{number}", "Mine", tags=("mine",)) for number in (0, 1)])
    path = tmp_path / "tonight.plan"
    assert 0 == bare.json("migrate", csv, "pinboard", "--plan", path).code
    return path


def test_dry_run_shows_the_counts_and_writes_nothing(bare: Stage, csv: Path) -> None:
    """The dry run's receipt has the plan's counts and an estimate; the target gets no write."""
    receipt = bare.json("migrate", csv, "pinboard", "--dry-run").json

    assert (True, None, 8) == (receipt["dry_run"], receipt["run"], receipt["added"])
    assert 8 == receipt["estimate"]["calls"]
    assert not WRITES & {call.route for call in bare.sandbox.log}
    assert {"runs": []} == bare.json("runs").json


def test_apply_does_exactly_what_was_shown(bare: Stage, plan: Path) -> None:
    """Six are added and two merged; applying once more writes nothing."""
    first = bare.json("apply", plan)
    held = bare.held()
    second = bare.json("apply", plan)

    assert (0, 6, 2) == (first.code, first.json["added"], first.json["merged"])
    assert (0, 0, 0, 8) == (second.code, second.json["added"], second.json["merged"], second.json["unchanged"])
    assert {"mine", "tag"} == set(bare.sandbox.posts["https://example.org/0"].tags)
    assert held == bare.held()


def test_apply_goes_on_after_it_was_cut_off(bare: Stage, plan: Path) -> None:
    """Steps that were done, or sent and not answered, are not done again."""
    bare.sandbox.faults.add(DROP_AFTER, "posts/add", times=1000, skip=3)
    bare.sandbox.faults.add(ERROR_BEFORE, "posts/get", times=1000, skip=4)
    first = bare.json("apply", plan)
    bare.sandbox.faults.clear()
    second = bare.json("apply", plan)

    assert (75, True) == (first.code, first.json["interrupted"])
    assert (0, True) == (second.code, second.json["balanced"]), second.out
    assert 8 == len(bare.sandbox.posts)
    assert all(count == 1 for count in bare.sandbox.effective_adds.values())


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_apply_refuses_before_its_first_write_when_an_entry_has_moved(bare: Stage, plan: Path, change: str) -> None:
    """An entry that was edited, added or removed meanwhile is named, and nothing is written."""
    posts = dict(bare.sandbox.posts)
    if change == "edited":
        posts["https://example.org/1"] = attrs.evolve(posts["https://example.org/1"], description="Edited")
    elif change == "added":
        posts["https://example.org/5"] = Post("https://example.org/5", "Saved meanwhile")
    else:
        del posts["https://example.org/1"]
    for href in list(bare.sandbox.posts):
        bare.sandbox.account.delete(href)
    bare.sandbox.load(posts.values())
    writes = sum(call.route in WRITES for call in bare.sandbox.log)
    result = bare.json("apply", plan)

    assert 4 == result.code
    assert 1 == result.json["refused"]["total"]
    assert writes == sum(call.route in WRITES for call in bare.sandbox.log)


def test_a_plan_for_another_account_is_not_applied(bare: Stage, plan: Path, tmp_path: Path) -> None:
    """The plan names its accounts; under the same names others are refused with 3."""
    config = bare.folder / "config.toml"
    config.write_text(config.read_text().replace("/v1/", "/v1/other/"))

    assert 3 == bare.json("apply", plan).code


def test_a_plan_never_replaces_another_file(bare: Stage, csv: Path) -> None:
    """--plan onto a file that is no plan is refused; the file stays."""
    before = csv.read_bytes()

    assert 3 == bare.json("migrate", csv, "pinboard", "--plan", csv).code
    assert before == csv.read_bytes()


def test_what_is_no_plan_is_refused(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """Nothing is applied but what --plan wrote."""
    assert 3 == bare.json("apply", csv).code
    assert 3 == bare.json("apply", tmp_path / "none.plan").code


def test_a_plan_with_options_of_another_kind_is_refused(bare: Stage, plan: Path) -> None:
    """Its steps may be whole, and still nothing is applied."""
    plan.write_text(json.dumps({**json.loads(plan.read_text("utf-8")), "options": '{"existing": "burn"}'}), "utf-8")
    result = bare.json("apply", plan)

    assert 3 == result.code
    assert "is not a plan" in result.json["error"]["message"]
