"""How flat memory stays while a client iterates: `python -m tests.benchmarks.memory [items]` (100,000 unless said).

A sandbox in a process of its own serves a tenth of the items, then all of them; a fresh process iterates over them in
pages and keeps nothing. Printed are its peak memory over what it had after the first page, for both sizes, the ratio of
the two, and the seconds that all of them took. Flat is a ratio near 1; Pocket's grows by the ids that are remembered.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from adapters.http.pacing import InMemoryPace
from adapters.nextcloud_news import NewsConfig
from adapters.nextcloud_news.client import NewsClient
from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.nextcloud_news.sandbox_records import Feed
from adapters.nextcloud_news.sandbox_records import Item as NewsItem
from adapters.nextcloud_news.wire import Kind
from adapters.pinboard import PinboardConfig
from adapters.pinboard.client import PinboardClient
from adapters.pinboard.sandbox import serve as serve_pinboard
from adapters.pinboard.sandbox_account import Post
from adapters.pocket import PocketConfig
from adapters.pocket.client import PocketClient
from adapters.pocket.sandbox import serve as serve_pocket
from adapters.pocket.sandbox_account import Item as PocketItem
from adapters.pocket.wire import Listing
from bridge.model.adapter import Context
from bridge.model.secret import Secret

NO_GAPS = {"default": 0.0, "posts/all": 0.0}
BODY = "<p>" + "words of an article " * 40 + "</p>"


def fill_pinboard(app: Any, items: int) -> None:
    """Store posts."""
    app.load(Post(f"https://example.org/{number}", f"Title {number}", "A note " * 10) for number in range(items))


def fill_pocket(app: Any, items: int) -> None:
    """Store items."""
    app.load(PocketItem(str(number), f"https://example.org/{number}", f"Title {number}") for number in range(items))


def fill_news(app: Any, items: int) -> None:
    """Store items of one feed."""
    rows = [NewsItem(number, 1, f"https://example.org/{number}", "Title", BODY) for number in range(1, items + 1)]
    app.load([Feed(1, "A feed")], (), rows)


def pinboard(url: str, environ: dict[str, str], context: Context) -> Iterator[int]:
    """Iterate over posts/all by thousands."""
    config = PinboardConfig(url=url, token=Secret(environ["PINBOARD_TOKEN"]), gaps=NO_GAPS)
    client, start = PinboardClient(config, context), 0
    while posts := client.posts_all(start=start, results=1_000).posts:
        start += len(posts)
        yield len(posts)


def pocket(url: str, environ: dict[str, str], context: Context) -> Iterator[int]:
    """Iterate over pages of thirty."""
    secrets = {key: Secret(environ[f"POCKET_{key.upper()}"]) for key in ("consumer_key", "access_token")}
    for page in PocketClient(PocketConfig(url=url, **secrets), context).pages(sort="oldest", detailType="complete"):
        yield len(page.items) if isinstance(page, Listing) else 0


def news(url: str, environ: dict[str, str], context: Context) -> Iterator[int]:
    """Iterate over pages of five hundred."""
    config = NewsConfig(url=url, user=environ["NEXTCLOUD_USER"], password=Secret(environ["NEXTCLOUD_APP_PASSWORD"]))
    for page in NewsClient(config, context).item_pages(Kind.ALL, batch_size=500):
        yield len(page.items)


CLIENTS: dict[str, tuple[Callable[..., Any], Callable[[Any, int], None], Callable[..., Iterator[int]]]] = {
    "pinboard": (lambda: serve_pinboard(0, NO_GAPS), fill_pinboard, pinboard),
    "pocket": (serve_pocket, fill_pocket, pocket),
    "nextcloud-news": (serve_news, fill_news, news),
}


def server(name: str, items: int, pipe: Connection) -> None:
    """Serve a sandbox until the other end has something to say."""
    serve, fill, _iterate = CLIENTS[name]
    with serve() as served:
        fill(served.app, items)
        pipe.send((served.url, dict(served.environment)))
        pipe.recv()


def client(name: str, url: str, environ: dict[str, str], pipe: Connection) -> None:
    """Iterate, and tell how many there were, the memory that took in MB, and the seconds."""
    context = Context(InMemoryPace(), time.time, time.sleep)  # noqa: TID251 - a benchmark takes real time
    pages = CLIENTS[name][2](url, environ, context)
    count, begin, before = next(pages), time.perf_counter(), peak()
    count += sum(pages)
    pipe.send((count, peak() - before, time.perf_counter() - begin))


def peak() -> float:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def measure(name: str, items: int) -> tuple[float, float]:
    """Return the MB and the seconds that iterating took, in fresh processes."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    serving = spawn.Process(target=server, args=(name, items, theirs))
    serving.start()
    url, environ = ours.recv()
    here, there = spawn.Pipe()
    iterating = spawn.Process(target=client, args=(name, url, environ, there))
    iterating.start()
    count, megabytes, seconds = here.recv()
    ours.send(None)
    iterating.join()
    serving.join()
    assert count == items, f"{count} of {items}"
    return megabytes, seconds


def main() -> None:
    """Measure each client."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for name in CLIENTS:
        (few, _), (all_of_them, seconds) = measure(name, items // 10), measure(name, items)
        growth = (all_of_them + 1) / (few + 1)
        print(  # noqa: T201 - what a benchmark is for
            f"{name}: {few:.1f} MB for {items // 10:,}, {all_of_them:.1f} MB for {items:,} "
            f"(x {growth:.2f}), {seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
