"""Writes into the pages what their commands print now: `python -m tests.docs.outputs`, to be read before it is kept.

What still agrees is left as it is, and so is a text with `[...]` in it: a person has chosen what to show of it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import ROOT, Block, page, paths
from tests.docs.rehearsal import agrees, rehearsed, scene, shown


def main() -> None:
    """Rehearse each page that shows something, and write what it printed."""
    for name in paths():
        if shown(page(name)):
            with tempfile.TemporaryDirectory() as folder:
                os.environ["HOME"] = folder
                os.chdir(folder)
                written = renewed(name, Path(folder))
            (ROOT / name).write_text(written, encoding="utf-8")


def renewed(name: str, folder: Path) -> str:
    """Return a page with the outputs that its commands have now."""
    told = page(name)
    with scene(folder) as at:
        printed = {block.span: done[-1].out for block, done in rehearsed(told, at) if done}
    text = told.text
    for typed, written in reversed(shown(told)):
        new = printed[typed.span].strip("\n") + "\n"
        if agrees(written.text, new):
            continue
        if "[...]" in written.text:
            sys.stderr.write(f"{name}: by hand, since a part of it was chosen:\n{new}\n")
        else:
            text = text[: written.span[0]] + _indented(new, written) + text[written.span[1] :]
    return text


def _indented(text: str, block: Block) -> str:
    return "".join(f"{block.indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


if __name__ == "__main__":
    main()
