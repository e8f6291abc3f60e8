"""End a letter that will not be sent, and let its conversation know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from outreach.model import Conversation, Letter
from outreach.rules.for_owner import with_more
from outreach.rules.kinds import CALLED_BACK, FIRST_LETTERS, TO_ONESELF, LetterState, Stage
from outreach.rules.stages import move, move_letter


def end_letter(session: Session, letter: Letter, state: LetterState, reason: str, now: datetime) -> None:
    """Move ``letter`` to a final state with its reason, and give back lease and turn.

    A first letter that will never leave closes its conversation, so that the contact can be written to anew. One that
    came too late is put before the owner: somebody may be waiting for it.
    """
    letter.state = move_letter(letter.state, state)
    letter.last_error = reason[:500]
    letter.lease_token = letter.lease_until = None
    if state in CALLED_BACK and letter.attempts:
        letter.due_at, letter.looks = now, 0  # what it has left in Drafts is taken back
    of_interest = letter.kind in FIRST_LETTERS or state is LetterState.EXPIRED
    if not of_interest or letter.conversation_id is None:
        return
    conversation = session.get(Conversation, letter.conversation_id, with_for_update=True, populate_existing=True)
    if conversation is None:
        return
    if state is LetterState.EXPIRED and letter.kind not in TO_ONESELF:
        missed = f"a letter came too late and was not sent: {letter.kind.replace('_', ' ')}"
        conversation.needs_you = with_more(conversation.needs_you, missed)
    if letter.kind in FIRST_LETTERS and conversation.stage in {Stage.DRAFTED, Stage.QUEUED}:
        conversation.stage = move(conversation.stage, Stage.CANCELLED)
        conversation.closed_at = now
