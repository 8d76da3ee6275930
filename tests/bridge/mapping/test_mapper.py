"""What a target can hold of a bookmark, and what stays behind."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote_plus

import attrs
import pytest
from hypothesis import assume, example, given

from bridge.mapping.fields import HIGHLIGHTS_MARKER, Folding
from bridge.mapping.mapper import Held, Mapper, Privacy, Refusal
from bridge.mapping.tags import TagPolicy
from bridge.model import reasons
from bridge.model.bookmark import ALL_FIELDS, Bookmark, Field, Highlight, describe, same
from bridge.model.capabilities import Capabilities, Limits, TagRules, UriLimit
from bridge.model.receipt import Loss
from tests.support.strategies import PINBOARD_TAGS, bookmarks, capabilities, mappers

URL = "https://a.example/"
DAY = datetime(2020, 5, 1, 12, 30, 15, 250_000, tzinfo=UTC)
FULL = Capabilities()
BLIND = FULL.without(frozenset({Field.FAVORITE, Field.HIGHLIGHTS}))


def held(mapper: Mapper, bookmark: Bookmark) -> Held:
    """Return what the target holds of a new bookmark."""
    found = mapper.hold(bookmark, mapper.taken)
    assert isinstance(found, Held)
    return found


def fitted(mapper: Mapper, bookmark: Bookmark) -> Held:
    """Return what is sent of a bookmark."""
    found = mapper.fit(bookmark)
    assert isinstance(found, Held)
    return found


def limited(**values: object) -> Mapper:
    """Return a mapper to a service that holds every field but within limits."""
    return Mapper(FULL, attrs.evolve(FULL, limits=Limits(**values)))  # type: ignore[arg-type]


@given(mappers(), bookmarks())
def test_what_the_target_shows_of_a_bookmark_loses_nothing_further(mapper: Mapper, bookmark: Bookmark) -> None:
    """Holding, fitting and lifting what was lifted before gives the same, without a loss."""
    # What an account publishes without knowing privacy reads as private, so it would not go there a second time.
    target = attrs.evolve(mapper.target, publishes=False)
    mapper = attrs.evolve(mapper, target=target, tags=TagPolicy(), private=Privacy.KEEP, memory={})
    first = mapper.hold(mapper.lift_source(bookmark), mapper.taken)
    assume(isinstance(first, Held))
    assert isinstance(first, Held)
    raw = mapper.fit(first.bookmark)
    assume(isinstance(raw, Held))
    assert isinstance(raw, Held)
    shown = mapper.lift_target(raw.bookmark)
    again = held(mapper, shown)
    sent_again = fitted(mapper, again.bookmark)

    assert shown == attrs.evolve(again.bookmark, highlights=shown.highlights)
    assert shown == mapper.lift_target(sent_again.bookmark)
    assert () == tuple(loss for loss in again.losses if loss.field not in {"private", "tags"})
    assert not sent_again.losses or HIGHLIGHTS_MARKER in bookmark.note


@given(mappers(), bookmarks())
def test_losses_name_everything_that_differs(mapper: Mapper, bookmark: Bookmark) -> None:
    """A field that the source reads and the target holds otherwise is in the losses, whatever it is."""
    mapper = attrs.evolve(mapper, tags=TagPolicy(), private=Privacy.KEEP)
    lifted = mapper.lift_source(bookmark)
    projected = mapper.hold(lifted, mapper.taken)
    assume(isinstance(projected, Held))
    assert isinstance(projected, Held)
    lost = {loss.field for loss in projected.losses}
    untitled = mapper.target.limits.title_required and not projected.bookmark.title
    different = {
        field.value
        for field in Field
        if field is not Field.TAGS and not same(field, lifted.get(field), projected.bookmark.get(field))
    }

    assert different - ({"title"} if untitled else set()) <= lost
    assert lost <= different | {"tags"}
    assert all(loss.url == bookmark.url for loss in projected.losses)


@given(mappers(), bookmarks())
def test_privacy_is_never_widened_where_it_is_kept(mapper: Mapper, bookmark: Bookmark) -> None:
    """What is private at the source is private at the target, or does not get there."""
    mapper = attrs.evolve(mapper, private=Privacy.KEEP)
    projected = mapper.hold(attrs.evolve(bookmark, private=True), mapper.taken)

    assert isinstance(projected, Refusal) or projected.bookmark.private


@given(capabilities(), capabilities(), bookmarks())
def test_a_lifted_bookmark_has_only_known_fields(
    source: Capabilities, target: Capabilities, bookmark: Bookmark
) -> None:
    """What a side does not read is at its cautious default, and lifting again changes nothing."""
    mapper = Mapper(source, target)
    lifted = mapper.lift_source(bookmark)
    unknown = Bookmark("")

    assert all(lifted.get(field) == unknown.get(field) for field in ALL_FIELDS - mapper.read)
    assert lifted.url == bookmark.url


def test_unknown_privacy_is_private_at_the_target() -> None:
    """From a service that knows no public bookmarks everything arrives private."""
    mapper = Mapper(FULL.without(frozenset({Field.PRIVATE})), attrs.evolve(FULL, publishes=True))

    assert held(mapper, mapper.lift_source(Bookmark(URL, private=False))).bookmark.private


@pytest.mark.parametrize(
    ("decision", "private", "arrives"),
    [
        (Privacy.KEEP, True, True),
        (Privacy.KEEP, False, False),
        (Privacy.ALWAYS, False, True),
        (Privacy.NEVER, True, False),
    ],
)
def test_the_job_decides_about_privacy(decision: Privacy, private: bool, arrives: bool) -> None:
    """Kept as it is, or one for all."""
    mapper = Mapper(FULL, FULL, private=decision)

    assert arrives == held(mapper, Bookmark(URL, private=private)).bookmark.private


def test_what_is_private_is_not_sent_where_all_can_read_it() -> None:
    """A target that publishes and knows no privacy gets public bookmarks alone."""
    mapper = Mapper(FULL, attrs.evolve(FULL.without(frozenset({Field.PRIVATE})), publishes=True))
    refusal = mapper.hold(Bookmark(URL, private=True), mapper.taken)

    assert Refusal("it is private, and the target cannot keep it private", skip=True) == refusal
    assert not held(mapper, Bookmark(URL, private=False)).bookmark.private


def test_a_title_is_cut_and_the_cut_listed() -> None:
    """The title alone is cut inside a value."""
    projected = held(limited(title=4), Bookmark(URL, title="A title"))

    assert "A ti" == projected.bookmark.title
    assert (Loss(URL, "title", "A title", "A ti"),) == projected.losses


@pytest.mark.parametrize("title", ["", "  ", URL, URL[:9]])
def test_a_title_that_only_repeats_the_url_is_none_where_one_is_required(title: str) -> None:
    """The url will stand in its place, cut or not; that is no loss, and it is read back as no title."""
    mapper = limited(title=9, title_required=True)
    projected = held(mapper, Bookmark(URL, title=title))

    assert ("", ()) == (projected.bookmark.title, projected.losses)
    assert "" == mapper.lift_target(Bookmark(URL, title=title)).title


def test_a_title_that_its_cut_makes_the_url_is_lost() -> None:
    """What is left of it could not be told from no title."""
    projected = held(limited(title=18, title_required=True), Bookmark(URL, title=f"{URL} and more"))

    assert "" == projected.bookmark.title
    assert (Loss(URL, "title", f"{URL} and more"),) == projected.losses


def test_a_title_that_repeats_the_url_is_a_title_where_none_is_required() -> None:
    """Nobody puts it there but the person."""
    assert URL == held(limited(), Bookmark(URL, title=URL)).bookmark.title
    assert URL == limited().lift_target(Bookmark(URL, title=URL)).title


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({"earliest": datetime(2021, 1, 1, tzinfo=UTC)}, None),
        ({"latest": datetime(2019, 1, 1, tzinfo=UTC)}, None),
        ({"whole_seconds": True}, DAY.replace(microsecond=0)),
        ({"earliest": DAY, "latest": DAY}, DAY),
    ],
)
def test_a_date_out_of_range_is_not_sent(limits: dict[str, object], kept: datetime | None) -> None:
    """The ends of the range belong to it; what is cut to the second is listed too."""
    projected = held(limited(**limits), Bookmark(URL, added=DAY))

    assert kept == projected.bookmark.added
    assert (kept == DAY) == (projected.losses == ())
    assert all(loss.wanted == DAY.isoformat() for loss in projected.losses)


def test_no_date_is_no_loss() -> None:
    """A bookmark of unknown age stays one."""
    assert Held(Bookmark(URL)) == held(limited(whole_seconds=True), Bookmark(URL))


@pytest.mark.parametrize(
    ("url", "taken"), [("HTTPS://a.example/", True), ("javascript:alert(1)", False), ("no url at all", True)]
)
def test_another_scheme_is_skipped(url: str, taken: bool) -> None:
    """What has a scheme that the target does not take is no fault of the run; what has none the target may judge."""
    mapper = limited(schemes=frozenset({"https"}))
    projected = mapper.hold(Bookmark(url), mapper.taken)

    assert taken == isinstance(projected, Held)
    assert taken or Refusal("the target takes no javascript: urls", skip=True) == projected


def test_fields_without_a_place_are_listed_with_their_values() -> None:
    """Only values worth keeping: nobody misses an empty note."""
    rich = Bookmark(
        URL, title="t", note="n", tags=("a", "b"), added=DAY, unread=False, favorite=True, private=False,
        highlights=(Highlight("q"), Highlight("r")),
    )  # fmt: skip
    mapper = Mapper(FULL, FULL.without(ALL_FIELDS))
    values = [(loss.field, loss.wanted, loss.kept) for loss in held(mapper, rich).losses]

    assert Held(Bookmark(URL)) == held(mapper, Bookmark(URL))
    assert Bookmark(URL) == held(mapper, rich).bookmark
    assert [
        ("title", "t", ""), ("note", "n", ""), ("tags", "a, b", ""), ("added", DAY.isoformat(), ""),
        ("unread", "no", ""), ("favorite", "yes", ""), ("private", "no", ""), ("highlights", "q, r", ""),
    ] == values  # fmt: skip


def test_what_the_source_does_not_read_is_no_loss() -> None:
    """A value that nobody ever saw cannot be missed."""
    mapper = Mapper(FULL.without(frozenset({Field.UNREAD})), FULL.without(frozenset({Field.UNREAD})))

    assert () == held(mapper, Bookmark(URL, unread=False)).losses


def test_a_loss_says_why_the_target_has_it_otherwise() -> None:
    """A field without a place, a cut title, a date out of range or too fine: each has its own reason."""
    narrow = Limits(title=4, earliest=DAY.replace(microsecond=0), whole_seconds=True)
    mapper = Mapper(FULL, attrs.evolve(FULL.without(frozenset({Field.NOTE})), limits=narrow), Folding(None, False))
    fine = held(mapper, Bookmark(URL, title="A title", note="n", added=DAY.replace(microsecond=5)))
    early = held(mapper, Bookmark(URL, added=DAY.replace(year=1900)))

    assert {"note": reasons.NO_FIELD, "title": reasons.CUT, "added": reasons.WHOLE_SECONDS} == {
        loss.field: loss.reason for loss in fine.losses
    }
    assert [reasons.DATE_RANGE] == [loss.reason for loss in early.losses]


def test_a_highlight_that_stays_behind_says_why() -> None:
    """There is no more room for it, or it has no text, or the note has such lines of its own."""
    bookmark = Bookmark(URL, highlights=(Highlight("r" * 200), Highlight("")))
    full = fitted(uri_limited(100), bookmark)
    quoted = fitted(uri_limited(9_999), attrs.evolve(bookmark, note=HIGHLIGHTS_MARKER))

    assert [reasons.NO_ROOM, reasons.WITHOUT_TEXT] == [loss.reason for loss in full.losses]
    assert [reasons.LOOKS_FOLDED, reasons.WITHOUT_TEXT] == [loss.reason for loss in quoted.losses]


def test_nothing_is_described_as_nothing() -> None:
    """A missing date is an empty text."""
    assert "" == describe(None)


def test_favorite_and_highlights_are_folded_where_there_is_no_other_place() -> None:
    """The raw form has a tag and quoted lines, the lifted form the fields."""
    mapper = Mapper(FULL, BLIND)
    bookmark = Bookmark(URL, note="n", tags=("a",), favorite=True, highlights=(Highlight("q"),))
    raw = fitted(mapper, held(mapper, bookmark).bookmark).bookmark

    assert Bookmark(URL, note=f"n\n\n{HIGHLIGHTS_MARKER}\n> q", tags=("a", "favorite")) == raw
    assert bookmark == mapper.lift_target(raw)


def test_the_fold_tag_takes_its_room_among_the_tags() -> None:
    """A favorite leaves place for one tag less."""
    mapper = Mapper(FULL, attrs.evolve(BLIND, tags=TagRules(most=2)))
    tagged = Bookmark(URL, tags=("a", "b"))

    assert ("a", "b") == held(mapper, tagged).bookmark.tags
    assert ("a",) == held(mapper, attrs.evolve(tagged, favorite=True)).bookmark.tags


def test_a_source_tag_that_is_the_fold_tag_is_a_loss() -> None:
    """It would make the bookmark a favorite; in any case, where the target knows no case."""
    mapper = Mapper(FULL, attrs.evolve(BLIND, tags=PINBOARD_TAGS))

    assert (Loss(URL, "tags", "Favorite"),) == held(mapper, Bookmark(URL, tags=("Favorite",))).losses


def test_a_source_that_folds_is_unfolded() -> None:
    """From a service without favorites the fold tag arrives as a favorite, if the job folds so."""
    tagged = Bookmark(URL, tags=("favorite",))

    assert Mapper(BLIND, FULL).lift_source(tagged).favorite
    assert ("favorite",) == Mapper(BLIND, FULL, Folding(None)).lift_source(tagged).tags


def uri_limited(most: int) -> Mapper:
    """Return a mapper to a service that carries a bookmark in a URI of so many bytes, ten of them not values."""
    return Mapper(FULL, attrs.evolve(BLIND, limits=Limits(uri=UriLimit(most, 10))))


@pytest.mark.parametrize(("spare", "kept"), [(0, "qs"), (-1, "q"), (-11, "q"), (-12, "")])
def test_highlights_that_do_not_fit_stay_behind_one_by_one(spare: int, kept: str) -> None:
    """Each is tried in its turn, and each that is left is a loss of its own."""
    bookmark = Bookmark(URL, note="n", highlights=(Highlight("q"), Highlight("r" * 200), Highlight("s")))
    whole = f"n\n\n{HIGHLIGHTS_MARKER}\n> q\n\n> s"
    mapper = uri_limited(10 + len(quote_plus(URL)) + len(quote_plus(whole)) + spare)
    raw = fitted(mapper, bookmark)

    assert [Highlight(quote) for quote in kept] == list(mapper.lift_target(raw.bookmark).highlights)
    assert {"q", "r" * 200, "s"} - set(kept) == {loss.wanted for loss in raw.losses}


def test_a_persons_own_note_that_does_not_fit_refuses_the_bookmark() -> None:
    """Nothing is cut inside a note, and nothing is sent without it."""
    bookmark = Bookmark(URL, note="漢" * 100, highlights=(Highlight("q"),))
    refusal = uri_limited(500).fit(bookmark)

    assert Refusal("it needs a request of 936 bytes, the target takes 500") == refusal


def test_the_url_counts_twice_where_it_stands_for_the_title() -> None:
    """A required title is carried too."""
    room = 10 + 2 * len(quote_plus(URL))
    capable = attrs.evolve(BLIND, limits=Limits(uri=UriLimit(room, 10), title_required=True))
    short = attrs.evolve(BLIND, limits=Limits(uri=UriLimit(room - 1, 10), title_required=True))

    assert Bookmark(URL) == fitted(Mapper(FULL, capable), Bookmark(URL)).bookmark
    assert isinstance(Mapper(FULL, short).fit(Bookmark(URL)), Refusal)


def test_a_note_that_is_too_long_refuses_the_bookmark() -> None:
    """The limit counts characters; folded highlights stay within it."""
    mapper = Mapper(FULL, attrs.evolve(BLIND, limits=Limits(note=30)))
    raw = fitted(mapper, Bookmark(URL, note="n", highlights=(Highlight("q"), Highlight("too long"))))

    assert Refusal("its note has 31 characters, the target takes 30") == mapper.fit(Bookmark(URL, note="n" * 31))
    assert (Highlight("q"),) == mapper.lift_target(raw.bookmark).highlights


def test_highlights_are_not_folded_into_a_note_that_has_the_marker() -> None:
    """Nobody could tell the person's lines from the folded ones."""
    own = f"see\n\n{HIGHLIGHTS_MARKER}\nfor more"
    raw = fitted(Mapper(FULL, BLIND), Bookmark(URL, note=own, highlights=(Highlight("q"),)))

    assert own == raw.bookmark.note
    assert (Loss(URL, "highlights", "q"),) == raw.losses


def test_an_empty_highlight_is_not_folded() -> None:
    """A service that trims lines would make it unreadable."""
    raw = fitted(Mapper(FULL, BLIND), Bookmark(URL, highlights=(Highlight(""),)))

    assert ("", (Loss(URL, "highlights", ""),)) == (raw.bookmark.note, raw.losses)


def test_an_account_that_takes_no_updates_edits_nothing() -> None:
    """Whatever fields it names."""
    assert frozenset() == Mapper(FULL, attrs.evolve(BLIND, updates=False)).edited
    assert Field.FAVORITE in Mapper(FULL, BLIND).edited


@given(mappers(), bookmarks())
@example(Mapper(FULL, attrs.evolve(BLIND, limits=Limits(uri=UriLimit(300, 0)))), Bookmark(URL, note="\ud800" * 20))
def test_what_is_sent_keeps_every_limit(mapper: Mapper, bookmark: Bookmark) -> None:
    """Whatever the source holds, the raw bookmark is one that the target declared it can hold."""
    projected = mapper.hold(mapper.lift_source(bookmark), mapper.taken)
    raw = mapper.fit(projected.bookmark) if isinstance(projected, Held) else projected
    assume(isinstance(raw, Held))
    assert isinstance(raw, Held)
    sent, limits = raw.bookmark, mapper.target.limits
    title = sent.title or (bookmark.url[: limits.title] if limits.title_required else "")
    size = sum(len(quote_plus(text, errors="replace")) for text in (sent.url, title, sent.note, " ".join(sent.tags)))

    assert limits.title is None or len(sent.title) <= limits.title
    assert limits.note is None or len(sent.note) <= limits.note
    assert limits.uri is None or size + limits.uri.overhead <= limits.uri.most
    assert mapper.target.tags.most is None or len(sent.tags) <= mapper.target.tags.most
    assert sent.added is None or limits.earliest is None or sent.added >= limits.earliest
    assert sent.url == bookmark.url
