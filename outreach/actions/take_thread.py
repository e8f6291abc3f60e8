"""Take in what stands in one thread already, for instance once it is known that our letter is in it."""

from __future__ import annotations

import structlog

from outreach.actions.take_message import take_message
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import EdgeError, Gone
from outreach.model import Account
from outreach.queries.known_messages import unknown_messages

log = structlog.get_logger(__name__)


def take_thread(app: App, account_id: str, thread_id: str) -> int:
    """Handle the thread's messages that nobody has handled yet. Return how many were ours; a second time none is.

    Nothing is raised for what the network does: whoever writes there again is read by ``poll_inbox`` anyway.
    """
    with app.database.read(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
    try:
        mailbox = app.google.mailbox(account_id)
        heads = {head.id: head for head in mailbox.thread(thread_id) if "DRAFT" not in head.labels}
        new = unknown_messages(app, account_id, heads)
        return sum(take_message(app, account, mailbox, heads[message_id]) for message_id in new)
    except Gone:
        return 0  # deleted by its owner
    except EdgeError as error:
        log.warning("thread_not_read", account=account_id, thread=thread_id, error=error.message)
        return 0
