"""A calendar of meetings for programs that subscribe to one (RFC 5545, METHOD:PUBLISH of RFC 5546): to look at only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from outreach.calendar.invitation import PRODID, cleaned, described
from outreach.rules.instants import Span

#: How often a program should look again; most take longer whatever is said.
REFRESH = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class FeedMeeting:
    """One meeting as the feed shows it. ``uid`` is that of its invitation, ``stamp`` when it was booked; aware."""

    uid: str
    sequence: int
    span: Span
    summary: str
    description: str
    location: str
    cancelled: bool
    stamp: datetime


def feed(meetings: Sequence[FeedMeeting], name: str) -> bytes:
    """Return the calendar as bytes: the same for the same meetings. It names no guest's address, and invites nobody."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", cleaned(name, 200))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    return bytes(calendar.to_ical(sorted=False))


def _event(meeting: FeedMeeting) -> Event:
    said = (meeting.summary, meeting.description, meeting.location)
    event = described(meeting.uid, meeting.sequence, meeting.stamp, meeting.span, *said)
    event.add("status", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if meeting.cancelled else "OPAQUE")
    return event
