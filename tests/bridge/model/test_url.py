"""The key by which two urls are the same page."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.model.url import host, key, scheme, whatwg

PIECES = (
    *(
        "%41",
        "%43",
        "%7e",
        "%7C",
        "%2e",
        "%2F",
        "%25",
        "%",
        "%%341",
        "?",
        "#",
        "/",
        "..",
        ".",
        "\\",
        "|",
        ":",
        "@",
        " ",
    ),
    *(
        "C",
        "h",
        "é",
        "\t",
        "\ud800",
        "http:",
        "HTTPS://",
        "//",
        "file:///",
        "mailto:",
        "foo://",
        ":80",
        "[::1]",
        "www.",
    ),
)
loose_urls = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))


@given(loose_urls)
@example("file:///%43|")
@example("http://h/%%341")
def test_key_of_a_key_is_itself(url: str) -> None:
    """Whatever the text, its key exists and has itself as key."""
    assert key(url) == key(key(url))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP://EXAMPLE.com/", "http://example.com/"),
        ("http://example.com:80/", "http://example.com/"),
        ("https://example.com:443", "https://example.com/"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/%2E%2E/a", "http://example.com/a"),
        ("http://example.com/%7euser", "http://example.com/~user"),
        ("http://example.com/%c3%a9", "http://example.com/é"),
        ("http://example.com/a%2fb", "http://example.com/a%2Fb"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        (" http://example.com/\n", "http://example.com/"),
        ("http:\\\\example.com\\a", "http://example.com/a"),
    ],
)
def test_equivalent_urls_have_one_key(one: str, other: str) -> None:
    """What RFC 3986 and the WHATWG standard call equivalent is folded."""
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/", "https://example.com/"),
        ("http://example.com/", "http://www.example.com/"),
        ("http://example.com/a", "http://example.com/a/"),
        ("http://example.com/a", "http://example.com//a"),
        ("http://example.com/a", "http://example.com/A"),
        ("http://example.com/a", "http://example.com/a#part"),
        ("http://example.com/a", "http://example.com/a#"),
        ("http://example.com/a", "http://example.com/a?"),
        ("http://example.com/?q", "http://example.com/??q"),
        ("http://example.com/?a=1&b=2", "http://example.com/?b=2&a=1"),
        ("http://example.com/?q=a+b", "http://example.com/?q=a%20b"),
        ("http://example.com/a%2Fb", "http://example.com/a/b"),
        ("http://example.com:8080/", "http://example.com/"),
        ("http://example.com/%%341", "http://example.com/%41"),
        ("http://example.com/%%41", "http://example.com/%A"),
        ("file:///%43|", "file:///C:"),
    ],
)
def test_two_pages_are_never_one(one: str, other: str) -> None:
    """Fragments, the order of parameters, www. and slashes are kept, and no decoding makes a new escape."""
    assert key(one) != key(other)


@pytest.mark.parametrize("url", ["", "no url", "example.com", "http://", "http://[", "http://a b/", "//a/b", "\ud800"])
def test_what_does_not_parse_is_its_own_key(url: str) -> None:
    """Where the standard sees no absolute url, nothing is folded and nothing raised."""
    assert url == key(url)
    assert whatwg(url) is None
    assert ("", "") == (scheme(url), host(url))


def test_scheme_and_host_are_in_lower_case() -> None:
    """The host comes without its port and in its ASCII form; a scheme without hosts has none."""
    assert ("https", "xn--bcher-kva.example") == (
        scheme("HTTPS://Bücher.example:8/"),
        host("HTTPS://Bücher.example:8/"),
    )
    assert ("mailto", "") == (scheme("MAILTO:a@b"), host("MAILTO:a@b"))
