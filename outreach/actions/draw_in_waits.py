"""The clock was set back: draw in the waits that would now take for ever.

An instant that was noted a minute ahead, such as the next look at the inbox, may be weeks ahead once the clock is set
back. What hangs on dates stays: meetings, their thanks and reminders, and follow-ups, which come later, never sooner.
Leases and gaps between letters see by themselves that no such instant can be (``rules.leases``, ``rules.pacing``).
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Select, case, or_, select, update
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, Conversation, Letter, Meeting, has_left_a_draft
from outreach.queries.pending_answers import CONTINUED, is_pending
from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, LetterKind, LetterState
from outreach.rules.set_back import LOOK_BACK, wait_anew, was_set_back

log = structlog.get_logger(__name__)

#: Their instants come from the meeting, not from when they were written.
_BY_THE_MEETING = THANK_YOUS | TO_ONESELF | {LetterKind.REMINDER}


def draw_in_waits(app: App, account_id: str) -> Account:
    """Draw in what waits in the account, if its clock was set back since the inbox was read; return the account."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        if account.polled_at is None or not was_set_back(account.polled_at, now):
            return account
        back = account.polled_at - now
        if account.paused_until is not None and account.paused_until > now:
            account.paused_until = max(now, account.paused_until - back)
        account.poll_due_at, account.polled_at = now, now - LOOK_BACK
        account.events_due_at = now if account.events_due_at is not None else None
        _look_now(session, account_id, now)
        for letter in session.scalars(_waiting(account_id, now)):
            assert letter.due_at is not None
            later = letter.due_at
            letter.due_at = wait_anew(later, letter.approved_at, now) if letter.attempts == 0 else now
            if letter.expires_at is not None:
                letter.expires_at -= later - letter.due_at
    log.warning("clock_was_set_back", account=account_id, seconds=int(back.total_seconds()))
    return account


def _waiting(account_id: str, now: datetime) -> Select[Letter]:
    """Return the letters that wait, tried before or approved in what is the future now."""
    return (
        select(Letter)
        .where(
            Letter.account_id == account_id,
            Letter.state == LetterState.SCHEDULED,
            Letter.due_at > now,
            Letter.kind.not_in(_BY_THE_MEETING),
            or_(Letter.approved_at > now, Letter.attempts > 0),
        )
        .with_for_update()
    )


def _look_now(session: Session, account_id: str, now: datetime) -> None:
    """Let everything that only waits for the next try be tried now."""
    letters = update(Letter).where(Letter.account_id == account_id, Letter.due_at > now)
    missed = case((Letter.missed_at > now, now), else_=Letter.missed_at)
    session.execute(letters.where(Letter.state == LetterState.UNKNOWN).values(due_at=now, missed_at=missed))
    session.execute(letters.where(Letter.state == LetterState.SENT, Letter.message_id.is_(None)).values(due_at=now))
    session.execute(letters.where(has_left_a_draft(Letter)).values(due_at=now))
    session.execute(
        update(Meeting)
        .where(Meeting.account_id == account_id, Meeting.calendar_due_at > now)
        .values(calendar_due_at=now)
    )
    pending = select(Conversation.id).where(
        Conversation.account_id == account_id, Conversation.stage.in_(CONTINUED), is_pending()
    )
    session.execute(
        update(Conversation)
        .where(Conversation.id.in_(pending), Conversation.follow_up_due_at > now)
        .values(follow_up_due_at=now)
    )
