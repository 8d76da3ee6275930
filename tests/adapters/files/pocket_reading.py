"""Reading relics of Pocket in tests: the pages as one listing, and exports of a few lines."""

from __future__ import annotations

from pathlib import Path

from adapters.files import pocket_export
from tests.adapters.files.listing import Listing, gathered

HEADER = "title,url,time_added,tags,status"
URL = "https://example.com/a"


def read(path: Path, *beside: Path) -> Listing:
    """Read relics as one listing, which ends as a listing must."""
    return gathered(pocket_export.pages(str(path), tuple(map(str, beside))))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def export(folder: Path, *rows: str, header: str = HEADER, name: str = "part_000000.csv") -> Path:
    """Write a part of an export, its rows as they are given."""
    return write(folder, name, "\n".join((header, *rows)) + "\n")
