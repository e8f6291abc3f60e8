"""What time brings: follow-ups, questions after meetings, debts, leases."""

from __future__ import annotations

import dramatiq

from outreach.actions.run_job import run_job
from outreach.queue import Job
from workers.broker import app


@dramatiq.actor(queue_name="sweeps", max_retries=0)
def continue_conversation(row_id: str) -> None:
    """Offer or book what an answer asked for."""
    run_job(app(), Job("continue_conversation", row_id))


@dramatiq.actor(queue_name="sweeps", max_retries=0)
def follow_up(row_id: str) -> None:
    """Remind somebody who has not answered, or give up."""
    run_job(app(), Job("follow_up", row_id))


@dramatiq.actor(queue_name="sweeps", max_retries=0)
def after_meeting(row_id: str) -> None:
    """Ask the account's owner what was talked about, or alarm them."""
    run_job(app(), Job("after_meeting", row_id))


@dramatiq.actor(queue_name="sweeps", max_retries=0)
def report_back(row_id: str) -> None:
    """Draft the news that an introducer is owed."""
    run_job(app(), Job("report_back", row_id))


@dramatiq.actor(queue_name="sweeps", max_retries=0)
def release_leases(row_id: str) -> None:
    """Release what dead workers held."""
    run_job(app(), Job("release_leases", row_id))
