"""Record that a letter was found in Sent although the restored tables believe that it never left."""

from __future__ import annotations

import hashlib
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.mark_sent import mark_sent
from outreach.app import App
from outreach.edge import MessageHead, SentRef
from outreach.letters.sent import read_sent
from outreach.model import Conversation, Letter
from outreach.model.base import new_id
from outreach.rules.kinds import ENDED, FIRST_LETTERS, THANK_YOUS, WAITING, LetterState, Stage
from outreach.rules.stages import move, move_letter

log = structlog.get_logger(__name__)

_NOT_SENT = frozenset(LetterState) - {LetterState.SENT}
_THANKED = "not sent: the thank-you before it has left after all"
_ANOTHER_LEFT = "not sent: another first letter to them had left already, as your Sent folder shows"


def record_found(app: App, account_id: str, letter_id: str, head: MessageHead, raw: bytes | None) -> bool:
    """Record the letter as sent when the message was, and move its conversation along. Return whether that was news.

    ``raw`` are the message's bytes, needed only for a letter that has none of its own: what left is what is kept.
    """
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None or letter.state is LetterState.SENT:
            return False
        if letter.frozen is None:
            _take_words(letter, head, raw or b"")
        name = head.headers.get("message-id", "").strip()[:500] or None
        recorded = record_as_sent(app, session, letter, SentRef(head.id, head.thread_id), head.received_at, name)
    log.info("letter_found_in_sent", letter=letter_id, account=account_id, recorded=recorded)
    return recorded


def record_as_sent(
    app: App, session: Session, letter: Letter, sent: SentRef, at: datetime, message_id: str | None
) -> bool:
    """Record that the letter has left at ``at``, whatever its row believed, and move its conversation along.

    What waits in its place is cancelled. Return False, and change nothing, for a second thank-you for one meeting: the
    first stands in the tables.
    """
    if letter.kind in THANK_YOUS and letter.meeting_id is not None and not _is_the_thank_you(session, letter, at):
        return False
    letter.approved_at = letter.approved_at or at
    if letter.kind in FIRST_LETTERS and letter.conversation_id is not None:
        _open_its_conversation(session, letter, at)
    mark_sent(app, session, letter.id, sent, at, believed=_NOT_SENT)
    letter.message_id = message_id
    return True


def _is_the_thank_you(session: Session, letter: Letter, at: datetime) -> bool:
    """Return whether no other has left for its meeting; others that wait are cancelled."""
    others = select(Letter).where(
        Letter.meeting_id == letter.meeting_id,
        Letter.kind.in_(THANK_YOUS),
        Letter.id != letter.id,
        Letter.state.not_in(ENDED),
    )
    for other in session.scalars(others.with_for_update()):
        if other.state not in WAITING | {LetterState.UNKNOWN}:
            log.error("second_thank_you", letter=letter.id, other=other.id, account=letter.account_id)
            return False
        _cancel(other, _THANKED, at)
    session.flush()  # before the one takes the other's place in the index of thank-yous
    return True


def _cancel(other: Letter, reason: str, at: datetime) -> None:
    """Cancel what waits in the place of a letter that has left; their conversation goes on."""
    other.state, other.last_error = move_letter(other.state, LetterState.CANCELLED), reason
    other.due_at, other.looks = at, 0  # what it has left in Drafts is taken back


def _take_words(letter: Letter, head: MessageHead, raw: bytes) -> None:
    words = read_sent(head.headers, raw)
    letter.frozen, letter.sha256 = raw, hashlib.sha256(raw).hexdigest()
    letter.subject, letter.body_text = words.subject or letter.subject, words.text or letter.body_text


def _open_its_conversation(session: Session, letter: Letter, at: datetime) -> None:
    conversation = session.get_one(Conversation, letter.conversation_id, with_for_update=True)
    if conversation.closed_at is not None and conversation.thread_id is None:
        # Closed with its letter, which was taken up again after the backup.
        conversation = conversation_that_began(session, conversation.contact_id, conversation.account_id, at)
        letter.conversation_id = conversation.id
        letter.dedupe_key = found_key(conversation, letter.id)
    elif conversation.stage is Stage.DRAFTED:
        conversation.stage = move(conversation.stage, Stage.QUEUED)


def conversation_that_began(session: Session, contact_id: str, account_id: str, at: datetime) -> Conversation:
    """Return the contact's open conversation, or a new one, queued, for a first letter that has left at ``at``.

    First letters that still wait in it are cancelled: the person was written to.
    """
    query = select(Conversation).where(Conversation.contact_id == contact_id, Conversation.closed_at.is_(None))
    conversation = session.scalar(query.with_for_update())
    if conversation is None:
        conversation = Conversation(
            id=new_id(), account_id=account_id, contact_id=contact_id, stage=Stage.DRAFTED, opened_at=at
        )
        conversation.follow_ups_sent, conversation.needs_you, conversation.subject = 0, "", ""
        session.add(conversation)
        session.flush()
    others = select(Letter).where(
        Letter.conversation_id == conversation.id,
        Letter.kind.in_(FIRST_LETTERS),
        Letter.state.in_(WAITING | {LetterState.UNKNOWN}),
    )
    for other in session.scalars(others.with_for_update()):
        _cancel(other, _ANOTHER_LEFT, at)
    if conversation.stage is Stage.DRAFTED:
        conversation.stage = move(conversation.stage, Stage.QUEUED)
    return conversation


def found_key(conversation: Conversation, letter_id: str) -> str:
    """Return the dedupe key of a letter that was found rather than written here."""
    return f"{conversation.contact_id}/{conversation.id}/found:{letter_id}"
