"""Take back the draft that a cancelled letter has left in the mailbox, so that nobody sends it any more.

A worker that slept since before the POST may still wake and send it. Deleting the draft ends that; where it is gone
already, the letter may have left after all, and is looked for.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from outreach.actions.hold_back import stop_account
from outreach.actions.look_for_letter import Trace, look_for, trace_of
from outreach.actions.record_found import record_found
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, MessageHead, Refused
from outreach.model import Account, Letter
from outreach.rules.kinds import CALLED_BACK

log = structlog.get_logger(__name__)

#: When a letter whose draft is gone is looked for again, after each look that did not find it: search may lag.
_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))


def sweep_draft(app: App, letter_id: str) -> bool:
    """Delete what an ended letter has left in Drafts, or record that it was sent. Return whether that is settled."""
    with app.database.read(EVERYBODY) as session:
        letter = session.get(Letter, letter_id)
        if letter is None or letter.state not in CALLED_BACK or not letter.attempts:
            return False
        trace = trace_of(session, letter)
        account = session.get_one(Account, letter.account_id)
    if account.reconcile_from is not None:
        return False
    with visit_mailbox(app, account.id) as visit:
        if visit is None:
            return False
        try:
            settled = _was_deleted(app, visit, letter, trace) or _was_found(app, visit, trace)
        except AccessLost as error:
            stop_account(app, account.id, error, account.credentials)
            return False
        except EdgeError as error:
            log.info("draft_not_swept", letter=letter_id, error=error.message)
            return _again(app, letter_id, looks=int(isinstance(error, Refused)))
        return _done(app, letter_id) if settled else _again(app, letter_id, looks=1)


def _was_deleted(app: App, visit: Visit, letter: Letter, trace: Trace | None) -> bool:
    """Return whether nothing is left that could be sent, nor was when the draft was deleted."""
    mailbox = visit.mailbox()
    if trace is not None:
        return mailbox.delete_draft(trace.draft_id)
    # Of attempts that never came to sending.
    for orphan in mailbox.find_drafts(letter.id, min(letter.created_at, app.now())):
        if not _is_called_back(app, letter.id):
            return False  # taken up again meanwhile: this may be the draft of its new attempt
        mailbox.delete_draft(orphan.id)
    return True


def _is_called_back(app: App, letter_id: str) -> bool:
    with app.database.read(EVERYBODY) as session:
        return session.scalar(select(Letter.state).where(Letter.id == letter_id)) in CALLED_BACK


def _was_found(app: App, visit: Visit, trace: Trace | None) -> bool:
    if trace is None:
        return False
    seen: dict[str, MessageHead] = {}
    look_for(visit.mailbox(), trace, seen, visit.keep)
    head = seen.get(trace.letter_id)
    if head is None:
        return False
    log.warning("cancelled_letter_had_left", letter=trace.letter_id, account=trace.account_id)
    record_found(app, trace.account_id, trace.letter_id, head, None)
    return True


def _done(app: App, letter_id: str) -> bool:
    with app.database.write(EVERYBODY) as session:
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.state in CALLED_BACK:
            letter.attempts, letter.looks, letter.draft_id = 0, 0, None
    return True


def _again(app: App, letter_id: str, *, looks: int) -> bool:
    """Set the next look, or end it after the last one; return whether it ended."""
    with app.database.write(EVERYBODY) as session:
        letter = session.get_one(Letter, letter_id, with_for_update=True)
        if letter.state not in CALLED_BACK:
            return False
        letter.looks += looks
        over = letter.looks > len(_AGAIN)
        letter.due_at = app.now() + _AGAIN[min(max(letter.looks, 1), len(_AGAIN)) - 1]
    return over and _done(app, letter_id)
