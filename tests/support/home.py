"""A stage with Pocket and News beside Pinboard, and the people who use all three."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from adapters.nextcloud_news.sandbox import NewsSandbox
from adapters.nextcloud_news.sandbox import serve as serve_news
from adapters.pinboard.sandbox_account import Post
from adapters.pocket.sandbox import PocketSandbox
from adapters.pocket.sandbox import serve as serve_pocket
from adapters.pocket.sandbox_account import DELETED, Item
from tests.support.stage import Result, Stage

YEAR_2020 = 1_577_836_800


@attrs.frozen
class Home(Stage):
    """A stage with two services more, which the environment reaches, and the people who use all three."""

    pocket: PocketSandbox = attrs.field(kw_only=True)
    news: NewsSandbox = attrs.field(kw_only=True)

    def mirror(self, *arguments: str | Path) -> Result:
        """Mirror Pocket and Pinboard, or what the arguments say."""
        return self.json("mirror", *(arguments or ("pocket", "pinboard")))

    def job(self, left: str = "pocket", right: str | Path = "pinboard", **options: str) -> None:
        """Add a job `both` to the config."""
        lines = [f"{key} = {value}" for key, value in options.items()]
        text = "\n".join([f'[jobs.both]\nkind = "mirror"\nleft = "{left}"\nright = "{right}"', *lines])
        with (self.folder / "config.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    def save(self, url: str, **fields: Any) -> None:
        """Save an item to Pocket, or change it."""
        [old] = self.items(url) or [Item(f"7{len(self.pocket.items)}", url, "T", time_added=YEAR_2020)]
        self.pocket.load([attrs.evolve(old, time_updated=int(self.time()), **fields)])

    def pin(self, url: str, **fields: str) -> None:
        """Save a page at Pinboard, or change it."""
        old = self.sandbox.posts.get(url, Post(url, "T", shared=False, toread=True))
        before = {
            "description": old.description,
            "extended": old.extended,
            "tags": " ".join(old.tags),
            "shared": "yes" if old.shared else "no",
            "toread": "yes" if old.toread else "no",
            "dt": old.time.isoformat(),
        }
        assert "done" == self.sandbox.account.add({"url": url, **before, **fields})

    def items(self, url: str) -> list[Item]:
        """Return Pocket's items of a url."""
        return [item for item in self.pocket.items.values() if item.given_url == url and item.status != DELETED]

    def tags(self, url: str) -> tuple[set[str], set[str]]:
        """Return the tags of a page at Pocket and at Pinboard."""
        [item] = self.items(url)
        return set(item.tags), set(self.sandbox.posts[url].tags)

    def linked(self, urls: Collection[str], *arguments: str) -> None:
        """Have pages at both services that are linked, and read again."""
        for one in urls:
            self.save(one)
        results = [self.mirror(*arguments) for _ in range(2)]
        assert [(0, len(urls)), (0, 0)] == [(result.code, result.json["added"]) for result in results]

    def bodies(self) -> tuple[object, ...]:
        """Return all that the two services hold."""
        return dict(self.sandbox.posts), dict(self.pocket.items)


@contextmanager
def home(stage: Stage) -> Iterator[Home]:
    """Serve Pocket and News, with nothing in them."""
    with serve_pocket() as pocket, serve_news() as news:
        environ = {**stage.environ, **pocket.environment, **news.environment}
        yield Home(stage.folder, stage.sandbox, environ, stage.time, pocket=pocket.app, news=news.app)
