"""cassettes/README.md names every cassette, and no other."""

from __future__ import annotations

import re
from pathlib import Path

CASSETTES = Path(__file__).parents[2] / "cassettes"


def test_every_cassette_says_where_it_came_from() -> None:
    """Each has a line under the heading of its server, and each server its row with the number of them."""
    page = (CASSETTES / "README.md").read_text(encoding="utf-8")
    named = {
        f"{folder}/{name}"
        for folder, section in re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", page, re.DOTALL | re.MULTILINE)
        for name in re.findall(r"^- `(\w+)`: ", section, re.MULTILINE)
    }
    counted = dict(re.findall(r"^\| `(\S+)` \| (\d+) \|", page, re.MULTILINE))
    files = [path.relative_to(CASSETTES).with_suffix("") for path in CASSETTES.rglob("*.yaml")]

    assert {str(path) for path in files} == named
    assert counted == {
        str(folder): str(sum(path.parent == folder for path in files)) for folder in {path.parent for path in files}
    }


def test_no_cassette_holds_a_secret() -> None:
    """What was redacted is marked as that, in requests and in answers."""
    for path in CASSETTES.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")

        assert not re.findall(
            r"(?:auth_token=|access_token\W+|consumer_key\W+)(?!REDACTED|redacted)[\w-]{12,}", text
        ), path
        assert "Set-Cookie" not in text, path
