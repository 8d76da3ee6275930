"""--report and --all: what a command shows of what it did, as a page and on a terminal."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path
from unittest.mock import patch

import pexpect
import pytest

from adapters.http.serving import DROP_AFTER
from adapters.pinboard.sandbox_account import Post
from tests.bridge.report.test_page import Page
from tests.support.home import Home
from tests.support.stage import Stage

_FATES = {
    **{"added": "added", "merged": "merged", "removed": "removed"},
    **{"to add": "added", "to merge": "merged", "to remove": "removed"},
}
A, B = "https://a.example/", "https://b.example/"


@pytest.fixture
def csv(bare: Stage, tmp_path: Path) -> Path:
    """Write an export of eight rows, of which Pinboard has two already."""
    path = tmp_path / "part_000000.csv"
    rows = [f"Title {number},https://example.org/{number},{1_400_000_000 + number},a b,unread" for number in range(8)]
    path.write_text("\n".join(["title,url,time_added,tags,status", *rows]) + "\n", encoding="utf-8")
    bare.sandbox.load([Post(f"https://example.org/{number}", "Mine", tags=("mine",)) for number in (0, 1)])
    return path


def words(page: Path) -> list[str]:
    """Return the texts of a page."""
    return Page(page.read_text(encoding="utf-8")).words


def moved(page: Path) -> tuple[int, ...]:
    """Return the sums of the columns of the chart of years."""
    found = words(page)
    start = found.index("By the year in which they were added")
    rows = found[start : found.index("By state: a bookmark may be in several")]
    heads = [_FATES[word] for word in rows if word in _FATES]
    numbers = [row.replace(",", "") for row in rows if re.fullmatch(r"[\d,]+", row)]
    width = len(heads) + 1
    assert 0 == len(numbers) % width
    sums = [sum(map(int, numbers[column::width])) for column in range(1, width)]
    return tuple(dict(zip(heads, sums, strict=True)).get(fate, 0) for fate in ("added", "merged", "removed"))


def test_the_page_of_a_run_is_that_of_its_journal_later_on(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """`show --report` writes the same page, of every kind of run that writes one."""
    first, later = tmp_path / "first.html", tmp_path / "later.html"
    receipt = bare.json("migrate", csv, "pinboard", "--report", first).json
    bare.json("show", "1", "--report", later)

    assert first.read_bytes() == later.read_bytes()
    assert (receipt["added"], receipt["merged"], 0) == moved(first) == (6, 2, 0)

    bare.json("undo", "1", "--report", first)
    bare.json("show", "2", "--report", later)

    assert first.read_bytes() == later.read_bytes()
    assert (0, 2, 6) == moved(first)


def test_every_command_that_runs_a_job_writes_a_page(home: Home, tmp_path: Path) -> None:
    """mirror, forward and a plan that is applied; a page is its owner's alone."""
    page, plan = tmp_path / "page.html", tmp_path / "a.plan"
    home.save(A)
    home.pin(B)
    codes, sums = [], []
    for command in (("mirror", "pocket", "pinboard", "--dry-run"), ("mirror", "pocket", "pinboard")):
        codes.append(home.json(*command, "--report", page).code)
        sums.append(moved(page))
    codes.append(home.json("forward", "nextcloud-news", "pocket", "--report", page).code)
    codes.append(home.json("migrate", "pinboard", tmp_path / "x.jsonl", "--plan", plan, "--report", page).code)
    sums.append(moved(page))
    codes.append(home.json("apply", plan, "--report", page).code)
    sums.append(moved(page))

    assert [0] * 5 == codes
    assert [(2, 0, 0)] * 4 == sums
    assert 0o600 == stat.S_IMODE(page.stat().st_mode)


def test_what_is_written_on_both_sides_moved_once(home: Home, tmp_path: Path) -> None:
    """The figures of a mirror agree with its receipt where a bookmark has two operations."""
    page = tmp_path / "page.html"
    home.linked([A])
    home.save(A, tags=("left",))
    home.pin(A, extended="a note", tags="right")
    receipt = home.mirror("pocket", "pinboard", "--report", page).json
    operations = home.json("show", str(receipt["run"]), "--all").json["operations"]

    assert (1, ["source", "target"]) == (receipt["merged"], sorted(item["side"] for item in operations))
    assert (0, 1, 0) == moved(page)


def test_an_add_that_met_itself_moved_once(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """An Add whose answer was lost is in the journal with what settled it, and is counted like in the receipt."""
    page = tmp_path / "page.html"
    bare.sandbox.faults.add(DROP_AFTER, "posts/add", times=2, skip=1)
    receipt = bare.json("migrate", csv, "pinboard", "--report", page).json

    assert (receipt["added"], receipt["merged"], receipt["removed"]) == moved(page) == (6, 2, 0)


def test_runs_that_are_undone_in_turn_share_a_page(home: Home, tmp_path: Path) -> None:
    """Each has its part of it."""
    page = tmp_path / "page.html"
    home.pin(A)
    home.json("migrate", "pinboard", tmp_path / "x.jsonl")
    home.save(B)
    home.json("migrate", "pocket", "pinboard")
    result = home.json("undo", "1", "2", "--report", page)

    assert (2, 2) == (len(result.json["undone"]), page.read_text(encoding="utf-8").count("<article>"))


@pytest.mark.parametrize("option", ["--report", "--plan"])
def test_a_place_where_no_file_can_be_is_told_before_the_run(
    bare: Stage, csv: Path, tmp_path: Path, option: str
) -> None:
    """A name that is too long, links that lead to each other, a pipe, of which nobody would read the end."""
    loop, pipe = tmp_path / "loop.html", tmp_path / "pipe.html"
    loop.symlink_to("loop.html")
    os.mkfifo(pipe)
    for path in (tmp_path / f"{'n' * 300}.html", loop, pipe):
        result = bare.json("migrate", csv, "pinboard", option, path)

        assert 3 == result.code, path
        assert result.json["error"]["remedy"] in {"Name another one.", "Name a file to write to."}
    assert [] == bare.json("runs").json["runs"]


def test_a_full_disk_leaves_the_old_page_and_the_result(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """The receipt is still the one object, the fault is said beside it, and nothing is left in the folder."""
    page = tmp_path / "page.html"
    bare.json("migrate", csv, "pinboard", "--report", page)
    before = page.read_bytes()
    with patch("os.fsync", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))):
        result = bare.json("show", "1", "--report", page)

    assert (3, 1) == (result.code, result.json["run"])
    assert "No space left on device. Free some space" in result.err
    assert before == page.read_bytes()
    assert {"home", "page.html", "part_000000.csv"} == {path.name for path in tmp_path.iterdir()}


def test_a_page_that_has_no_place_is_refused_before_anything_runs(bare: Stage, csv: Path, tmp_path: Path) -> None:
    """A link to itself, and a name that no file can have."""
    loop = tmp_path / "loop.html"
    loop.symlink_to(loop)
    codes = [
        bare.json("migrate", csv, "pinboard", "--report", page).json["error"]["exit"]
        for page in (loop, tmp_path / f"{'n' * 300}.html")
    ]

    assert [3, 3] == codes
    assert [] == bare.json("runs").json["runs"]


def test_a_plan_is_a_table_and_all_of_it_if_asked_for(bare: Stage, csv: Path) -> None:
    """Samples of each kind, and how many more; --all shows each, and JSON has them, too."""
    part, whole = (bare.run("migrate", csv, "pinboard", "--dry-run", *more).out for more in ((), ("--all",)))
    as_json = bare.json("migrate", csv, "pinboard", "--dry-run", "--all").json

    assert "To add at pinboard: 6" in part
    assert "and 1 more" in part
    assert "tags: +a-b" in part
    assert "https://example.org/7" in whole
    assert "more" not in whole
    assert ["add"] * 6 + ["update"] * 2 == sorted(item["operation"] for item in as_json["operations"])


def test_runs_as_json_have_their_counts(bare: Stage, csv: Path) -> None:
    """What `runs` shows, a script has as well."""
    bare.json("migrate", csv, "pinboard")
    [run] = bare.json("runs").json["runs"]

    assert [6, 2, 0, 0] == [run[key] for key in ("added", "merged", "removed", "failed")]


def on_a_terminal(stage: Stage, *arguments: str, **environ: str) -> str:
    """Run the program on a terminal of sixty columns and return what it shows."""
    environment = {**os.environ, **stage.environ, "TERM": "xterm", "COLUMNS": "60", **environ}
    command = ["-m", "bridge", *stage.arguments(*arguments)]
    child = pexpect.spawn(sys.executable, command, env=environment, encoding="utf-8", dimensions=(24, 60), timeout=20)
    child.expect(pexpect.EOF)
    return str(child.before).replace("\r\n", "\n")


def test_on_a_terminal_everything_goes_through_the_pager(bare: Stage, csv: Path) -> None:
    """The person's own; a receipt that is not long does not, nor does anything off a terminal."""
    bare.json("migrate", csv, "pinboard")
    paged = on_a_terminal(bare, "show", "1", "--all", PAGER="sed s/^/|/", NO_COLOR="1")
    plain = on_a_terminal(bare, "show", "1", PAGER="sed s/^/|/", NO_COLOR="1")
    piped = bare.run("show", "1", "--all").out

    assert "|Additions at pinboard: 6\n" in paged
    assert [] == [line for line in paged.splitlines() if "Title" in line and len(line) > 61]
    assert "|" not in plain + piped


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_for_terminals_that_want_them(
    bare: Stage, csv: Path, environ: dict[str, str], coloured: bool
) -> None:
    """Never in a file, and not where somebody asked for none."""
    shown = on_a_terminal(bare, "-q", "migrate", str(csv), "pinboard", "--dry-run", **environ)

    assert coloured == ("\x1b[" in shown)
    assert "\x1b" not in bare.run("migrate", csv, "pinboard", "--dry-run").out
