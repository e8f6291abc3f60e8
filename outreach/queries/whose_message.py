"""Which conversation a message in the mailbox belongs to, if any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from outreach.edge import MessageHead
from outreach.model import Contact, Conversation, Letter, Meeting
from outreach.rules.addresses import address_key, find_addresses
from outreach.rules.kinds import TO_COME, TO_ONESELF, LetterState

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_MOST_REFERENCES = 50
_ASIDE = frozenset({"SPAM", "TRASH"})
_MAY_HAVE_LEFT = (LetterState.SENT, LetterState.SENDING, LetterState.UNKNOWN)


@dataclass(frozen=True)
class Whose:
    """The contact, and the conversation where there is one.

    ``certain`` is False when only the sender's address says so: the message may be about something else.
    """

    contact_id: str
    conversation_id: str | None
    certain: bool


def whose_message(session: Session, head: MessageHead) -> Whose | None:
    """Return whose a message is: by thread, then by what it answers to, then by sender; None for everything else."""
    return (
        _by_thread(session, head.thread_id)
        or _by_reference(session, head.headers)
        or (None if head.labels & _ASIDE else _by_sender(session, head.headers.get("from", "")))
    )


def whose_report(session: Session, original_headers: Mapping[str, str]) -> Whose | None:
    """Return whose letter a delivery report is about, going by the headers that it quotes; None when it is not ours."""
    letter_id = original_headers.get("x-outreach-id", "").strip()
    if letter_id and (found := _letter(session, Letter.id == letter_id[:20])):
        return found
    names = _MESSAGE_ID.findall(original_headers.get("message-id", ""))
    return _letter(session, Letter.message_id.in_(names)) if names else None


def is_letter_of_ours(session: Session, letter_id: str) -> bool:
    """Return whether an X-Outreach-Id is that of one of the account's letters."""
    return bool(letter_id) and session.scalar(select(Letter.id).where(Letter.id == letter_id[:20])) is not None


def sender_of(head: MessageHead) -> str:
    """Return the key of the one address in the From header, empty when there is none or several."""
    found = find_addresses(head.headers.get("from", "")[:2_000])
    return address_key(found[-1][2]) if found else ""


def _by_thread(session: Session, thread_id: str) -> Whose | None:
    query = select(Conversation).where(Conversation.thread_id == thread_id).order_by(Conversation.opened_at.desc())
    conversation = session.scalar(query.limit(1))
    if conversation is not None:
        return _current(session, conversation.contact_id, conversation)
    if not thread_id:
        return None
    # A letter whose sending is in doubt has no thread yet but that of its draft, and it may be answered already.
    threads = (Letter.thread_id, Letter.draft_thread_id, Letter.reply_to_thread)
    return _letter(session, or_(*(column == thread_id for column in threads)))


def _by_reference(session: Session, headers: Mapping[str, str]) -> Whose | None:
    text = f"{headers.get('references', '')} {headers.get('in-reply-to', '')}"
    names = _MESSAGE_ID.findall(text[-50_000:])[-_MOST_REFERENCES:]
    return _letter(session, Letter.message_id.in_(names)) if names else None


def _by_sender(session: Session, from_header: str) -> Whose | None:
    """A new mail from somebody we have written to. Before a letter may have left, a mail of theirs is no answer."""
    found = find_addresses(from_header[:2_000])
    if not found:
        return None
    meets = select(Meeting.id).where(Meeting.conversation_id == Conversation.id, Meeting.status.in_(TO_COME)).exists()
    query = (
        select(Conversation)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(
            Contact.address_key == address_key(found[-1][2]),
            or_(and_(Conversation.closed_at.is_(None), _has_written()), meets),
        )
        .order_by(Conversation.closed_at.is_(None).desc(), Conversation.opened_at.desc())
    )
    conversation = session.scalar(query.limit(1))
    return Whose(conversation.contact_id, conversation.id, certain=False) if conversation else None


def _has_written() -> ColumnElement[bool]:
    """Return the condition under which a letter of the conversation has left, or may have."""
    doubtful = and_(Letter.state == LetterState.FAILED, Letter.looks > 0)
    letters = select(Letter.id).where(
        Letter.account_id == Conversation.account_id,
        Letter.conversation_id == Conversation.id,
        Letter.kind.not_in(TO_ONESELF),
        or_(Letter.state.in_(_MAY_HAVE_LEFT), doubtful),
    )
    return or_(Conversation.thread_id.is_not(None), letters.exists())


def _letter(session: Session, condition: ColumnElement[bool]) -> Whose | None:
    # Letters to oneself carry no answers of contacts: a reply in their thread is the owner's own note.
    query = select(Letter).where(condition, Letter.kind.not_in(TO_ONESELF), Letter.contact_id.is_not(None))
    letter = session.scalar(query.order_by(Letter.sent_at.desc().nulls_last(), Letter.created_at.desc()).limit(1))
    if letter is None or letter.contact_id is None:
        return None
    conversation = session.get(Conversation, letter.conversation_id) if letter.conversation_id else None
    return _current(session, letter.contact_id, conversation)


def _current(session: Session, contact_id: str, conversation: Conversation | None) -> Whose:
    """Return the conversation, or the one that is open now where that one was closed."""
    if conversation is None or conversation.closed_at is not None:
        query = select(Conversation).where(Conversation.contact_id == contact_id, Conversation.closed_at.is_(None))
        conversation = session.scalar(query.limit(1)) or conversation
    return Whose(contact_id, conversation.id if conversation else None, certain=True)
