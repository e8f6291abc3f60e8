"""Go on by itself where an answer asks for it: offer times, book the one that was chosen, cancel what was declined.

Each step looks first whether it was done already, so a crash between a step and its note repeats nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.hold_back import stop_account
from outreach.actions.offer_slots import offer_slots
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError
from outreach.errors import OutreachError, TryLater, Unavailable
from outreach.model import Account, Contact, Conversation, Inbound, Letter, Meeting, SlotOffer
from outreach.queries.pending_answers import BOOK, CANCEL, OFFER, pending_answer
from outreach.rules.kinds import LetterKind, LetterState, MeetingStatus

log = structlog.get_logger(__name__)

_AGAIN = timedelta(minutes=15)
#: After so long without success a person takes over.
_PATIENCE = timedelta(hours=24)
_LIVE = (MeetingStatus.HOLD, MeetingStatus.CONFIRMED)
_DEAD = (LetterState.CANCELLED, LetterState.EXPIRED, LetterState.FAILED)


@dataclass(frozen=True)
class _Step:
    """What comes next in a conversation, and what is there of it already."""

    what: str
    inbound_id: str
    conversation_id: str
    account_id: str
    contact_id: str
    contact_name: str
    contact_address: str
    replied_at: datetime
    start: datetime | None
    declined_meeting_id: str | None
    is_booked: bool
    is_offered: bool


def continue_conversation(app: App, conversation_id: str) -> None:
    """Do what the newest answer asks for. Does nothing when nothing is pending.

    What cannot be done now is tried again a quarter of an hour later, for a day; what cannot be done at all is put
    before the owner, with the reason. A time that was taken meanwhile is answered with new ones if times are offered
    automatically.
    """
    step = _step(app, conversation_id)
    if step is None:
        return
    try:
        done = _do(app, step)
    except AccessLost as error:
        stop_account(app, step.account_id, error)
    except (EdgeError, TryLater, Unavailable) as error:
        _try_again(app, step, error.message)
    except OutreachError as error:
        _give_to_owner(app, step, error.message)
    else:
        _finish(app, step, done)


def _step(app: App, conversation_id: str) -> _Step | None:
    with app.database.read(EVERYBODY) as session:
        message = pending_answer(session, conversation_id)
        if message is None:
            return None
        conversation = session.get_one(Conversation, conversation_id)
        contact = session.get_one(Contact, conversation.contact_id)
        replied_at = conversation.replied_at or message.received_at
        return _Step(
            what=message.done,
            inbound_id=message.id,
            conversation_id=conversation_id,
            account_id=conversation.account_id,
            contact_id=contact.id,
            contact_name=contact.full_name,
            contact_address=contact.email or contact.id,
            replied_at=replied_at,
            start=_chosen(session, message),
            declined_meeting_id=_declined_meeting(session, contact.id),
            is_booked=_is_booked(session, conversation_id, replied_at),
            is_offered=_is_offered(session, conversation_id, replied_at),
        )


def _chosen(session: Session, message: Inbound) -> datetime | None:
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


def _declined_meeting(session: Session, contact_id: str) -> str | None:
    query = select(Meeting.id).where(
        Meeting.contact_id == contact_id, Meeting.status.in_(_LIVE), Meeting.partstat == "DECLINED"
    )
    return session.scalar(query.limit(1))


def _is_booked(session: Session, conversation_id: str, since: datetime) -> bool:
    query = select(Meeting.id).where(
        Meeting.conversation_id == conversation_id, Meeting.status.in_(_LIVE), Meeting.booked_at >= since
    )
    return session.scalar(query.limit(1)) is not None


def _is_offered(session: Session, conversation_id: str, since: datetime) -> bool:
    query = select(Letter.id).where(
        Letter.conversation_id == conversation_id,
        Letter.kind == LetterKind.SLOTS_OFFERED,
        Letter.created_at >= since,
        Letter.state.not_in(_DEAD),
    )
    return session.scalar(query.limit(1)) is not None


def _do(app: App, step: _Step) -> str:
    if step.what == CANCEL:
        return _cancel(app, step)
    if step.is_booked:
        return "the meeting is booked"
    if step.what == BOOK and not step.is_offered:
        return _book(app, step)
    return _offer(app, step)


def _cancel(app: App, step: _Step) -> str:
    if step.declined_meeting_id is not None:
        cancel_meeting(app, step.account_id, step.declined_meeting_id)
    return "the meeting that was declined is cancelled"


def _book(app: App, step: _Step) -> str:
    if step.start is None:
        return _offer_anew(app, step, "the time that was chosen is not on offer any more")
    try:
        book_meeting(app, step.account_id, step.contact_id, step.start)
    except (TryLater, Unavailable):
        raise
    except OutreachError as error:
        return _offer_anew(app, step, error.message)
    return "the time that was chosen is booked"


def _offer_anew(app: App, step: _Step, reason: str) -> str:
    """The time is gone: offer others where times are offered automatically. Raises OutreachError where not."""
    with app.database.read(EVERYBODY) as session:
        settings = app.settings_for(session.get_one(Account, step.account_id))
    if not settings.scheduling.offer_automatically:
        raise OutreachError(reason)
    return f"{_offer(app, step)}, for the one chosen could not be booked: {reason}"


def _offer(app: App, step: _Step) -> str:
    if not step.is_offered:
        offer_slots(app, step.account_id, step.contact_id)
    return "times are offered"


def _finish(app: App, step: _Step, done: str) -> None:
    with app.database.write(step.account_id) as session:
        session.get_one(Inbound, step.inbound_id).done = done[:500]
        conversation = session.get_one(Conversation, step.conversation_id)
        conversation.follow_up_due_at = None
    log.info("conversation_continued", conversation=step.conversation_id, account=step.account_id, done=done)


def _try_again(app: App, step: _Step, reason: str) -> None:
    now = app.now()
    if now - step.replied_at > _PATIENCE:
        _give_to_owner(app, step, reason)
        return
    log.info("conversation_put_off", conversation=step.conversation_id, account=step.account_id, reason=reason)
    with app.database.write(step.account_id) as session:
        session.get_one(Conversation, step.conversation_id).follow_up_due_at = now + _AGAIN


def _give_to_owner(app: App, step: _Step, reason: str) -> None:
    asked = {OFFER: "said yes", BOOK: "chose a time", CANCEL: "declined the invitation"}.get(step.what, "answered")
    command = "" if step.what == CANCEL else f" Go on with `outreach schedule {step.contact_address}`."
    with app.database.write(step.account_id) as session:
        session.get_one(Inbound, step.inbound_id).done = f"for you: {reason}"[:500]
        conversation = session.get_one(Conversation, step.conversation_id)
        conversation.follow_up_due_at = None
        conversation.needs_you = f"{asked}, but: {reason.rstrip('.')}.{command}"[:500]
