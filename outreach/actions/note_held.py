"""A meeting took place: what follows from that, in the transaction that learned it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.owe_reports import owe_reports
from outreach.model import Conversation, Meeting
from outreach.rules.deadlines import DEADLINE
from outreach.rules.kinds import MeetingStatus, Stage
from outreach.rules.stages import can_move, move_meeting


def note_held(session: Session, meeting: Meeting, now: datetime) -> None:
    """The meeting took place: its conversation moves on, and whoever introduced the two is owed a word."""
    if meeting.status is MeetingStatus.CONFIRMED:
        meeting.status = move_meeting(meeting.status, MeetingStatus.HELD)
    conversation = session.get_one(Conversation, meeting.conversation_id, with_for_update=True)
    if can_move(conversation.stage, Stage.HELD) and not has_other_meeting(session, meeting):
        conversation.stage = Stage.HELD
    owe_reports(session, meeting.contact_id, "met")
    if meeting.debriefed_at is None and meeting.next_alarm_at is None and now < meeting.ends_at + DEADLINE:
        meeting.next_alarm_at = max(now, meeting.ends_at)


def has_other_meeting(session: Session, meeting: Meeting) -> bool:
    """Return whether another meeting of the conversation is still to come: then the conversation stays booked."""
    query = select(Meeting.id).where(
        Meeting.conversation_id == meeting.conversation_id,
        Meeting.id != meeting.id,
        Meeting.status.in_((MeetingStatus.HOLD, MeetingStatus.CONFIRMED)),
    )
    return session.scalar(query.limit(1)) is not None
