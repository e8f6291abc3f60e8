"""What a guest does on the booking page: book, move, cancel. The same form sent twice is one request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.guest_slots import guest_slots
from outreach.actions.move_meeting import move_meeting
from outreach.app import App
from outreach.errors import BadInput, NotAllowed
from outreach.model import BookingRequest, Contact, Conversation, Meeting
from outreach.model.base import new_id
from outreach.rules.for_owner import with_more
from outreach.rules.instants import as_utc
from outreach.rules.kinds import TO_COME, PlaceKind

log = structlog.get_logger(__name__)

LONGEST_NOTE, LONGEST_PHONE = 1000, 40
_GONE = "That time has just been taken. Please choose another one."


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a guest asks for. ``key`` names the form; ``start`` is an aware instant, None to cancel.

    ``phone`` and ``note`` are a stranger's words: the number goes into the guest's own letters and the owner's
    calendar, the note to the owner only.
    """

    key: str
    start: datetime | None
    place_kind: PlaceKind | None = None
    phone: str = ""
    note: str = ""


def book_as_guest(app: App, account_id: str, conversation_id: str, wish: Wish) -> None:
    """Do what the guest asks: book, move what is booked, or cancel it. A form that was sent before changes nothing.

    Raises NotAllowed, in words for the guest, for a time that is not free any more and for an invitation that is over;
    EdgeError when the owner's calendar cannot be read.
    """
    if not _is_first(app, account_id, conversation_id, wish.key):
        return
    try:
        _do(app, account_id, conversation_id, wish)
    except BaseException:
        _forget(app, account_id, conversation_id, wish.key)  # nothing was done: the form may be sent again
        raise


def _do(app: App, account_id: str, conversation_id: str, wish: Wish) -> None:
    meeting = meeting_to_come(app, account_id, conversation_id)
    if wish.start is None:
        if meeting is not None:
            cancel_meeting(app, account_id, meeting.id)
            _tell(app, account_id, meeting.id, "cancelled the meeting on the booking page")
        return
    start = as_utc(wish.start)
    if meeting is not None and meeting.starts_at == start:
        return  # they have that time already
    slots = guest_slots(app, account_id, conversation_id, moving=meeting.id if meeting else None)
    if not any(slot.start == start for slot in slots):
        raise NotAllowed(_GONE)
    contact_id = _contact_of(app, account_id, conversation_id)
    place = wish.phone[:LONGEST_PHONE] if wish.place_kind is PlaceKind.PHONE else ""
    try:
        if meeting is not None:
            move_meeting(app, account_id, meeting.id, start)
            _tell(app, account_id, meeting.id, "moved the meeting on the booking page")
            return
        booked = book_meeting(app, account_id, contact_id, start, place_kind=wish.place_kind, place=place)
    except (NotAllowed, BadInput) as error:
        # What it says is for the owner: their calendar is no guest's business.
        log.info("guest_refused", account=account_id, conversation=conversation_id, reason=error.message)
        raise NotAllowed(_GONE) from error
    if wish.note.strip():
        _tell(app, account_id, booked, "wrote something when booking: see the meeting", note=wish.note)


def meeting_to_come(app: App, account_id: str, conversation_id: str) -> Meeting | None:
    """Return the meeting of the conversation that is still to come, None when there is none."""
    query = select(Meeting).where(
        Meeting.conversation_id == conversation_id, Meeting.status.in_(TO_COME), Meeting.ends_at > app.now()
    )
    with app.database.read(account_id) as session:
        return session.scalar(query.order_by(Meeting.starts_at).limit(1))


def _contact_of(app: App, account_id: str, conversation_id: str) -> str:
    with app.database.read(account_id) as session:
        conversation = session.get_one(Conversation, conversation_id)
    if conversation.closed_at is not None:
        raise NotAllowed("This invitation is over. A line to the person who wrote to you is the best way now.")
    return conversation.contact_id


def _is_first(app: App, account_id: str, conversation_id: str, key: str) -> bool:
    row = BookingRequest(id=new_id(), conversation_id=conversation_id, key=key[:64], created_at=app.now())
    try:
        with app.database.write(account_id) as session:
            session.add(row)
    except IntegrityError:
        return False
    return True


def _forget(app: App, account_id: str, conversation_id: str, key: str) -> None:
    with app.database.write(account_id) as session:
        session.execute(
            delete(BookingRequest).where(
                BookingRequest.conversation_id == conversation_id, BookingRequest.key == key[:64]
            )
        )


def _tell(app: App, account_id: str, meeting_id: str, what: str, *, note: str = "") -> None:
    """Keep the guest's note with the meeting, and tell the owner what happened without them."""
    with app.database.write(account_id) as session:
        meeting = session.get_one(Meeting, meeting_id, with_for_update=True)
        if note:
            meeting.guest_note = note.strip()[:LONGEST_NOTE]
        conversation = session.get_one(Conversation, meeting.conversation_id, with_for_update=True)
        name = session.get_one(Contact, meeting.contact_id).full_name
        conversation.needs_you = with_more(conversation.needs_you, f"{name} {what}")
    log.info("guest", meeting=meeting_id, account=account_id, what=what)
