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


def nothing(_scene: Scene) -> None:
    pass


def with_job(scene: Scene) -> None:
    scene.configure(JOB)


def busy_port(scene: Scene) -> None:
    busy = scene.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = busy.getsockname()[1]
    scene.names[str(port)] = "PORT"
    scene.variables["port"] = str(port)


def no_tools(scene: Scene) -> None:
    with_job(scene)
    (scene.desk / "bin").mkdir()
    scene.export(PATH=str(scene.desk / "bin"))


def _state(scene: Scene, *statements: str) -> None:
    scene.home.json("runs")
    with sqlite3.connect(scene.state / "state.sqlite3") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def newer(scene: Scene) -> None:
    _state(scene, "PRAGMA user_version = 999")


def no_database(scene: Scene) -> None:
    scene.state.mkdir()
    (scene.state / "state.sqlite3").write_text("mine, and no database at all\n" * 100)


def damaged_state(scene: Scene) -> None:
    scene.home.json("migrate", "export.csv", "pinboard")
    scene.home.sandbox.posts.clear() if False else None
    path = scene.state / "state.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(bytes(content))


def full(scene: Scene) -> None:
    _state(scene, "CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")


def state_is_a_file(scene: Scene) -> None:
    scene.state.write_text("mine")


def locked(scene: Scene) -> None:
    scene.home.json("runs")
    identity = f"file {(scene.desk / 'export.csv').resolve()}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:16]
    held = scene.stack.enter_context((scene.state / f"{name}.lock").open("w"))
    fcntl.flock(held, fcntl.LOCK_EX)
    held.write("a migrate from export.csv to pinboard (process 4711)")
    held.flush()


def _mirrored(scene: Scene) -> None:
    with_job(scene)
    scene.configure('deletes = "propagate"')
    scene.home.linked([f"https://example.org/{number}" for number in range(8)], "reading")


def many_removed(scene: Scene) -> None:
    _mirrored(scene)
    for number in range(7):
        scene.home.sandbox.account.delete(f"https://example.org/{number}")
    scene.home.run("mirror", "reading")


def outdated_plan(scene: Scene) -> None:
    scene.home.json("migrate", "export.csv", "pinboard", "--plan", "mine.plan")
    scene.home.pin("https://example.org/1")


def backup_gone(scene: Scene) -> None:
    scene.home.pin("https://example.org/1")
    scene.home.json("migrate", "pinboard", "mine.jsonl")
    (scene.desk / "mine.jsonl").unlink()


FAULTS: Sequence[Fault] = [
    Fault("a state of a newer program", newer, TO_PINBOARD, 5, "?", "?"),
    Fault("a state that is no database", no_database, TO_PINBOARD, 5, "?", "?"),
    Fault("a state that is damaged", damaged_state, TO_PINBOARD, 5, "?", "?"),
    Fault("a state folder that is a file", state_is_a_file, TO_PINBOARD, 5, "?", "?"),
    Fault("a full disk", full, TO_PINBOARD, 5, "?", "?"),
    Fault("an account that another run works on", locked, TO_PINBOARD, 75, "?", "?"),
    Fault("a guard", many_removed, "mirror reading", 4, "?", "?"),
    Fault("an ID that approves of something else", many_removed, "mirror reading --approve 000000000000", 4, "?", "?"),
    Fault("a target that has lost everything", backup_gone, "migrate pinboard mine.jsonl", 4, "?", "?"),
    Fault("a plan that is outdated", outdated_plan, "apply mine.plan", 4, "?", "?"),
    Fault("an unknown job for run", with_job, "run readng", 3, "?", "?"),
    Fault("an unknown job for mirror", with_job, "mirror readng", 3, "?", "?"),
    Fault("an unknown job for migrate", with_job, "migrate tonight", 3, "?", "?"),
    Fault("a job of another kind", with_job, "forward reading", 3, "?", "?"),
    Fault("the same account twice", nothing, "migrate pinboard pinboard", 2, "?", "?"),
    Fault("an unknown account", nothing, "check pinbord", 3, "?", "?"),
    Fault("a source without stars", nothing, "forward export.csv pinboard", 3, "?", "?"),
    Fault("a target that cannot add", nothing, "migrate export.csv nextcloud-news", 3, "?", "?"),
    Fault("a run that never was", nothing, "show 99", 3, "?", "?"),
    Fault("a run to be undone that never was", nothing, "undo 99", 3, "?", "?"),
    Fault("a port that is taken", busy_port, "sandbox --port {port}", 2, "?", "?"),
    Fault("a port that is none", nothing, "sandbox --port 99999", 2, "?", "?"),
    Fault("no timer on this machine", no_tools, "schedule install", 3, "?", "?"),
    Fault("a timer for no job", nothing, "schedule install", 3, "?", "?"),
    Fault("a timer that is too quick", with_job, "schedule install --every 5s", 2, "?", "?"),
    Fault("a login without a terminal", nothing, "login pinboard", 2, "?", "?"),
    Fault("a date that is none", nothing, "migrate export.csv pinboard --since yesterday", 2, "?", "?"),
    Fault(
        "dates the wrong way round",
        nothing,
        "migrate export.csv pinboard --since 2020-01-01 --until 2019-01-01",
        2,
        "?",
        "?",
    ),
    Fault("two options against each other", nothing, "migrate export.csv pinboard --unread --archived", 2, "?", "?"),
    Fault("a duration that is none", nothing, "run --every often", 2, "?", "?"),
    Fault("a duration that is too short", nothing, "run --every 50ms", 2, "?", "?"),
    Fault("an unknown choice", nothing, "migrate export.csv pinboard --existing replace", 2, "?", "?"),
    Fault("an unknown option", nothing, "migrate export.csv pinboard --dryrun", 2, "?", "?"),
    Fault("an option behind the command", nothing, "migrate export.csv pinboard --json", 2, "?", "?"),
    Fault("an unknown command", nothing, "migrat export.csv pinboard", 2, "?", "?"),
    Fault("an argument that is missing", nothing, "migrate", 2, "?", "?"),
    Fault("an argument too many", nothing, "migrate export.csv pinboard pocket", 2, "?", "?"),
    Fault("quiet and verbose", nothing, "-q -v accounts", 2, "?", "?"),
]
