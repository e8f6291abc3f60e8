"""Go on by itself where an answer asks for it: offer times, book the one that was chosen, cancel what was declined.

One worker at a time goes on with a conversation: it takes a short lease first, ``follow_up_due_at``, and what a crash
interrupts falls due again when that has run out. Each step looks first whether it was done already, so a crash between
a step and its note repeats nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.book_meeting import book_meeting
from outreach.actions.call_back import call_back
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.crash_points import crash_point
from outreach.actions.hold_back import stop_account
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError
from outreach.errors import NotAllowed, OutreachError, TryLater, Unavailable
from outreach.model import Account, Contact, Conversation, Inbound, Letter, Meeting
from outreach.queries.pending_answers import (
    BOOK,
    CANCEL,
    CLASH,
    OFFER,
    chosen_time,
    meeting_to_call_off,
    pending_answer,
    why_off,
)
from outreach.rules.for_owner import still_open, with_more
from outreach.rules.instants import Span
from outreach.rules.kinds import TO_COME, Answer, LetterKind, LetterState, MeetingStatus, Stage

log = structlog.get_logger(__name__)

#: Longer than a step takes; the next worker looks after that.
_LEASE = timedelta(minutes=2)
_AGAIN = timedelta(minutes=15)
#: After so long without success a person takes over.
_PATIENCE = timedelta(hours=24)
_OFF = frozenset({MeetingStatus.CANCELLED, MeetingStatus.NOT_HELD})
_DEAD = (LetterState.CANCELLED, LetterState.EXPIRED, LetterState.FAILED)
#: Where a conversation stands whose only meeting was declined, before it is cancelled and after.
_AFTER_DECLINE = frozenset({Stage.BOOKED, Stage.CANCELLED, Stage.SLOTS_OFFERED})
_WANTS_NOTHING = frozenset({Stage.DECLINED, Stage.OPTED_OUT})


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What comes next in a conversation, and what is there of it already.

    ``asked_at`` is when the message came that asks for it; ``left_open`` what stood before the owner then and has
    nothing to do with it; ``credentials`` the account's, before Google was asked; ``meeting`` the one that they
    declined.
    """

    what: str
    inbound_ids: tuple[str, ...]
    conversation_id: str
    account_id: str
    contact_id: str
    contact_address: str
    asked_at: datetime
    credentials: bytes | None
    lease: datetime
    left_open: str
    start: datetime | None = None
    meeting: Meeting | None = None
    is_booked: bool = False
    is_offered: bool = False


def continue_conversation(app: App, conversation_id: str) -> None:
    """Do what the newest answer asks for. Does nothing when nothing is pending, or another worker is at it.

    What cannot be done now is tried again a quarter of an hour later, for a day; what cannot be done at all is put
    before the owner, with the reason. A time that was taken meanwhile is answered with new ones if times are offered
    automatically.
    """
    step = _lease(app, conversation_id)
    if step is None:
        return
    crash_point("step_taken")
    try:
        done = _do(app, step)
        crash_point("step_done")
    except AccessLost as error:
        stop_account(app, step.account_id, error, step.credentials)
    except (EdgeError, TryLater, Unavailable) as error:
        _try_again(app, step, error.message)
    except OutreachError as error:
        _give_to_owner(app, step, error.message)
    else:
        _finish(app, step, done)


def _lease(app: App, conversation_id: str) -> _Step | None:
    """Return the step, which nobody else takes before the lease has run out; None when there is none, or it waits."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        if conversation is None or (conversation.follow_up_due_at or now) > now:
            return None
        if session.get_one(Account, conversation.account_id).reconcile_from is not None:
            return None
        step = _step(session, conversation, now + _LEASE)
        if step is not None and not (step.is_booked or step.is_offered):
            conversation.follow_up_due_at = step.lease
        return step


def _step(session: Session, conversation: Conversation, lease: datetime) -> _Step | None:
    contact = session.get_one(Contact, conversation.contact_id)
    meeting = meeting_to_call_off(session, conversation.id)
    message = pending_answer(session, conversation.id) if meeting is None else None
    messages = [message] if message is not None else why_off(session, contact.id)
    if not messages or (meeting is None and message is None):
        return None
    asked_at = messages[0].received_at
    return _Step(
        what=messages[0].done,
        inbound_ids=tuple(each.id for each in messages),
        conversation_id=conversation.id,
        account_id=conversation.account_id,
        contact_id=contact.id,
        contact_address=contact.email or contact.id,
        asked_at=asked_at,
        credentials=session.get_one(Account, conversation.account_id).credentials,
        lease=lease,
        left_open=still_open(conversation.needs_you),
        start=chosen_time(session, message) if message is not None else None,
        meeting=meeting,
        is_booked=meeting is None and _is_booked(session, conversation.id, asked_at),
        is_offered=_is_offered(session, conversation.id, asked_at),
    )


def _is_booked(session: Session, conversation_id: str, since: datetime) -> bool:
    query = select(Meeting.id).where(
        Meeting.conversation_id == conversation_id, Meeting.status.in_(TO_COME), Meeting.booked_at >= since
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
    if step.meeting is not None:
        return _cancel(app, step, step.meeting)
    if step.is_booked:
        return "the meeting is booked"
    if step.what == BOOK and not step.is_offered:
        return _book(app, step)
    return _offer(app, step)


def _cancel(app: App, step: _Step, meeting: Meeting) -> str:
    """Cancel it; or, where the answer came in time and is read only after the end, note that nobody met."""
    if meeting.status is MeetingStatus.CANCELLED or app.now() < meeting.ends_at:
        return _offer_instead(app, step, meeting)
    if step.asked_at >= meeting.ends_at:
        raise NotAllowed(f"It was over by then. Did you meet? `outreach meeting not-held {meeting.id[:8]}` if not.")
    mark_meeting(app, step.account_id, meeting.id, held=False)
    return "the meeting that was declined was over when this was read: marked as not held"


def _offer_instead(app: App, step: _Step, meeting: Meeting) -> str:
    """Cancel it and offer other times in one letter: always after a clash, else where the account does so by itself."""
    clashed, span = step.what == CLASH, Span(meeting.starts_at, meeting.ends_at)
    offers = clashed or _wants_others(app, step, meeting)
    # After a clash no event was put into the calendar, and what stands there is the owner's.
    cancel_meeting(app, step.account_id, meeting.id, tell=clashed or not offers, in_calendar=not clashed)
    off = "the meeting that the calendar has no room for" if clashed else "the meeting that was declined"
    if not offers:
        return f"{off} is cancelled"
    if not step.is_offered:
        try:
            offer_slots(
                app,
                step.account_id,
                step.contact_id,
                declined=None if clashed else span,
                clashed=span if clashed else None,
            )
        except (TryLater, Unavailable):
            raise
        except OutreachError as error:
            return f"{off} is cancelled; no other times are offered: {error.message}"
    return f"{off} is cancelled, and other times are offered"


def _wants_others(app: App, step: _Step, meeting: Meeting) -> bool:
    """Return whether other times are to be offered: since it was booked neither they nor the owner wrote otherwise."""
    with app.database.read(step.account_id) as session:
        account = session.get_one(Account, step.account_id)
        stage = session.get_one(Conversation, step.conversation_id).stage
        otherwise = select(Inbound.id).where(
            Inbound.conversation_id == step.conversation_id,
            Inbound.received_at > meeting.booked_at,
            Inbound.answer.not_in((Answer.CALENDAR, Answer.YES, Answer.YES_WITH_TIME, Answer.AUTO_REPLY)),
        )
        wrote = session.scalar(otherwise.limit(1)) is not None
    return app.settings_for(account).scheduling.offer_automatically and not wrote and stage in _AFTER_DECLINE


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
        conversation, messages = _locked(session, step)
        _note_done(conversation, messages, step, done)
        is_off = step.meeting is not None and conversation.stage is Stage.CANCELLED
        if is_off and (step.what == CLASH or not _is_offered(session, step.conversation_id, step.asked_at)):
            conversation.needs_you = with_more(conversation.needs_you, _after(session, step))
        if not messages and conversation.stage in _WANTS_NOTHING:
            # A no came in while times were being offered.
            call_back(session, conversation.id, {LetterKind.SLOTS_OFFERED}, "the person has answered", app.now())
    log.info("conversation_continued", conversation=step.conversation_id, account=step.account_id, done=done)


def _after(session: Session, step: _Step) -> str:
    """Return what the owner is told of a meeting that was called off."""
    offered = _is_offered(session, step.conversation_id, step.asked_at)
    offer = f"Offer other times with `outreach schedule {step.contact_address}`"
    if step.what != CLASH:
        return f"declined the meeting. {offer}"
    said = "a meeting was called off, for your calendar had something there by the time it was booked"
    return f"{said}; other times are offered" if offered else f"{said}. Write to them, or: {offer}"


def _locked(session: Session, step: _Step) -> tuple[Conversation, Sequence[Inbound]]:
    """Return the conversation, and those of the step's messages that nothing was done about yet."""
    conversation = session.get_one(Conversation, step.conversation_id, with_for_update=True)
    query = select(Inbound).where(Inbound.id.in_(step.inbound_ids), Inbound.done == step.what)
    return conversation, session.scalars(query.with_for_update()).all()


def _note_done(conversation: Conversation, messages: Sequence[Inbound], step: _Step, done: str) -> None:
    for message in messages:
        message.done = done[:500]
    if conversation.follow_up_due_at == step.lease:
        conversation.follow_up_due_at = None
    if messages and not conversation.needs_you:
        # Booking and offering clear it; a question that somebody asked besides is still to be answered.
        conversation.needs_you = step.left_open


def _try_again(app: App, step: _Step, reason: str) -> None:
    now = app.now()
    if now - step.asked_at > _PATIENCE:
        _give_to_owner(app, step, reason)
        return
    log.info("conversation_put_off", conversation=step.conversation_id, account=step.account_id, reason=reason)
    with app.database.write(step.account_id) as session:
        conversation, _ = _locked(session, step)
        if conversation.follow_up_due_at == step.lease:
            conversation.follow_up_due_at = now + _AGAIN


def _give_to_owner(app: App, step: _Step, reason: str) -> None:
    asked = {
        OFFER: "said yes",
        BOOK: "chose a time",
        CANCEL: "declined the invitation",
        CLASH: "has a meeting that your calendar has no room for",
    }.get(step.what, "answered")
    to_cancel = step.meeting is not None and step.meeting.status is not MeetingStatus.CANCELLED
    command = "" if to_cancel else f" Go on with `outreach schedule {step.contact_address}`."
    with app.database.write(step.account_id) as session:
        conversation, messages = _locked(session, step)
        if conversation.follow_up_due_at != step.lease or not messages:
            return  # an answer or another worker was quicker
        # Looked at once more, now that nothing can change: the owner may have done it by hand at this moment.
        now_done = _done_meanwhile(session, step)
        _note_done(conversation, messages, step, now_done or f"for you: {reason}")
        if not now_done:
            what = f"{asked}, but: {reason.rstrip('.')}.{command}"
            conversation.needs_you = with_more(still_open(conversation.needs_you), what)


def _done_meanwhile(session: Session, step: _Step) -> str:
    if step.meeting is not None:
        meeting = session.get_one(Meeting, step.meeting.id)
        offered = _is_offered(session, step.conversation_id, step.asked_at)
        if meeting.status is MeetingStatus.CANCELLED and not offered and meeting.status is step.meeting.status:
            return ""  # cancelled by an earlier try, and nobody has offered anything instead
        return f"the meeting is {meeting.status.replace('_', ' ')}" if meeting.status in _OFF else ""
    if _is_booked(session, step.conversation_id, step.asked_at):
        return "the meeting is booked"
    return "times are offered" if _is_offered(session, step.conversation_id, step.asked_at) else ""
