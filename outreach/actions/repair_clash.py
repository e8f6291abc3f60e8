"""A meeting was booked, and before it reached the calendar something else was entered there: give way, and tell both.

Between reading busy time and committing a meeting there is a moment in which the owner may enter something themselves.
Only in the minutes after the booking is that taken for a clash: later, what stands there may be the owner's own entry
for this very meeting. What follows is marked on a message, so that ``continue_conversation`` carries it out, once,
however often a process dies.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.free_time import not_really_busy, overlapping, read_busy_time
from outreach.actions.meeting_letters import MeetingCase
from outreach.actions.store_message import store_message
from outreach.app import App
from outreach.edge import EdgeError
from outreach.model import Contact, Conversation, Inbound, Meeting
from outreach.queries.pending_answers import CLASH
from outreach.queue import Job
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer, MeetingStatus
from outreach.rules.zones import say_span

log = structlog.get_logger(__name__)

_SOON = timedelta(minutes=10)


def find_clash(app: App, case: MeetingCase) -> Span | None:
    """Return what was entered at the time of a meeting that was booked just now, None where nothing was.

    A calendar that cannot be read now clashes with nothing: the event is to be put there all the same.
    """
    meeting, now = case.meeting, app.now()
    just_booked = meeting.calendar_attempts == 0 and timedelta(0) <= now - meeting.booked_at <= _SOON
    if meeting.status is not MeetingStatus.CONFIRMED or not just_booked or meeting.sequence or meeting.starts_at <= now:
        return None
    span = Span(meeting.starts_at, meeting.ends_at)
    try:
        if app.google.calendar(case.account.id).event(meeting.event_id) is not None:
            return None
        with app.database.read(case.account.id) as session:
            ours = [*not_really_busy(session), *_cancelled(session, span)]
        return overlapping(span, read_busy_time(app, case.account, case.settings, span, leaving_out=ours))
    except EdgeError as error:
        log.info("clash_unknown", meeting=meeting.id, account=case.account.id, error=error.message)
        return None


def _cancelled(session: Session, span: Span) -> list[Span]:
    """Return what was cancelled at that time: Google may show it for a moment longer."""
    query = select(Meeting.starts_at, Meeting.ends_at).where(
        Meeting.status == MeetingStatus.CANCELLED, Meeting.starts_at < span.end, Meeting.ends_at > span.start
    )
    return [Span(start, end) for start, end in session.execute(query)]


def repair_clash(app: App, case: MeetingCase, there: Span) -> None:
    """Mark that the meeting is to be called off, with the reason; doing so again changes nothing."""
    zone = case.settings.whereabouts(case.account.zone).zone_at(there.start)
    row = Inbound(
        gmail_id=f"clash:{case.meeting.id}",
        contact_id=case.contact.id,
        conversation_id=case.conversation.id,
        from_address=case.account.address,
        subject="a clash in your calendar",
        received_at=app.now(),
        answer=Answer.CALENDAR,
        confidence=1.0,
        evidence=[f"your calendar has something {say_span(there, zone)}"],
        handled_at=app.now(),
    )

    def consequences(session: Session, conversation: Conversation | None, contact: Contact) -> str:
        del conversation, contact
        session.get_one(Meeting, case.meeting.id, with_for_update=True).partstat = "CLASHES"
        return CLASH

    if store_message(app, case.account, row, consequences):
        log.warning("clash", meeting=case.meeting.id, account=case.account.id)
        app.queue.poke(Job("continue_conversation", case.conversation.id))
