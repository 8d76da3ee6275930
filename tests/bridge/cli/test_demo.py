"""What a newcomer runs first."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest
import requests

from tests.support.stage import Result, Stage


@attrs.frozen
class Shown:
    """A demo that was run: how it ended, how many seconds it took, and what it left in an empty home."""

    result: Result
    seconds: float
    left: list[Path]


def _program(*arguments: str, **environ: str) -> Result:
    program = [sys.executable, "-m", "bridge", *arguments]
    done = subprocess.run(program, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Run the demo as somebody whose home is empty."""
    home = tmp_path_factory.mktemp("home")
    began = time.monotonic()
    result = _program("demo", HOME=str(home), XDG_STATE_HOME="", XDG_CONFIG_HOME="", TMPDIR=str(home))
    return Shown(result, time.monotonic() - began, list(home.iterdir()))


def test_demo_ends_soon_with_balanced_receipts(demo: Shown) -> None:
    """The demo runs the three jobs over real HTTP, shows their receipts, and shows that a second run writes nothing."""
    result = demo.result

    assert 0 == result.code, result.err
    assert demo.seconds < 20
    assert "Read 26 = 22 added + 4 skipped. It balances." in result.out
    assert "Read 6 = 4 added + 1 merged + 1 skipped. It balances." in result.out
    assert "Written to pinboard: 9 added.\nWritten to pocket: 22 added." in result.out
    assert ["22 unchanged", "5 unchanged", "31 unchanged"] == re.findall(r"\d+ unchanged", result.err)


def test_demo_as_one_object_has_a_receipt_of_each_job() -> None:
    """With --json nothing but that object is on standard output."""
    result = _program("--json", "demo")
    receipts = result.json["demo"]

    assert ["migrate", "forward", "mirror"] == list(receipts)
    assert all(kind == receipt["kind"] and receipt["balanced"] for kind, receipt in receipts.items())


def test_demo_leaves_nothing_behind_and_touches_no_config(demo: Shown) -> None:
    """The demo has a state and a config of its own, in a folder that is gone when it ends."""
    assert (0, []) == (demo.result.code, demo.left)


def test_sandbox_serves_until_it_is_told_to_stop(bare: Stage) -> None:
    """The sandbox says how to reach it, answers, and ends with 0 at Ctrl-C."""
    process = bare.start("--json", "sandbox")
    assert process.stdout is not None
    served = json.loads(process.stdout.readline())["services"]["pinboard"]
    with requests.Session() as session:
        answer = session.get(
            served["url"] + "posts/update", params={"auth_token": served["environment"]["PINBOARD_TOKEN"]}, timeout=5
        )
    process.terminate()
    process.communicate(timeout=10)

    assert 200 == answer.status_code
    assert 0 == process.returncode


def test_sandbox_prints_what_to_type(bare: Stage) -> None:
    """Without --json the sandbox prints the environment and the config that reach it."""
    process = bare.start("sandbox")
    assert process.stdout is not None
    printed = "".join(iter(process.stdout.readline, "Ctrl-C ends it; nothing is kept.\n"))
    process.terminate()
    process.communicate(timeout=10)

    assert "export PINBOARD_URL=http://127.0.0.1:" in printed
    assert '[accounts.pocket]\nservice = "pocket"\nurl = "http://127.0.0.1:' in printed


def test_the_printed_config_reaches_all_three_services(bare: Stage, tmp_path: Path) -> None:
    """As it stands, with the environment beside it: each account answers, and holds sample data."""
    process = bare.start("--json", "sandbox")
    assert process.stdout is not None
    served = json.loads(process.stdout.readline())
    config = tmp_path / "config.toml"
    config.write_text(served["config"], encoding="utf-8")
    config.chmod(0o600)
    environ = {key: value for item in served["services"].values() for key, value in item["environment"].items()}
    own = ["--config", str(config), "--state-dir", str(tmp_path / "state")]
    visitor = attrs.evolve(bare, environ=environ)
    checked = visitor.json(*own, "check")
    moved = visitor.json(*own, "migrate", "nextcloud-news", "pocket")
    process.terminate()
    process.communicate(timeout=10)

    assert (0, 3) == (checked.code, len(checked.json["accounts"])), checked.out
    assert (0, True) == (moved.code, moved.json["balanced"]), moved.err
    assert moved.json["added"] + moved.json["merged"] > 3


def test_a_sandbox_can_be_empty(bare: Stage) -> None:
    """Then the first listing has nothing."""
    process = bare.start("--json", "sandbox", "--empty")
    assert process.stdout is not None
    served = json.loads(process.stdout.readline())["services"]["pocket"]["environment"]
    listed = attrs.evolve(bare, environ=served).json("migrate", "pocket", bare.folder / "p.jsonl", "--dry-run")
    process.terminate()
    process.communicate(timeout=10)

    assert (0, 0) == (listed.code, listed.json["read"]["source"])


def test_a_taken_port_is_one_sentence(bare: Stage) -> None:
    """A port that somebody has is told, with what to do."""
    config = (bare.folder / "config.toml").read_text(encoding="utf-8")
    port = config.partition("127.0.0.1:")[2].partition("/")[0]
    result = bare.json("sandbox", "--port", port)

    assert 2 == result.code
    assert result.json["error"]["remedy"]
