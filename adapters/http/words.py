"""Words of messages about a service."""

from __future__ import annotations


def within(service: str) -> str:
    """Return the name of a service as it stands within a sentence."""
    return f"t{service[1:]}" if service.startswith("The ") else service


def remedy_without(login: str, key: str, variable: str) -> str:
    """Return what to do about an account without a login; `login` is the command that gets one, "" if there is none.

    An account of the config is not looked for in the environment, so its variable comes last.
    """
    first = f"Run `{login}`, or name" if login else "Name"
    return f"{first} its {key} in the config; an account without a config has it in {variable}."


def spoken(seconds: float) -> str:
    """Return a duration as a person says it: "45 s", "4 min 12 s", "5 min", "2 h 5 min"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    units = ((hours, "h"), (minutes, "min")) if hours else ((minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in units if number) or "0 s"
