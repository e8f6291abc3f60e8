"""Compare the owner's calendar with restored tables: meetings that were booked, moved or cancelled since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.book_meeting import ASKING
from outreach.actions.call_back import call_back
from outreach.app import App
from outreach.edge import CalendarEvent
from outreach.model import Account, Contact, Conversation, Meeting
from outreach.rules.addresses import address_key
from outreach.rules.for_owner import with_more
from outreach.rules.instants import Span
from outreach.rules.kinds import TO_COME
from outreach.rules.zones import say_span

_BEFORE, _AHEAD = timedelta(days=1), timedelta(days=400)


class Differs(StrEnum):
    """How a meeting in the calendar differs from the tables."""

    UNKNOWN = "unknown"  # the tables do not have it
    MOVED = "moved"  # the calendar has it at another time
    GONE = "gone"  # the tables have it, the calendar not any more


@dataclass(frozen=True)
class StrayMeeting:
    """A meeting that calendar and tables do not agree on. Instants are aware UTC, as the calendar has them."""

    differs: Differs
    with_name: str
    with_address: str
    starts_at: datetime
    ends_at: datetime
    event_id: str


def compare_calendar(app: App, account: Account, backup: datetime) -> list[StrayMeeting]:
    """Return the meetings of ours that differ since the backup, and put each before the owner. Raises EdgeError.

    Nothing is changed in the calendar, and it is not overwritten with the older time.
    """
    found = app.google.calendar(account.id).own_events(Span(backup - _BEFORE, app.now() + _AHEAD))
    with app.database.write(account.id) as session:
        strays = _unknown(session, found) + _changed(session, {event.id: event for event in found}, backup)
        for stray in strays:
            _tell(app, session, account, stray)
    return strays


def _unknown(session: Session, found: list[CalendarEvent]) -> list[StrayMeeting]:
    known = set(session.scalars(select(Meeting.event_id).where(Meeting.event_id.in_([event.id for event in found]))))
    return [_stray(Differs.UNKNOWN, event) for event in found if event.id not in known]


def _stray(differs: Differs, event: CalendarEvent) -> StrayMeeting:
    name, address = event.attendees[0] if event.attendees else (event.summary, "")
    return StrayMeeting(differs, name or address, address, event.span.start, event.span.end, event.id)


def _changed(session: Session, found: dict[str, CalendarEvent], backup: datetime) -> list[StrayMeeting]:
    """Return the meetings to come that the calendar had, and now has otherwise; they are not written there again."""
    query = select(Meeting).where(Meeting.status.in_(TO_COME), Meeting.ends_at > backup).order_by(Meeting.starts_at)
    strays = []
    for meeting in session.scalars(query.with_for_update()).all():
        event = found.get(meeting.event_id)
        if event is None and meeting.calendar_due_at is None:
            contact = session.get_one(Contact, meeting.contact_id)
            who = (contact.full_name, contact.email or "")
            strays.append(StrayMeeting(Differs.GONE, *who, meeting.starts_at, meeting.ends_at, meeting.event_id))
        elif event is not None and _was_moved(meeting, event):
            meeting.calendar_due_at = None
            strays.append(_stray(Differs.MOVED, event))
    return strays


def _was_moved(meeting: Meeting, event: CalendarEvent) -> bool:
    """Return whether the calendar has another time, and not only because ours is still to be written there."""
    same = (event.span.start, event.span.end) == (meeting.starts_at, meeting.ends_at)
    return not same and (event.sequence > meeting.sequence or meeting.calendar_due_at is None)


def _tell(app: App, session: Session, account: Account, stray: StrayMeeting) -> None:
    query = (
        select(Conversation)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.address_key == address_key(stray.with_address))
        .order_by(Conversation.closed_at.is_(None).desc(), Conversation.opened_at.desc())
    )
    conversation = session.scalar(query.limit(1).with_for_update()) if stray.with_address else None
    if conversation is None:
        return
    zone = app.settings_for(account).whereabouts(account.zone).zone_at(stray.starts_at)
    when = say_span(Span(stray.starts_at, stray.ends_at), zone)
    said = {
        Differs.UNKNOWN: f"your calendar has a meeting with them {when} that the restored tables do not know: "
        "look after it and its thank-you by hand",
        Differs.MOVED: f"your calendar has the meeting with them {when}: `outreach meeting move` it there",
        Differs.GONE: f"the meeting {when} is gone from your calendar: cancel it, or book it anew",
    }[stray.differs]
    conversation.needs_you = with_more(conversation.needs_you, said)
    if stray.differs is Differs.UNKNOWN:
        conversation.follow_up_due_at = None
        call_back(session, conversation.id, ASKING, "a meeting stands in your calendar", app.now())
