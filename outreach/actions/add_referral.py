"""Add somebody whose name was given, and the edge of the chain that leads there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.letters.names import clean_line
from outreach.model import Account, Contact, Referral
from outreach.model.base import new_id
from outreach.rules.addresses import address_key, normalise_address
from outreach.rules.kinds import Debt, Source
from outreach.rules.people_names import split_name


def add_referral(
    session: Session,
    app: App,
    account_id: str,
    introducer_id: str,
    name: str,
    address: str,
    *,
    meeting_id: str | None = None,
    may_use_name: bool = True,
    said: str = "",
) -> Referral | None:
    """Return the edge from ``introducer_id`` to the person named, who becomes a contact if not one already.

    ``address`` may be empty: then the contact is listed as needing one. An edge that is there already is returned as
    it is. Two edges may lead to one person, and edges may run in a circle; nobody introduces themselves or the owner,
    which gives None, as does nothing at all. Raises BadInput for text that is no address.
    """
    email = normalise_address(address) if address.strip() else None
    plain = clean_line(name)[:200]
    introducer = session.get_one(Contact, introducer_id)
    account = session.get_one(Account, account_id)
    if email is None and not plain:
        return None
    if email is not None and address_key(email) in {introducer.address_key, address_key(account.address)}:
        return None
    contact = _known(session, introducer, plain, email) or _new(session, introducer, plain, email, app.now())
    if contact.id == introducer.id:
        return None
    return _edge(session, introducer, contact, meeting_id, may_use_name=may_use_name, said=said, now=app.now())


def _known(session: Session, introducer: Contact, name: str, email: str | None) -> Contact | None:
    if email is not None:
        contact = session.scalar(select(Contact).where(Contact.address_key == address_key(email)))
        if contact is not None:
            _remember(contact, introducer)
            return contact
    # The same name from the same introducer is the same person, who may have lacked an address until now.
    given = session.scalars(
        select(Contact)
        .join(Referral, Referral.introduced_id == Contact.id)
        .where(Referral.introducer_id == introducer.id)
    )
    namesake = next((one for one in given if name and one.full_name.casefold() == _as_kept(name).casefold()), None)
    if namesake is None or (email is not None and namesake.email is not None):
        return None
    if email is not None:
        namesake.email, namesake.address_key = email, address_key(email)
    return namesake


def _remember(contact: Contact, introducer: Contact) -> None:
    if contact.referrer_id is None and contact.id not in {introducer.id, introducer.referrer_id}:
        contact.referrer_id, contact.source = introducer.id, contact.source or Source.REFERRAL
        contact.referred_by = contact.referred_by or introducer.full_name[:320]


def _new(session: Session, introducer: Contact, name: str, email: str | None, now: datetime) -> Contact:
    first, last = split_name(name) if name else ("", "")
    contact = Contact(
        id=new_id(),
        account_id=introducer.account_id,
        first_name=first[:100],
        last_name=last[:100],
        email=email,
        address_key=address_key(email) if email else None,
        source=Source.REFERRAL,
        referred_by=introducer.full_name[:320],
        referrer_id=introducer.id,
        created_at=now,
        updated_at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _as_kept(name: str) -> str:
    first, last = split_name(name)
    return f"{first[:100]} {last[:100]}".strip()


def _edge(
    session: Session,
    introducer: Contact,
    contact: Contact,
    meeting_id: str | None,
    *,
    may_use_name: bool,
    said: str,
    now: datetime,
) -> Referral:
    edge = session.scalar(
        select(Referral).where(Referral.introducer_id == introducer.id, Referral.introduced_id == contact.id)
    )
    if edge is None:
        edge = Referral(
            id=new_id(),
            account_id=introducer.account_id,
            introducer_id=introducer.id,
            introduced_id=contact.id,
            meeting_id=meeting_id,
            may_use_name=may_use_name,
            said=clean_line(said)[:500],
            debt=Debt.NONE,
            created_at=now,
        )
        session.add(edge)
        session.flush()
    elif not may_use_name:
        edge.may_use_name = False  # taken back; it is never given by saying a name again
    return edge
