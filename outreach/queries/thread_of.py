"""What the next letter of a conversation answers to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.model import Conversation, Inbound, Letter
from outreach.rules.kinds import LetterState
from outreach.rules.threads import Thread


def thread_of(session: Session, conversation_id: str) -> Thread | None:
    """Return thread, subject and the Message-IDs so far (oldest first); None before the first letter has left."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or conversation.thread_id is None:
        return None
    ours = session.execute(
        select(Letter.sent_at, Letter.message_id).where(
            Letter.conversation_id == conversation_id,
            Letter.state == LetterState.SENT,
            Letter.message_id.is_not(None),
            Letter.thread_id == conversation.thread_id,
        )
    )
    theirs = session.execute(
        select(Inbound.received_at, Inbound.message_id).where(
            Inbound.conversation_id == conversation_id,
            Inbound.message_id != "",
            Inbound.thread_id == conversation.thread_id,
        )
    )
    in_order = sorted(((when, name) for when, name in (*ours, *theirs) if when and name), key=lambda pair: pair[0])
    return Thread(conversation.thread_id, conversation.subject, tuple(dict.fromkeys(name for _, name in in_order)))


def parent_of(session: Session, letter: Letter) -> Thread | None:
    """Return what the letter answers to, None for one that begins a thread of its own."""
    if not letter.reply_to_thread or not letter.conversation_id:
        return None
    return thread_of(session, letter.conversation_id)
