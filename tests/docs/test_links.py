"""Links between the pages, as the repository's own view and the site both follow them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.docs.pages import ROOT, Page, page, paths

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ABROAD = re.compile(r"[a-z]+:")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(told: Page) -> set[str]:
    """Return the anchors of a page's headings, as the repository's view and the site both spell them."""
    slugs = [
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(told.prose)
    ]
    return {slug for slug, times in Counter(slugs).items() if times == 1}


def links(told: Page) -> list[str]:
    """Return where a page leads, but for addresses abroad."""
    return [link for link in LINK.findall(told.prose) if not ABROAD.match(link)]


def dead(name: str) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for link in links(page(name)):
        path, _, anchor = link.partition("#")
        there = (ROOT / name).parent / path if path else ROOT / name
        inside = there.is_file() and there.resolve().is_relative_to(ROOT)
        if not inside or (anchor and anchor not in anchors(page(there.resolve().relative_to(ROOT).as_posix()))):
            found.append(link)
    return found


@pytest.mark.parametrize("name", paths())
def test_no_link_leads_nowhere(name: str) -> None:
    """Neither to a file that is not there, nor to a heading; a folder is no page of the site."""
    assert [] == dead(name)


def test_every_page_can_be_reached_from_the_readme() -> None:
    """By links alone."""
    reached, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        there = [((ROOT / name).parent / link.partition("#")[0]).resolve() for link in links(page(name))]
        waiting += [path.relative_to(ROOT).as_posix() for path in there if path.suffix == ".md"]

    assert set(paths()) <= reached
