"""Read back the Message-IDs that Gmail stamped on sent letters: it rewrites ours, and replies refer to its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog
from sqlalchemy import select, update

from outreach.actions.crash_points import crash_point
from outreach.actions.hold_back import stop_account
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, Mailbox, Refused
from outreach.model import Account, AccountState, Letter
from outreach.rules.kinds import LetterState

log = structlog.get_logger(__name__)

_AGAIN = timedelta(minutes=1)
#: So many are read in one go; the rest is found due again.
_MOST = 100


def read_back_letters(app: App, account_id: str) -> int:
    """Store the stamped Message-IDs of the account's letters that lack them. Return how many were read.

    One that cannot be read now is asked for again a minute later.
    """
    with visit_mailbox(app, account_id) as visit:
        if visit is None:
            return 0
        with app.database.read(EVERYBODY) as session:
            account = session.get(Account, account_id)
        letters = _lacking(app, account_id)
        if account is None or account.state is not AccountState.ACTIVE or not letters:
            return 0
        stamped: dict[str, str] = {}
        try:
            _read(visit.mailbox(), visit, letters, stamped)
        except AccessLost as error:
            stop_account(app, account_id, error, account.credentials)
        except EdgeError as error:
            log.info("read_back_failed", account=account_id, error=error.message)
        crash_point("read_back")
        _store(app, stamped, letters.keys() - stamped.keys())
        return len(stamped)


def _lacking(app: App, account_id: str) -> dict[str, str]:
    """Return the letters that lack a Message-ID: Gmail's id of each by our own."""
    query = select(Letter.id, Letter.gmail_id).where(
        Letter.state == LetterState.SENT, Letter.message_id.is_(None), Letter.due_at <= app.now()
    )
    with app.database.read(account_id) as session:
        rows = session.execute(query.order_by(Letter.due_at).limit(_MOST)).all()
    return {letter_id: gmail_id or "" for letter_id, gmail_id in rows}


def _read(mailbox: Mailbox, visit: Visit, letters: Mapping[str, str], stamped: dict[str, str]) -> None:
    for letter_id, gmail_id in letters.items():
        visit.keep()
        try:
            stamped[letter_id] = mailbox.head(gmail_id).headers.get("message-id", "")[:500]
        except Gone:
            stamped[letter_id] = ""  # deleted by its owner meanwhile; nothing can thread to it any more
        except Refused as error:
            log.warning("read_back_refused", letter=letter_id, error=error.message)


def _store(app: App, stamped: Mapping[str, str], unread: Collection[str]) -> None:
    with app.database.write(EVERYBODY) as session:
        if stamped:
            session.execute(update(Letter), [{"id": each, "message_id": said} for each, said in stamped.items()])
        if unread:
            session.execute(update(Letter).where(Letter.id.in_(unread)).values(due_at=app.now() + _AGAIN))
