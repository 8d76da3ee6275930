"""Faults of the command line, of the state, and of the machine."""

from __future__ import annotations

import fcntl
import hashlib
import socket
import sqlite3
from collections.abc import Sequence

from tests.support.scene import Fault, Scene

TO_PINBOARD = "migrate export.csv pinboard"
JOB = '[jobs.reading]\nkind = "mirror"\nleft = "pocket"\nright = "pinboard"'


def _nothing(_scene: Scene) -> None:
    pass


def _with_job(scene: Scene) -> None:
    scene.configure(JOB)


def _busy_port(scene: Scene) -> None:
    busy = scene.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = busy.getsockname()[1]
    scene.names[str(port)] = "PORT"
    scene.variables["port"] = str(port)


def _no_tools(scene: Scene) -> None:
    _with_job(scene)
    (scene.desk / "bin").mkdir()
    scene.export(PATH=str(scene.desk / "bin"))


def _state(scene: Scene, *statements: str) -> None:
    scene.home.json("runs")
    with sqlite3.connect(scene.state / "state.sqlite3") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def _newer(scene: Scene) -> None:
    _state(scene, "PRAGMA user_version = 999")


def _no_database(scene: Scene) -> None:
    scene.state.mkdir()
    (scene.state / "state.sqlite3").write_text("mine, and no database at all\n" * 100)


def _damaged_state(scene: Scene) -> None:
    scene.home.json("migrate", "export.csv", "pinboard")
    path = scene.state / "state.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(bytes(content))


def _full(scene: Scene) -> None:
    _state(scene, "CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")


def _state_is_a_file(scene: Scene) -> None:
    scene.state.write_text("mine")


def _locked(scene: Scene) -> None:
    scene.home.json("runs")
    identity = f"file {(scene.desk / 'export.csv').resolve()}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:16]
    held = scene.stack.enter_context((scene.state / f"{name}.lock").open("w"))
    fcntl.flock(held, fcntl.LOCK_EX)
    held.write("a migrate from export.csv to pinboard (process 4711)")
    held.flush()


def _mirrored(scene: Scene) -> None:
    _with_job(scene)
    scene.configure('deletes = "propagate"')
    scene.home.linked([f"https://example.org/{number}" for number in range(8)], "reading")


def _many_removed(scene: Scene) -> None:
    _mirrored(scene)
    for number in range(7):
        scene.home.sandbox.account.delete(f"https://example.org/{number}")
    scene.home.run("mirror", "reading")


def _outdated_plan(scene: Scene) -> None:
    scene.home.json("migrate", "export.csv", "pinboard", "--plan", "mine.plan")
    scene.home.pin("https://example.org/1")


def _backup_gone(scene: Scene) -> None:
    scene.home.pin("https://example.org/1")
    scene.home.json("migrate", "pinboard", "mine.jsonl")
    (scene.desk / "mine.jsonl").unlink()


FAULTS: Sequence[Fault] = [
    Fault(
        "a state of a newer program",
        _newer,
        TO_PINBOARD,
        5,
        "The state in HOME/state was written by a newer bookmark-bridge.",
        "Update the program, or point --state-dir at another folder.",
    ),
    Fault(
        "a state that is no database",
        _no_database,
        TO_PINBOARD,
        5,
        "The state in HOME/state cannot be used: file is not a database.",
        "Move HOME/state/state.sqlite3 out of the way: the next run meets both accounts anew and doubles "
        "nothing, but what was removed at one of them meanwhile comes back.",
    ),
    Fault(
        "a state that is damaged",
        _damaged_state,
        TO_PINBOARD,
        5,
        "The state in HOME/state cannot be used: database disk image is malformed.",
        "Move HOME/state/state.sqlite3 out of the way: the next run meets both accounts anew and doubles "
        "nothing, but what was removed at one of them meanwhile comes back.",
    ),
    Fault(
        "a state folder that is a file",
        _state_is_a_file,
        TO_PINBOARD,
        5,
        "The state in HOME/state cannot be used: it is not a folder.",
        "Free some space, mend its permissions, or point --state-dir at another folder.",
    ),
    Fault(
        "a full disk",
        _full,
        TO_PINBOARD,
        5,
        "The state in HOME/state cannot be used: database or disk is full.",
        "Free some space, mend its permissions, or point --state-dir at another folder.",
    ),
    Fault(
        "an account that another run works on",
        _locked,
        TO_PINBOARD,
        75,
        "Another run works on file DESK/export.csv: a migrate from export.csv to pinboard (process 4711).",
        "Wait for it to end, then run the same command again.",
    ),
    Fault(
        "a guard",
        _many_removed,
        "mirror reading",
        4,
        "7 of 8 bookmarks would be removed from pocket: https://example.org/0, https://example.org/1, "
        "https://example.org/2, https://example.org/3, https://example.org/4, https://example.org/5, "
        "https://example.org/6.",
        "Nothing was written. If that is right, run `bookmark-bridge mirror reading --approve ID`.",
    ),
    Fault(
        "an ID that approves of something else",
        _many_removed,
        "mirror reading --approve 000000000000",
        4,
        "The ID 000000000000 does not approve of this: 7 of 8 bookmarks would be removed from pocket: "
        "https://example.org/0, https://example.org/1, https://example.org/2, https://example.org/3, "
        "https://example.org/4, https://example.org/5, https://example.org/6.",
        "Nothing was written. If that is right, run `bookmark-bridge mirror reading --approve ID`.",
    ),
    Fault(
        "a target that has lost everything",
        _backup_gone,
        "migrate pinboard mine.jsonl",
        4,
        "mine.jsonl is suddenly empty: earlier runs saw 1 of the bookmarks of pinboard there.",
        "If that is right, `bookmark-bridge forget pinboard mine.jsonl` and run again.",
    ),
    Fault(
        "a plan that is outdated",
        _outdated_plan,
        "apply mine.plan",
        4,
        "The target has changed since the plan was made, in 1 of its places: https://example.org/1.",
        "Nothing was written. Make a new plan with `migrate --plan FILE`.",
    ),
    Fault(
        "an unknown job for mirror",
        _with_job,
        "mirror readng",
        3,
        "There is no mirror job 'readng' in HOME/config.toml.",
        "Name one that is there (did you mean reading?); or name a LEFT and a RIGHT.",
    ),
    Fault(
        "an unknown job for migrate",
        _with_job,
        "migrate tonight",
        3,
        "There is no migrate job 'tonight' in HOME/config.toml.",
        "Write one there: a table [jobs.tonight]; or name a SOURCE and a TARGET.",
    ),
    Fault(
        "a job of another kind",
        _with_job,
        "forward reading",
        3,
        "reading is a mirror job in HOME/config.toml, not a forward job.",
        "Run `bookmark-bridge mirror reading`.",
    ),
    Fault(
        "the same account twice",
        _nothing,
        "migrate pinboard pinboard",
        2,
        "pinboard and pinboard are the same account.",
        "Name two different ones.",
    ),
    Fault(
        "an unknown account",
        _nothing,
        "check pinbord",
        3,
        "There is no account, service or file 'pinbord'.",
        "Did you mean pinboard? `bookmark-bridge login pinbord` makes an account (in HOME/config.toml); a"
        " file is ./pinbord.",
    ),
    Fault(
        "a source without stars",
        _nothing,
        "forward export.csv pinboard",
        3,
        "export.csv has no stars, and only what is starred is forwarded.",
        "Name a source that has them.",
    ),
    Fault("a run that never was", _nothing, "show 99", 3, "There is no run 99.", "`bookmark-bridge runs` lists them."),
    Fault(
        "a run to be undone that never was",
        _nothing,
        "undo 99",
        3,
        "There is no run 99.",
        "`bookmark-bridge runs` lists them.",
    ),
    Fault(
        "a port that is taken",
        _busy_port,
        "sandbox --port {port}",
        2,
        "Port PORT of 127.0.0.1 cannot be served: Address already in use.",
        "Choose another port, or 0 for any free one.",
    ),
    Fault(
        "a port that is none",
        _nothing,
        "sandbox --port 99999",
        2,
        "Invalid value for '--port': 99999 is not in the range 0<=x<=65535.",
        "See `bookmark-bridge sandbox --help`.",
    ),
    Fault(
        "no timer on this machine",
        _no_tools,
        "schedule install",
        3,
        "This machine has neither systemd nor a crontab for you.",
        "Install cron, or keep `bookmark-bridge run --every 15m` going.",
    ),
    Fault(
        "a timer for no job",
        _nothing,
        "schedule install",
        3,
        "There is no job in HOME/config.toml.",
        "Write one there: a table [jobs.NAME].",
    ),
    Fault(
        "a timer that is too quick",
        _with_job,
        "schedule install --every 5s",
        2,
        "A timer does not run the jobs every 5 s.",
        "Choose 1m or more, or keep `bookmark-bridge run --every` going.",
    ),
    Fault(
        "a login without a terminal",
        _nothing,
        "login pinboard",
        2,
        "login asks questions, so it needs a terminal.",
        "Run it in one, without --json and -q.",
    ),
    Fault(
        "a date that is none",
        _nothing,
        "migrate export.csv pinboard --since yesterday",
        2,
        'Invalid value for \'--since\': "yesterday" is no date, which is written as in "2020-12-31" or '
        '"2020-12-31T23:59:00Z".',
        "See `bookmark-bridge migrate --help`.",
    ),
    Fault(
        "dates the wrong way round",
        _nothing,
        "migrate export.csv pinboard --since 2020-01-01 --until 2019-01-01",
        2,
        "--since is not before --until, so nothing would be selected.",
        "Swap them.",
    ),
    Fault(
        "two options against each other",
        _nothing,
        "migrate export.csv pinboard --unread --archived",
        2,
        "--unread and --archived contradict each other.",
        "Choose one, or neither for all.",
    ),
    Fault(
        "a duration that is none",
        _nothing,
        "run --every often",
        2,
        'Invalid value for \'--every\': "often" is no duration, which is written as in "50ms", "3s", "5m", '
        '"1h" or "1d".',
        "See `bookmark-bridge run --help`.",
    ),
    Fault(
        "a duration that is too short",
        _nothing,
        "run --every 50ms",
        2,
        "--every cannot be less than 1 s.",
        "Choose a longer one, such as 15m.",
    ),
    Fault(
        "an unknown choice",
        _nothing,
        "migrate export.csv pinboard --existing replace",
        2,
        "Invalid value for '--existing': 'replace' is not one of 'merge', 'skip', 'overwrite'.",
        "See `bookmark-bridge migrate --help`.",
    ),
    Fault(
        "an unknown option",
        _nothing,
        "migrate export.csv pinboard --dryrun",
        2,
        "No such option '--dryrun'. Did you mean '--dry-run'?",
        "See `bookmark-bridge migrate --help`.",
    ),
    Fault(
        "an option behind the command",
        _nothing,
        "migrate export.csv pinboard --json",
        2,
        "--json is an option of all commands, and stands before the command.",
        "Type: bookmark-bridge --json migrate",
    ),
    Fault(
        "an unknown command",
        _nothing,
        "migrat export.csv pinboard",
        2,
        "There is no command 'migrat'.",
        "Did you mean migrate?",
    ),
    Fault(
        "an argument that is missing",
        _nothing,
        "migrate",
        2,
        "Missing argument 'SOURCE'.",
        "See `bookmark-bridge migrate --help`.",
    ),
]
