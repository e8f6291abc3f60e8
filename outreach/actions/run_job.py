"""Run one job by name: what an actor's body, the one-process loop and the tests all do."""

from __future__ import annotations

from collections.abc import Callable

from outreach.actions.after_meeting import after_meeting
from outreach.actions.continue_conversation import continue_conversation
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.follow_up import follow_up
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.read_back_letters import read_back_letters
from outreach.actions.read_events import read_events
from outreach.actions.reconcile_account import reconcile_account
from outreach.actions.release_leases import release_leases
from outreach.actions.report_back import report_back
from outreach.actions.settle_letter import settle_letter
from outreach.actions.sweep_draft import sweep_draft
from outreach.actions.sync_event import sync_event
from outreach.app import App
from outreach.queue import Job

ACTIONS: dict[str, Callable[[App, str], object]] = {
    "deliver_letter": deliver_letter,
    "settle_letter": settle_letter,
    "read_back_letters": read_back_letters,
    "sweep_draft": sweep_draft,
    "sync_event": sync_event,
    "read_events": read_events,
    "poll_inbox": poll_inbox,
    "reconcile_account": reconcile_account,
    "continue_conversation": continue_conversation,
    "follow_up": follow_up,
    "after_meeting": after_meeting,
    "report_back": report_back,
    "release_leases": release_leases,
}


def run_job(app: App, job: Job) -> None:
    """Do the job now, in this thread. Running one that is not due any more changes nothing."""
    ACTIONS[job.name](app, job.id)
