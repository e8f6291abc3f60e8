"""What a guest does on the booking page: book, move, cancel. The same form sent twice is one request.

A form is known by its key, which is claimed first and marked as done at the end: a second click meanwhile is asked to
wait, and what a crash left between the two may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.guest_slots import guest_slots
from outreach.actions.guest_words import GuestWords
from outreach.actions.move_meeting import move_meeting
from outreach.app import App
from outreach.errors import BadInput, NotAllowed, TryLater
from outreach.model import BookingRequest, Conversation, Meeting
from outreach.model.base import new_id
from outreach.queries.booking_page import BookingState, booking_page
from outreach.rules.instants import as_utc
from outreach.rules.kinds import TO_COME, PlaceKind

log = structlog.get_logger(__name__)

LONGEST_PHONE = 40
#: Each change is a letter to the guest: nobody needs more in a day, and a link that was handed on must not be a gun.
MOST_A_DAY = 8
#: A form whose worker has not said so long after that it is done may be sent again.
_ABANDONED = timedelta(minutes=1)
#: After so long no form is open in any browser.
_FORGOTTEN = timedelta(days=60)
_GONE = "That time has just been taken. Please choose another one."
_OVER = "This invitation is over. A line to the person who wrote to you is the best way now."
_BOOKED = "You have a time already. To change it, use “Choose another time”."
_ENOUGH = "That was changed often enough for a day. Please send a line in reply to the letter instead."


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a guest asks for. ``key`` names the form; ``start`` is an aware instant, None to cancel.

    ``moves`` says that another time is to take the place of the one that is booked. ``phone`` and ``note`` are a
    stranger's words: the number goes into the guest's own letters and the owner's calendar, the note to the owner only.
    """

    key: str
    start: datetime | None
    moves: bool = False
    place_kind: PlaceKind | None = None
    phone: str = ""
    note: str = ""


def book_as_guest(app: App, account_id: str, conversation_id: str, wish: Wish) -> None:
    """Do what the guest asks: book, move what is booked, or cancel it. A form that was sent before changes nothing.

    Raises NotAllowed, in words for the guest, for a time that is not free any more and for an invitation that is over,
    TryLater while the same form is being dealt with and where nothing leaves from the account just now, EdgeError when
    the owner's calendar cannot be read.
    """
    if not _claim_form(app, account_id, conversation_id, wish.key):
        return
    try:
        _do(app, account_id, conversation_id, wish)
    except BaseException:
        _forget(app, account_id, conversation_id, wish.key)  # nothing was done: the form may be sent again
        raise
    _note_done(app, account_id, conversation_id, wish.key)


def _do(app: App, account_id: str, conversation_id: str, wish: Wish) -> None:
    state = booking_page(app, account_id, conversation_id).state
    if state is BookingState.PAUSED:
        raise TryLater("Nothing can be booked here at the moment. Please try again later, or answer the letter.")
    if state in {BookingState.HELD, BookingState.CLOSED}:
        raise NotAllowed(_OVER)
    meeting = meeting_to_come(app, account_id, conversation_id)
    if wish.start is None:
        if meeting is not None:
            said = GuestWords("cancelled the meeting on the booking page")
            cancel_meeting(app, account_id, meeting.id, guest=said)
        return
    start = as_utc(wish.start)
    if meeting is not None and meeting.starts_at == start:
        return  # they have that time already
    if meeting is not None and not wish.moves:
        raise NotAllowed(_BOOKED)
    slots = guest_slots(app, account_id, conversation_id, moving=meeting.id if meeting else None)
    if not any(slot.start == start for slot in slots):
        raise NotAllowed(_GONE)
    try:
        _book_or_move(app, account_id, conversation_id, meeting, start, wish)
    except (NotAllowed, BadInput) as error:
        # What it says is for the owner: their calendar is no guest's business.
        log.info("guest_refused", account=account_id, conversation=conversation_id, reason=error.message)
        raise NotAllowed(_GONE) from error


def _book_or_move(
    app: App, account_id: str, conversation_id: str, meeting: Meeting | None, start: datetime, wish: Wish
) -> None:
    if meeting is not None:
        said = GuestWords("moved the meeting on the booking page")
        move_meeting(app, account_id, meeting.id, start, guest=said)
        return
    place = wish.phone[:LONGEST_PHONE] if wish.place_kind is PlaceKind.PHONE else ""
    with app.database.read(account_id) as session:
        contact_id = session.get_one(Conversation, conversation_id).contact_id
    said = GuestWords("wrote something when booking: see the meeting" if wish.note.strip() else "", wish.note)
    book_meeting(app, account_id, contact_id, start, place_kind=wish.place_kind, place=place, guest=said)


def meeting_to_come(app: App, account_id: str, conversation_id: str) -> Meeting | None:
    """Return the meeting of the conversation that is still to come, None when there is none."""
    query = select(Meeting).where(
        Meeting.conversation_id == conversation_id, Meeting.status.in_(TO_COME), Meeting.ends_at > app.now()
    )
    with app.database.read(account_id) as session:
        return session.scalar(query.order_by(Meeting.starts_at).limit(1))


def _claim_form(app: App, account_id: str, conversation_id: str, key: str) -> bool:
    """Take the form with this key in hand. Return False for one that was done before."""
    now = app.now()
    row = BookingRequest(id=new_id(), conversation_id=conversation_id, key=key[:64], created_at=now)
    mine = BookingRequest.conversation_id == conversation_id
    try:
        with app.database.write(account_id) as session:
            session.execute(delete(BookingRequest).where(mine, BookingRequest.created_at < now - _FORGOTTEN))
            lately = select(func.count(BookingRequest.id)).where(mine, BookingRequest.done_at > now - timedelta(days=1))
            if (session.scalar(lately) or 0) >= MOST_A_DAY:
                raise NotAllowed(_ENOUGH)
            session.add(row)
    except IntegrityError:
        return _take_over(app, account_id, conversation_id, key)
    return True


def _take_over(app: App, account_id: str, conversation_id: str, key: str) -> bool:
    now = app.now()
    query = select(BookingRequest).where(
        BookingRequest.conversation_id == conversation_id, BookingRequest.key == key[:64]
    )
    with app.database.write(account_id) as session:
        row = session.scalar(query.with_for_update())
        if row is None or row.done_at is not None:
            return False
        if timedelta(0) <= now - row.created_at < _ABANDONED:
            raise TryLater("That is being booked at this moment. Please load the page again in a few seconds.")
        row.created_at = now
    return True


def _forget(app: App, account_id: str, conversation_id: str, key: str) -> None:
    with app.database.write(account_id) as session:
        session.execute(
            delete(BookingRequest).where(
                BookingRequest.conversation_id == conversation_id, BookingRequest.key == key[:64]
            )
        )


def _note_done(app: App, account_id: str, conversation_id: str, key: str) -> None:
    done = update(BookingRequest).where(
        BookingRequest.conversation_id == conversation_id, BookingRequest.key == key[:64]
    )
    with app.database.write(account_id) as session:
        session.execute(done.values(done_at=app.now()))
