"""Cancel a meeting: its time is free, its thank-you is gone, and both sides are told."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from outreach.actions.end_meeting_letters import end_meeting_letters, has_left
from outreach.actions.guest_words import NO_GUEST, GuestWords
from outreach.actions.meeting_letters import MeetingCase, invitation_letter
from outreach.actions.note_held import has_other_meeting
from outreach.actions.read_meeting import CHANGED, TRIES, is_unchanged, read_meeting
from outreach.app import App
from outreach.errors import NotAllowed, TryLater
from outreach.model import Conversation, Letter, Meeting
from outreach.queue import Job
from outreach.rules.kinds import WITH_INVITATION, LetterKind, MeetingStatus, Stage
from outreach.rules.stages import can_move, move_meeting

log = structlog.get_logger(__name__)

_ABOUT_IT = frozenset(LetterKind) - {LetterKind.MEETING_CANCELLED}


def cancel_meeting(
    app: App,
    account_id: str,
    meeting_id: str,
    *,
    tell: bool = True,
    in_calendar: bool = True,
    guest: GuestWords = NO_GUEST,
) -> bool:
    """Cancel the meeting with all that hangs on it; return whether the other side is told.

    They get a CANCEL if an invitation has left, unless ``tell`` says that they know, and the event is deleted
    unless ``in_calendar`` says that there is none; cancelling a cancelled meeting
    again does nothing. Raises NotFound, NotAllowed for a meeting that is over.
    """
    for _ in range(TRIES):
        told = _cancel(app, account_id, meeting_id, guest, tell=tell, in_calendar=in_calendar)
        if told is not None:
            return told
    raise TryLater(CHANGED)


def _cancel(
    app: App, account_id: str, meeting_id: str, guest: GuestWords, *, tell: bool, in_calendar: bool
) -> bool | None:
    """Return whether the other side is told, None when meeting or invitation changed between looking and writing."""
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        told = has_left(session, meeting_id, WITH_INVITATION)
    meeting, before = case.meeting, case.meeting.sequence
    if meeting.status is MeetingStatus.CANCELLED:
        return False
    _refuse_over(meeting, app.now())
    meeting.sequence, meeting.status = before + 1, move_meeting(meeting.status, MeetingStatus.CANCELLED)
    letter = (
        invitation_letter(app, case, LetterKind.MEETING_CANCELLED) if tell and told and case.contact.email else None
    )
    with app.database.write(account_id) as session:
        if not is_unchanged(session, meeting_id, before, told=told):
            return None
        _store(session, case, letter, guest, app.now(), in_calendar=in_calendar)
    if letter is not None:
        app.queue.poke(Job("deliver_letter", letter.id))
    app.queue.poke(Job("sync_event", meeting_id))
    log.info("meeting_cancelled", meeting=meeting_id, account=account_id)
    return letter is not None


def _refuse_over(meeting: Meeting, now: datetime) -> None:
    if meeting.ends_at <= now:
        raise NotAllowed(
            "The meeting is over, so it cannot be cancelled. If it did not take place, say so with "
            f"`outreach meeting not-held {meeting.id[:8]}`."
        )


def _store(
    session: Session, case: MeetingCase, letter: Letter | None, guest: GuestWords, now: datetime, *, in_calendar: bool
) -> None:
    row = session.get_one(Meeting, case.meeting.id, with_for_update=True)
    row.status, row.sequence = case.meeting.status, case.meeting.sequence
    row.calendar_due_at, row.calendar_error, row.next_alarm_at = now if in_calendar else None, "", None
    conversation = session.get_one(Conversation, row.conversation_id, with_for_update=True)
    if can_move(conversation.stage, Stage.CANCELLED) and not has_other_meeting(session, row):
        conversation.stage = Stage.CANCELLED
    guest.keep(row, conversation, case.contact)
    end_meeting_letters(session, row.id, _ABOUT_IT, "the meeting was cancelled", now)
    if letter is not None:
        session.add(letter)
