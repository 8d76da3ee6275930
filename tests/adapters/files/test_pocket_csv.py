"""The CSV parts of an export: columns by name, and what a row becomes."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files import pocket_export
from adapters.files.pocket_csv import plain_number
from adapters.files.pocket_record import real_title
from adapters.files.pocket_rows import LONGEST_FIELD, MOST_LINES, rows
from bridge.model.bookmark import unique
from bridge.model.errors import InputError
from bridge.model.receipt import Loss
from tests.adapters.files.pocket_reading import HEADER, URL, export, read, write

ADDED = datetime(2017, 7, 14, 2, 40, tzinfo=UTC)


def test_a_row_of_the_normal_export_becomes_a_bookmark(tmp_path: Path) -> None:
    """Title, url, date in seconds of UTC, tags by the bar and read state stand in five columns."""
    listing = read(export(tmp_path, f"A title,{URL},1500000000,one|two words,archive"))

    bookmark = listing.only
    assert (URL, "A title", ADDED) == (bookmark.url, bookmark.title, bookmark.added)
    assert (("one", "two words"), False, True) == (bookmark.tags, bookmark.unread, bookmark.private)
    assert listing.complete


def test_the_column_cursor_of_the_first_files_shifts_nothing(tmp_path: Path) -> None:
    """Exports of October 2024 had `cursor` before `tags`, which broke importers that count columns (karakeep#570)."""
    header = "title,url,time_added,cursor,tags,status"
    listing = read(export(tmp_path, f"A,{URL},1500000000,abc=,one,archive", header=header))

    assert (("one",), False) == (listing.only.tags, listing.only.unread)
    assert not any("unknown columns" in remark for remark in listing.remarks)


def test_unknown_columns_are_told_once(tmp_path: Path) -> None:
    """A column that Pocket did not write is ignored, and named in one remark."""
    row = f"A,{URL},1500000000,,unread,5,x"
    listing = read(export(tmp_path, row, row, header=f"{HEADER},stars,mood"))

    assert "part_000000.csv has unknown columns, which are ignored: stars, mood." == listing.remark("columns")


def test_without_a_status_everything_is_unread_and_one_remark_says_so(tmp_path: Path) -> None:
    """The earliest exports had no status, and a missing one is never taken for archived (shiori#1023, linkwarden)."""
    listing = read(export(tmp_path, f"A,{URL},1500000000,one", f"B,{URL}/b,1,", header="title,url,time_added,tags"))

    assert [True, True] == [bookmark.unread for bookmark in listing.bookmarks]
    assert "2 rows without a column 'status'" in listing.remark("status")


def test_a_csv_without_urls_is_refused_with_its_header(tmp_path: Path) -> None:
    """A person who renamed the columns is shown what the file says."""
    path = export(tmp_path, "A,1500000000,,unread", header="title,time_added,tags,status")

    with pytest.raises(InputError, match=r"no column 'url'; its header is: title, time_added, tags, status\."):
        read(path)


def test_a_file_saved_again_by_a_spreadsheet_reads_the_same(tmp_path: Path) -> None:
    """A byte order mark, CRLF and rows padded with empty cells change nothing."""
    plain = read(export(tmp_path, f'"Two\nlines",{URL},1500000000,one,unread', f"B,{URL}/b,1500000001,,archive"))
    lines = f'{HEADER}\r\n"Two\nlines",{URL},1500000000,one,unread,,\r\nB,{URL}/b,1500000001,,archive,\r\n,,,,\r\n'
    again = read(write(tmp_path, "again.csv", b"\xef\xbb\xbf" + lines.encode()))

    assert plain.entries == again.entries
    assert (plain.problems, plain.losses) == (again.problems, again.losses) == ((), ())


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    """The header is row 1, and a row of three lines is one row (line-based readers break here: wallabag#8217)."""
    listing = read(export(tmp_path, f'"Three\n\nlines",{URL},1500000000,,unread', "", f"B,{URL}/b,1500000001,,gone"))

    assert ["part_000000.csv row 4"] == [problem.where for problem in listing.problems]
    assert "Three\n\nlines" == listing.only.title


@pytest.mark.parametrize("status", ["", "Unread!", "deleted", "2"])
def test_a_status_that_pocket_never_wrote_is_a_problem_of_its_row(tmp_path: Path, status: str) -> None:
    """The row is not guessed at; it names its url, so the listing is complete all the same."""
    listing = read(export(tmp_path, f"A,{URL},1500000000,,{status}"))

    (problem,) = listing.problems
    assert ("part_000000.csv row 2", URL) == (problem.where, problem.url)
    assert repr(status) in problem.why
    assert listing.complete


def test_a_row_without_a_url_is_a_problem_and_leaves_the_listing_incomplete(tmp_path: Path) -> None:
    """Which page it was cannot be known, so only its title is told."""
    listing = read(export(tmp_path, "Lost,  ,1500000000,,unread"))

    (problem,) = listing.problems
    assert ("part_000000.csv row 2", None) == (problem.where, problem.url)
    assert "'Lost'" in problem.why
    assert not listing.complete


@pytest.mark.parametrize("text", ["", "0", "yesterday", "-5", "1.5E+09", "999999999999", "\u0661\u0662", "9" * 5000])
def test_a_bad_date_costs_the_date_and_not_the_row(tmp_path: Path, text: str) -> None:
    """One bad date neither ends the import (linkwarden#889) nor becomes now, and it is listed with its place."""
    listing = read(export(tmp_path, f"A,{URL},{text},,unread"))

    wanted = f"{text[:60]!r} (part_000000.csv row 2)"
    assert (Loss(url=URL, field="added", wanted=wanted),) == listing.losses
    assert listing.only.added is None


@pytest.mark.parametrize(
    ("row", "url"),
    [(f"A,{URL},1500000000", URL), (f"A,{URL},1,x,unread,more", URL), ("A,see there,1500000000", None)],
)
def test_a_row_with_missing_or_further_fields_is_a_problem(tmp_path: Path, row: str, url: str | None) -> None:
    """After a lost quote the columns are shifted; a url is named only where what stands there is one."""
    listing = read(export(tmp_path, row))

    (problem,) = listing.problems
    assert ("part_000000.csv row 2", url) == (problem.where, problem.url)
    assert "where the header has 5" in problem.why
    assert ((url is not None), ()) == (listing.complete, listing.entries)


def row(number: int) -> str:
    """Return a row of the normal export."""
    return f"T{number},{URL}/{number},{1500000000 + number},a,unread"


BROKEN = "A quote in it never closes; it is given up alone, and the next line is read as a row of its own."
UNCLOSED = (
    '"oops,https://example.com/oops,1500000000,a,unread',
    'oops,"https://example.com/oops,1500000000,a,unread',
    'oops,https://example.com/oops,1500000000,"a,unread',
    'oops,https://example.com/oops,1500000000,a,"unread',
)


@pytest.mark.parametrize("unclosed", UNCLOSED)
@pytest.mark.parametrize("follower", ["", '"Quoted",', '"Quoted, twice",', '"Two\nlines",', '"He said ""no""",'])
def test_a_quote_that_never_closes_costs_its_own_line(tmp_path: Path, unclosed: str, follower: str) -> None:
    """The rows after it are read, with their numbers, whether or not a later quote closes it by chance."""
    after = [row(n) for n in range(11, 500)]
    after[100] = follower + after[100].partition(",")[2] if follower else after[100]
    listing = read(export(tmp_path, *map(row, range(10)), unclosed, *after, "Odd,https://example.com/odd,1,,gone"))

    broken, odd = listing.problems
    assert ("part_000000.csv row 12", BROKEN, f"{URL[:-1]}oops") == (broken.where, broken.why, broken.url)
    assert "part_000000.csv row 502" == odd.where
    assert [f"{URL}/{n}" for n in range(500) if n != 10] == [one.url for one in listing.bookmarks]


def test_a_broken_line_names_its_url_only_where_nothing_else_is_wrong_with_it(tmp_path: Path) -> None:
    """With a comma too many, anything may stand under the url, and the listing is not complete."""
    listing = read(export(tmp_path, f'"oops, and more,{URL}/oops,1500000000,,unread', row(1)))

    assert [None] == [problem.url for problem in listing.problems]
    assert (1, False) == (len(listing.entries), listing.complete)


def test_the_last_line_may_lack_its_closing_quote(tmp_path: Path) -> None:
    """There a file was cut, so what stands there may be cut, too."""
    listing = read(export(tmp_path, row(1), f'"oops,{URL}/oops,1500000000,,unread'))

    assert [("part_000000.csv row 3", BROKEN)] == [(problem.where, problem.why) for problem in listing.problems]
    assert "T1" == listing.only.title


def test_text_behind_a_closing_quote_is_let_pass_within_a_line(tmp_path: Path) -> None:
    """Hand-made files hold it, and what the line says is plain."""
    assert "The best of all" == read(export(tmp_path, f'"The best" of all,{URL},1,,unread')).only.title


def test_a_title_of_many_lines_is_one_row_up_to_a_limit(tmp_path: Path) -> None:
    """Without a limit, a broken quote would be looked for to the end of the file, again at each broken line."""
    longest, longer = "\n".join(["x"] * MOST_LINES), "\n".join(["x"] * (MOST_LINES + 1))
    at_most = read(export(tmp_path, f'"{longest}",{URL},1500000000,,unread'))
    beyond = read(export(tmp_path, f'"{longer}",{URL},1500000000,,unread', row(1)))

    assert (longest, ()) == (at_most.only.title, at_most.problems)
    assert (MOST_LINES, ['x"', "T1"]) == (len(beyond.problems), [one.title for one in beyond.bookmarks])


@pytest.mark.parametrize("line", ['x",",u,1\n', '"oops,u,1,a,unread\n', 'x,"oops,u,1\n'])
def test_broken_lines_are_never_read_far_ahead(line: str) -> None:
    """Each of these lines opens a quote anew: read to the end of each row, a file of them would take hours."""
    ahead = 0

    def lines() -> Iterator[str]:
        nonlocal ahead
        for text in (f"{HEADER}\n", *[line] * 1000):
            ahead += 1
            yield text

    for number, _ in rows(lines(), ","):
        assert number <= ahead < number + MOST_LINES
    assert 1001 == number


def test_a_line_of_an_absurd_length_is_given_up(tmp_path: Path) -> None:
    """The longest field is a url that holds its page (data:), and even those end."""
    listing = read(export(tmp_path, f"{'x' * (LONGEST_FIELD + 1)},{URL},1,,unread", row(1)))

    assert ["The line holds more than 1,048,576 characters in one field."] == [one.why for one in listing.problems]
    assert "T1" == listing.only.title


def test_titles_that_are_the_url_or_its_cut_are_no_titles(tmp_path: Path) -> None:
    """Pocket stored the url of an untitled page as its title, cut to 75 or 100 characters."""
    url = f"{URL}/{'x' * 120}"
    rows = [f"{title},{url},1500000000,,unread" for title in (url, url[:75], url[:100], url[:90], "")]
    listing = read(export(tmp_path, *rows))

    assert ["", "", "", url[:90], ""] == [bookmark.title for bookmark in listing.bookmarks]


def test_titles_that_pocket_perhaps_cut_are_counted_in_one_remark(tmp_path: Path) -> None:
    """Titles were cut at 75 characters, later at 100; blanks at the cut count."""
    titles = ("x" * 75, "x" * 99 + " ", "x" * 76)
    listing = read(export(tmp_path, *(f"{title},{URL},1500000000,,unread" for title in titles)))

    assert "part_000000.csv: 2 titles of exactly 75 or 100 characters, perhaps cut by Pocket." == listing.remark("cut")
    assert ("x" * 75, "x" * 99, "x" * 76) == tuple(bookmark.title for bookmark in listing.bookmarks)


def test_entities_in_a_title_stay_as_they_are(tmp_path: Path) -> None:
    """Some titles hold escaped entities, and whether the page meant them cannot be told."""
    assert "Salt &amp; pepper" == read(export(tmp_path, f" Salt &amp; pepper ,{URL},1,,unread")).only.title


def test_urls_are_kept_as_they_were_given(tmp_path: Path) -> None:
    """Raw blanks, other alphabets and escaped ampersands stand in real exports."""
    given = [f"{URL}/two words", f"{URL}/caf\u00e9", f"{URL}?a=1&amp;b=2", "x" * 300_000, " padded "]
    listing = read(export(tmp_path, *(f"A,{url},1500000000,,unread" for url in given)))

    assert given == [bookmark.url for bookmark in listing.bookmarks]


def test_tags_are_trimmed_and_empty_ones_dropped(tmp_path: Path) -> None:
    """A stored tag may end in a blank; commas and quotes belong to the tag."""
    listing = read(export(tmp_path, f'A,{URL},1500000000,"ends here |a, b||it\\\'s|ends here",unread'))

    assert ("ends here", "a, b", "it\\'s") == listing.only.tags


@pytest.mark.parametrize(("length", "flagged"), [(1019, False), (1020, True), (1024, True)])
def test_a_field_of_tags_near_its_limit_is_flagged(tmp_path: Path, length: int, flagged: bool) -> None:
    """Pocket's database joined tags to 1,024 bytes by default, so a longer list ends where it was cut."""
    tags = "|".join(["\u00e9" * 12] * 40)
    tags += "x" * (length - len(tags.encode()))
    listing = read(export(tmp_path, f"A,{URL},1500000000,{tags},unread"))

    assert flagged == any("part_000000.csv row 2" in loss.wanted for loss in listing.losses if loss.field == "tags")


def test_bytes_that_are_not_utf8_cost_only_themselves(tmp_path: Path) -> None:
    """The row stays, and the loss names its place and what is kept."""
    rows = (
        f"{HEADER}\ncaf".encode() + b"\xe9" + f",{URL},1500000000,one,unread\nB,{URL}/b,1500000000,,unread\n".encode()
    )
    listing = read(write(tmp_path, "part_000000.csv", rows))

    wanted = "text whose bytes are not UTF-8 (part_000000.csv row 2)"
    assert (Loss(url=URL, field="title", wanted=wanted, kept="caf\ufffd"),) == listing.losses
    assert ["caf\ufffd", "B"] == [bookmark.title for bookmark in listing.bookmarks]


def test_a_character_that_pocket_had_lost_is_told_and_kept(tmp_path: Path) -> None:
    """Some exports hold U+FFFD in place of a curly quote (karakeep#1805), which is beyond repair."""
    listing = read(export(tmp_path, f"It\ufffds,{URL},1500000000,,unread"))

    assert ("It\ufffds", ()) == (listing.only.title, listing.losses)
    assert "1 row with a character that Pocket itself had lost" in listing.remark("lost")


def test_repeated_urls_are_entries_of_their_own(tmp_path: Path) -> None:
    """Nothing is united inside one export, so every row has its own fate; no ref is given twice."""
    rows = [f"A,{url},1500000000,,unread" for url in (URL, URL, f"{URL}#2", URL)]
    listing = read(export(tmp_path, *rows))

    refs = [entry.ref for entry in listing.entries]
    assert [URL, URL, f"{URL}#2", URL] == [bookmark.url for bookmark in listing.bookmarks]
    assert (4, URL, f"{URL}#2") == (len(set(refs)), refs[0], refs[1])


def test_a_full_last_part_may_have_had_a_follower(tmp_path: Path) -> None:
    """Pocket wrote 10,000 rows to a part: people who import the first of several should hear of it."""
    rows = [f"A,{URL}/{number},1500000000,,unread" for number in range(10_000)]
    listing = read(export(tmp_path, *rows))

    assert "The last part of part_000000.csv is full, so another one may have followed it." in listing.remarks
    assert (10_000, False) == (len(listing.entries), listing.complete)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
nasty = st.one_of(
    texts, st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "a|b", " x ", "\t", "\x00", "\ufeff", "'"])
)
urls = st.builds(lambda path: f"https://example.com/{path}", nasty)


@given(st.lists(st.tuples(nasty, urls, st.integers(1, 2**33), st.lists(nasty), st.booleans()), max_size=5))
def test_whatever_a_csv_can_quote_is_read_back(rows: list[tuple[str, str, int, list[str], bool]]) -> None:
    """Titles, urls and tags of any characters arrive: one entry a row, trimmed where the rules trim."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER.split(","))
    writer.writerows(
        (title, url, added, "|".join(tags), "unread" if unread else "archive")
        for title, url, added, tags, unread in rows
    )
    with tempfile.TemporaryDirectory() as folder:
        listing = read(write(Path(folder), "part_000000.csv", target.getvalue()))

    assert [
        (
            real_title(title, url),
            url,
            datetime.fromtimestamp(added, UTC),
            unique(map(str.strip, "|".join(tags).split("|"))),
            unread,
        )
        for title, url, added, tags, unread in rows
    ] == [(one.title, one.url, one.added, one.tags, one.unread) for one in listing.bookmarks]
    assert ((), True) == (listing.problems, listing.complete)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("header", ["title url time_added tags status", "Title URL Time_Added TAGS Status"])
def test_what_spreadsheets_save_reads_like_the_export(
    tmp_path: Path, delimiter: str, encoding: str, header: str
) -> None:
    """They part columns by the country's sign, or by tabs as "Unicode text"; people add blanks and capitals."""
    columns = delimiter.join(f" {column} " for column in header.split())
    cells = ('"caf\u00e9; two,\nlines"', URL, "1500000000", "one|two", "Archive")
    path = write(tmp_path, "again.csv", f"{columns}\r\n{delimiter.join(cells)}\r\n".encode(encoding))

    assert pocket_export.recognises(str(path))
    listing = read(path)
    plain = read(export(tmp_path, ",".join((*cells[:-1], "archive"))))
    assert plain.entries == listing.entries
    assert (((), ()), plain.remarks) == ((listing.problems, listing.losses), listing.remarks)


def test_a_quote_that_never_closes_costs_its_own_line_also_between_semicolons(tmp_path: Path) -> None:
    """The line's url is told where its cells are as many as the header's."""
    lines = (HEADER, f'"oops,{URL}/oops,1500000000,,unread', row(1))
    listing = read(write(tmp_path, "again.csv", "\n".join(lines).replace(",", ";")))

    assert [(BROKEN, f"{URL}/oops")] == [(problem.why, problem.url) for problem in listing.problems]
    assert "T1" == listing.only.title


def test_utf16_that_ends_in_half_a_character_is_read_up_to_it(tmp_path: Path) -> None:
    """What is left of the character is a sign that something is missing."""
    path = write(tmp_path, "again.csv", f"{HEADER}\n{row(1)}\n{row(2)}".encode("utf-16")[:-1])
    listing = read(path)

    assert ["T1"] == [bookmark.title for bookmark in listing.bookmarks]
    assert ["again.csv row 3"] == [problem.where for problem in listing.problems]


def test_utf16_that_is_no_csv_of_pocket_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Other relics are read in UTF-8 only, as Pocket wrote them."""
    path = write(tmp_path, "dump.json", '[{"item_id": "1"}]'.encode("utf-16"))

    assert not pocket_export.recognises(str(path))
    with pytest.raises(InputError, match=r"dump\.json is text in UTF-16 \(save it as UTF-8\)"):
        read(path)


@pytest.mark.parametrize(
    "text",
    [
        "1500000000.0",
        "1500000000,00",
        "1,500,000,000",
        "1.500.000.000",
        "1 500 000 000",
        "1\u202f500\u202f000\u202f000",
        "1'500'000'000",
        "1,500,000,000.00",
        "1500000000000",
        "1,500,000,000,000",
        "1500000000000.0",
    ],
)
def test_a_count_of_seconds_that_a_spreadsheet_respelt_is_the_same_date(tmp_path: Path, text: str) -> None:
    """Decimals that are zero, digits in threes, and milliseconds leave no doubt."""
    listing = read(export(tmp_path, f'A,{URL},"{text}",,unread'))

    assert (ADDED, ()) == (listing.only.added, listing.losses)


@pytest.mark.parametrize(
    "text",
    ["1,500", "1,500,00", "1,500.000,000", "1500000000.5", "15,00000000", "1,500,000,000,0", "1.5E9", "0.0", "150.000"],
)
def test_a_date_in_doubt_is_a_loss(tmp_path: Path, text: str) -> None:
    """A sign may be a decimal comma or may group digits; what could be read in two ways is not read."""
    listing = read(export(tmp_path, f'A,{URL},"{text}",,unread'))

    assert (None, ["added"]) == (listing.only.added, [loss.field for loss in listing.losses])


@given(st.integers(1, 10**12 - 1), st.sampled_from(",. '\u00a0"))
def test_grouped_digits_are_the_number_that_was_grouped(number: int, sign: str) -> None:
    """Below a million there is one sign at most, which may be a decimal one."""
    grouped = f"{number:,}".replace(",", sign)

    assert (str(number) if number >= 10**6 else grouped) == plain_number(f" {grouped} ")
