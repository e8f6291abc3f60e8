"""Read back the Message-ID that Gmail stamped on a sent letter: it rewrites ours, and replies refer to its own."""

from __future__ import annotations

from datetime import timedelta

import structlog

from outreach.actions.hold_back import stop_account
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone
from outreach.model import Account, Letter
from outreach.rules.kinds import LetterState

log = structlog.get_logger(__name__)

_AGAIN = timedelta(minutes=1)


def read_back_letter(app: App, letter_id: str) -> None:
    """Store the stamped Message-ID; one that cannot be read now is asked for again a minute later."""
    with app.database.read(EVERYBODY) as session:
        letter = session.get(Letter, letter_id)
        account = session.get(Account, letter.account_id) if letter else None
    if letter is None or account is None or letter.state is not LetterState.SENT:
        return
    if letter.message_id is not None or not letter.gmail_id:
        return
    try:
        message_id = app.google.mailbox(letter.account_id).head(letter.gmail_id).headers.get("message-id", "")
    except AccessLost as error:
        stop_account(app, account.id, error, account.credentials)
        return
    except Gone:
        message_id = ""  # deleted by its owner meanwhile; nothing can thread to it any more
    except EdgeError as error:
        log.info("read_back_failed", letter=letter_id, error=error.message)
        _ask_again(app, letter_id)
        return
    with app.database.write(EVERYBODY) as session:
        session.get_one(Letter, letter_id).message_id = message_id[:500]


def _ask_again(app: App, letter_id: str) -> None:
    with app.database.write(EVERYBODY) as session:
        session.get_one(Letter, letter_id).due_at = app.now() + _AGAIN
