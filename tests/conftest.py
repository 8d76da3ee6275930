"""How thorough the laws are tried: `suite` is what a change is tried with, `long` (HYPOTHESIS_PROFILE=long) a night.

The suite tries the same examples every time, so that a change fails for what it does and not for its luck; the long
profile looks for new ones.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("suite", max_examples=28, deadline=None, derandomize=True)
settings.register_profile("long", max_examples=20_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
