"""Answers whose consequences are not all carried out: those that need the network follow after the commit.

The mark stands on the message itself, so it is stored together with it and survives any crash. Of answers that ask
for times only the newest counts: its instant is the conversation's ``replied_at``. A meeting that was declined is
declined whatever was written later, and wherever its conversation stands.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from outreach.model import Conversation, Inbound, Meeting, SlotOffer
from outreach.rules.kinds import TO_COME, MeetingStatus, Stage

NEXT = "next: "
OFFER = f"{NEXT}offer times"
BOOK = f"{NEXT}book the time that was chosen"
CANCEL = f"{NEXT}cancel the meeting that was declined"

#: Only here a yes is gone on with by itself. The later two are for what a crash left undone after its last step.
CONTINUED = (Stage.REPLIED, Stage.SLOTS_OFFERED, Stage.BOOKED)


def is_pending() -> ColumnElement[bool]:
    """Return the condition under which an inbound message is what its conversation has to go on with."""
    return and_(
        Inbound.account_id == Conversation.account_id,
        Inbound.received_at == Conversation.replied_at,
        Inbound.conversation_id == Conversation.id,
        Inbound.done.in_((OFFER, BOOK)),
    )


def pending_answer(session: Session, conversation_id: str) -> Inbound | None:
    """Return the message that the conversation has to go on with, None when nothing is left to do."""
    query = select(Inbound).join(Conversation, is_pending())
    query = query.where(Conversation.id == conversation_id, Conversation.stage.in_(CONTINUED))
    return session.scalar(query.order_by(Inbound.handled_at.desc()).limit(1))


def is_declined() -> ColumnElement[bool]:
    """Return the condition under which a meeting was declined, and what follows from that is not all done.

    The mark on their message goes last: a meeting that is cancelled and still has it was left between the two.
    """
    said = select(Inbound.id).where(
        Inbound.account_id == Meeting.account_id, Inbound.contact_id == Meeting.contact_id, Inbound.done == CANCEL
    )
    status = Meeting.status.in_((*TO_COME, MeetingStatus.CANCELLED))
    return and_(status, Meeting.partstat == "DECLINED", said.correlate(Meeting.__table__).exists())


def declined_meeting(session: Session, conversation_id: str) -> Meeting | None:
    """Return the meeting of the conversation that was declined and is next to be seen to, None when there is none."""
    query = select(Meeting).where(Meeting.conversation_id == conversation_id, is_declined())
    return session.scalar(query.order_by(Meeting.status.desc(), Meeting.starts_at).limit(1))


def declines(session: Session, contact_id: str) -> list[Inbound]:
    """Return the messages by which the contact declined and after which nothing was done yet, newest first."""
    query = select(Inbound).where(Inbound.contact_id == contact_id, Inbound.done == CANCEL)
    return list(session.scalars(query.order_by(Inbound.received_at.desc())))


def chosen_time(session: Session, message: Inbound) -> datetime | None:
    """Return the start of the offered time that the message chose."""
    numbers = [str(words).removeprefix("slot:") for words in message.evidence if str(words).startswith("slot:")]
    if not numbers or not numbers[-1].isdecimal():
        return None
    query = select(SlotOffer.starts_at).where(
        SlotOffer.conversation_id == message.conversation_id, SlotOffer.number == int(numbers[-1])
    )
    # Numbers are given anew with every offer: the ones still open come first, then the latest.
    query = query.order_by(SlotOffer.released_at.is_(None).desc(), SlotOffer.released_at.desc())
    return session.scalar(query.limit(1))
