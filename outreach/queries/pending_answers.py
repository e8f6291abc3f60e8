"""Answers whose consequences are not all carried out: those that need the network follow after the commit.

The mark stands on the message itself, so it is stored together with it and survives any crash. Only the newest answer
of a person counts: its instant is the conversation's ``replied_at``.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from outreach.model import Conversation, Inbound
from outreach.rules.kinds import Stage

NEXT = "next: "
OFFER = f"{NEXT}offer times"
BOOK = f"{NEXT}book the time that was chosen"
CANCEL = f"{NEXT}cancel the meeting that was declined"

#: Only these go on by themselves. A declined invitation leaves its conversation booked until the meeting is cancelled.
CONTINUED = (Stage.REPLIED, Stage.BOOKED)


def is_pending() -> ColumnElement[bool]:
    """Return the condition under which an inbound message is what its conversation has to go on with."""
    return and_(
        Inbound.account_id == Conversation.account_id,
        Inbound.received_at == Conversation.replied_at,
        Inbound.conversation_id == Conversation.id,
        Inbound.done.startswith(NEXT),
    )


def pending_answer(session: Session, conversation_id: str) -> Inbound | None:
    """Return the message that the conversation has to go on with, None when nothing is left to do."""
    query = select(Inbound).join(Conversation, is_pending()).where(Conversation.id == conversation_id)
    return session.scalar(query.order_by(Inbound.handled_at.desc()).limit(1))
