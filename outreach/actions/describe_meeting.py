"""One meeting as the guest's mail and the owner's calendar show it: the same words, UID and times in both."""

from __future__ import annotations

from datetime import datetime

from outreach.calendar.invitation import Invitation
from outreach.edge import CalendarEvent
from outreach.model import Account, Contact, Meeting
from outreach.rules.instants import Span
from outreach.rules.kinds import MeetingStatus, PlaceKind
from outreach.settings import Settings


def invitation_of(
    meeting: Meeting, contact: Contact, account: Account, settings: Settings, now: datetime
) -> Invitation:
    """Return the invitation (RFC 5545) to the meeting as it is, with the sender as organizer."""
    return Invitation(
        uid=meeting.uid,
        sequence=meeting.sequence,
        span=Span(meeting.starts_at, meeting.ends_at),
        summary=_summary(contact, account, settings),
        description=_description(meeting, contact, settings),
        location=_location(meeting, contact, settings),
        organizer=(_own_name(account, settings), account.address),
        attendee=(contact.full_name, contact.email or ""),
        stamp=now,
    )


def event_of(meeting: Meeting, contact: Contact, account: Account, settings: Settings) -> CalendarEvent:
    """Return the event that shows the meeting in the owner's calendar."""
    return CalendarEvent(
        id=meeting.event_id,
        uid=meeting.uid,
        sequence=meeting.sequence,
        span=Span(meeting.starts_at, meeting.ends_at),
        summary=_summary(contact, account, settings),
        description=_description(meeting, contact, settings),
        location=_location(meeting, contact, settings),
        attendees=((contact.full_name, contact.email),) if contact.email else (),
        organizer=(_own_name(account, settings), account.address),
        cancelled=meeting.status is MeetingStatus.CANCELLED,
        wants_video=awaits_link(meeting, settings),
    )


def awaits_link(meeting: Meeting, settings: Settings) -> bool:
    """Return whether Google is to make a video link for the meeting, which is not known yet."""
    return meeting.place_kind is PlaceKind.VIDEO and not meeting.place and settings.scheduling.google_meet


def _own_name(account: Account, settings: Settings) -> str:
    return settings.me.name or account.name or account.address


def _summary(contact: Contact, account: Account, settings: Settings) -> str:
    return f"{_own_name(account, settings)} and {contact.full_name}: a conversation about work"


def _description(meeting: Meeting, contact: Contact, settings: Settings) -> str:
    minutes = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    field = f" about {settings.me.field}" if settings.me.field else ""
    about = f"An informational interview{field}: {minutes} minutes, questions and answers."
    return f"{about}\n{_how(meeting, contact, settings)}"


def _how(meeting: Meeting, contact: Contact, settings: Settings) -> str:
    where = {
        PlaceKind.OFFICE: f"At the place of work of {contact.full_name}",
        PlaceKind.PHONE: "By phone",
        PlaceKind.VIDEO: "By video call",
    }
    said = where[meeting.place_kind]
    if meeting.place:
        return f"{said}: {meeting.place}"
    if number := settings.number_to_call(meeting.place_kind, meeting.place):
        return f"{said}: {contact.full_name} calls {number}"
    if meeting.place_kind is PlaceKind.PHONE and contact.phone:
        return f"{said}: I call {contact.phone}"
    return f"{said}."


def _location(meeting: Meeting, contact: Contact, settings: Settings) -> str:
    if meeting.place:
        return meeting.place
    if number := settings.number_to_call(meeting.place_kind, meeting.place):
        return f"Phone {number}"
    if meeting.place_kind is PlaceKind.PHONE:
        return f"Phone {contact.phone}".strip()
    return contact.organization if meeting.place_kind is PlaceKind.OFFICE else "Video call"
