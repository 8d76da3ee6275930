"""The report in a real browser: searched, sorted, printed, dark, on a phone, without a script, and 20,000 rows long."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from bridge.model.bookmark import Bookmark
from bridge.model.operation import Add
from bridge.model.receipt import Listed, Loss, Receipt
from bridge.report.page import Paper, render
from tests.bridge.report.receipts import BALANCED
from tests.bridge.report.steps import entered, step
from tests.support.browser import chromium

TITLES = ("beta 10", "Alpha 2", "beta 9", "</script><script>window.hit = 1</script><img src=x onerror='hit = 2'>")
SHORT = Receipt("migrate", "pocket.zip", "pinboard", run=1, read_source=4, added=4)
MANY = 20_000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Start one browser for all tests of a worker."""
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@attrs.frozen
class Reader:
    """Somebody who has a report open."""

    browser: Chrome
    section: str = "p1-operations"

    def find(self, css: str) -> WebElement:
        """Return an element of the section."""
        return self.browser.find_element(By.CSS_SELECTOR, f"section[aria-labelledby={self.section}] {css}")

    def search(self, words: str, said: str) -> None:
        """Type into the search box, and wait until the page says what it found."""
        box = self.find("input")
        box.send_keys(Keys.CONTROL, "a", Keys.NULL, words or Keys.BACKSPACE)
        WebDriverWait(self.browser, 20, 0.02).until(lambda _: self.find("output").text == said, said)

    def column(self, number: int, most: int = 4) -> list[str]:
        """Return the beginnings of the cells of a column, as they stand now."""
        script = (
            "return [...arguments[0].querySelectorAll('tbody tr')].slice(0, arguments[2])"
            ".map((row) => row.cells[arguments[1]].innerText.split('\\n')[0])"
        )
        found: list[str] = self.browser.execute_script(script, self.find("table"), number, most)
        return found

    def heading(self, title: str) -> WebElement:
        """Return the button in the head of a column."""
        [button] = [item for item in self.find("thead").find_elements(By.TAG_NAME, "button") if item.text == title]
        return button

    def sorted_by(self) -> dict[str, str]:
        """Return the headings that say how they are sorted."""
        heads = self.find("thead").find_elements(By.CSS_SELECTOR, "th[aria-sort]")
        return {head.text: str(head.get_attribute("aria-sort")) for head in heads}

    def emulate(self, media: str = "", scheme: str = "light", width: int = 1200, height: int = 900) -> None:
        """Set the medium, the colour scheme and the size of the window."""
        self.cdp(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.cdp("Emulation.setDeviceMetricsOverride", **metrics)

    def spoken(self) -> list[tuple[str, str]]:
        """Return what a screen reader is told: the role and the name of each thing."""
        nodes = self.cdp("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node["name"]["value"]) for node in nodes if "name" in node and not node["ignored"]
        ]

    def cdp(self, command: str, **arguments: object) -> Any:
        """Ask the browser's own protocol."""
        return self.browser.execute_cdp_cmd(command, arguments)


def opened(browser: Chrome, folder: Path, paper: Paper) -> Reader:
    """Open the report of a run from a file, as a person does."""
    path = folder / "report.html"
    path.write_text(render([paper]), encoding="utf-8")
    reader = Reader(browser)
    reader.emulate()
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri())
    return reader


@pytest.fixture
def short(browser: Chrome, tmp_path: Path) -> Reader:
    """Open a report of four operations."""
    adds = (step(Add(Bookmark(f"https://example.org/{number}", title))) for number, title in enumerate(TITLES))
    return opened(browser, tmp_path, Paper(SHORT, entered(*adds)))


@pytest.fixture
def full(browser: Chrome, tmp_path: Path) -> Reader:
    """Open a report in which there is something of everything."""
    tagged = [Bookmark(f"https://example.org/{number}", title, tags=("x",)) for number, title in enumerate(TITLES)]
    losses = (*BALANCED.losses, Loss("https://long.example/", "note", "long " * 200))
    return opened(
        browser, tmp_path, Paper(attrs.evolve(BALANCED, losses=losses), entered(*(step(Add(of)) for of in tagged)))
    )


def test_a_search_shows_the_rows_that_match_in_any_case_and_counts_them(short: Reader) -> None:
    """An empty box shows all again."""
    assert "4 rows" == short.find("output").text

    short.search("BETA", "2 of 4 rows match")

    assert ["1", "3"] == short.column(0)

    short.search("nowhere", "0 of 4 rows match")

    assert [] == short.column(0)

    short.search("", "4 rows")

    assert ["1", "2", "3", "4"] == short.column(0)


def test_a_click_sorts_and_another_one_turns_it_round(short: Reader) -> None:
    """Numbers in words are numbers, and case does not count; the head says which way."""
    short.heading("Bookmark").click()
    rising, said = short.column(2), short.sorted_by()
    short.heading("Bookmark").click()

    assert [TITLES[3], "Alpha 2", "beta 9", "beta 10"] == rising
    assert {"Bookmark": "ascending"} == said
    assert (rising[::-1], {"Bookmark": "descending"}) == (short.column(2), short.sorted_by())


def test_the_keyboard_sorts_as_well_and_shows_where_it_is(short: Reader) -> None:
    """Tab goes from the search box to the heads of the columns; Enter and the space bar press them."""
    short.search("beta", "2 of 4 rows match")
    short.find("input").send_keys(Keys.TAB)
    focused = short.browser.switch_to.active_element
    outline = focused.value_of_css_property("outline-style")
    focused.send_keys(Keys.ENTER)
    rising = short.column(0)
    short.browser.switch_to.active_element.send_keys(Keys.SPACE)

    assert ("No.", "solid") == (focused.text, outline)
    assert (["1", "3"], ["3", "1"]) == (rising, short.column(0))


def test_numbers_sort_as_numbers(browser: Chrome, tmp_path: Path) -> None:
    """1,200 comes after 9 and not before it."""
    counted = [*["many"] * 1_200, *["nine"] * 9, *["ten"] * 10]
    adds = (step(Add(Bookmark(f"https://example.org/{number}", tags=(tag,)))) for number, tag in enumerate(counted))
    reader = attrs.evolve(opened(browser, tmp_path, Paper(SHORT, entered(*adds))), section="p1-tags")
    reader.heading("Bookmarks").click()

    assert ["9", "10", "1,200"] == reader.column(2)


def test_a_title_that_is_a_script_is_shown_and_not_run(short: Reader) -> None:
    """Nor would one be run that had got in as markup; and nothing at all is asked for beside the page."""
    assert TITLES[3] == short.column(2)[3]
    assert short.browser.execute_script("return window.hit") is None
    assert [] == short.browser.get_log("browser")
    events = [json.loads(entry["message"])["message"] for entry in short.browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert [short.browser.current_url] == asked

    short.browser.execute_script("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"hit = 3\">')")
    WebDriverWait(short.browser, 5, 0.02).until(lambda browser: browser.get_log("browser"))

    assert short.browser.execute_script("return window.hit") is None


def test_twenty_thousand_rows_are_searched_and_sorted(browser: Chrome, tmp_path: Path) -> None:
    """All of them are in the page, from the first moment and after each step."""
    losses = tuple(Loss(f"https://example.org/{number}", "note", f"Note {MANY - number}") for number in range(MANY))
    receipt = attrs.evolve(SHORT, losses=losses, skipped=(Listed("https://a.example/", "why"),))
    reader = attrs.evolve(opened(browser, tmp_path, Paper(receipt)), section="p1-2")
    rows = "return document.querySelectorAll('section:last-of-type tbody tr').length"

    assert ("20,000 rows", MANY) == (reader.find("output").text, browser.execute_script(rows))

    reader.search("NOTE 1234", "11 of 20,000 rows match")

    assert 11 == browser.execute_script(rows)

    reader.heading("Wanted").click()

    assert ["Note 1234", "Note 12340", "Note 12341", "Note 12342"] == reader.column(3)

    reader.search("note", "20,000 of 20,000 rows match")

    assert (["Note 1", "Note 2", "Note 3", "Note 4"], MANY) == (reader.column(3), browser.execute_script(rows))


def test_without_javascript_everything_is_there_and_no_control_is(full: Reader) -> None:
    """The tables are tables to who cannot see them, too, whatever their style."""
    wanted = {"https://a.example/24", "https://long.example/7", "quote 24", *TITLES}
    heads = {"Bookmark", "Reason", "Field", "Wanted", "Kept", "Values"}
    full.emulate(height=20_000)
    full.cdp("Emulation.setScriptExecutionDisabled", value=True)
    try:
        full.browser.refresh()
        WebDriverWait(full.browser, 10, 0.05).until(lambda _: wanted | heads <= {name for _, name in full.spoken()})
        roles = Counter(role for role, _ in full.spoken())
    finally:
        full.cdp("Emulation.setScriptExecutionDisabled", value=False)

    assert (0, 0) == (roles["button"], roles["searchbox"])
    assert roles["row"] > len(BALANCED.losses) + len(BALANCED.failed)
    assert roles["cell"] > 2 * roles["row"]


def test_paper_shows_all_and_no_controls(full: Reader) -> None:
    """Tables are tables there, so that their heads are repeated, and what was folded up is open."""
    full.emulate("print")
    shown = {css: full.find(css).value_of_css_property("display") for css in (".tools", "table", "thead", "th button")}
    body = full.find("tbody").value_of_css_property("content-visibility")
    folded = full.browser.find_element(By.TAG_NAME, "details")
    whole = full.browser.execute_script("return getComputedStyle(arguments[0], '::details-content').display", folded)

    assert {".tools": "none", "table": "table", "thead": "table-header-group", "th button": "contents"} == shown
    assert ("visible", "block") == (body, whole)
    assert len(full.cdp("Page.printToPDF")["data"]) > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_4_5(full: Reader, scheme: str) -> None:
    """In both colour schemes, against the paper or the field that it stands on."""
    full.emulate(scheme=scheme)
    ratios: dict[str, float] = full.browser.execute_script(_CONTRASTS)

    assert len(ratios) > 5
    assert {} == {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5}


def test_on_a_phone_nothing_is_wider_than_the_screen(full: Reader) -> None:
    """Rows become blocks, and long addresses are broken."""
    full.emulate(width=390)

    assert 390 == full.browser.execute_script("return document.documentElement.scrollWidth")
    assert "block" == full.find("tbody td").value_of_css_property("display")


_CONTRASTS = """
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!colour.endsWith(", 0)")) return colour;
  }
};
const found = {};
for (const element of document.querySelectorAll("body *")) {
  const speaks = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!speaks || element.closest("script, svg")) continue;
  const [ink, paper] = [getComputedStyle(element).color, ground(element)];
  const [dark, bright] = [light(ink), light(paper)].sort((one, other) => one - other);
  found[`${element.tagName} ${ink} on ${paper}`] = (bright + 0.05) / (dark + 0.05);
}
return found;
"""
"""Returns the contrast of every pair of colours of a text and its ground, by WCAG 2.1."""
