"""How well a migration keeps Pinboard's pace: `python -m tests.benchmarks.pace [writes] [gap in seconds]`.

A real process migrates to a sandbox over real sockets while a second process keeps calling `check` on the same state.
Printed are the smallest gap between two requests, over the configured one (at least 1 is right; arrivals jitter by the
wire), the time of the writes over writes x gap (at most 1.03 is right, without the second process), and the calls.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from tests.support.stage import Stage, stage


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
        process = ready.start("--json", "migrate", export(folder, writes), "pinboard", "--no-verify")
        while process.poll() is None:
            if rival:
                _check(ready)
            else:
                time.sleep(0.05)  # noqa: TID251 - another process is what is measured
        receipt = json.loads(process.communicate()[0])
        starts = sorted(call.started for call in ready.sandbox.log)
        adds = [call.started for call in ready.sandbox.log if call.route == "posts/add"]
    return {
        "smallest gap / configured gap": min(later - earlier for earlier, later in pairwise(starts)) / gap,
        "time of the writes / (writes x gap)": (adds[-1] - adds[0]) / ((len(adds) - 1) * gap),
        "calls": float(len(starts)),
        "calls of the migration": float(receipt["calls"]["pinboard"]),
        "writes": float(receipt["added"]),
    }


def _check(ready: Stage) -> None:
    ready.start("check", "pinboard").communicate()


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
