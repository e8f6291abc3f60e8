"""Word the letter that thanks for a no and asks whom else to talk to."""

from __future__ import annotations

import structlog

from outreach.actions.gather_facts import contact_facts, field_of, sender_facts
from outreach.actions.prepare_letter import prepare
from outreach.actions.store_message import NOT_ITS_FAULT
from outreach.app import App
from outreach.errors import OutreachError
from outreach.model import Account, Contact, Letter
from outreach.queries.thread_of import thread_of
from outreach.rules.kinds import LetterKind

log = structlog.get_logger(__name__)


def ask_for_name(
    app: App, account: Account, contact: Contact, conversation_id: str | None
) -> tuple[Letter | None, str]:
    """Return the letter, not stored yet; whether it is wanted is decided by whoever carries out the answer.

    Or None and what is wrong with its template: a no is a no even where the thanks cannot be worded.
    """
    if conversation_id is None or not contact.email:
        return None, ""
    with app.database.read(account.id) as session:
        thread = thread_of(session, conversation_id)
    facts = sender_facts(app.settings_for(account), account) | contact_facts(contact)
    facts |= {"field": field_of(facts), "original_subject": thread.subject if thread else None}
    try:
        letter = prepare(
            app,
            account,
            contact,
            LetterKind.ASK_FOR_NAME,
            step="ask_for_name",
            facts=facts,
            conversation_id=conversation_id,
            parent=thread,
        )
    except NOT_ITS_FAULT:
        raise
    except OutreachError as error:
        log.warning("letter_not_worded", account=account.id, kind=LetterKind.ASK_FOR_NAME, error=error.message)
        return None, error.message
    return letter, ""
