"""Reads a meeting with all that its letters are made from."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.end_meeting_letters import has_left
from outreach.actions.meeting_letters import MeetingCase
from outreach.app import App
from outreach.errors import NotFound
from outreach.model import Account, Contact, Conversation, Meeting
from outreach.queries.thread_of import thread_of
from outreach.rules.kinds import WITH_INVITATION, MeetingStatus

#: How often a change is worked out anew when letters leave, or another process acts, in between.
TRIES = 3
CHANGED = "The meeting was changed at this moment by another process: look at it and try again."


def read_meeting(app: App, session: Session, meeting_id: str) -> MeetingCase:
    """Return the meeting, its people and its thread. Raises NotFound."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound(f"There is no meeting {meeting_id!r}. `outreach meeting list` shows them.")
    account = session.get_one(Account, meeting.account_id)
    conversation = session.get_one(Conversation, meeting.conversation_id)
    return MeetingCase(
        account=account,
        contact=session.get_one(Contact, meeting.contact_id),
        conversation=conversation,
        meeting=meeting,
        settings=app.settings_for(account),
        thread=thread_of(session, conversation.id),
    )


def is_unchanged(session: Session, meeting_id: str, sequence: int, *, told: bool) -> bool:
    """Lock the meeting; return whether it is as it was, and whether an invitation has left is as it was too."""
    row = locked_meeting(session, meeting_id)
    if row.sequence != sequence or row.status is MeetingStatus.CANCELLED:
        return False
    return has_left(session, meeting_id, WITH_INVITATION) is told


def locked_meeting(session: Session, meeting_id: str) -> Meeting:
    """Return the meeting, locked.

    Its conversation is locked first, as everywhere: whoever takes the two the other way round waits for ever.
    """
    talk = select(Meeting.conversation_id).where(Meeting.id == meeting_id).scalar_subquery()
    session.scalar(select(Conversation).where(Conversation.id == talk).with_for_update())
    return session.get_one(Meeting, meeting_id, with_for_update=True)
