"""What workers do all day, done in this thread: all that is due."""

from __future__ import annotations

from outreach.actions.run_job import run_job
from outreach.app import App
from outreach.queries.due_jobs import due_jobs

#: What is still due after so many rounds waits for the next step of the clock.
_ROUNDS = 100


def work(app: App) -> None:
    """Run all that is due: the same jobs that workers run."""
    for _ in range(_ROUNDS):
        due = due_jobs(app)
        if not due:
            return
        for item in due:
            run_job(app, item.job)
