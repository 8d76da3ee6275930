"""Why a value stays behind, in words: each ends the sentence "it was not carried over as it was, since ...".

Losses are grouped by these texts, so each says nothing of the single bookmark. An adapter may add reasons of its own.
"""

from __future__ import annotations

NO_FIELD = "the target has no place for this field"
FIXED = "the target does not let anybody change this field later"
CUT = "it is cut to the longest that the target takes"
DATE_RANGE = "the target takes no date so early or so late"
WHOLE_SECONDS = "the target keeps whole seconds"
URL_FORM = "the target takes this url in another form alone"
NO_ROOM = "there is no more room for it in one entry of the target"
WITHOUT_TEXT = "it has no text"
LOOKS_FOLDED = "the note has lines of its own that would be taken for highlights"
WOULD_BE_PUBLIC = "others could read it: the entry at the target is public"
ONE_TITLE = "repeats of one page become one bookmark, which has one title"

TAG_ALIKE = "the target spells it like another tag of the bookmark"
TAG_ESCAPED = "it would turn private at the target, so its beginning is escaped"
TAG_NO_ROOM = "the target takes no more tags for one bookmark"
TAG_RESERVED = "the tag of this name has a meaning of its own at the target"
TAG_UNSPEAKABLE = "the target can spell nothing of this tag"

NO_DATE = "the source's date cannot be read as one"
NOT_UTF8 = "the source's bytes are not UTF-8"
NOT_TEXT = "the source has characters that are no text"
CUT_BEFORE = "the source may have been cut before it came to us"
