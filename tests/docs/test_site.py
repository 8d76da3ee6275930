"""The site, built of the pages as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lxml.html
import pytest

from tests.docs.pages import ROOT, paths

LOADED = "//script/@src | //link[not(contains(@rel, 'canonical'))]/@href | //img/@src | //iframe/@src | //source/@src"
"""What a browser fetches by itself."""

ABROAD = re.compile(r"(?:[a-z]+:)?//|(?:http|ftp)s?:")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as the documents say, with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-c", "docs", "-d", folder / "doctrees", ".", folder / "html"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "", "") == (built.returncode, built.stdout, built.stderr)
    return folder / "html"


def fetched(page: Path) -> Iterator[str]:
    """Return all that a page has a browser fetch."""
    yield from map(str, lxml.html.parse(str(page)).xpath(LOADED))


def test_the_site_has_every_page_and_needs_nothing_from_elsewhere(site: Path) -> None:
    """No font, style, script or picture of another host; the README is its front; every link leads somewhere."""
    pages = {page.relative_to(site).as_posix() for page in site.rglob("*.html")}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))

    assert {path.removesuffix(".md") + ".html" for path in paths()} <= pages
    assert (site / "README.html").read_bytes() == (site / "index.html").read_bytes()
    assert [] == [one for page in pages for one in fetched(site / page) if ABROAD.match(one)]
    assert [] == [one for one in re.findall(r"(?:url\(|@import )[\"']?([^\"')]*)", styles) if ABROAD.match(one)]
    assert [] == list(dead(site))


def dead(site: Path) -> Iterator[str]:
    """Return the links of the site that lead to no file of it."""
    for page in site.rglob("*.html"):
        for link in map(str, lxml.html.parse(str(page)).xpath("//a/@href")):
            path = link.partition("#")[0].partition("?")[0]
            if path and not ABROAD.match(link) and not link.startswith("mailto:") and not (page.parent / path).exists():
                yield f"{page.relative_to(site)}: {link}"
