"""Take in a letter of ours that Sent holds and the tables do not know: it was written after the backup."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.actions.mark_sent import mark_sent
from outreach.actions.record_found import conversation_that_began, found_key
from outreach.app import App
from outreach.edge import MessageHead, SentRef
from outreach.letters.sent import SentWords, read_sent
from outreach.model import Account, Contact, Conversation, Letter
from outreach.model.base import new_id
from outreach.rules.addresses import address_key
from outreach.rules.for_owner import with_more
from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, WAITING, LetterKind, LetterState
from outreach.rules.people_names import split_name
from outreach.rules.priorities import ORDINARY
from outreach.rules.stages import move_letter

log = structlog.get_logger(__name__)

_OUR_ID = re.compile(r"[0-9a-f]{20}")
_LONGEST_SUBJECT = 80


@dataclass(frozen=True)
class Stranger:
    """A letter that the tables do not know. ``conversation_id`` is None where nobody can be found whom it concerns.

    ``began`` says that it was taken in as the first letter of a conversation; otherwise its kind is not known, and the
    owner has to look at it.
    """

    address: str
    subject: str
    sent_at: datetime
    conversation_id: str | None
    began: bool


def take_in_letter(app: App, account: Account, letter_id: str, head: MessageHead, raw: bytes) -> Stranger | None:
    """Record the letter where it is the first to somebody, with contact and conversation: none goes there again.

    Return what is known of it, None for a letter to the owner. One in a conversation that had begun changes nothing
    here: ``hold_conversation`` is for that, once the inbox was read.
    """
    words = read_sent(head.headers, raw)
    key = address_key(words.to_address)
    if words.to_address and key == address_key(account.address):
        return None
    with app.database.write(account.id) as session:
        conversation_id = _begun(session, head.thread_id, key)
        began = conversation_id is None and bool(words.to_address)
        if began:
            conversation_id = _take_in(app, session, account, letter_id, head, raw, words)
    log.warning("letter_taken_in", account=account.id, letter=letter_id, first=began)
    return Stranger(words.to_address, words.subject, head.received_at, conversation_id, began)


def _begun(session: Session, thread_id: str, key: str) -> str | None:
    """Return the conversation that the message belongs to, if it is known and a letter of it has left."""
    newest = Conversation.opened_at.desc()
    by_thread = select(Conversation.id).where(Conversation.thread_id == thread_id).order_by(newest)
    by_letter = select(Letter.conversation_id).where(
        Letter.thread_id == thread_id, Letter.conversation_id.is_not(None), Letter.kind.not_in(TO_ONESELF)
    )
    by_person = (
        select(Conversation.id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.address_key == key, Conversation.thread_id.is_not(None))
        .order_by(Conversation.closed_at.is_(None).desc(), newest)
    )
    found = (session.scalar(query.limit(1)) for query in (by_thread, by_letter, by_person))
    return next((each for each in found if each is not None), None)


def _take_in(
    app: App, session: Session, account: Account, letter_id: str, head: MessageHead, raw: bytes, words: SentWords
) -> str:
    contact = _contact(session, account.id, words, app.now())
    conversation = conversation_that_began(session, contact.id, account.id, head.received_at)
    letter = Letter(
        id=letter_id if _is_free(app, letter_id) else new_id(),
        account_id=account.id,
        contact_id=contact.id,
        conversation_id=conversation.id,
        kind=LetterKind.REQUEST_NO_LINK,
        state=LetterState.SCHEDULED,
        to_name=words.to_name or contact.full_name[:200],
        to_address=words.to_address,
        subject=words.subject,
        body_text=words.text,
        frozen=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        priority=ORDINARY,
        approved_at=head.received_at,
        due_at=head.received_at,
        created_at=head.received_at,
        facts={},
    )
    letter.dedupe_key = found_key(conversation, letter.id)
    letter.attempts, letter.recoveries, letter.looks = 0, 0, 0
    session.add(letter)
    session.flush()
    sent = SentRef(head.id, head.thread_id)
    mark_sent(app, session, letter.id, sent, head.received_at, believed={LetterState.SCHEDULED})
    letter.message_id = head.headers.get("message-id", "").strip()[:500] or None
    return conversation.id


def _contact(session: Session, account_id: str, words: SentWords, now: datetime) -> Contact:
    key = address_key(words.to_address)
    known = session.scalar(select(Contact).where(Contact.address_key == key).with_for_update())
    if known is not None:
        return known
    first, last = split_name(words.to_name)
    contact = Contact(
        id=new_id(),
        account_id=account_id,
        first_name=first[:100],
        last_name=last[:100],
        email=words.to_address,
        address_key=key,
        notes="Found in your Sent folder when a backup was restored.",
        created_at=now,
        updated_at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _is_free(app: App, letter_id: str) -> bool:
    """Return whether the letter can have its own id back, by which reports of failed delivery will name it."""
    if not _OUR_ID.fullmatch(letter_id):
        return False
    with app.database.connect() as connection:
        return connection.execute(select(Letter.__table__.c.id).where(Letter.id == letter_id)).first() is None


def hold_conversation(app: App, account_id: str, stranger: Stranger) -> None:
    """Let nothing leave by itself in a conversation in which something was sent that the tables do not know.

    Its waiting letters are cancelled, a thank-you becomes a draft again, and the owner is told; a second time changes
    nothing more.
    """
    if stranger.conversation_id is None:
        return
    now = app.now()
    about = f"a letter of ours to them of {stranger.sent_at:%Y-%m-%d %H:%M} UTC"
    with app.database.write(account_id) as session:
        conversation = session.get_one(Conversation, stranger.conversation_id, with_for_update=True)
        waiting = select(Letter).where(
            Letter.conversation_id == conversation.id, Letter.state.in_(WAITING), Letter.kind.not_in(TO_ONESELF)
        )
        for letter in session.scalars(waiting.with_for_update()).all():
            if letter.kind in THANK_YOUS:
                _back_to_draft(letter)
            else:
                reason = f"not sent: {about} is not in the restored tables"
                end_letter(session, letter, LetterState.CANCELLED, reason, now)
        told = f"{about} ({stranger.subject[:_LONGEST_SUBJECT]}) is in your Sent folder, but not in the restored tables"
        conversation.needs_you = with_more(conversation.needs_you, f"{told}: read it before you go on")


def _back_to_draft(letter: Letter) -> None:
    """Let the owner decide: they may have been thanked already. Its deadline goes on being watched."""
    if letter.state is LetterState.DRAFTED:
        return
    letter.state = move_letter(letter.state, LetterState.DRAFTED)
    letter.frozen = letter.sha256 = letter.approved_at = letter.due_at = letter.expires_at = None
    letter.why_then = ""
