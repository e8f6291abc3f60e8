"""What the booking page says about a conversation, before any calendar is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Account, AccountState, Contact, Conversation, DoNotContact, Meeting, SlotOffer
from outreach.rules.instants import Span
from outreach.rules.kinds import MeetingStatus, Stage
from outreach.rules.stages import can_move
from outreach.rules.whereabouts import Whereabouts
from outreach.settings import Settings


class BookingState(StrEnum):
    """What a guest can do now."""

    OPEN = "open"  # choose a time
    CANCELLED = "cancelled"  # the meeting was cancelled; choose another time
    BOOKED = "booked"  # move or cancel
    HELD = "held"  # it is over
    PAUSED = "paused"  # nothing leaves from the account just now, or its tables are still to be compared
    CLOSED = "closed"  # nothing any more


@dataclass(frozen=True)
class BookedMeeting:
    """The meeting that is booked. Instants are aware UTC."""

    id: str
    starts_at: datetime
    ends_at: datetime
    place_kind: str
    place: str
    #: The host's number, where it is the guest who calls.
    call_host: str


@dataclass(frozen=True)
class BookingPage:
    """All that the page shows but the free times. ``zone`` is the guest's as far as is known."""

    state: BookingState
    host_name: str
    field: str
    guest_name: str
    zone: str
    host: Whereabouts
    minutes: int
    local: bool
    offered: tuple[tuple[int, Span], ...]
    meeting: BookedMeeting | None


def booking_page(app: App, account_id: str, conversation_id: str) -> BookingPage:
    """Return what the page of this conversation shows."""
    now = app.now()
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        conversation = session.get_one(Conversation, conversation_id)
        contact = session.get_one(Contact, conversation.contact_id)
        meeting = _newest_meeting(session, conversation_id)
        refused = session.scalar(select(DoNotContact.id).where(DoNotContact.address_key == contact.address_key))
        offers = session.scalars(
            select(SlotOffer)
            .where(
                SlotOffer.conversation_id == conversation_id,
                SlotOffer.released_at.is_(None),
                SlotOffer.expires_at > now,
            )
            .order_by(SlotOffer.number)
        ).all()
    settings = app.settings_for(account)
    state = BookingState.CLOSED if refused else _state(conversation, meeting, now)
    if account.reconcile_from is not None or account.state is not AccountState.ACTIVE:
        state = BookingState.PAUSED
    return BookingPage(
        state=state,
        host_name=settings.me.name or account.name or account.address,
        field=settings.me.field,
        guest_name=contact.full_name,
        zone=contact.zone or account.zone,
        host=settings.whereabouts(account.zone),
        minutes=settings.availability.length_minutes,
        local=bool(contact.local),
        offered=tuple((offer.number, Span(offer.starts_at, offer.ends_at)) for offer in offers),
        meeting=_shown(meeting, settings) if meeting is not None and state is not BookingState.OPEN else None,
    )


def _newest_meeting(session: Session, conversation_id: str) -> Meeting | None:
    query = select(Meeting).where(Meeting.conversation_id == conversation_id)
    return session.scalar(query.order_by(Meeting.booked_at.desc(), Meeting.id).limit(1))


def _state(conversation: Conversation, meeting: Meeting | None, now: datetime) -> BookingState:
    if conversation.stage is Stage.BOOKED and meeting is not None and meeting.ends_at > now:
        return BookingState.BOOKED
    if meeting is not None and meeting.status in {MeetingStatus.HELD, MeetingStatus.CONFIRMED}:
        return BookingState.HELD
    if conversation.closed_at is not None or not can_move(conversation.stage, Stage.BOOKED):
        return BookingState.CLOSED
    cancelled = meeting is not None and meeting.status is MeetingStatus.CANCELLED
    return BookingState.CANCELLED if cancelled else BookingState.OPEN


def _shown(meeting: Meeting, settings: Settings) -> BookedMeeting:
    call_host = settings.number_to_call(meeting.place_kind, meeting.place)
    kind = meeting.place_kind.value
    return BookedMeeting(meeting.id, meeting.starts_at, meeting.ends_at, kind, meeting.place, call_host)
