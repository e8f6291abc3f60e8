"""Say whether a meeting took place. One that did not is owed no thanks."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from outreach.actions.book_meeting import no_overlap
from outreach.actions.end_meeting_letters import end_meeting_letters, has_left, meeting_letters, thank_yous_so_far
from outreach.actions.meeting_letters import MeetingCase, full_thank_you, standing_thank_you
from outreach.actions.note_held import has_other_meeting, note_held
from outreach.actions.owe_reports import withdraw_reports
from outreach.actions.read_meeting import locked_meeting, read_meeting
from outreach.app import App
from outreach.errors import NotAllowed
from outreach.model import Conversation, Letter, Meeting
from outreach.rules.deadlines import DEADLINE
from outreach.rules.kinds import ENDED, THANK_YOUS, TO_ONESELF, MeetingStatus, Stage
from outreach.rules.stages import can_move, move_meeting

log = structlog.get_logger(__name__)


def mark_meeting(app: App, account_id: str, meeting_id: str, *, held: bool) -> None:
    """Note that the meeting was held or not. Raises NotFound, NotAllowed before it has begun or once it is cancelled.

    Saying it twice changes nothing. A meeting called back as held within its 24 hours is owed its thanks again.
    """
    now = app.now()
    with app.database.read(account_id) as session:
        case = read_meeting(app, session, meeting_id)
        thanked = has_left(session, meeting_id, THANK_YOUS)
        turn = thank_yous_so_far(session, meeting_id) + 1
    _refuse(case.meeting, now, held=held, thanked=thanked)
    owed = held and not thanked and now < case.meeting.ends_at + DEADLINE and case.contact.email
    letter = _thank_you(app, case, turn) if owed else None
    with no_overlap(case), app.database.write(account_id) as session:
        row = locked_meeting(session, meeting_id)
        wanted = MeetingStatus.HELD if held else MeetingStatus.NOT_HELD
        if row.status is wanted:
            return
        # Looked at once more, now that nothing can change: the thank-you may have left a moment ago.
        _refuse(row, now, held=held, thanked=has_left(session, meeting_id, THANK_YOUS))
        row.status = move_meeting(row.status, wanted)
        session.flush()
        if held:
            note_held(session, row, now)
            _thank_anew(session, row, letter)
        else:
            _forget_thanks(session, row, now)
    log.info("meeting_marked", meeting=meeting_id, account=account_id, held=held)


def _refuse(meeting: Meeting, now: datetime, *, held: bool, thanked: bool) -> None:
    if meeting.status is MeetingStatus.CANCELLED:
        raise NotAllowed("The meeting was cancelled: there is nothing to say about it.")
    if now < meeting.starts_at:
        raise NotAllowed("The meeting has not begun yet. To call it off, use `outreach meeting cancel`.")
    if thanked and not held:
        raise NotAllowed("The thank-you for this meeting has left already, so it cannot be marked as not held.")


def _thank_you(app: App, case: MeetingCase, turn: int) -> Letter:
    """Return the thank-you that is owed: with the topics if they were said before it was marked as not held."""
    topics = tuple(str(topic) for topic in case.meeting.topics)
    return full_thank_you(app, case, turn, topics=topics, names=()) if topics else standing_thank_you(app, case, turn)


def _thank_anew(session: Session, meeting: Meeting, letter: Letter | None) -> None:
    """Store the new thank-you where none waits any more: those of a meeting marked as not held are gone."""
    waiting = [each for each in meeting_letters(session, meeting.id, THANK_YOUS) if each.state not in ENDED]
    if letter is not None and not waiting:
        session.add(letter)


def _forget_thanks(session: Session, meeting: Meeting, now: datetime) -> None:
    end_meeting_letters(session, meeting.id, THANK_YOUS | TO_ONESELF, "the meeting did not take place", now)
    withdraw_reports(session, meeting.contact_id, now)
    meeting.next_alarm_at = None
    conversation = session.get_one(Conversation, meeting.conversation_id, with_for_update=True)
    if can_move(conversation.stage, Stage.NO_SHOW) and not has_other_meeting(session, meeting):
        conversation.stage = Stage.NO_SHOW
