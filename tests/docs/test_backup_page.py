"""docs/tutorials/nightly-backup.md, where it matters: what was lost comes back as the page says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import pytest

from adapters.pinboard.sandbox_account import Post
from tests.docs.pages import Page, page
from tests.docs.rehearsal import Scene, Told, config_of, lines, scene

TUTORIAL = page("docs/tutorials/nightly-backup.md")


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Have made the first backup as the page says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with scene(tmp_path) as ready:
        ready.furnish(config_of(TUTORIAL))
        done = typed(ready, "## 1. Log in") + typed(ready, "## 2. The first backup")
        assert {0} == {told.code for told in done}
        yield ready


def typed(at: Scene, heading: str) -> list[Told]:
    """Type what stands under a heading of the page."""
    blocks = [block for block in Page(TUTORIAL.path, TUTORIAL.section(heading)).blocks if block.language == "sh"]
    return [told for block in blocks for line in lines(block) if (told := at.tell(line)) is not None]


def lose(at: Scene, urls: Iterable[str]) -> None:
    """Have bookmarks gone from Pinboard."""
    assert {"done"} == {at.stage.sandbox.account.delete(url) for url in urls}


def held(at: Scene) -> dict[str, Post]:
    """Return what Pinboard holds. It asks for a title, so the address stands in for one that is empty."""
    return {url: attrs.evolve(post, description=post.description or url) for url, post in at.stage.held().items()}


def backup(at: Scene) -> bytes:
    """Return the file."""
    return (at.folder / "backups" / "pinboard.jsonl").read_bytes()


def test_bookmarks_that_are_gone_come_back(at: Scene) -> None:
    """With every field, and nothing else is touched."""
    before = held(at)
    lose(at, list(before)[:2])

    assert [0, 0, 0] == [told.code for told in typed(at, "### Some bookmarks are gone")]
    assert before == held(at)


def test_an_account_that_lost_everything_gets_it_back(at: Scene) -> None:
    """And the night in between has left the backup alone."""
    before, file = held(at), backup(at)
    lose(at, list(before))
    night = at.stage.run("run", "backup")

    assert (4, file) == (night.code, backup(at))
    assert [0, 0, 0] == [told.code for told in typed(at, "### Some bookmarks are gone")]
    assert before == held(at)
    assert {0} == {told.code for told in typed(at, "## 4. Check")}
    assert file == backup(at)
