"""The command line as scripts know it: one JSON object, and the exit codes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stage import Stage

KEYS = {
    "run",
    "kind",
    "source",
    "target",
    "dry_run",
    "read",
    "added",
    "merged",
    "removed",
    "unchanged",
    "filtered",
    "skipped",
    "failed",
    "losses",
    "conflicts",
    "writes",
    "verified",
    "calls",
    "balanced",
}


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Write an export of two rows, one of them broken."""
    path = tmp_path / "part_000000.csv"
    path.write_text(
        "title,url,time_added,tags,status\nOne,https://example.org/1,1400000000,a|b c,unread\n"
        "Two,https://example.org/2,1400000001,,lost\n",
        encoding="utf-8",
    )
    return path


def test_receipt_has_the_documented_keys(bare: Stage, csv: Path) -> None:
    """A run's object has these keys and no others; a dry run has two more."""
    dry = bare.json("migrate", csv, "pinboard", "--dry-run").json
    receipt = bare.json("migrate", csv, "pinboard").json

    assert KEYS | {"plan", "estimate"} == dry.keys()
    assert KEYS == receipt.keys()
    assert {"source", "target", "both"} == receipt["read"].keys()
    assert {"added": 1, "merged": 0, "removed": 0} == receipt["writes"]["pinboard"]
    assert {"checked": 1, "wrong": []} == receipt["verified"]
    assert {"url", "reason"} == receipt["skipped"][0].keys()


def test_without_verification_nothing_is_said_of_it(bare: Stage, csv: Path) -> None:
    """--no-verify leaves `verified` null."""
    assert bare.json("migrate", csv, "pinboard", "--no-verify").json["verified"] is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("migrate",), 2),
        (("nonsense",), 2),
        (("migrate", "{csv}", "out.unknown"), 2),
        (("migrate", "{csv}", "pinboard", "--since", "yesterday-ish"), 2),
        (("migrate", "{csv}", "pinboard", "--report", "report.txt"), 2),
        (("migrate", "{csv}", "pinboard", "--unread", "--archived"), 2),
        (("migrate", "{csv}", "pinboard", "--since", "2020-01-01", "--until", "2019-01-01"), 2),
        (("migrate", "{csv}", "pinboard", "--report", "{folder}/../mine.html"), 3),
        (("migrate", "{folder}/../pipe", "pinboard"), 3),
        (("migrate", "none.zip", "pinboard"), 3),
        (("migrate", "{csv}", "nobody"), 3),
        (("migrate", "{folder}/config.toml", "pinboard"), 3),
        (("migrate", "{csv}", "{csv}"), 3),
        (("check", "nobody"), 3),
        (("show", "99"), 3),
        (("show", "99999999999999999999999"), 2),
        (("migrate", "nojob"), 3),
        (("migrate", "{csv}", "pinboard", "--plan", "/nowhere/a.plan"), 3),
        (("migrate", "pinboard", "pinboard"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_every_fault_is_one_object_with_its_exit_code(
    bare: Stage, csv: Path, arguments: tuple[str, ...], code: int
) -> None:
    """What goes wrong before a run is one error object on standard output, and one sentence without --json."""
    (bare.folder.parent / "mine.html").write_text("<p>mine</p>", encoding="utf-8")
    os.mkfifo(bare.folder.parent / "pipe")
    filled = [argument.format(csv=csv, folder=bare.folder) for argument in arguments]
    as_json = bare.json(*filled)
    as_text = bare.run(*filled)

    assert (code, code) == (as_json.code, as_text.code)
    assert {"exit", "message", "remedy"} == as_json.json["error"].keys()
    assert code == as_json.json["error"]["exit"]
    assert ("", True) == (as_text.out, as_text.err.startswith("bookmark-bridge: "))
    assert "Traceback" not in as_text.err + as_json.err
    assert "<p>mine</p>" == (bare.folder.parent / "mine.html").read_text(encoding="utf-8")


def test_a_locked_account_is_75_at_once(bare: Stage, csv: Path) -> None:
    """Another run on the account is named, and nothing is read or written."""
    bare.json("migrate", csv, "pinboard", "--dry-run")
    calls = len(bare.sandbox.log)
    identity = f"file {csv.resolve()}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:16]
    with (bare.folder / "state" / f"{name}.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = bare.json("migrate", csv, "pinboard")

    assert (75, calls) == (result.code, len(bare.sandbox.log))
    assert "migrate" in result.json["error"]["message"]


def test_a_newer_state_is_5(bare: Stage, csv: Path) -> None:
    """A state file of a newer program is not touched."""
    bare.json("runs")
    with sqlite3.connect(bare.folder / "state" / "state.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()

    assert 5 == bare.json("migrate", csv, "pinboard").code


def test_state_is_for_its_owner_alone(bare: Stage, csv: Path) -> None:
    """The folder is 0700, the files in it 0600."""
    bare.json("migrate", csv, "pinboard")
    folder = bare.folder / "state"

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_the_token_is_nowhere(bare: Stage, csv: Path) -> None:
    """No output and no file of the state holds the token, whatever happens."""
    from adapters.http.serving import DROP_AFTER, UNAUTHORIZED  # noqa: PLC0415

    secret = bare.environ["PINBOARD_TOKEN"].partition(":")[2]
    bare.sandbox.faults.add(DROP_AFTER, "posts/all")
    bare.sandbox.faults.add(UNAUTHORIZED, "posts/add", times=9)
    said = [bare.run("-v", "migrate", csv, "pinboard"), bare.json("check"), bare.json("accounts")]
    said.append(bare.run("-v", "migrate", csv, "pinboard", "--plan", csv.parent / "a.plan"))
    kept = [path.read_bytes() for path in (bare.folder / "state").iterdir()]

    assert secret
    assert not [result for result in said if secret in result.out + result.err]
    assert not [content for content in kept if secret.encode() in content]
    assert secret not in (csv.parent / "a.plan").read_text()


def test_selection_filters_and_is_counted(bare: Stage, tmp_path: Path) -> None:
    """Only what the options name is taken; the rest is `filtered` and outside of `read`."""
    path = tmp_path / "part_000000.csv"
    rows = [
        "Old,https://example.org/old,1300000000,x,archive",
        "New,https://example.org/new,1500000000,x|y,unread",
        "Else,https://example.org/else,1500000001,z,unread",
    ]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    receipt = bare.json("migrate", path, "pinboard", "--unread", "--tag", "x", "--since", "2015-01-01").json

    assert (1, 1, 2, True) == (receipt["read"]["source"], receipt["added"], receipt["filtered"], receipt["balanced"])
    assert ["https://example.org/new"] == list(bare.sandbox.posts)


def test_existing_bookmarks_are_merged_left_or_overwritten(bare: Stage, csv: Path) -> None:
    """--existing decides what happens to a bookmark that Pinboard has already; it never becomes public."""
    from adapters.pinboard.sandbox_account import Post  # noqa: PLC0415

    url = "https://example.org/1"
    bare.sandbox.load([Post(url, "Mine", "", ("mine",), shared=False)])
    skipped = bare.json("migrate", csv, "pinboard", "--existing", "skip").json
    left = bare.sandbox.posts[url]
    merged = bare.json("migrate", csv, "pinboard").json
    united = bare.sandbox.posts[url]
    bare.run("forget", csv, "pinboard")
    overwritten = bare.json("migrate", csv, "pinboard", "--existing", "overwrite").json
    replaced = bare.sandbox.posts[url]

    assert (0, 2) == (skipped["merged"], len(skipped["skipped"]))
    assert ("Mine", ("mine",)) == (left.description, left.tags)
    assert (1, "Mine", {"mine", "a", "b-c"}) == (merged["merged"], united.description, set(united.tags))
    assert (1, "One", {"a", "b-c"}) == (overwritten["merged"], replaced.description, set(replaced.tags))
    assert {False} == {post.shared for post in (left, united, replaced)}


def test_a_job_of_the_config_says_how_favorites_and_tags_travel(bare: Stage, tmp_path: Path) -> None:
    """`migrate JOB` runs a migration of the config, with its fold tag and its tag rules."""
    dump = tmp_path / "dump.json"
    item = {
        "item_id": "1",
        "given_url": "https://example.org/1",
        "favorite": "1",
        "status": "0",
        "time_added": "1400000000",
        "tags": {"js": {"tag": "js"}, "toread": {"tag": "toread"}},
    }
    dump.write_text(json.dumps({"list": {"1": item}}))
    config = bare.folder / "config.toml"
    with config.open("a") as file:
        file.write(
            f'[jobs.tonight]\nkind = "migrate"\nsource = "{dump}"\ntarget = "pinboard"\n'
            'fold = { favorite = "starred" }\n'
            'tags = { rename = { js = "javascript" }, drop = ["toread"], add = ["pocket"] }\n'
        )
    result = bare.json("migrate", "tonight")

    assert 0 == result.code, result.out
    assert {"starred", "javascript", "pocket"} == set(bare.sandbox.posts["https://example.org/1"].tags)


def test_history_shows_runs_receipts_and_pages(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """`runs` lists, `show` gives the receipt back, and its page is written for its owner alone."""
    receipt = bare.json("migrate", csv, "pinboard").json
    page = tmp_path / "receipt.html"
    listed = bare.json("runs").json["runs"]
    shown = bare.json("show", "1", "--report", page).json

    assert [(1, "migrate", "ended", 0)] == [(run["run"], run["kind"], run["state"], run["exit"]) for run in listed]
    assert receipt == shown
    assert "https://example.org/2" in page.read_text(encoding="utf-8")
    assert 0o600 == stat.S_IMODE(page.stat().st_mode)
    assert "Add" in bare.run("show", "1", "--all").out
    assert "migrate" in bare.run("runs").out


def test_readers_that_leave_and_narrow_terminals_change_nothing(bare: Stage, csv: Path) -> None:
    """A closed pipe and a terminal that knows no Japanese leave the run and its exit code as they are."""
    csv.write_text(
        "title,url,time_added,tags,status\n\u65e5,https://example.org/1,1400000000,.\u65e5,unread\n", "utf-8"
    )
    program = [sys.executable, "-m", "bridge", *bare.arguments("migrate", csv, "pinboard")]
    closed = subprocess.Popen(
        ["/bin/sh", "-c", 'exec 3>&1; { "$@" 2>&1; echo $? >&3; } | true', "sh", *program],
        env={**os.environ, **bare.environ},
        stdout=subprocess.PIPE,
        text=True,
    ).communicate()[0]
    narrow = subprocess.run(
        [sys.executable, "-m", "bridge", *bare.arguments("show", "1")],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )

    assert "0" == closed.strip()
    assert 1 == len(bare.sandbox.posts)
    assert b"\\u65e5" in narrow.stdout


def test_what_comes_from_outside_steers_no_terminal(bare: Stage) -> None:
    """Control characters of a file's name are shown as escapes."""
    result = bare.run("migrate", "x\x1b[31m\u202ered.zip", "pinboard")

    assert "\x1b" not in result.err
    assert "\\x1b[31m\\u202ered.zip" in result.err


def test_a_report_replaces_an_older_report(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """A receipt that we wrote is written anew by the next run."""
    page = tmp_path / "receipt.html"

    assert [0, 0] == [bare.json("migrate", csv, "pinboard", "--report", page).code for _ in range(2)]
    assert "unchanged" in page.read_text(encoding="utf-8")


def test_a_service_that_forgot_everything_is_noticed(bare: Stage, csv: Path) -> None:
    """After a run that wrote, the next listing is a full one; an empty one is refused until the pair is forgotten."""
    bare.json("migrate", csv, "pinboard")
    bare.sandbox.account.delete("https://example.org/1")
    refused = bare.json("migrate", csv, "pinboard")
    bare.json("forget", csv, "pinboard")
    again = bare.json("migrate", csv, "pinboard")

    assert 4 == refused.code
    assert "forget" in refused.json["error"]["remedy"]
    assert (0, 1) == (again.code, again.json["added"])


def test_a_selection_takes_a_bookmark_with_all_its_duplicates(bare: Stage, tmp_path: Path) -> None:
    """A later selection that names only one duplicate's tag takes none of the other's tags away."""
    path = tmp_path / "part_000000.csv"
    rows = ["One,https://example.org/1,1400000000,a,archive", "One,https://EXAMPLE.org/1,1400000001,b,unread"]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    bare.json("migrate", path, "pinboard")
    again = bare.json("migrate", path, "pinboard", "--tag", "a")

    assert (0, 0, 1) == (again.code, again.json["merged"], again.json["unchanged"])
    assert {"a", "b"} == set(bare.sandbox.posts["https://example.org/1"].tags)
