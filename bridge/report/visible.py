"""Text from outside, made fit for a terminal. It costs nothing to import, unlike what renders a receipt."""

from __future__ import annotations

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Written by people in Persian words and in emoji; they change no direction and hide nothing."""


def visible(text: str) -> str:
    r"""Return the text with every character that steers a terminal or hides (ESC, U+202E, a line break) as an escape.

    The result is one line, and visible of it is itself: an escape ("\x1b") is plain characters.
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    import unicodedata  # noqa: PLC0415 - a library that hardly any text needs

    if unicodedata.category(character) in _HIDDEN and character not in _JOINERS:
        return character.encode("unicode_escape").decode("ascii")
    return character
