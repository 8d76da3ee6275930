"""How `run --every` lives through bad times: `python -m tests.benchmarks.endurance [seconds] [every]` (60 and 2).

A real process keeps Pinboard and two files in step. Again and again the service dies and returns, and the disk of the
state fills and empties, each time more or less of it; meanwhile bookmarks keep coming on both sides. In the end SIGTERM
asks it to stop. Printed are its own lines, then what became of the bookmarks and how long the end took.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import attrs

from adapters.http import serving
from adapters.pinboard.sandbox import ROOT, PinboardSandbox
from tests.support.stage import NO_GAPS

_OWN_DISK = ("unshare", "--user", "--map-root-user", "--mount")
"""Runs a program with mounts of its own, which are gone when it ends."""

_KILOBYTE = 1024
_SIZE_OF_THE_DISK = 16_000 * _KILOBYTE
_STEP = 32 * _KILOBYTE
_LONG = 25.0

_CONFIG = """
[accounts.pinboard]
service = "pinboard"
url = "{url}"
token = {{ env = "PINBOARD_TOKEN" }}
gaps = {{ default = "0s", "posts/all" = "0s", "posts/recent" = "0s" }}

[jobs.reading]
kind = "mirror"
left = "pinboard"
right = "{folder}/mine.jsonl"

[jobs.inbox]
kind = "mirror"
left = "{folder}/inbox.jsonl"
right = "pinboard"
direction = "left-to-right"
"""


@attrs.frozen
class Survived:
    """What was left in the end: every url that was put anywhere, those at each place, and how often each was added.

    `lines` are what the program said on standard output, `stderr` what it said besides. `seconds` is the time from
    SIGTERM to the end.
    """

    put: set[str]
    pinboard: set[str]
    file: set[str]
    adds: set[int]
    lines: list[str]
    stderr: str
    code: int
    seconds: float


def own_disk() -> str:
    """Return why no program can have a disk of its own here, "" if it can."""
    try:
        tried = subprocess.run(
            [*_OWN_DISK, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        return f"needs unshare: {error.strerror}"
    return tried.stderr.strip()


class Hardship:
    """A program that keeps running, and the world around it that does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._app = PinboardSandbox(NO_GAPS, time.time)
        self._put: set[str] = set()
        self._lines: list[str] = []

    def live(self, every: float, seconds: float) -> Survived:
        """Go through all hardships, and again and again until the time is over."""
        deadline = time.monotonic() + seconds
        with ExitStack() as service:
            url = service.enter_context(serving.serve(self._app))
            port = int(url.rpartition(":")[2])
            with self._program(url, every) as process:
                for cycle in itertools.count(1):
                    self._save()
                    self._expect("added")
                    service.close()
                    self._save()
                    self._expect("(75)")
                    service.enter_context(serving.serve(self._app, port))
                    self._expect("added")
                    with self._full(process.pid, leaving=cycle * _STEP % (8 * _STEP)):
                        self._save()
                        self._expect("(5)", "added")
                    self._save()
                    self._expect("added")
                    if time.monotonic() > deadline:
                        break
                self._expect(f"reading: {len(self._put):,} unchanged")
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                code = process.wait(_LONG)
                took = time.monotonic() - began
        return Survived(
            put=self._put,
            pinboard=set(self._app.posts),
            file=_urls(self._folder / "mine.jsonl"),
            adds=set(self._app.effective_adds.values()),
            lines=self._lines,
            stderr=(self._folder / "stderr").read_text(encoding="utf-8"),
            code=code,
            seconds=took,
        )

    @contextmanager
    def _program(self, url: str, every: float) -> Iterator[subprocess.Popen[str]]:
        """Run the program with a small disk for its state, and listen to it."""
        config, disk = self._folder / "config.toml", self._folder / "disk"
        config.touch(mode=0o600)
        config.write_text(_CONFIG.format(url=url + ROOT, folder=self._folder), encoding="utf-8")
        disk.mkdir()
        _write(self._folder / "mine.jsonl", [])
        _write(self._folder / "inbox.jsonl", [])
        mounted = f'mount -t tmpfs -o size={_SIZE_OF_THE_DISK} tmpfs "$0" && exec "$@"'
        options = ("--config", config, "--state-dir", disk / "state", "run", "--every", f"{every}s")
        with (self._folder / "stderr").open("w", encoding="utf-8") as stderr:
            process = subprocess.Popen(
                [*_OWN_DISK, "sh", "-c", mounted, disk, sys.executable, "-m", "bridge", *options],
                env={**os.environ, "PINBOARD_TOKEN": self._app.token},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
            listener = threading.Thread(target=self._listen, args=(process,))
            listener.start()
            try:
                yield process
            finally:
                process.kill()
                process.wait()
                listener.join()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            self._lines.extend(line.rstrip("\n") for line in lines)

    def _save(self) -> None:
        """Have ten bookmarks saved on each side."""
        first = len(self._put)
        urls = [f"https://example.org/{number}" for number in range(first, first + 20)]
        self._put.update(urls)
        for url in urls[:10]:
            self._app.account.add({"url": url, "description": "Saved at Pinboard"})
        inbox = self._folder / "inbox.jsonl"
        _write(inbox, [*sorted(_urls(inbox)), *urls[10:]])

    def _expect(self, *words: str) -> None:
        """Wait until the program says one of these."""
        seen, deadline = len(self._lines), time.monotonic() + _LONG
        while not any(word in line for line in self._lines[seen:] for word in words):
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([f"waited for {words} after line {seen}", *self._lines]))
            time.sleep(0.02)  # noqa: TID251 - another process works meanwhile

    @contextmanager
    def _full(self, pid: int, leaving: int) -> Iterator[None]:
        """Fill the disk but for some bytes."""
        ballast = Path(f"/proc/{pid}/root{self._folder}/disk/ballast")
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(_KILOBYTE))
        os.truncate(ballast, max(0, ballast.stat().st_size - leaving))
        yield
        ballast.unlink()


def _write(path: Path, urls: list[str]) -> None:
    """Write a file of bookmarks, which is there as a whole or not at all."""
    new = path.with_suffix(".new")
    lines = [{"bookmark-bridge": 1}, *({"url": url, "title": "Saved in a file"} for url in urls)]
    new.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    new.replace(path)


def _urls(path: Path) -> set[str]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {record["url"] for record in records if "url" in record}


def main() -> None:
    """Live through bad times, and print what happened."""
    seconds, every = (float(argument) for argument in (*sys.argv[1:], *("60", "2")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        survived = Hardship(Path(folder)).live(every, seconds)
    print("\n".join(survived.lines))  # noqa: T201 - what a benchmark is for
    told = {
        "rounds": sum("reading: " in line for line in survived.lines),
        "service down": sum("(75)" in line for line in survived.lines),
        "disk full": sum("(5)" in line for line in survived.lines),
        "bookmarks": len(survived.put),
        "lost at Pinboard": len(survived.put - survived.pinboard),
        "lost in the file": len(survived.put - survived.file),
        "invented": len((survived.pinboard | survived.file) - survived.put),
        "added more than once": survived.adds != {1},
        "exit code": survived.code,
        "seconds from SIGTERM to the end": round(survived.seconds, 2),
    }
    for name, value in told.items():
        print(f"{name}: {value}")  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
