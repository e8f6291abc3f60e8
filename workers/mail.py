"""Letters on their way."""

from __future__ import annotations

import time

import dramatiq

from outreach.actions.deliver_letter import deliver_due
from outreach.actions.run_job import run_job
from outreach.queue import Job
from workers.broker import app, stopping

#: Seconds after which a worker looks for other work than letters, such as reading the inbox.
_A_WHILE = 10.0


@dramatiq.actor(queue_name="mail", max_retries=0, priority=10)
def deliver_letter(row_id: str) -> None:
    """Deliver a letter if it is due, and for a while what else is."""
    run_job(app(), Job("deliver_letter", row_id))
    latest = time.monotonic() + _A_WHILE
    deliver_due(app(), lambda: not stopping.is_set() and time.monotonic() < latest)


@dramatiq.actor(queue_name="mail", max_retries=0, priority=10)
def settle_letter(row_id: str) -> None:
    """Look for a letter whose fate is unknown."""
    run_job(app(), Job("settle_letter", row_id))
