"""How long `bookmark-bridge --help` takes, in times of `python -c "import click"`.

    python -m tests.benchmarks.start

It prints the ratio of the medians of many starts, taken in turn, so that a machine that is busy is busy for both; and
ends with 1 if it is more than `MOST`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

MOST = 1.3

HELP = (str(Path(sys.executable).parent / "bookmark-bridge"), "--help")
CLICK = (sys.executable, "-c", "import click")


def seconds(command: Sequence[str]) -> float:
    """Run a command once, and return how long that took."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def ratio(times: int) -> tuple[float, float, float]:
    """Return the ratio of the two, and the median seconds of each."""
    pairs = [(seconds(HELP), seconds(CLICK)) for _ in range(times + 1)][1:]  # the first one fills the caches
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours / theirs, ours, theirs


def main() -> int:
    """Measure, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=40, help="how often each is started")
    found, ours, theirs = ratio(parser.parse_args().times)
    sys.stdout.write(
        f"--help: {ours * 1000:.0f} ms; import click: {theirs * 1000:.0f} ms; ratio {found:.2f} (at most {MOST})\n"
    )
    return int(found > MOST)


if __name__ == "__main__":
    sys.exit(main())
