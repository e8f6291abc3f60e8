"""Letters on their way."""

from __future__ import annotations

import dramatiq

from outreach.actions.run_job import run_job
from outreach.queue import Job
from workers.broker import app


@dramatiq.actor(queue_name="mail", max_retries=0)
def deliver_letter(row_id: str) -> None:
    """Deliver a letter if it is due."""
    run_job(app(), Job("deliver_letter", row_id))


@dramatiq.actor(queue_name="mail", max_retries=0)
def settle_letter(row_id: str) -> None:
    """Look for a letter whose fate is unknown."""
    run_job(app(), Job("settle_letter", row_id))


@dramatiq.actor(queue_name="mail", max_retries=0)
def read_back_letter(row_id: str) -> None:
    """Read the Message-ID that Gmail stamped."""
    run_job(app(), Job("read_back_letter", row_id))
