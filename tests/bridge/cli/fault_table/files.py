"""Faults of files: of what is read, of what is to be written, and of what lies beside them."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence

from tests.support.scene import EXPORT, Fault, Scene


def zipped(scene: Scene, name: str = "pocket.zip", members: dict[str, str] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for member, content in (members or {}).items():
            archive.writestr(member, content)
    scene.write(name, packed.getvalue())
    return packed.getvalue()


def encrypted(scene: Scene) -> None:
    content = bytearray(zipped(scene, members={"part_000000.csv": EXPORT}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    scene.write("pocket.zip", bytes(content))


def damaged(scene: Scene) -> None:
    scene.write("pocket.zip", zipped(scene, members={"part_000000.csv": EXPORT})[:20])


def pipe(scene: Scene) -> None:
    os.mkfifo(scene.desk / "pipe")


def wanted(content: str | bytes, name: str):  # type: ignore[no-untyped-def]
    return lambda scene: scene.write(name, content)


def folder(name: str):  # type: ignore[no-untyped-def]
    return lambda scene: (scene.desk / name).mkdir()


def crowd(scene: Scene) -> None:
    from adapters.files import pocket_find  # noqa: PLC0415

    scene.patch.setattr(pocket_find, "_MOST_FILES", 2)
    for number in range(4):
        (scene.desk / "all" / str(number)).mkdir(parents=True)
        (scene.desk / "all" / str(number) / "a.txt").touch()


def nothing(_scene: Scene) -> None:
    pass


FAULTS: Sequence[Fault] = [
    Fault("a file that is not there", nothing, "migrate pocket.zip pinboard", 3, "?", "?"),
    Fault("a file that is not there, by its path", nothing, "migrate ./gone/pocket.zip pinboard", 3, "?", "?"),
    Fault("an account that is not there", nothing, "migrate export.csv pinbord", 3, "?", "?"),
    Fault("a file of another kind", wanted(b"%PDF-1.7\n", "pocket.pdf"), "migrate pocket.pdf pinboard", 3, "?", "?"),
    Fault("an empty file", wanted("", "pocket.csv"), "migrate pocket.csv pinboard", 3, "?", "?"),
    Fault("an empty zip", lambda s: zipped(s), "migrate pocket.zip pinboard", 3, "?", "?"),
    Fault(
        "a zip of something else",
        lambda s: zipped(s, members={"a.txt": "hello"}),
        "migrate pocket.zip pinboard",
        3,
        "?",
        "?",
    ),
    Fault("an encrypted zip", encrypted, "migrate pocket.zip pinboard", 3, "?", "?"),
    Fault("a zip of which too little is left", damaged, "migrate pocket.zip pinboard", 3, "?", "?"),
    Fault(
        "the error page of a download",
        wanted("<Error><Code>AccessDenied</Code></Error>", "pocket.zip"),
        "migrate pocket.zip pinboard",
        3,
        "?",
        "?",
    ),
    Fault(
        "a CSV without addresses",
        wanted("title,time_added,tags,status\nA,1,,unread\n", "pocket.csv"),
        "migrate pocket.csv pinboard",
        3,
        "?",
        "?",
    ),
    Fault(
        "a dump that is cut",
        wanted('{"list": {"1": {"item_id": "1", "given_url": "https://exa', "dump.json"),
        "migrate dump.json pinboard",
        3,
        "?",
        "?",
    ),
    Fault(
        "a Pinboard backup that is cut",
        wanted('[{"href": "https://exa', "backup.json"),
        "migrate backup.json pinboard",
        3,
        "?",
        "?",
    ),
    Fault("a folder in which nothing is of Pocket", folder("empty"), "migrate empty pinboard", 3, "?", "?"),
    Fault("a folder with too many files", crowd, "migrate all pinboard", 3, "?", "?"),
    Fault("a pipe", pipe, "migrate ./pipe pinboard", 3, "?", "?"),
    Fault("a name with a null character", nothing, "migrate a\0.zip pinboard", 3, "?", "?"),
    Fault("a relic that is not there", nothing, "migrate export.csv pinboard --with more.json", 3, "?", "?"),
    Fault(
        "a relic that is none",
        wanted("hello", "more.json"),
        "migrate export.csv pinboard --with more.json",
        3,
        "?",
        "?",
    ),
    Fault("a relic for an account", nothing, "migrate pinboard mine.jsonl --with export.csv", 2, "?", "?"),
    Fault("a target whose name says no format", nothing, "migrate export.csv mine.txt", 2, "?", "?"),
    Fault("a target in a folder that is not there", nothing, "migrate export.csv gone/mine.jsonl", 3, "?", "?"),
    Fault(
        "a target that can only be read",
        lambda s: s.write("other.csv", EXPORT),
        "migrate export.csv other.csv",
        3,
        "?",
        "?",
    ),
    Fault(
        "a target that is somebody else's", wanted("mine", "mine.jsonl"), "migrate export.csv mine.jsonl", 3, "?", "?"
    ),
    Fault(
        "a target with a line that would be lost",
        wanted('{"bookmark-bridge": 1}\n{"url":\n', "mine.jsonl"),
        "migrate export.csv mine.jsonl",
        3,
        "?",
        "?",
    ),
    Fault("a target that is a folder", folder("mine.jsonl"), "migrate export.csv mine.jsonl", 3, "?", "?"),
    Fault("a report whose name is no page's", nothing, "migrate export.csv pinboard --report mine.txt", 2, "?", "?"),
    Fault(
        "a report in a folder that is not there",
        nothing,
        "migrate export.csv pinboard --report gone/mine.html",
        3,
        "?",
        "?",
    ),
    Fault(
        "a report in the place of a file of yours",
        wanted("<p>mine</p>", "mine.html"),
        "migrate export.csv pinboard --report mine.html",
        3,
        "?",
        "?",
    ),
    Fault(
        "a plan in the place of a file of yours",
        wanted("mine", "mine.plan"),
        "migrate export.csv pinboard --plan mine.plan",
        3,
        "?",
        "?",
    ),
    Fault("a plan that is not there", nothing, "apply mine.plan", 3, "?", "?"),
    Fault("a plan that is none", wanted("mine", "mine.plan"), "apply mine.plan", 3, "?", "?"),
    Fault("a plan of another version", wanted('{"version": 99}', "mine.plan"), "apply mine.plan", 3, "?", "?"),
]
