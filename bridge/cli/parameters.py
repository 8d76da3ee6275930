"""Kinds of values on the command line."""

from __future__ import annotations

from typing import Any

import click

from bridge.settings.values import parse_duration


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


DURATION = _Duration()
"""Seconds, written as in the config: "2s", "15m", "1h"."""
