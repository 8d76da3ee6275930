"""The kinds of jobs: what makes something to run of the options of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.jobs import forward, migrate, mirror
from bridge.running.job import Job
from bridge.running.world import Party
from bridge.settings import jobs

MAKERS: Mapping[type[jobs.Job], Callable[..., Job]] = {
    jobs.Migrate: migrate.job,
    jobs.Mirror: mirror.job,
    jobs.Forward: forward.job,
}
"""The function of each kind: it takes the options, the parties of both places, and keywords of its own."""


def make(options: jobs.Job, first: Party, second: Party) -> Job:
    """Return a job of the config as something to run between the parties of its places."""
    return MAKERS[type(options)](options, first, second)
