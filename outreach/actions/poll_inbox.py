"""Read what came in since the last look, and act on it; every message once.

The place in the mailbox's history is stored only when all that was found is handled: what a crash interrupts is
listed again, and what was handled before is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update

from outreach.actions.crash_points import crash_point
from outreach.actions.draw_in_waits import draw_in_waits
from outreach.actions.hold_back import stop_account
from outreach.actions.take_message import take_message
from outreach.actions.visit_mailbox import Visit, visit_mailbox
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Gone, Mailbox, MessageHead, NotDone, Refused
from outreach.model import Account, AccountState, Conversation, Letter
from outreach.queries.known_messages import unknown_messages
from outreach.queries.next_look import next_look
from outreach.rules.set_back import was_set_back

log = structlog.get_logger(__name__)

#: A full look begins this long before the last good one: Gmail's own dates are not always in order.
_MARGIN = timedelta(days=1)


def poll_inbox(app: App, account_id: str) -> int:
    """Handle what came in for the account and set its next look. Return how many messages were ours and new.

    After a restore ``reconcile_account`` reads the inbox instead, once it knows what was sent. Nothing is raised for
    what the network does: a mailbox that cannot be read now is due again later, one whose consent is gone stops its
    account.
    """
    with visit_mailbox(app, account_id) as visit:
        return _poll(app, account_id, visit) if visit is not None else 0


def _poll(app: App, account_id: str, visit: Visit) -> int:
    with app.database.read(EVERYBODY) as session:
        account = session.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        return 0
    if was_set_back(account.polled_at, app.now()):
        account = draw_in_waits(app, account_id)
    if account.reconcile_from is not None:
        return 0
    try:
        return read_inbox(app, account, visit.mailbox(), visit)
    except AccessLost as error:
        log.warning("access_lost", account=account_id, reason=error.reason or error.message)
        stop_account(app, account_id, error, account.credentials)
        return 0
    except EdgeError as error:
        look_later(app, account, error)
        return 0


def read_inbox(app: App, account: Account, mailbox: Mailbox, visit: Visit) -> int:
    """Handle what came in and note how far that went. Return how many messages were ours and new. Raises EdgeError."""
    began = app.now()
    handled, history_id = _read(app, account, mailbox, visit)
    crash_point("messages_taken")
    _store_place(app, account, history_id, began)
    return handled


def _read(app: App, account: Account, mailbox: Mailbox, visit: Visit) -> tuple[int, str]:
    """Return how many messages were handled and from which history id to go on."""
    if account.history_id is None:
        return _first_look(app, account, mailbox, visit)
    handled, page = 0, None
    try:
        while True:
            found = mailbox.history(account.history_id, page)
            ids = [message_id for message_id, _, labels in found.added if "DRAFT" not in labels]
            heads = _heads(mailbox, unknown_messages(app, account.id, ids), visit)
            handled += _take(app, account, mailbox, visit, heads)
            page = found.next_page
            if page is None:
                return handled, found.history_id
    except Gone:
        log.info("history_too_old", account=account.id)
        return _look_in_full(app, account, mailbox, visit)


def _first_look(app: App, account: Account, mailbox: Mailbox, visit: Visit) -> tuple[int, str]:
    with app.database.read(account.id) as session:
        may_have_left = or_(Letter.sent_at.is_not(None), Letter.sending_at.is_not(None))
        has_written = session.scalar(select(Letter.id).where(may_have_left).limit(1))
    # Before the first letter may have left, nothing in the mailbox can be an answer.
    return _look_in_full(app, account, mailbox, visit) if has_written else (0, mailbox.profile().history_id)


def _look_in_full(app: App, account: Account, mailbox: Mailbox, visit: Visit) -> tuple[int, str]:
    """Look at everything since the last good look, and at every open thread; then history goes on from before that."""
    history_id = mailbox.profile().history_id
    since = (account.polled_at or account.created_at) - _MARGIN
    heads = {head.id: head for head in _open_threads(app, account.id, mailbox, visit)}
    listed = [message_id for message_id in _listed(mailbox, since) if message_id not in heads]
    heads |= {head.id: head for head in _heads(mailbox, unknown_messages(app, account.id, listed), visit)}
    new = set(unknown_messages(app, account.id, heads))
    in_order = sorted((head for head in heads.values() if head.id in new), key=lambda head: (head.received_at, head.id))
    return _take(app, account, mailbox, visit, in_order), history_id


def _listed(mailbox: Mailbox, since: datetime) -> Iterator[str]:
    page = None
    while True:
        found, page = mailbox.list_messages(f"in:anywhere after:{int(since.timestamp())}", page)
        yield from (message_id for message_id, _ in found)
        if page is None:
            return


def _open_threads(app: App, account_id: str, mailbox: Mailbox, visit: Visit) -> Iterator[MessageHead]:
    with app.database.read(account_id) as session:
        query = select(Conversation.thread_id).where(
            Conversation.closed_at.is_(None), Conversation.thread_id.is_not(None)
        )
        threads = session.scalars(query).all()
    for thread_id in threads:
        visit.keep()
        try:
            yield from mailbox.thread(thread_id or "")
        except Gone:
            continue  # deleted by its owner


def _heads(mailbox: Mailbox, ids: Iterable[str], visit: Visit) -> Iterator[MessageHead]:
    for message_id in ids:
        visit.keep()
        try:
            yield mailbox.head(message_id)
        except Gone:
            continue  # deleted since it was listed
        except Refused as error:
            log.error("message_skipped", message=message_id, error=error.message)


def _take(app: App, account: Account, mailbox: Mailbox, visit: Visit, heads: Iterable[MessageHead]) -> int:
    handled = 0
    for head in heads:
        visit.keep()
        if "DRAFT" not in head.labels:
            handled += take_message(app, account, mailbox, head)
    return handled


def _store_place(app: App, account: Account, history_id: str, began: datetime) -> None:
    """Store from where the next look goes on. What came in after this one began may not have been seen by it."""
    again = next_look(app, account)
    mine = Account.id == account.id
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).where(mine).values(poll_due_at=again))
        session.execute(
            update(Account)
            .where(mine, or_(Account.polled_at.is_(None), Account.polled_at < began))
            .values(polled_at=began)
        )
        # Two polls at once: the one that began later must not be set back by the slower one.
        session.execute(
            update(Account)
            .where(mine, Account.history_id.is_not_distinct_from(account.history_id))
            .values(history_id=history_id)
        )


def look_later(app: App, account: Account, error: EdgeError) -> None:
    """Set the next look at a mailbox that could not be read: when Google asked, or at the usual interval."""
    log.info("poll_failed", account=account.id, error=error.message)
    asked = error.retry_at if isinstance(error, NotDone) else None
    again = app.now() + timedelta(seconds=app.settings_for(account).inbox.poll_seconds)
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).where(Account.id == account.id).values(poll_due_at=max(asked or again, again)))
