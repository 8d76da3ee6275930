"""The whole program on a stage: a Pinboard sandbox over real sockets, a state folder, and the command line."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import attrs

from adapters.pinboard.sandbox import PinboardSandbox, serve
from bridge.cli.app import Surroundings
from bridge.cli.main import run

NO_GAPS = {"default": 0.0, "posts/all": 0.0, "posts/recent": 0.0}


@attrs.frozen
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        found: dict[str, Any] = json.loads(self.out)
        return found


class ShortTime:
    """The real time, but for waits: those are over at once, and the clock is that much later."""

    def __init__(self) -> None:
        self.waited = 0.0

    def __call__(self) -> float:
        return time.time() + self.waited

    def pause(self, seconds: float) -> None:
        self.waited += seconds


@attrs.frozen
class Stage:
    """A person's machine: `folder` is where they work, `sandbox` is Pinboard, `environ` what their shell exports."""

    folder: Path
    sandbox: PinboardSandbox
    environ: Mapping[str, str]
    time: ShortTime = attrs.field(factory=ShortTime)

    def run(self, *arguments: str | Path) -> Result:
        """Run the program in this process."""
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings({**os.environ, **self.environ}, self.time, self.time.pause)
        with redirect_stdout(out), redirect_stderr(err):
            code = run(self.arguments(*arguments), around)
        return Result(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str | Path) -> Result:
        """Run the program in this process with --json."""
        return self.run("--json", *arguments)

    def start(
        self,
        *arguments: str | Path,
        stderr: int | IO[str] = subprocess.PIPE,
        program: Sequence[str] = ("-m", "bridge"),
    ) -> subprocess.Popen[str]:
        """Start the program as a process of its own."""
        return subprocess.Popen(
            [sys.executable, *program, *self.arguments(*arguments)],
            env={**os.environ, **self.environ},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def arguments(self, *arguments: str | Path) -> list[str]:
        """Return the arguments with this stage's config and state before them."""
        own = ["--config", self.folder / "config.toml", "--state-dir", self.folder / "state"]
        return [str(argument) for argument in (*own, *arguments)]

    def held(self) -> dict[str, Any]:
        """Return what the sandbox holds, without the signatures that each change moves.

        Times of this year or later are the sandbox's own "now", set where none was sent; they are left out as well.
        """
        own = datetime(2026, 1, 1, tzinfo=UTC)
        return {
            href: attrs.evolve(post, meta="", time=min(post.time, own)) for href, post in self.sandbox.posts.items()
        }


@contextmanager
def stage(folder: Path, *, gaps: Mapping[str, float] | None = None, lines: str = "") -> Iterator[Stage]:
    """Serve a sandbox and write a config that reaches it under the name `pinboard`, at the given pace on both sides."""
    pace = NO_GAPS if gaps is None else {**NO_GAPS, **gaps}
    folder.mkdir(exist_ok=True)
    with serve(gaps=pace) as served:
        config = folder / "config.toml"
        config.touch(mode=0o600)
        slots = ", ".join(f"{json.dumps(key)} = {json.dumps(f'{seconds * 1000}ms')}" for key, seconds in pace.items())
        account = (
            f'service = "pinboard"\nurl = "{served.url}"\ntoken = {{ env = "PINBOARD_TOKEN" }}\ngaps = {{ {slots} }}'
        )
        config.write_text(f"[accounts.pinboard]\n{account}\n{lines}\n", encoding="utf-8")
        yield Stage(folder, served.app, {"PINBOARD_TOKEN": served.environment["PINBOARD_TOKEN"]})
