"""Leave a conversation to its owner, who has written by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.actions.call_back import call_back
from outreach.model import Conversation
from outreach.queries.pending_answers import pending_answer
from outreach.rules.kinds import LetterKind, Stage


def leave_to_owner(session: Session, conversation: Conversation | None, at: datetime, now: datetime) -> str:
    """The owner wrote by hand: nothing goes out by itself any more. Return what was done in words.

    What the other side has written after ``at`` is not answered by that. A meeting that was declined is still off.
    """
    if conversation is None:
        return "written by you"
    if conversation.replied_at is not None and at < conversation.replied_at:
        return "written by you, before they last wrote"
    pending = pending_answer(session, conversation.id)
    if pending is not None:
        pending.done = "left to you: you wrote by hand"
    conversation.needs_you = ""
    if conversation.stage is not Stage.SLOTS_OFFERED:  # there it only says when the owner is told of their silence
        conversation.follow_up_due_at = None
    call_back(session, conversation.id, {LetterKind.FOLLOW_UP}, "you wrote by hand", now)
    return "written by you: no follow-up goes out by itself"
