"""The jobs by a timer: systemd's or cron's, whichever the machine has."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from bridge.cli import timers, units
from bridge.model.errors import UsageError
from tests.support.needed import missing
from tests.support.stage import Result, Stage

JOBS = """
[jobs.reading]
kind = "mirror"
left = "pinboard"
right = "./mine.jsonl"

[jobs.stars]
kind = "migrate"
source = "./mine.jsonl"
target = "pocket"
"""

CRONTAB = """\
#!/bin/sh
table="$MACHINE/crontab"
if [ -e "$MACHINE/forbidden" ]; then echo "You are not allowed to use this program (crontab)" >&2; exit 1; fi
case "$1" in
  -l) [ -e "$table" ] || { echo "no crontab for alice" >&2; exit 1; }; cat "$table" ;;
  -) cat > "$table" ;;
esac
"""

SYSTEMCTL = """\
#!/bin/sh
echo "$*" >> "$MACHINE/calls"
[ "$1" = --version ] && exit 0
if [ -e "$MACHINE/nobody" ]; then echo "Failed to connect to bus: No medium found" >&2; exit 1; fi
case "$2" in
  enable) if [ -e "$MACHINE/masked" ]; then echo "Failed to enable unit: Unit is masked." >&2; exit 1; fi ;;
  restart) touch "$MACHINE/active" ;;
  disable) rm -f "$MACHINE/active" ;;
  is-active) [ -e "$MACHINE/active" ] ;;
  list-timers) echo "Thu 2026-11-26 10:30:00 UTC 14min left - - bookmark-bridge.timer bookmark-bridge.service" ;;
esac
"""


@attrs.frozen
class Machine:
    """A machine with some of the tools that a timer needs, and somebody who works there."""

    folder: Path
    stage: Stage

    def run(self, *arguments: str | Path) -> Result:
        """Type a command."""
        return self.stage.run(*arguments)

    def json(self, *arguments: str | Path) -> Result:
        """Type a command with --json."""
        return self.stage.json(*arguments)

    def have(self, tool: str, script: str) -> None:
        """Install a tool."""
        path = self.folder / "bin" / tool
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def mark(self, name: str) -> None:
        """Let something be so."""
        (self.folder / name).touch()

    @property
    def calls(self) -> list[str]:
        """How systemctl was called, but for questions."""
        said = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        asks = {"show-environment", "is-active", "list-timers"}
        return [line.removeprefix("--user ") for line in said if not asks & set(line.split()) and line != "--version"]

    @property
    def crontab(self) -> Path:
        """The crontab."""
        return self.folder / "crontab"

    @property
    def units(self) -> Path:
        """Where the units of systemd are."""
        return self.folder / "config" / "systemd" / "user"


@pytest.fixture
def machine(bare: Stage, tmp_path: Path) -> Iterator[Machine]:
    """Have a machine with neither systemd nor cron, and work in a folder whose name needs care."""
    folder, work = tmp_path / "machine", tmp_path / 'my $HOME 100% "notes" it\'s'
    (folder / "bin").mkdir(parents=True)
    work.mkdir()
    with (bare.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write(JOBS)
    for tool in ("cat", "touch", "rm"):
        (folder / "bin" / tool).symlink_to(shutil.which(tool) or "")
    environ = {
        **bare.environ,
        "PATH": str(folder / "bin"),
        "MACHINE": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    before = Path.cwd()
    os.chdir(work)
    yield Machine(folder, attrs.evolve(bare, environ=environ))
    os.chdir(before)


@pytest.fixture
def systemd(machine: Machine) -> Machine:
    """Give the machine a systemd."""
    machine.have("systemctl", SYSTEMCTL)
    return machine


@pytest.fixture
def cron(machine: Machine) -> Machine:
    """Give the machine cron."""
    machine.have("crontab", CRONTAB)
    return machine


def test_systemd_gets_a_service_and_a_timer_and_starts_it(systemd: Machine) -> None:
    """What is shown is what is written: the command with whole paths, how often, and when next."""
    result = systemd.json("schedule", "install", "--every", "1h")
    shown, text = systemd.json("schedule", "show"), systemd.run("schedule", "show")
    schedule = result.json["schedule"]
    named = f"--config {systemd.stage.folder}/config.toml --state-dir {systemd.stage.folder}/state run"

    assert 0 == result.code == shown.code
    assert ("systemd", True, "Thu 2026-11-26 10:30:00 UTC") == (schedule["kind"], schedule["active"], schedule["next"])
    assert [str(systemd.units / name) for name in (units.SERVICE, units.TIMER)] == schedule["where"]
    assert "OnUnitActiveSec=3600s" == schedule["lines"][0]
    assert schedule["lines"][1].endswith(named)
    assert ["daemon-reload", f"enable {units.TIMER}", f"restart {units.TIMER}"] == systemd.calls
    assert schedule == {**shown.json["schedule"], "unseen": ["PINBOARD_TOKEN"]}
    assert "Next: Thu 2026-11-26 10:30:00 UTC." in text.out


def test_no_secret_is_written_and_what_the_timer_will_lack_is_said(systemd: Machine) -> None:
    """The environment of the shell stays there; the variables that a chosen job needs are named."""
    said = systemd.run("schedule", "install", "reading")
    written = "".join(path.read_text(encoding="utf-8") for path in systemd.units.iterdir() if path.is_file())

    assert "will not see what your shell exports: PINBOARD_TOKEN." in said.err
    assert systemd.stage.environ["PINBOARD_TOKEN"].partition(":")[2] not in written + said.out + said.err
    assert "run -- reading\n" in written
    assert [] == systemd.json("schedule", "install", "stars").json["schedule"]["unseen"]


def test_systemd_that_answers_nobody_is_written_and_the_commands_are_said(systemd: Machine) -> None:
    """Over ssh, say: the files are there, nothing is active, exit 1, and three commands make it so."""
    systemd.mark("nobody")
    result, text = systemd.json("schedule", "install"), systemd.run("schedule", "show")
    todo = result.json["schedule"]["todo"]
    removed = systemd.json("schedule", "remove")

    assert (1, False, None) == (result.code, result.json["schedule"]["active"], result.json["schedule"]["next"])
    assert f"systemctl --user enable {units.TIMER}" == todo[1]
    assert all(f"  {command}\n" in text.out for command in todo)
    assert (0, {"schedule": None}, []) == (removed.code, removed.json, list(systemd.units.glob("*.*er*")))


def test_systemd_that_refuses_is_quoted(systemd: Machine) -> None:
    """What systemctl complains about is what the person reads, with the way around it."""
    systemd.mark("masked")
    error = systemd.json("schedule", "install").json["error"]

    assert (3, "The timer of this machine refused: Failed to enable unit: Unit is masked.") == (
        error["exit"],
        error["message"],
    )


def test_units_that_cannot_be_written_are_said(systemd: Machine) -> None:
    """A file where the folder should be is a sentence with its place."""
    systemd.units.parent.mkdir(parents=True)
    systemd.units.write_text("in the way")

    assert f"The units of systemd in {systemd.units} cannot be written" in systemd.run("schedule", "install").err


def test_remove_takes_all_of_it_away(systemd: Machine) -> None:
    """The timer is stopped and disabled, the units are gone, and a second time there is nothing to do."""
    systemd.run("schedule", "install")
    (systemd.units / "timers.target.wants").mkdir()
    (systemd.units / "timers.target.wants" / units.TIMER).symlink_to(systemd.units / units.TIMER)
    first, second = systemd.run("schedule", "remove"), systemd.run("schedule", "remove")

    assert (0, 0, "No timer runs the jobs.\n") == (first.code, second.code, first.out)
    assert [f"disable --now {units.TIMER}", "daemon-reload"] == systemd.calls[3:]
    assert [] == [path for path in systemd.units.rglob("*") if not path.is_dir()]
    assert {"schedule": None} == systemd.json("schedule", "show").json


@pytest.mark.parametrize("end", ["\n", ""], ids=["ended", "unended"])
def test_cron_gets_one_line_and_the_others_stay(cron: Machine, end: str) -> None:
    """Installed twice there is one line, the last one; removed, the crontab is as it was."""
    others = f"MAILTO=alice\n5 4 * * * echo bookmark-bridge # mine\n0 1 * * * true{end}"
    cron.crontab.write_text(others, encoding="utf-8")
    codes = [cron.run("schedule", "install", "--every", every).code for every in ("15m", "2h")]
    shown = cron.json("schedule", "show").json["schedule"]
    written = cron.crontab.read_text(encoding="utf-8")
    removed = cron.run("schedule", "remove")

    assert ([0, 0], "cron", True) == (codes, shown["kind"], shown["active"])
    assert ["0 */2 * * *"] == [line[:11] for line in shown["lines"]]
    assert [*others.splitlines(), *shown["lines"]] == written.splitlines()
    assert 0 == removed.code
    assert others.rstrip("\n") + "\n" == cron.crontab.read_text(encoding="utf-8")


def test_cron_runs_what_was_written_and_mails_faults_alone(cron: Machine, tmp_path: Path) -> None:
    """The shell finds the folder and the program whatever their names; 0 and 75 are silent, others speak."""
    program = tmp_path / 'pro gram $x %d "q"'
    program.write_text('#!/bin/sh\npwd; echo "100% $1"; exit "$2"\n', encoding="utf-8")
    program.chmod(0o755)
    said = {}
    for code in (0, 1, 75):
        line = units.cron_line(units.Task((str(program), "a 'b' %", str(code)), Path.cwd(), 60))
        command = line.removeprefix("* * * * * ").replace(r"\%", "%")
        assert "%" not in line.replace(r"\%", "")
        said[code] = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, cwd="/", check=True)

    assert ["", ""] == [said[code].stdout for code in (0, 75)]
    assert f"{Path.cwd()}\n100% a 'b' %\n" == said[1].stdout


def test_a_crontab_that_cannot_be_read_is_never_written(cron: Machine) -> None:
    """Who may not have one is told that the machine has no timer for them."""
    cron.mark("forbidden")
    result = cron.json("schedule", "install")

    assert (3, False) == (result.code, cron.crontab.exists())
    assert "neither systemd nor a crontab for you" in result.json["error"]["message"]
    assert "bookmark-bridge run --every" in result.json["error"]["remedy"]
    assert 0 == cron.run("schedule", "remove").code


def test_the_timer_that_answers_is_taken_and_the_other_one_removed(systemd: Machine) -> None:
    """Cron while systemd is out of reach, systemd once it answers: never both."""
    systemd.have("crontab", CRONTAB)
    systemd.mark("nobody")
    first = systemd.json("schedule", "install")
    (systemd.folder / "nobody").unlink()
    second = systemd.json("schedule", "install")

    assert ["cron", "systemd"] == [result.json["schedule"]["kind"] for result in (first, second)]
    assert "" == systemd.crontab.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("every", "times"),
    [
        ("1m", "* * * * *"),
        ("15m", "*/15 * * * *"),
        ("1h", "0 * * * *"),
        ("60m", "0 * * * *"),
        ("12h", "0 */12 * * *"),
        ("1d", "0 12 * * *"),
    ],
)
def test_cron_counts_parts_of_an_hour_and_of_a_day(cron: Machine, every: str, times: str) -> None:
    """What cron can say exactly is said so."""
    cron.run("schedule", "install", "--every", every)

    assert cron.crontab.read_text(encoding="utf-8").startswith(f"{times} cd ")


@pytest.mark.parametrize("every", ["7m", "90s", "90m", "5h", "2d", "1.5m", "30s", "0s"])
def test_what_cron_cannot_count_is_refused(cron: Machine, every: str) -> None:
    """It is a usage error with times that can be had, and nothing is written."""
    result = cron.json("schedule", "install", "--every", every)

    assert (2, False) == (result.code, cron.crontab.exists())
    assert "1" in result.json["error"]["remedy"]


@pytest.mark.parametrize("arguments", [("nojob",), ("reading", "nojob")], ids=" ".join)
def test_a_job_that_is_not_there_is_not_installed(systemd: Machine, arguments: tuple[str, ...]) -> None:
    """A wrong name is told now, not by the timer."""
    result = systemd.json("schedule", "install", *arguments)

    assert (3, False) == (result.code, systemd.units.exists())


def test_a_line_break_in_a_path_is_refused() -> None:
    """It would be a line of its own in a crontab or a unit."""
    with pytest.raises(UsageError, match="line break"):
        units.Task(("program", "--config", "a\nb"), Path("/"), 60)


def test_without_the_script_the_interpreter_runs_the_package(systemd: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No module of the folder where the timer works can take its place."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    lines = systemd.json("schedule", "install").json["schedule"]["lines"]

    assert lines[1].startswith("ExecStart=/nowhere/python -P -m bridge --config ")


def test_a_tool_that_hangs_or_is_none_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both end like a tool that failed, with the reason."""
    monkeypatch.setattr(timers, "_SECONDS", 0.2)
    execute = timers.executor({"PATH": "/bin:/usr/bin"})

    assert (124, "sleep did not end within 0.2 seconds") == attrs.astuple(execute(["sleep", "9"], ""))[::2]
    assert (127, "no-such-tool cannot be run: No such file or directory") == attrs.astuple(
        execute(["no-such-tool"], "")
    )[::2]


def test_the_units_pass_systemd_analyze(systemd: Machine, tmp_path: Path) -> None:
    """Nothing is said against them, and the words of the command are those that were meant."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        missing("BRIDGE_NEEDS_SYSTEMD", "needs systemd-analyze (Debian: apt install systemd)")
    config = Path.cwd() / "con fig $x %n.toml"
    shutil.copy(systemd.stage.folder / "config.toml", config)
    config.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert 0 == systemd.run("--config", config, "schedule", "install", "reading").code
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    verified = subprocess.run(
        [analyze, "verify", "--user", systemd.units / units.TIMER, systemd.units / units.SERVICE],
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
        check=False,
    )
    command = next(
        line for line in (systemd.units / units.SERVICE).read_text().splitlines() if line.startswith("ExecStart=")
    )

    assert (0, "", "") == (verified.returncode, verified.stdout, verified.stderr)
    assert str(config) in shlex.split(command.replace("$$", "$").replace("%%", "%"))
