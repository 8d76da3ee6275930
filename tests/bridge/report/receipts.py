"""Receipts that the tests of both renderers read."""

from __future__ import annotations

from bridge.model import reasons
from bridge.model.receipt import Conflict, Estimate, Listed, Loss, Receipt, Verified, Written, Wrong

BALANCED = Receipt(
    "migrate",
    "pocket.zip",
    "pinboard",
    run=12,
    read_source=12_000,
    added=11_870,
    merged=12,
    unchanged=108,
    filtered=3,
    skipped=(
        Listed("", "part_000001.csv row 17 has no url"),
        Listed("https://a.example/2", "the same page as another"),
    ),
    failed=tuple(Listed(f"https://long.example/{number}", "the URI is too long") for number in range(8)),
    losses=(
        *(
            Loss(f"https://a.example/{number}", "highlights", f"quote {number}", reason=reasons.NO_FIELD)
            for number in range(25)
        ),
        Loss("https://a.example/title", "title", "a long title", "a long", reasons.CUT),
    ),
    writes={"pinboard": Written(added=11_870, merged=12), "pocket.zip": Written()},
    verified=Verified(11_882, (Wrong("https://a.example/wrong", "tags"),)),
    calls={"pinboard": 11_900, "pocket.zip": 0},
    remarks=("An earlier run stopped early; this one goes on.",),
)

UNBALANCED = Receipt("migrate", "a.jsonl", "pinboard", run=4, read_source=100, added=90, verified=Verified(90))

INTERRUPTED = Receipt("migrate", "a.jsonl", "pinboard", run=5, read_source=100, added=60, pending=40, interrupted=True)

DRY = Receipt(
    "migrate",
    "pocket.zip",
    "pinboard",
    dry_run=True,
    read_source=2_400,
    added=2_311,
    unchanged=89,
    plan="tonight.json",
    estimate=Estimate(calls=2_317, seconds=6_951.0),
)

NOTHING_TO_DO = Receipt("migrate", "a.jsonl", "pinboard", run=6, read_source=100, unchanged=100)

MIRRORED = Receipt(
    "mirror",
    "pocket",
    "pinboard",
    run=7,
    read_source=60,
    read_target=50,
    read_both=10,
    added=40,
    removed=2,
    unchanged=57,
    open=1,
    conflicts=(
        Conflict("https://c.example/", "title", None),
        Conflict("https://d.example/", "note", "pocket", "mine", ""),
    ),
    writes={"pocket": Written(added=40), "pinboard": Written(removed=2)},
    verified=Verified(40),
)

HOSTILE_URLS = (
    "javascript:alert(document.cookie)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " https://blank.example/",
    'https://quote.example/" onmouseover="alert(1)',
    "https://bidi.example/\u202egpj.exe",
    "https://lone.example/\ud800",
    "data:text/html,<script>alert(1)</script>",
    "http:relative",
    "",
)

HOSTILE = Receipt(
    "migrate",
    "<script>alert(1)</script>.jsonl",
    "pinboard\x1b[2J",
    run=8,
    read_source=len(HOSTILE_URLS),
    failed=tuple(Listed(url, "<b>refused</b>\x1b]0;owned\x07\nIt balances.") for url in HOSTILE_URLS),
    losses=(Loss("https://a.example/", "title", "<script>alert('x')</script>", "\u202etxt\x9b31m"),),
)

ALL = (BALANCED, UNBALANCED, INTERRUPTED, DRY, NOTHING_TO_DO, MIRRORED, HOSTILE)
