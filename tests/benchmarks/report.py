"""How long a long report takes: `python -m tests.benchmarks.report [rows]`.

The report of a run of so many operations, each with a loss, is made and opened in Chromium; it is searched and sorted
as a person would. Printed are the seconds until the page is written, until it can be used, and from the last key or the
click until the rows are drawn. The same run is drawn as tables for a terminal.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.model import reasons
from bridge.model.bookmark import Bookmark
from bridge.model.operation import Add
from bridge.model.plan import Entered
from bridge.model.receipt import Loss, Receipt, Verified, Written
from bridge.report import operations, tables
from bridge.report.page import Paper, render
from tests.bridge.report.steps import entered, step
from tests.support.browser import chromium

_STEPS = """
const done = arguments[arguments.length - 1];
const section = [...document.querySelectorAll("section.list")].pop();
const frame = () => new Promise((then) => requestAnimationFrame(() => setTimeout(then)));
const timed = async (act, ended) => {
  const began = performance.now();
  act();
  while (!ended()) await frame();
  await frame();
  return (performance.now() - began) / 1000;
};
const typed = (words) => () => {
  section.querySelector("input").value = words;
  section.querySelector("input").dispatchEvent(new Event("input"));
};
const says = (words) => () => section.querySelector("output").value.includes(words);
const press = (column) => () => section.querySelectorAll("th button")[column].click();
(async () => done({
  "search, first time": await timed(typed("kernel garden"), says(" of ")),
  "search, again": await timed(typed("nowhere"), says("0 of ")),
  "search, all rows": await timed(typed(""), () => !says(" of ")()),
  "sort by number": await timed(press(0), () => true),
  "sort by title": await timed(press(2), () => true),
  "sort by values": await timed(press(3), () => true),
}))();
"""


def run(rows: int) -> tuple[Receipt, list[Entered]]:
    """Return a run of so many Adds."""
    words = ("river", "kernel", "garden", "letters", "harbour", "bread", "music", "novel", "climate", "atlas")
    begin = datetime(2008, 1, 1, tzinfo=UTC)
    made = [
        Bookmark(
            f"https://site{number % 700}.example/articles/{number}/{words[number % 7]}-{words[number % 10]}",
            f"{words[number % 10]} {words[number % 3]} of the {words[number % 9]} {number}".capitalize(),
            tags=(words[number % 5], words[5 + number % 5]),
            added=begin + timedelta(hours=7 * number),
            unread=number % 3 == 0,
        )
        for number in range(rows)
    ]
    losses = tuple(Loss(bookmark.url, "favorite", "yes", reason=reasons.NO_FIELD) for bookmark in made)
    receipt = Receipt(
        "migrate",
        "pocket.zip",
        "pinboard",
        run=1,
        read_source=rows,
        added=rows,
        losses=losses,
        writes={"pinboard": Written(rows)},
        verified=Verified(rows),
    )
    return receipt, entered(*(step(Add(bookmark)) for bookmark in made))


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main(rows: int = 20_000) -> None:
    """Measure and print."""
    receipt, steps = run(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        seconds = {"page written": timed(lambda: path.write_text(render([Paper(receipt, steps)]), encoding="utf-8"))}
        with chromium(Path(folder) / "profile") as browser:
            browser.set_script_timeout(60)
            seconds["page loaded"] = timed(lambda: browser.get(path.as_uri()))
            seconds |= browser.execute_async_script(_STEPS)
        size = path.stat().st_size
    deeds = operations.deeds(steps, receipt)
    whole = tables.render(receipt, deeds, tables.Canvas(), everything=True)
    seconds["tables, first piece"] = timed(lambda: next(whole))
    seconds["tables, all"] = timed(lambda: list(whole))
    sys.stdout.write(f"{rows:,} operations and {rows:,} losses, {size / 1e6:.1f} MB\n")
    sys.stdout.writelines(f"  {name}: {value:.2f} s\n" for name, value in seconds.items())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
