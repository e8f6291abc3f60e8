"""Answers whose consequences are not all carried out: those that need the network follow after the commit.

The mark stands on the message itself, so it is stored together with it and survives any crash. Of answers that ask
for times only the newest counts: its instant is the conversation's ``replied_at``. A meeting that was declined is
declined whatever was written later, and wherever its conversation stands.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, or_, select, type_coerce
from sqlalchemy.orm import Session

from outreach.model import Conversation, Inbound, Meeting, SlotOffer, is_next
from outreach.rules.kinds import TO_COME, MeetingStatus, Stage

NEXT = "next: "
OFFER = f"{NEXT}offer times"
BOOK = f"{NEXT}book the time that was chosen"
CANCEL = f"{NEXT}cancel the meeting that was declined"
CLASH = f"{NEXT}call off the meeting that the calendar has no room for"

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


def is_off() -> ColumnElement[bool]:
    """Return the condition that joins a message to a meeting that has to be called off: declined, or with a clash.

    The mark on the message goes last: a meeting that is cancelled and still has it was left between the two.
    """
    marked = or_(
        and_(Meeting.partstat == "DECLINED", Inbound.done == CANCEL),
        and_(Meeting.partstat == "CLASHES", Inbound.done == CLASH),
    )
    # No bare columns of the message: SQLite would go through all that an account ever got, instead of the few marks.
    owner, who = (type_coerce(each, String).concat("") for each in (Inbound.account_id, Inbound.contact_id))
    return and_(
        is_next(Inbound.done),
        marked,
        owner == Meeting.account_id,
        who == Meeting.contact_id,
        Meeting.status.in_((*TO_COME, MeetingStatus.CANCELLED)),
    )


def meeting_to_call_off(session: Session, conversation_id: str) -> Meeting | None:
    """Return the meeting of the conversation that is next to be called off, None when there is none."""
    query = select(Meeting).join(Inbound, is_off()).where(Meeting.conversation_id == conversation_id)
    return session.scalar(query.order_by(Meeting.status.desc(), Meeting.starts_at).limit(1))


def why_off(session: Session, contact_id: str) -> list[Inbound]:
    """Return the messages for which a meeting has to be called off and nothing was done yet, newest first."""
    query = select(Inbound).where(Inbound.contact_id == contact_id, Inbound.done.in_((CANCEL, CLASH)))
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
