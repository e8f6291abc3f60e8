"""Pokes: a job's name and an id. Losing or doubling one changes nothing, for the row is the truth.

``workers.dramatiq_queue`` sends them through a broker; this module does not know Dramatiq, so commands start quickly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Every job and the queue it runs in; ``workers`` holds an actor of the same name for each.
JOBS = {
    "deliver_letter": "mail",
    "settle_letter": "mail",
    "read_back_letters": "inbox",
    "sync_event": "calendar",
    "read_events": "calendar",
    "sweep_draft": "inbox",
    "poll_inbox": "inbox",
    "reconcile_account": "inbox",
    "continue_conversation": "sweeps",
    "follow_up": "sweeps",
    "after_meeting": "sweeps",
    "report_back": "sweeps",
    "release_leases": "sweeps",
}


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """One thing to do now: the name of an actor and the id of the row it concerns."""

    name: str
    id: str


class Queue(Protocol):
    """Where pokes go."""

    def poke(self, job: Job) -> bool:
        """Ask a worker to look at a row soon; return whether that was handed over. Never raises: the ticker finds
        what a lost poke forgot."""


class NoQueue:
    """For one-off commands beside a running worker of another process: the ticker there finds the row."""

    def poke(self, job: Job) -> bool:
        """Do nothing."""
        del job
        return False
