"""What a mirror costs when nothing has changed: `python -m tests.benchmarks.quiet [bookmarks]`.

A real process mirrors a Pocket and a Pinboard sandbox that hold the same bookmarks, over real sockets, until it finds
nothing to do. Printed are the calls of the next run (two are right: one to each side), its CPU seconds without those of
a command that only opens the state (less than one is right), and, for comparison, those of the first run and of the
first that found nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.pinboard.sandbox import PinboardSandbox
from adapters.pinboard.sandbox import serve as serve_pinboard
from adapters.pinboard.sandbox_account import Post
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox import serve as serve_pocket
from adapters.pocket.sandbox_account import Item

BEGAN = datetime(2015, 1, 1, tzinfo=UTC)
NO_GAPS = {"default": 0.0, "posts/all": 0.0, "posts/recent": 0.0}


def fill(pins: PinboardSandbox, items: PocketSandbox, number: int) -> None:
    """Put the same bookmarks into both."""
    dates = [BEGAN + timedelta(hours=index) for index in range(number)]
    urls = [f"https://example.org/{index}" for index in range(number)]
    pins.account.load(
        Post(url, f"Title {url}", tags=("tag", f"t{index % 50}"), time=date, shared=False, toread=True)
        for index, (url, date) in enumerate(zip(urls, dates, strict=True))
    )
    items.account.load(
        Item(
            str(index + 1),
            url,
            given_title=f"Title {url}",
            tags=("tag", f"t{index % 50}"),
            time_added=int(date.timestamp()),
        )
        for index, (url, date) in enumerate(zip(urls, dates, strict=True))
    )


def spent(environ: Mapping[str, str], *arguments: str) -> tuple[float, str]:
    """Run the program as a process of its own; return its CPU seconds and what it wrote."""
    before = os.times()
    ran = subprocess.run(
        [sys.executable, "-m", "bridge", *arguments], env={**os.environ, **environ}, stdout=subprocess.PIPE, check=True
    )
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return used, ran.stdout.decode()


def measure(folder: Path, number: int) -> dict[str, float]:
    """Mirror until nothing is to be done, and return what the runs cost."""
    with serve_pinboard(gaps=NO_GAPS) as pins, serve_pocket() as items:
        fill(pins.app, items.app, number)
        environ = {**pins.environment, **items.environment}
        config = folder / "config.toml"
        config.touch(mode=0o600)
        gaps = ", ".join(f'"{route}" = "0ms"' for route in NO_GAPS)
        config.write_text(
            f'[accounts.pins]\nservice = "pinboard"\nurl = "{pins.url}"\ntoken = {{ env = "PINBOARD_TOKEN" }}\n'
            f"gaps = {{ {gaps} }}\n"
        )
        places = ("--config", str(config), "--state-dir", str(folder / "state"), "--json", "-q")
        command = (*places, "mirror", "pocket", "pins", "--no-verify")
        costs = [spent(environ, *command) for _ in range(3)]
        started, _ = spent(environ, *places, "runs")
        quiet, out = spent(environ, *command)
    receipt = json.loads(out)
    return {
        "bookmarks on each side": number,
        "calls": sum(receipt["calls"].values()),
        "CPU seconds": quiet - started,
        "CPU seconds of the first run": costs[0][0] - started,
        "CPU seconds of the first that found nothing": costs[1][0] - started,
        "writes": sum(sum(counts.values()) for counts in receipt["writes"].values()),
        "unchanged": receipt["unchanged"],
    }


def main() -> None:
    """Measure, and print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure(Path(folder), number).items():
            sys.stdout.write(f"{name}: {value:,.2f}\n")


if __name__ == "__main__":
    main()
