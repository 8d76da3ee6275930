"""What the sandbox holds for somebody who wants to try things out: two folders, three feeds, items of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.nextcloud_news.sandbox_records import Feed, Folder, Item

if TYPE_CHECKING:
    from adapters.nextcloud_news.sandbox import NewsSandbox


def fill(sandbox: NewsSandbox) -> None:
    """Put the sample into alice's account."""
    sandbox.load(FEEDS, FOLDERS, ITEMS)


FOLDERS = (Folder(1, "Reading"), Folder(2, "\N{SNOWMAN} & winter"))

FEEDS = (
    Feed(1, "Harbour notes", "https://harbour.example.org/feed", folder_id=1),
    Feed(2, "Night trains", "https://trains.example.net/atom.xml", folder_id=2),
    Feed(3, "", "https://untitled.example.org/rss"),
)

ITEMS = (
    *(
        Item(
            number,
            1,
            f"https://harbour.example.org/note/{number}",
            f"Harbour note no. {number}",
            body=f"<p>The text of note {number}.</p>",
            pub_date=1_700_000_000 + number * 86_400,
            unread=number > 4,
            starred=number in (2, 5),
        )
        for number in range(1, 9)
    ),
    Item(
        20,
        2,
        "https://trains.example.net/lisbon",
        'The "last" night train & other stories',
        pub_date=1_709_195_400,
        starred=True,
    ),
    Item(21, 2, "https://example.org/recipes/sourdough", "Sourdough, step by step", unread=False, starred=True),
    Item(22, 2, None, "An item without an address", starred=True),
    Item(30, 3, "https://untitled.example.org/1", None, pub_date=None, starred=True),
)
