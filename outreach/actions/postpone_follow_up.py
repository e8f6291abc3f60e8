"""Put a follow-up off until somebody who is away is back and has had time to read."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.model import Conversation, Letter
from outreach.rules.holidays_near import days_off
from outreach.rules.kinds import LetterKind, LetterState, Stage
from outreach.rules.windows import add_working_days
from outreach.rules.zones import local

_DAYS_TO_READ = 2
#: A date of return further ahead than this was misread, or is no absence that a follow-up should wait for.
_LONGEST = timedelta(days=120)
#: Elsewhere the instant says when to go on with an answer that has come.
_WAITING_FOR_THEM = frozenset({Stage.SENT, Stage.FOLLOWED_UP, Stage.SLOTS_OFFERED})


def postpone_follow_up(
    session: Session, conversation: Conversation, *, zone_name: str, returns_on: date | None, received_at: datetime
) -> datetime | None:
    """Move the follow-up, planned or scheduled already, to two working days after the return; never to an earlier time.

    Without ``returns_on`` the day of the message counts. Return the new instant, None when no follow-up is coming.
    """
    back = max(returns_on or date.min, local(received_at, zone_name).date())
    if back - received_at.date() > _LONGEST:
        return None
    read = add_working_days(back, _DAYS_TO_READ, days_off(zone_name, back))
    until = received_at + (read - local(received_at, zone_name).date())
    moved = None
    if conversation.follow_up_due_at is not None and conversation.stage in _WAITING_FOR_THEM:
        moved = conversation.follow_up_due_at = max(conversation.follow_up_due_at, until)
    scheduled = session.scalars(
        select(Letter).where(
            Letter.conversation_id == conversation.id,
            Letter.kind == LetterKind.FOLLOW_UP,
            Letter.state == LetterState.SCHEDULED,
        )
    )
    for letter in scheduled:
        if letter.due_at is not None and letter.due_at < until:
            if letter.expires_at is not None:
                letter.expires_at += until - letter.due_at
            letter.due_at, letter.why_then = until, "after the day on which they are back, with time to read"
        moved = max(moved or until, letter.due_at or until)
    return moved
