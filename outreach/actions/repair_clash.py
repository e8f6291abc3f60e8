"""A meeting was booked, and by the time that it reaches the calendar something else is there: give way, and tell both.

Between reading busy time and committing a meeting there is a moment in which the owner may enter something themselves.
"""

from __future__ import annotations

import structlog

from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.free_time import not_really_busy, overlapping, read_busy_time
from outreach.actions.meeting_letters import MeetingCase
from outreach.actions.offer_slots import offer_slots
from outreach.app import App
from outreach.errors import OutreachError
from outreach.model import Conversation
from outreach.rules.for_owner import with_more
from outreach.rules.instants import Span
from outreach.rules.zones import say_span

log = structlog.get_logger(__name__)


def find_clash(app: App, case: MeetingCase) -> Span | None:
    """Return what stands at the meeting's time in the calendar, None where it is free or the meeting stands there.

    Raises EdgeError when the calendar cannot be read.
    """
    span = Span(case.meeting.starts_at, case.meeting.ends_at)
    stored = app.google.calendar(case.account.id).event(case.meeting.event_id)
    if stored is not None and (stored.cancelled or stored.span == span):
        return None
    with app.database.read(case.account.id) as session:
        ours = not_really_busy(session)
    free = [*ours, stored.span] if stored is not None else ours
    return overlapping(span, read_busy_time(app, case.account, case.settings, span, leaving_out=free))


def repair_clash(app: App, case: MeetingCase, there: Span) -> None:
    """Cancel the meeting and offer other times with an apology. The owner is told first, whatever follows."""
    meeting, zone = case.meeting, case.settings.me.zone or case.account.zone
    span = Span(meeting.starts_at, meeting.ends_at)
    said = f"the meeting of {say_span(span, zone)} is called off: your calendar had something there by then"
    log.warning("clash", meeting=meeting.id, account=case.account.id)
    with app.database.write(case.account.id) as session:
        conversation = session.get_one(Conversation, meeting.conversation_id, with_for_update=True)
        conversation.needs_you = with_more(conversation.needs_you, f"{said} ({say_span(there, zone)})")
    cancel_meeting(app, case.account.id, meeting.id)
    try:
        offer_slots(app, case.account.id, case.contact.id, clashed=span)
    except OutreachError as error:
        said = f"{said}. Write to them: no other times could be offered ({error.message})"
    with app.database.write(case.account.id) as session:  # offering clears what waits
        conversation = session.get_one(Conversation, meeting.conversation_id, with_for_update=True)
        conversation.needs_you = with_more(conversation.needs_you, said)
