"""Contacts as a person looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from outreach.app import App
from outreach.errors import NotFound
from outreach.model import Contact, Conversation, DoNotContact, Inbound, Letter, Meeting
from outreach.rules.kinds import Stage


@dataclass(frozen=True)
class ContactLine:
    """One contact in a list; ``stage`` is empty for somebody who was never written to."""

    id: str
    name: str
    address: str | None
    address_dead: bool
    organization: str
    title: str
    zone: str | None
    source: str | None
    stage: str
    blocked: bool
    needs_you: str


@dataclass(frozen=True)
class ContactView:
    """One contact in full, with what happened so far: ``(instant, what)``, oldest first."""

    line: ContactLine
    phone: str
    city: str
    zone_source: str | None
    local: bool | None
    referred_by: str
    referrer: str
    why_you: str
    notes: str
    linkedin_url: str
    history: tuple[tuple[datetime, str], ...]


def contacts(app: App, account_id: str, *, needs_address: bool = False) -> list[ContactLine]:
    """Return the contacts by name; with ``needs_address`` only those who cannot be written to for want of one."""
    query = _query()
    if needs_address:
        query = query.where((Contact.address_key.is_(None)) | (Contact.address_dead))
    with app.database.read(account_id) as session:
        rows = session.execute(query.order_by(Contact.last_name, Contact.first_name, Contact.id))
        return [_line(contact, stage, blocked, asked) for contact, stage, blocked, asked, _ in rows]


def contact_view(app: App, account_id: str, contact_id: str) -> ContactView:
    """Return one contact in full. Raises NotFound."""
    with app.database.read(account_id) as session:
        found = session.execute(_query().where(Contact.id == contact_id)).first()
        if found is None:
            raise NotFound(f"There is no contact {contact_id!r}. `outreach contact list` shows them.")
        contact, stage, blocked, needs_you, referrer = found.tuple()
        return ContactView(
            line=_line(contact, stage, blocked, needs_you),
            phone=contact.phone,
            city=contact.city,
            zone_source=contact.zone_source,
            local=contact.local,
            referred_by=contact.referred_by,
            referrer=referrer.full_name if referrer else "",
            why_you=contact.why_you,
            notes=contact.notes,
            linkedin_url=contact.linkedin_url,
            history=tuple(sorted(_history(session, contact_id))),
        )


def _query() -> Select[Contact, Stage, bool, str, Contact]:
    referrer = aliased(Contact)
    newest = (
        select(Conversation.id)
        .where(Conversation.contact_id == Contact.id)
        .order_by(Conversation.closed_at.is_not(None), Conversation.opened_at.desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    refused = select(DoNotContact.id).where(DoNotContact.address_key == Contact.address_key)
    return (
        select(Contact, Conversation.stage, refused.exists(), Conversation.needs_you, referrer)
        .outerjoin(Conversation, Conversation.id == newest)
        .outerjoin(referrer, referrer.id == Contact.referrer_id)
    )


def _history(session: Any, contact_id: str) -> list[tuple[datetime, str]]:
    letters = session.execute(
        select(func.coalesce(Letter.sent_at, Letter.due_at, Letter.created_at), Letter.kind, Letter.state).where(
            Letter.contact_id == contact_id
        )
    )
    inbound = session.execute(select(Inbound.received_at, Inbound.answer).where(Inbound.contact_id == contact_id))
    meetings = session.execute(select(Meeting.starts_at, Meeting.status).where(Meeting.contact_id == contact_id))
    return [
        *((at, f"letter {str(kind).replace('_', ' ')}: {state}") for at, kind, state in letters),
        *((at, f"answered: {str(answer).replace('_', ' ')}") for at, answer in inbound),
        *((at, f"meeting: {str(status).replace('_', ' ')}") for at, status in meetings),
    ]


def _line(contact: Contact, stage: str | None, blocked: bool, needs_you: str | None) -> ContactLine:
    return ContactLine(
        id=contact.id,
        name=contact.full_name,
        address=contact.email,
        address_dead=contact.address_dead,
        organization=contact.organization,
        title=contact.title,
        zone=contact.zone,
        source=str(contact.source) if contact.source else None,
        stage=str(stage) if stage else "",
        blocked=bool(blocked),
        needs_you=needs_you or "",
    )
