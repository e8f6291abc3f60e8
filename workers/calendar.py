"""Meetings in Google's calendar."""

from __future__ import annotations

import dramatiq

from outreach.actions.run_job import run_job
from outreach.queue import Job
from workers.broker import app


@dramatiq.actor(queue_name="calendar", max_retries=0)
def sync_event(row_id: str) -> None:
    """Make the calendar show the meeting as it is."""
    run_job(app(), Job("sync_event", row_id))


@dramatiq.actor(queue_name="calendar", max_retries=0)
def read_events(row_id: str) -> None:
    """Read what guests have answered in an account's calendar."""
    run_job(app(), Job("read_events", row_id))
