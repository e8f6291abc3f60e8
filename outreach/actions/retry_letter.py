"""Take a letter that was not sent back to a draft, so that it can be approved again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.prepare_letter import word
from outreach.app import App
from outreach.errors import NotAllowed, NotFound
from outreach.model import Contact, Conversation, Letter
from outreach.model.base import new_id
from outreach.queries.thread_of import thread_of
from outreach.rules.edited import was_edited
from outreach.rules.kinds import FIRST_LETTERS, LetterState, Stage
from outreach.rules.stages import move_letter

_ENDED = frozenset({LetterState.FAILED, LetterState.EXPIRED, LetterState.CANCELLED})


def retry_letter(app: App, account_id: str, letter_id: str) -> None:
    """Make a failed, expired or cancelled letter a draft again, with the contact's present address.

    Raises NotAllowed for a letter whose fate is not known for sure: it may have arrived, and is never sent twice.
    """
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach letter list` shows them.")
        if letter.state not in _ENDED:
            raise NotAllowed(f"The letter to {letter.to_name} is {letter.state}: there is nothing to try again.")
        if letter.looks or letter.missed_at is not None or letter.gmail_id is not None:
            raise NotAllowed(
                f"Nobody knows whether the letter to {letter.to_name} arrived, so it is not sent again: look into your "
                "Sent folder, or ask the recipient."
            )
        _reopen_conversation(app, session, letter)
        _back_to_draft(app, session, letter)


def _back_to_draft(app: App, session: Session, letter: Letter) -> None:
    letter.state = move_letter(letter.state, LetterState.DRAFTED)
    for name in ("frozen", "sha256", "approved_at", "due_at", "deadline_at", "expires_at", "draft_id"):
        setattr(letter, name, None)
    for name in ("draft_thread_id", "history_before", "sending_at", "lease_token", "lease_until"):
        setattr(letter, name, None)
    letter.attempts, letter.recoveries, letter.why_then, letter.last_error = 0, 0, "", ""
    contact = session.get(Contact, letter.contact_id) if letter.contact_id else None
    if contact is not None:
        letter.to_address, letter.to_name = contact.email or "", contact.full_name
    if not was_edited(letter.facts):
        in_thread = letter.reply_to_thread and letter.conversation_id
        word(app, letter, thread_of(session, letter.conversation_id or "") if in_thread else None)


def _reopen_conversation(app: App, session: Session, letter: Letter) -> None:
    """Give a first letter a new conversation where its own was closed with it; a closed one stays closed."""
    conversation = session.get(Conversation, letter.conversation_id) if letter.conversation_id else None
    if conversation is None or conversation.closed_at is None:
        return
    never_written_to = conversation.thread_id is None and conversation.stage in {Stage.CANCELLED, Stage.CLOSED}
    if not never_written_to or letter.kind not in FIRST_LETTERS:
        raise NotAllowed(f"The conversation with {letter.to_name} is over ({conversation.stage}).")
    query = select(Conversation.id).where(
        Conversation.contact_id == letter.contact_id, Conversation.closed_at.is_(None)
    )
    if session.scalar(query) is not None:
        raise NotAllowed(f"There is a newer conversation with {letter.to_name}: go on with that one.")
    anew = Conversation(
        id=new_id(),
        account_id=letter.account_id,
        contact_id=conversation.contact_id,
        stage=Stage.DRAFTED,
        opened_at=app.now(),
    )
    session.add(anew)
    session.flush()
    letter.dedupe_key = letter.dedupe_key.replace(conversation.id, anew.id)
    letter.conversation_id = anew.id
