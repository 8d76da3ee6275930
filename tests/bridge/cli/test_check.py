"""accounts and check: who, what, how many calls are left, and whether the clock is right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.pocket.sandbox import serve as serve_pocket
from bridge.cli.checked import sentences
from tests.support.home import Home
from tests.support.stage import Stage

ROOT = Path(__file__).parents[3]


def checked(stage: Stage, name: str) -> dict[str, Any]:
    """Return what `check` says of an account."""
    [account] = stage.json("check", name).json["accounts"]
    assert isinstance(account, dict)
    return account


def test_check_without_any_account_says_what_to_type(bare: Stage) -> None:
    """Nothing to check is no success; `accounts` says it as a result."""
    path = bare.folder / "config.toml"
    path.write_text("")
    nobody = Stage(bare.folder, bare.sandbox, {})
    with_file = nobody.json("check")
    path.unlink()
    listed = Stage(bare.folder, bare.sandbox, {"XDG_CONFIG_HOME": str(bare.folder)})
    environ = {**os.environ, "XDG_CONFIG_HOME": str(bare.folder / "none")}
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "--state-dir", str(listed.folder / "state"), "accounts"],
        env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert 3 == with_file.code
    assert (
        f"login pinboard` (or pocket, or nextcloud-news), or write one in {path}."
        in (with_file.json["error"]["remedy"])
    )
    assert "No account yet. Run `bookmark-bridge --state-dir" in done.stdout
    assert " init` for a config with every key explained." in done.stdout


def test_check_and_accounts_say_who_and_what(bare: Stage) -> None:
    """`check` makes a call and names the user and the fields; a wrong token is 3."""
    account = checked(bare, "pinboard")
    listed = bare.json("accounts").json["accounts"]
    wrong = Stage(bare.folder, bare.sandbox, {"PINBOARD_TOKEN": "sandbox:0000000000"}).json("check")

    assert ("sandbox", True) == (account["user"], account["ok"])
    assert "tags" in account["reads"]
    assert ["pinboard"] == [account["name"] for account in listed]
    assert (3, 3) == (wrong.code, wrong.json["accounts"][0]["error"]["exit"])
    assert (None, None) == tuple(wrong.json["accounts"][0][key] for key in ("clock_off", "limit"))


@pytest.mark.parametrize(
    ("waited", "told"),
    [(0.0, "  clock: right\n"), (50.0, "s ahead of"), (312.0, "5 min 12 s ahead of"), (-90.0, "behind")],
)
def test_how_far_the_clock_is_off_is_told(bare: Stage, waited: float, told: str) -> None:
    """From a minute on with what that breaks and how it is set; a script gets the seconds."""
    bare.time.waited = waited
    account = checked(bare, "pinboard")
    said = bare.run("check", "pinboard").out

    assert abs(account["clock_off"] - waited) <= 1
    assert told in said
    assert (abs(waited) > 60) == ("timedatectl set-ntp true" in said)


def test_the_pace_that_is_kept_is_told(bare: Stage) -> None:
    """At Pinboard nobody says how many calls are left, and nothing is made up."""
    text = (bare.folder / "config.toml").read_text()
    (bare.folder / "config.toml").write_text(text.replace('"default" = "0.0ms"', 'default = "3s"'))
    account = checked(bare, "pinboard")

    assert {"quotas": [], "gap": 3.0, "listing": 0.0} == account["limit"]
    assert "  pace: at most one call every 3 s\n" in bare.run("check", "pinboard").out


def test_what_is_left_of_pockets_calls_is_told(home: Home) -> None:
    """By the server of old, in its headers; of the one after it, nothing is known."""
    late = checked(home, "pocket")
    home.pocket.dialect, home.pocket.limits = "legacy", 320
    legacy = checked(home, "pocket")
    said = home.run("check", "pocket").out

    assert None is late["limit"]
    assert [("user", 319, 320), ("key", 9_999, 10_000)] == [
        (quota["whose"], quota["remaining"], quota["limit"]) for quota in legacy["limit"]["quotas"]
    ]
    assert all(3_500 < quota["reset"] <= 3_600 for quota in legacy["limit"]["quotas"])
    assert "  limit: 318 of 320 calls are left to this user for the next " in said


def test_a_quota_of_which_little_is_known_is_told_so_far() -> None:
    """As some servers send one header of three."""
    quota = {"whose": "key", "remaining": 9_000, "limit": None, "reset": None}
    limit = {"quotas": [quota], "gap": 0.0, "listing": 0.0}
    nothing: dict[str, Any] = {"reads": [], "sets": [], "edits": [], "adds": False, "removes": False, "clock_off": None}
    result = {
        "name": "p",
        "service": "pocket",
        "ok": True,
        "user": None,
        "entries": None,
        "remarks": [],
        "limit": limit,
    }

    assert "limit: 9,000 calls are left to this consumer key" in sentences({**result, **nothing}, marked=False)


def test_a_file_is_checked_by_what_it_holds(bare: Stage, tmp_path: Path) -> None:
    """What it is, and how many bookmarks; what is no such file is refused."""
    shutil.make_archive(str(tmp_path / "pocket"), "zip", ROOT / "bridge" / "cli" / "sample")
    account = checked(bare, str(tmp_path / "pocket.zip"))
    said = bare.run("check", tmp_path / "pocket.zip").out
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam")

    assert ("pocket-export", 25, None, None) == tuple(
        account[key] for key in ("service", "entries", "clock_off", "limit")
    )
    assert "a pocket-export file with 25 bookmarks.\n" in said
    assert "  adds: nothing\n" in said
    assert 3 == bare.run("check", tmp_path / "letter.txt").code


def test_signs_are_for_terminals_alone(bare: Stage) -> None:
    """Elsewhere a line begins with the account's name, as a script would look for it."""
    assert bare.run("check").out.startswith("pinboard: pinboard answers as sandbox.\n")
    account = checked(bare, "pinboard")
    failed = {"name": "p", "ok": False, "error": {"message": "No.", "remedy": "Try."}}

    assert sentences(account, marked=True).startswith("\N{CHECK MARK} pinboard: ")
    assert "\N{BALLOT X} p: No. Try." == sentences(failed, marked=True)


def test_every_account_is_checked_though_one_fails(home: Home) -> None:
    """The gravest code is that of the command."""
    with serve_pocket() as other:
        environ = {**home.environ, "POCKET_URL": other.url, "POCKET_ACCESS_TOKEN": "wrong"}
        result = Stage(home.folder, home.sandbox, environ).json("check")

    assert 3 == result.code
    assert {"pinboard": True, "pocket": False, "nextcloud-news": True} == {
        account["name"]: account["ok"] for account in result.json["accounts"]
    }


def test_each_service_dates_its_answers(home: Home) -> None:
    """So the clock can be held against all of them."""
    home.time.waited = 3_600.0
    result = home.json("check")

    assert [3_600] * 3 == [round(account["clock_off"], -1) for account in result.json["accounts"]]
