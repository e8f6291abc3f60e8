"""The feed of one's own meetings, for any calendar program."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from outreach.actions.describe_meeting import event_of
from outreach.app import App
from outreach.calendar.feed import FeedMeeting, feed
from outreach.model import Account, Contact, Meeting
from outreach.rules.kinds import MeetingStatus

#: Older meetings are left out, so that a feed stays small however long it is used.
_BEFORE = timedelta(days=90)


def own_feed(app: App, account_id: str) -> bytes:
    """Return the meetings of the last ninety days and all to come as iCalendar; those called off are marked so."""
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        settings = app.settings_for(account)
        query = (
            select(Meeting, Contact)
            .join(Contact, Contact.id == Meeting.contact_id)
            .where(Meeting.ends_at > app.now() - _BEFORE, Meeting.status != MeetingStatus.HOLD)
            .order_by(Meeting.starts_at, Meeting.id)
        )
        rows = session.execute(query).all()
    meetings = []
    for meeting, contact in rows:
        event = event_of(meeting, contact, account, settings)
        meetings.append(
            FeedMeeting(
                uid=event.uid,
                sequence=event.sequence,
                span=event.span,
                summary=event.summary,
                description=event.description,
                location=event.location,
                cancelled=event.cancelled or meeting.status is MeetingStatus.NOT_HELD,
                stamp=meeting.booked_at,
            )
        )
    return feed(meetings, f"Meetings of {settings.me.name or account.name or account.address}")
