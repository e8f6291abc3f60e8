"""Draft the letter that tells an introducer what came of the introduction; a person approves it."""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.gather_facts import Facts, contact_facts, field_of, sender_facts
from outreach.actions.prepare_letter import prepare
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, Contact, Conversation, DoNotContact, Letter, Meeting, Referral
from outreach.queries.thread_of import thread_of
from outreach.rules.kinds import Debt, LetterKind, MeetingStatus
from outreach.rules.threads import Thread

log = structlog.get_logger(__name__)


def report_back(app: App, referral_id: str) -> str | None:
    """Draft the report that is owed, once, and return the letter's id; None when nothing is owed (any more).

    An introducer who must not be written to (opted out, address dead or unknown) cannot be told: the debt is dropped
    for good, and the outcome stays on the edge.
    """
    with app.database.read(EVERYBODY) as session:
        edge = session.get(Referral, referral_id)
        if edge is None or edge.debt is not Debt.OWED:
            return None
        account = session.get_one(Account, edge.account_id)
        if account.reconcile_from is not None:
            return None
        introducer = session.get_one(Contact, edge.introducer_id)
        reachable = _reachable(session, introducer)
        conversation_id = _conversation_of(session, introducer.id)
        thread = thread_of(session, conversation_id) if conversation_id else None
        facts = _facts(session, edge)
    if not reachable:
        _drop(app, edge)
        return None
    letter = _worded(app, account, introducer, edge, facts, conversation_id, thread)
    return letter.id if _store(app, edge, letter) else None


def _reachable(session: Session, introducer: Contact) -> bool:
    refused = select(DoNotContact.id).where(
        DoNotContact.account_id == introducer.account_id, DoNotContact.address_key == introducer.address_key
    )
    return bool(introducer.email) and not introducer.address_dead and session.scalar(refused) is None


def _conversation_of(session: Session, contact_id: str) -> str | None:
    """Return the introducer's latest conversation whose first letter has left: the report goes on in its thread."""
    query = select(Conversation.id).where(Conversation.contact_id == contact_id, Conversation.thread_id.is_not(None))
    return session.scalar(query.order_by(Conversation.opened_at.desc()).limit(1))


def _facts(session: Session, edge: Referral) -> Facts:
    introduced = session.get_one(Contact, edge.introduced_id)
    return {
        "person_name": introduced.full_name,
        "outcome": edge.outcome or "met",
        "what_came": _what_came(session, introduced) if edge.outcome == "met" else None,
    }


def _what_came(session: Session, introduced: Contact) -> str | None:
    """Return what was talked about as a sentence, None when nobody noted it."""
    query = select(Meeting).where(Meeting.contact_id == introduced.id, Meeting.status == MeetingStatus.HELD)
    meeting = session.scalar(query.order_by(Meeting.starts_at.desc()).limit(1))
    topics = [str(topic).strip().rstrip(".") for topic in meeting.topics] if meeting else []
    return f"We talked about {' and '.join(topics[:2])}." if topics else None


def _worded(
    app: App,
    account: Account,
    introducer: Contact,
    edge: Referral,
    facts: Facts,
    conversation_id: str | None,
    thread: Thread | None,
) -> Letter:
    known = sender_facts(app.settings_for(account), account) | contact_facts(introducer)
    known["field"] = field_of(known)
    return prepare(
        app,
        account,
        introducer,
        LetterKind.REPORT_BACK,
        step=f"report_back:{edge.id}",
        facts=known | facts,
        conversation_id=conversation_id,
        parent=thread,
    )


def _store(app: App, edge: Referral, letter: Letter) -> bool:
    with app.database.write(edge.account_id) as session:
        row = session.get(Referral, edge.id, with_for_update=True)
        if row is None or row.debt is not Debt.OWED:
            return False
        session.add(letter)
        session.flush()
        row.debt, row.letter_id = Debt.DRAFTED, letter.id
    log.info("report_back_drafted", referral=edge.id, account=edge.account_id)
    return True


def _drop(app: App, edge: Referral) -> None:
    with app.database.write(edge.account_id) as session:
        row = session.get(Referral, edge.id, with_for_update=True)
        if row is not None and row.debt is Debt.OWED:
            row.debt = Debt.NONE
    log.info("report_back_dropped", referral=edge.id, account=edge.account_id)
