"""The examples of docs/adapters.md for a library user run as they stand, but for addresses and secrets."""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path

import pytest

from adapters.nextcloud_news import SPEC as NEWS
from adapters.pinboard import SPEC as PINBOARD
from adapters.pocket import SPEC as POCKET
from bridge.model.adapter import Served, Spec

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def example(client: str) -> str:
    """Return the example of a client."""
    [found] = [text for text in EXAMPLES if f"import {client}" in text]
    return found


def served(spec: Spec) -> AbstractContextManager[Served]:
    """Serve a sandbox without a pace."""
    assert spec.sandbox is not None
    return spec.sandbox(0, {"default": 0.0, "posts/all": 0.0, "posts/recent": 0.0} if spec is PINBOARD else {})


def run(program: str, **instead: str) -> str:
    """Run a program with other addresses and secrets, and return what it prints."""
    for written, real in instead.items():
        assert written in program
        program = program.replace(written, real)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(program, "docs/adapters.md", "exec"), {"__name__": "example"})  # noqa: S102 - our own page
    return out.getvalue()


def test_there_is_one_for_each_service() -> None:
    """Three examples, each no longer than a README would have it."""
    assert 3 == len(EXAMPLES)
    assert all(len(text.splitlines()) <= 20 for text in EXAMPLES)


def test_pinboard() -> None:
    """It lists the bookmarks that have a tag."""
    with served(PINBOARD) as sandbox:
        for number in range(3):
            sandbox.app.account.add(
                {"url": f"https://example.org/{number}", "description": f"T{number}", "tags": "python" * (number % 2)}
            )
        gaps = 'gaps={"default": 0.0, "posts/all": 0.0}'
        printed = run(
            example("PinboardClient"),
            **{
                'PinboardConfig(token=Secret("alice:0123456789ABCDEF0123"))': (
                    f'PinboardConfig(url="{sandbox.url}", {gaps}, token=Secret("{sandbox.app.token}"))'
                )
            },
        )

    assert "https://example.org/1 T1\n" == printed


def test_pocket() -> None:
    """It archives what is old."""
    with served(POCKET) as sandbox:
        sandbox.fill()
        printed = run(
            example("PocketClient"),
            **{
                "https://read.example.org/v3/": sandbox.url,
                "1234-abcd": sandbox.app.consumer_key,
                "5678-efgh": sandbox.app.access_token,
            },
        )
        unread = {item.item_id for item in sandbox.app.items.values() if item.status == 0}

    assert 1 == len(printed.splitlines())
    assert {"4000000001", "4000000002", "4000000003"} == unread


@pytest.mark.parametrize("size", ["100", "1"])
def test_nextcloud_news(size: str) -> None:
    """It lists starred items under the names of their feeds, however many come at once."""
    with served(NEWS) as sandbox:
        sandbox.fill()
        printed = run(
            example("NewsClient"),
            **{
                "https://cloud.example.org/": sandbox.url,
                "app-password": sandbox.app.app_password,
                "batch_size=100": f"batch_size={size}",
            },
        )

    assert 6 == len(printed.splitlines())
    assert "Harbour notes Harbour note no. 2 https://harbour.example.org/note/2\n" in printed
