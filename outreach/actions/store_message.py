"""Store a message that came in, with its consequences, in one transaction; every message once."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.crash_points import crash_point
from outreach.app import App
from outreach.edge import EdgeError, MessageHead
from outreach.errors import Misconfigured, TryLater, Unavailable
from outreach.letters.inbound import storable
from outreach.model import Account, Contact, Conversation, Inbound
from outreach.queries.whose_message import Whose
from outreach.rules.inbound import Inbound as Message
from outreach.rules.inbound import Understood

log = structlog.get_logger(__name__)

LONGEST_SAID = 20_000
#: These say nothing about the message at hand: it comes up again at the next look.
NOT_ITS_FAULT = (EdgeError, Unavailable, TryLater, Misconfigured)
#: Carries out what follows from a message, and returns it in words.
Consequences = Callable[[Session, Conversation | None, Contact], str]


def message_row(app: App, head: MessageHead, whose: Whose, message: Message, understood: Understood) -> Inbound:
    """Return the row of a message, not stored yet: nothing is said of what was done about it."""
    return Inbound(
        gmail_id=head.id,
        thread_id=head.thread_id,
        contact_id=whose.contact_id,
        conversation_id=whose.conversation_id,
        from_address=storable(message.from_address)[:320],
        subject=storable(message.subject)[:500],
        message_id=head.headers.get("message-id", "").strip()[:500],
        received_at=head.received_at,
        answer=understood.answer,
        confidence=understood.confidence,
        evidence=[storable(str(words))[:500] for words in understood.evidence],
        said=storable(message.text)[:LONGEST_SAID],
        handled_at=app.now(),
    )


def store_message(app: App, account: Account, row: Inbound, consequences: Consequences) -> bool:
    """Insert the message and carry out its consequences, both or neither. Return False when it was there before."""
    try:
        return _insert(app, account, row, consequences)
    except IntegrityError:
        log.info("message_stored_again", account=account.id, message=row.gmail_id)
    # Somebody else was at it at this moment, or at what follows from it; now one sees what they did.
    return _insert(app, account, row, consequences)


def _insert(app: App, account: Account, row: Inbound, consequences: Consequences) -> bool:
    with app.database.write(account.id) as session:
        if session.scalar(select(Inbound.id).where(Inbound.gmail_id == row.gmail_id)):
            return False
        conversation = None
        if row.conversation_id:
            conversation = session.get(Conversation, row.conversation_id, with_for_update=True)
        contact = session.get_one(Contact, row.contact_id)
        row.done = consequences(session, conversation, contact)[:500]
        session.add(row)
    crash_point("message_stored")
    return True
