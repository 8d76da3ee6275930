"""Values of the model for Hypothesis, nasty on purpose and drawn from small pools, so that they meet one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bridge.mapping.fields import HIGHLIGHTS_MARKER
from bridge.mapping.mapper import Mapper, Privacy
from bridge.mapping.tags import TagPolicy
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Entry, Field, Highlight
from bridge.model.capabilities import Capabilities, Limits, TagRules, UriLimit

PINBOARD_TAGS = TagRules(longest=255, most=100, blanks=False, commas=False, cased=False, private_prefix=".")
LOWERING_TAGS = TagRules(longest=25, commas=False, lower=True)

NASTY_TAGS = (
    *("machine learning", "machine-learning", "Machine Learning", "machine_learning", "ruby", "Ruby", "RUBY"),
    *(".secret", "_.secret", "favorite", "Favorite", "a,b", "a, b", ",", " ", "-", ".", "é", "e\u0301", "\ud800"),
    *("x" * 300, "x" * 255 + "y", "\u00a0blank", "İstanbul", "straße", "toread", "news", "c++", "\tt"),
)
NASTY_TEXTS = (
    *("", " ", "A title", "a title ", "Ein Titel, länger als acht", "漢字" * 40, "x" * 300, "\ud800", "a & b < c"),
    *("https://a.example/", "line\nline", "> a quote of my own", f"see {HIGHLIGHTS_MARKER}\n> mine"),
)
NASTY_LINES = ("", " ", "> ", ">", "-- 2020-01-01T00:00:00Z", HIGHLIGHTS_MARKER, "text", "trailing  ", "\r", "漢")
NASTY_URLS = (
    *("https://a.example/", "https://A.example", "https://a.example:443/%61", "https://a.example/a", "not a url"),
    *("https://b.example/?q=1", "https://b.example/?q=1#f", "http://b.example/?q=1", "javascript:alert(1)"),
    *("https://long.example/" + "p" * 280, "ftp://f.example/x", ""),
)

texts = st.one_of(st.sampled_from(NASTY_TEXTS), st.text(max_size=20))
tags = st.one_of(st.sampled_from(NASTY_TAGS), st.text(max_size=8))
urls = st.sampled_from(NASTY_URLS)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
dates = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001 - Hypothesis adds the zone
quotes = st.one_of(texts, st.lists(st.sampled_from(NASTY_LINES), max_size=4).map("\n".join))
highlights = st.builds(Highlight, quotes, st.none() | dates)


def bookmarks(url: SearchStrategy[str] = urls) -> SearchStrategy[Bookmark]:
    """Return bookmarks with every field."""
    return st.builds(
        Bookmark,
        url=url,
        title=texts,
        note=texts,
        tags=st.lists(tags, max_size=5).map(tuple),
        added=st.none() | dates.map(lambda date: date.astimezone(UTC)),
        unread=st.booleans(),
        favorite=st.booleans(),
        private=st.booleans(),
        highlights=st.lists(highlights, max_size=3).map(tuple),
    )


def entries(most: int = 4) -> SearchStrategy[tuple[Entry, ...]]:
    """Return a listing: entries under refs of their own, several of one page among them."""
    numbered = st.lists(bookmarks(), max_size=most)
    return numbered.map(lambda found: tuple(Entry(str(number), item) for number, item in enumerate(found)))


tag_rules = st.one_of(
    st.sampled_from([TagRules(), PINBOARD_TAGS, LOWERING_TAGS]),
    st.builds(
        TagRules,
        longest=st.none() | st.integers(1, 12),
        most=st.none() | st.integers(1, 4),
        blanks=st.booleans(),
        commas=st.booleans(),
        cased=st.booleans(),
        lower=st.booleans(),
        private_prefix=st.sampled_from([None, "."]),
    ),
)
limits = st.builds(
    Limits,
    title=st.none() | st.integers(1, 30),
    note=st.none() | st.integers(20, 200),
    uri=st.none() | st.builds(UriLimit, most=st.integers(200, 900), overhead=st.integers(0, 50)),
    title_required=st.booleans(),
    finds_titles=st.booleans(),
    public_hosts=st.booleans(),
    schemes=st.none() | st.just(frozenset({"http", "https"})),
    earliest=st.none() | st.just(datetime(1970, 1, 1, tzinfo=UTC)),
    latest=st.none() | st.just(datetime(2100, 1, 1, tzinfo=UTC)),
    whole_seconds=st.booleans(),
)
fields = st.frozensets(st.sampled_from(Field)) | st.just(ALL_FIELDS)


@st.composite
def capabilities(draw: st.DrawFn) -> Capabilities:
    """Return the capabilities of a service that holds what it takes, and takes on an Add all that it can edit."""
    sets = draw(fields)
    return Capabilities(
        reads=sets | draw(fields),
        sets=sets,
        edits=sets & draw(fields),
        adds=draw(st.booleans()) or draw(st.booleans()),
        updates=draw(st.booleans()) or draw(st.booleans()),
        publishes=draw(st.booleans()),
        tags=draw(tag_rules),
        limits=draw(limits),
    )


tag_policies = st.builds(
    TagPolicy,
    rename=st.dictionaries(tags, tags, max_size=2),
    drop=st.frozensets(tags, max_size=2),
    add=st.lists(tags, max_size=1).map(tuple),
    prefix=st.sampled_from(["", "", "p:"]),
)


def mappers(source: SearchStrategy[Capabilities] | None = None) -> SearchStrategy[Mapper]:
    """Return the ways from one service to another."""
    return st.builds(
        Mapper,
        source=st.just(Capabilities()) if source is None else source,
        target=capabilities(),
        tags=tag_policies,
        private=st.sampled_from(Privacy),
        memory=st.dictionaries(tags, tags, max_size=2),
    )
