"""The report of runs as one HTML page that asks nothing of the network.

The page says what the receipt says, in full, and every operation with its old and new values. It is whole without its
script, which only searches and sorts; nothing but that script and that style, each named by
its hash, may take effect in it. Values from outside are made visible and escaped by the template, whatever they are;
only an address that is plainly http or https becomes a link.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources

import attrs
import jinja2
from markupsafe import Markup, escape

from bridge.model.plan import Entered
from bridge.model.receipt import Receipt
from bridge.report import figures as numbers
from bridge.report.figures import Count, Figures
from bridge.report.lists import sections
from bridge.report.operations import ADD, CHANGE, MERGE, REMOVE, UPDATES, deeds
from bridge.report.sentences import balance, fates, heading, summary
from bridge.report.text import LONGEST, TO_DO, count
from bridge.report.visible import visible

PART = 100
"""Rows of one part of a table: a browser lays out only the parts in view, which is what 20,000 rows need."""

_LINKED = re.compile(r"https?://[^\s\"'<>\\]+", re.ASCII | re.IGNORECASE)
_WORDS = {
    False: {ADD: "add", MERGE: "merge", CHANGE: "change", REMOVE: "remove"},
    True: {ADD: "to add", MERGE: "to merge", CHANGE: "to change", REMOVE: "to remove"},
}


@attrs.frozen
class Paper:
    """What is reported of one run: its receipt, its operations, and when it began, in seconds since the epoch."""

    receipt: Receipt
    entered: Sequence[Entered] = ()
    started: float | None = None

    @property
    def figures(self) -> Figures:
        """The numbers of the charts."""
        return numbers.figures(self.entered, self.receipt)


def render(papers: Sequence[Paper]) -> str:
    """Return the page, to be saved as UTF-8."""
    return _template().render(
        papers=[_spread(paper) for paper in papers],
        title=", ".join(heading(paper.receipt) for paper in papers),
        style=Markup(_part("page.css")),  # noqa: S704 - our own file
        script=Markup(_part("page.js")),  # noqa: S704 - our own file
        policy=_policy(),
    )


def is_ours(beginning: str) -> bool:
    """Tell by its beginning whether a file is a page that `render` made, so that nothing else is ever replaced."""
    return '<meta name="generator" content="bookmark-bridge">' in beginning


def _spread(paper: Paper) -> dict[str, object]:
    """Return what the template shows of one run."""
    receipt, figures = paper.receipt, paper.figures
    began = None if paper.started is None else datetime.fromtimestamp(paper.started, UTC)
    return {
        "receipt": receipt,
        "heading": heading(receipt),
        "began": "" if began is None else f"Begun on {began:%Y-%m-%d at %H:%M} UTC",
        "balance": balance(receipt),
        "summary": [*summary(receipt), *_settled_since(receipt, figures.total)],
        "fates": fates(receipt),
        "sum": sum(number for _, number in fates(receipt)),
        "figures": figures,
        "kinds": [
            (kind, word if receipt.dry_run else kind) for kind, word in TO_DO.items() if getattr(figures.total, kind)
        ],
        "written": [
            (account, written)
            for account, written in receipt.writes.items()
            if any(attrs.astuple(written)) or receipt.calls.get(account)
        ],
        "most": {"years": _most(figures.years), "states": _most(figures.states)},
        "sections": sections(receipt),
        "deeds": deeds(paper.entered, receipt),
        "words": _WORDS[receipt.dry_run],
    }


def _settled_since(receipt: Receipt, total: Count) -> list[str]:
    """Say why the charts, which are of the journal as it is now, count otherwise than the receipt, if they do."""
    counted = (total.added, total.merged, total.removed)
    if not total.total or counted == (receipt.added, receipt.merged, receipt.removed):
        return []
    arrived = count(total.total, "bookmark")
    return [f"The charts count {arrived}: what this run left in doubt has been looked up and settled by a later one."]


def _most(counts: Sequence[Count]) -> int:
    return max((item.total for item in counts), default=0)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.globals["PART"] = PART
    environment.filters |= {"value": _value, "link": _link}
    environment.tests["update"] = UPDATES.__contains__
    return environment.from_string(_part("page.html.j2"))


def _value(text: str) -> Markup:
    """Return a value as HTML; a long one is folded up."""
    return _folded(text, escape(visible(text)))


def _folded(text: str, shown: Markup) -> Markup:
    """Return a text as it is shown; a long one can be unfolded behind its beginning."""
    if len(text) <= LONGEST:
        return shown
    beginning, rest = escape(visible(text[:LONGEST])), f"{len(text) - LONGEST:,}"
    return Markup(f"<details><summary>{beginning}… ({rest} more characters)</summary>{shown}</details>")  # noqa: S704 - escaped


def _link(url: str) -> Markup:
    """Return a url as HTML: a link, if it is plain http or https."""
    if not _is_linked(url):
        return _value(url or "(no url)")
    anchor = Markup(f'<a href="{escape(url)}" rel="noreferrer">{escape(url)}</a>')  # noqa: S704 - escaped
    return _folded(url, anchor)


def _shown(value: object) -> object:
    """Return what the template puts out: numbers with thousands, texts made visible; they are escaped afterwards."""
    if isinstance(value, int):
        return f"{value:,}"
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy() -> str:
    style, script = (_hash(_part(name)) for name in ("page.css", "page.js"))
    allowed = f"style-src {style}; script-src {script}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _is_linked(url: str) -> bool:
    return _LINKED.fullmatch(url) is not None and visible(url) == url
