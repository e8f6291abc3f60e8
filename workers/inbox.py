"""Messages coming in."""

from __future__ import annotations

import dramatiq

from outreach.actions.run_job import run_job
from outreach.queue import Job
from workers.broker import app


@dramatiq.actor(queue_name="inbox", max_retries=0)
def poll_inbox(row_id: str) -> None:
    """Read what is new in an account's mailbox."""
    run_job(app(), Job("poll_inbox", row_id))


@dramatiq.actor(queue_name="inbox", max_retries=0)
def read_back_letters(row_id: str) -> None:
    """Read the Message-IDs that Gmail stamped on an account's letters."""
    run_job(app(), Job("read_back_letters", row_id))


@dramatiq.actor(queue_name="inbox", max_retries=0)
def sweep_draft(row_id: str) -> None:
    """Take back the draft that a cancelled letter has left."""
    run_job(app(), Job("sweep_draft", row_id))


@dramatiq.actor(queue_name="inbox", max_retries=0)
def reconcile_account(row_id: str) -> None:
    """Compare an account's restored tables with its mailbox."""
    run_job(app(), Job("reconcile_account", row_id))
