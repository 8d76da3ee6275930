"""How well a migration keeps Pinboard's pace: `python -m tests.benchmarks.pace [writes] [gap in seconds]`.

A real process migrates to a sandbox over real sockets while a second process keeps calling `check` on the same state.
Printed are the smallest gap between the starts of two requests over the configured one (at least 1 is right), the time
of the writes over writes x gap (at most 1.03 is right; the second process takes slots of its own), and the calls. The
starts are those that the processes themselves log, to the millisecond.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.support.stage import stage


def export(folder: Path, rows: int) -> Path:
    """Write an export of plain rows."""
    path = folder / "part_000000.csv"
    lines = [
        f"Title {number},https://example.org/{number},{1_400_000_000 + number},tag,unread" for number in range(rows)
    ]
    path.write_text("\n".join(["title,url,time_added,tags,status", *lines]) + "\n", encoding="utf-8")
    return path


def measure(folder: Path, writes: int, gap: float, *, rival: bool) -> dict[str, float]:
    """Migrate once and return the ratios."""
    folder.mkdir()
    pace = {"default": gap, "posts/recent": gap, "posts/all": 2 * gap}
    with stage(folder / "home", gaps=pace) as ready:
        ready.sandbox.strict = False
        command = ("--json", "-v", "migrate", export(folder, writes), "pinboard", "--no-verify")
        with (folder / "log").open("w+") as log:
            process = ready.start(*command, stderr=log)
            logs = []
            while rival and process.poll() is None:
                logs.append(ready.start("-v", "check", "pinboard").communicate()[1])
            receipt = json.loads(process.communicate()[0])
            log.seek(0)
            logs.append(log.read())
        starts = sorted(start for text in logs for start, _ in _starts(text))
        adds = [start for start, route in _starts(logs[-1]) if route == "posts/add"]
    return {
        "smallest gap / configured gap": min(later - earlier for earlier, later in pairwise(starts)) / gap,
        "time of the writes / (writes x gap)": (adds[-1] - adds[0]) / ((len(adds) - 1) * gap),
        "calls": float(len(starts)),
        "calls of the migration": float(receipt["calls"]["pinboard"]),
        "writes": float(receipt["added"]),
    }


def _starts(log: str) -> list[tuple[float, str]]:
    """Return when each request of a log started, in seconds of the day, and its route."""
    found = re.findall(r"^(\d\d):(\d\d):(\d\d\.\d{3}) .+ GET: (\S+)$", log, re.MULTILINE)
    return [(int(hours) * 3600 + int(minutes) * 60 + float(seconds), route) for hours, minutes, seconds, route in found]


def main(writes: int = 200, gap: float = 0.1) -> None:
    """Measure alone and with a rival process, and print."""
    for rival in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            ratios = measure(Path(folder) / "run", writes, gap, rival=rival)
        title = "with a second process" if rival else "alone"
        sys.stdout.write(f"{title}: {writes} writes at one every {gap:g} s\n")
        sys.stdout.writelines(f"  {name}: {value:.3f}\n" for name, value in ratios.items())


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
