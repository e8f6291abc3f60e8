"""Which conversation a step with a contact belongs to, and whether that contact may be written to at all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.errors import BadInput, NotAllowed, NotFound
from outreach.model import Contact, Conversation, DoNotContact
from outreach.model.base import new_id
from outreach.rules.kinds import Stage


def reachable_contact(session: Session, contact_id: str) -> Contact:
    """Return the contact. Raises NotFound, BadInput without a living address, NotAllowed for one who opted out."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound(f"There is no contact {contact_id!r}. `outreach contact list` shows them.")
    if not contact.email:
        raise BadInput(f"{contact.full_name} has no address: add it with `outreach contact edit {contact.id[:8]}`.")
    if contact.address_dead:
        raise BadInput(f"The address {contact.email} does not work: find another one for {contact.full_name}.")
    refused = select(DoNotContact.id).where(DoNotContact.address_key == contact.address_key)
    if session.scalar(refused) is not None:
        raise NotAllowed(f"{contact.full_name} is on the do-not-contact list, so no letter goes there.")
    return contact


def open_conversation(session: Session, contact: Contact, now: datetime) -> Conversation:
    """Return the contact's open conversation, or a fresh one that is not stored yet: the two spoke in another way."""
    query = select(Conversation).where(Conversation.contact_id == contact.id, Conversation.closed_at.is_(None))
    return session.scalar(query) or Conversation(
        id=new_id(),
        account_id=contact.account_id,
        contact_id=contact.id,
        stage=Stage.DRAFTED,
        subject="",
        needs_you="",
        follow_ups_sent=0,
        opened_at=now,
    )


def locked_conversation(session: Session, seen: Conversation) -> Conversation:
    """Return the row of a conversation that was seen before, locked; one that was fresh is stored now.

    Where another one was opened for the contact meanwhile, that is returned.
    """
    row = session.get(Conversation, seen.id, with_for_update=True)
    if row is not None:
        return row
    query = select(Conversation).where(Conversation.contact_id == seen.contact_id, Conversation.closed_at.is_(None))
    other = session.scalar(query.with_for_update())
    if other is None:
        session.add(seen)
        session.flush()
    return other or seen
