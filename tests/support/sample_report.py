"""Makes the picture of a report in the documents anew: `python -m tests.support.sample_report docs/report.png`.

An invented Pocket account of fifteen years moves to a sandbox of Pinboard, which has some of its pages already; the
report of that run is opened in Chromium, and the top of it is the picture.
"""

from __future__ import annotations

import base64
import contextlib
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.pinboard.sandbox_account import Post
from tests.support.browser import chromium
from tests.support.pocket_zip import pack, part
from tests.support.stage import stage

ROWS = 2_400
HELD = 140
"""How many of the pages Pinboard has already."""

SIZE = {"width": 1160, "height": 1500}

_SUBJECTS = (
    *("The quiet return of", "A field guide to", "What we lost with", "How to repair", "Notes on", "The economics of"),
    *("In praise of", "Who still remembers", "An oral history of", "The last makers of", "Learning to love"),
)
_THINGS = (
    *("sourdough", "night trains", "tide tables", "paper maps", "hand tools", "type on the web", "urban rivers"),
    *("sleeper cars", "cold frames", "letterpress", "small libraries", "shortwave radio", "the index card"),
)
_SITES = ("harbour.example", "slow-press.example", "meadow.example", "fieldnotes.example", "atlas.example")
_TAGS = ("slow food", "cities", "craft", "history", "typography", "radio", "gardens", ".someday", "long read", "maps")


def rows(luck: random.Random) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the export: most are plain, some are what exports are like."""
    begin = datetime(2011, 2, 1, 8, 0, tzinfo=UTC)
    for number in range(ROWS):
        days = min(max(luck.gauss(2_300, 1_300), 0), 5_200)
        saved = str(int((begin + timedelta(days=days, minutes=number)).timestamp()))
        title = f"{luck.choice(_SUBJECTS)} {luck.choice(_THINGS)}"
        url = f"https://{luck.choice(_SITES)}/{title.lower().replace(' ', '-')}-{number}"
        tags = "|".join(luck.sample(_TAGS, luck.choice((0, 1, 1, 2, 3))))
        status = "unread" if luck.random() < 0.3 else "archive"
        if number % 900 == 7:
            url += "?trail=" + "/read-on" * 500  # longer than a request to Pinboard may be
        elif number % 300 == 11:
            title += ", " + "and everything that came of it, " * 9
        elif number % 900 == 13:
            url = ""
        yield title, url, saved, tags, status


def report(folder: Path) -> Path:
    """Migrate, and return the report."""
    members = {"part_000000.csv": part(rows(random.Random(2025)))}
    (folder / "pocket.zip").write_bytes(pack(members))
    plain = [row for row in rows(random.Random(2025)) if 0 < len(row[1]) < 200][:: ROWS // HELD]
    with stage(folder / "home") as ready, contextlib.chdir(folder):
        ready.sandbox.load(
            Post(url, title, tags=("imported",), time=datetime.fromtimestamp(int(saved), UTC), shared=False)
            for title, url, saved, *_ in plain
        )
        result = ready.run("-q", "migrate", "pocket.zip", "pinboard", "--report", "report.html")
        sys.stdout.write(result.out + result.err)
    return folder / "report.html"


def picture(page: Path, profile: Path) -> bytes:
    """Return the top of a page as a PNG."""
    with chromium(profile) as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**SIZE, "deviceScaleFactor": 1, "mobile": True})
        browser.get(page.as_uri())
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        return base64.b64decode(shot["data"])


def main(target: str) -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        Path(target).write_bytes(picture(report(Path(folder)), Path(folder) / "profile"))


if __name__ == "__main__":
    main(sys.argv[1])
