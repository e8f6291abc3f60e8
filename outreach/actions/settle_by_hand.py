"""Take the owner's word for what became of a letter, where looking into the mailbox could not tell."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from outreach.actions.record_found import record_as_sent
from outreach.actions.retry_letter import retry_letter
from outreach.app import App
from outreach.edge import SentRef
from outreach.errors import NotAllowed, NotFound
from outreach.model import Conversation, Letter
from outreach.rules.kinds import FIRST_LETTERS, LetterState

log = structlog.get_logger(__name__)


def settle_by_hand(app: App, account_id: str, letter_id: str, *, sent: bool) -> LetterState:
    """Record that a letter in doubt was sent; or that it was not, and take it up again as ``retry_letter`` does.

    Return what the letter is now. Raises NotFound; NotAllowed for a letter that is still being looked for or whose
    fate is known; and where it was not sent, what ``retry_letter`` raises: it is in doubt no longer then either.
    """
    with app.database.write(account_id) as session:
        letter = session.get(Letter, letter_id, with_for_update=True)
        if letter is None:
            raise NotFound(f"There is no letter {letter_id!r}. `outreach letter list` shows them.")
        _refuse_others(letter)
        log.info("letter_settled_by_hand", letter=letter.id, account=account_id, sent=sent)
        if sent:
            _record(app, session, letter)
            return letter.state
        # The draft of that attempt may be gone, and the next delivery would take that for a sign that it was sent.
        letter.draft_id = letter.draft_thread_id = letter.history_before = letter.sending_at = None
        letter.looks, letter.missed_at = 0, None
    return retry_letter(app, account_id, letter_id)


def _refuse_others(letter: Letter) -> None:
    if letter.state is LetterState.UNKNOWN:
        raise NotAllowed(
            f"Outreach still looks for the letter to {letter.to_name} in your mailbox; it asks when it cannot tell."
        )
    if letter.state is not LetterState.FAILED or not letter.is_in_doubt:
        raise NotAllowed(f"What became of the letter to {letter.to_name} is known: it is {letter.state}.")


def _record(app: App, session: Session, letter: Letter) -> None:
    """Record what the draft tells, whose thread is the letter's; which message it is, nobody knows."""
    thread = letter.draft_thread_id or letter.reply_to_thread
    at = min(letter.sending_at or app.now(), app.now())
    if not record_as_sent(app, session, letter, SentRef("", thread or ""), at, message_id=""):
        raise NotAllowed(f"Another thank-you to {letter.to_name} for the same meeting has left or is leaving.")
    letter.gmail_id, letter.thread_id = None, thread
    if letter.kind in FIRST_LETTERS and letter.conversation_id is not None:
        session.get_one(Conversation, letter.conversation_id).thread_id = thread
