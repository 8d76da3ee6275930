"""The site: these Markdown files as they stand, with the README as its first page.

`python -m sphinx -W -c docs . build/site`, with the extra `docs`.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "bookmark-bridge"
author = "The bookmark-bridge authors"
version = release = importlib.metadata.version(project)

extensions = ["myst_parser"]
include_patterns = ["README.md", "CHANGELOG.md", "docs/**"]
exclude_patterns = [
    ".*",
    "adapters",
    "bridge",
    "build",
    "cassettes",
    "dist",
    "docs/conf.py",
    "tests",
]  # not even walked
root_doc = "README"
nitpicky = True
highlight_language = "none"
myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_use_index = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

CONTENTS = {
    "Tutorials": (
        "docs/tutorials/README",
        "docs/tutorials/pocket-to-pinboard",
        "docs/tutorials/pinboard-and-a-pocket-server",
        "docs/tutorials/stars-to-a-reading-list",
        "docs/tutorials/nightly-backup",
    ),
    "Using it": (
        "docs/configuration",
        "docs/migrating",
        "docs/mirroring",
        "docs/forwarding",
        "docs/scheduling",
        "docs/recovering",
        "docs/security",
        "docs/scripts",
    ),
    "How it is built": ("docs/architecture", "docs/modules", "docs/adapters", "docs/decisions/README", "CHANGELOG"),
}
"""The menu. It is added here, because the repository's own view has no word for it."""


def _menu(_app: Sphinx, name: str, source: list[str]) -> None:
    """Put the menu behind the pages that have pages below them."""
    if name == root_doc:
        source[0] += "".join(_toctree("\n".join(pages), caption) for caption, pages in CONTENTS.items())
    elif name == "docs/decisions/README":
        source[0] += _toctree("0*", "", ":glob:")


def _toctree(entries: str, caption: str, *options: str) -> str:
    head = "\n".join([":hidden:", *options, *([f":caption: {caption}"] if caption else [])])
    return f"\n\n```{{toctree}}\n{head}\n\n{entries}\n```\n"


def _front(app: Sphinx, failure: Exception | None) -> None:
    """Have the README under the name that servers and people look for."""
    if failure is None and app.builder.format == "html":
        folder = Path(app.outdir)
        shutil.copyfile(folder / f"{root_doc}.html", folder / "index.html")


def setup(app: Sphinx) -> None:
    """Hear of each page before it is read, and of the end."""
    app.connect("source-read", _menu)
    app.connect("build-finished", _front)
