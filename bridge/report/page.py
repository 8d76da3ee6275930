"""A receipt as one HTML page that asks nothing of the network and runs no script.

The page says what the text says, in full. Values from outside are escaped by the template and made visible; only an
address that is plainly http or https becomes a link.
"""

from __future__ import annotations

import re
from importlib import resources

import jinja2

from bridge.model.receipt import Receipt
from bridge.report.text import balance, fates, heading, sections, summary, visible

_LINKED = re.compile(r"https?://[^\s\"'<>\\]+", re.ASCII | re.IGNORECASE)


def render(receipt: Receipt) -> str:
    """Return the page, to be saved as UTF-8."""
    template = resources.files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["visible"] = visible
    environment.tests["linked"] = _is_linked
    return environment.from_string(template).render(
        heading=heading(receipt),
        balance=balance(receipt),
        balanced=receipt.balanced,
        summary=summary(receipt),
        fates=fates(receipt),
        read=receipt.read,
        sections=sections(receipt),
    )


def _is_linked(url: str) -> bool:
    return _LINKED.fullmatch(url) is not None and visible(url) == url


def is_ours(beginning: str) -> bool:
    """Tell by its beginning whether a file is a page that `render` made, so that nothing else is ever replaced."""
    return '<meta name="generator" content="bookmark-bridge">' in beginning
