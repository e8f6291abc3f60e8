"""Which row a person means: by the beginning of its id, and for contacts also by address or full name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.errors import BadInput, NotFound
from outreach.model import Contact, Inbound, Letter, Meeting, Referral
from outreach.rules.addresses import address_key, parse_mailbox
from outreach.rules.kinds import MeetingStatus

_PREFIX = re.compile(r"[0-9a-f]{3,20}")
_MOST_LISTED = 8


@dataclass(frozen=True)
class Found:
    """A contact that was meant."""

    id: str
    name: str
    address: str | None
    organization: str


def find_contact(app: App, account_id: str, text: str) -> Found:
    """Return the contact with this address, full name or beginning of an id (three characters at least).

    Raises NotFound for none, BadInput listing all of them when several fit.
    """
    with app.database.read(account_id) as session:
        matches = _contacts(session, text)
    if len(matches) == 1:
        return matches[0]
    if matches:
        listed = [f"{one.id[:8]}  {one.name} <{one.address or 'no address'}> {one.organization}" for one in matches]
        raise BadInput(f"{text[:80]!r} may be several people: give the address or the id.", problems=listed)
    raise NotFound(f"There is no contact {text[:80]!r}. `outreach contact list` shows them.")


def _contacts(session: Session, text: str) -> list[Found]:
    wanted = text.strip()
    if "@" in wanted:
        key = address_key(parse_mailbox(wanted).email)
        return _read(session, select(Contact).where(Contact.address_key == key))
    name = func.trim(Contact.first_name + " " + Contact.last_name)
    named = _read(session, select(Contact).where(or_(name == wanted, func.lower(name) == wanted.lower())))
    if named or not _PREFIX.fullmatch(wanted.lower()):
        return named
    return _read(session, select(Contact).where(Contact.id.startswith(wanted.lower())))


def _read(session: Session, query: Select[Contact]) -> list[Found]:
    rows = session.scalars(query.order_by(Contact.last_name, Contact.first_name).limit(_MOST_LISTED))
    return [Found(row.id, row.full_name, row.email, row.organization) for row in rows]


def find_letter(app: App, account_id: str, text: str) -> str:
    """Return the id of the letter whose id begins like this. Raises NotFound, or BadInput when several do."""
    label = Letter.to_name + " " + Letter.kind
    return _by_prefix(app, account_id, Letter, label, text, "letter", "outreach letter list")


def find_inbound(app: App, account_id: str, text: str) -> str:
    """Return the id of the message whose id begins like this. Raises NotFound, or BadInput when several do."""
    return _by_prefix(app, account_id, Inbound, Inbound.subject, text, "message", "outreach inbox list")


def find_referral(app: App, account_id: str, text: str) -> str:
    """Return the id of the referral whose id begins like this. Raises NotFound, or BadInput when several do."""
    return _by_prefix(app, account_id, Referral, Referral.debt, text, "referral", "outreach referral debts")


def find_meeting(app: App, account_id: str, text: str) -> str:
    """Return the id of the meeting whose id begins like this, or of the contact's meeting.

    Of several meetings with one contact, cancelled ones are left aside and the latest is meant. Raises NotFound, or
    BadInput when several meetings or people fit.
    """
    if _PREFIX.fullmatch(text.strip().lower()) and (found := _ids(app, account_id, Meeting, Meeting.status, text)):
        return _only(found, text, "meeting", "outreach meeting list")
    contact = find_contact(app, account_id, text)
    query = (
        select(Meeting.id)
        .where(Meeting.contact_id == contact.id, Meeting.status != MeetingStatus.CANCELLED)
        .order_by(Meeting.starts_at.desc())
        .limit(1)
    )
    with app.database.read(account_id) as session:
        meeting_id = session.scalar(query)
    if meeting_id is None:
        raise NotFound(f"There is no meeting with {contact.name}. `outreach meeting list` shows all of them.")
    return meeting_id


def _by_prefix(app: App, account_id: str, table: Any, label: Any, text: str, what: str, lister: str) -> str:
    if not _PREFIX.fullmatch(text.strip().lower()):
        raise NotFound(
            f"{text[:80]!r} is not the id of a {what}: give at least its first three characters. `{lister}` shows them."
        )
    return _only(_ids(app, account_id, table, label, text), text, what, lister)


def _ids(app: App, account_id: str, table: Any, label: Any, text: str) -> Sequence[tuple[str, str]]:
    query = select(table.id, label).where(table.id.startswith(text.strip().lower())).limit(_MOST_LISTED)
    with app.database.read(account_id) as session:
        return session.execute(query).all()


def _only(found: Sequence[tuple[str, str]], text: str, what: str, lister: str) -> str:
    if len(found) == 1:
        return found[0][0]
    if found:
        raise BadInput(
            f"{text[:80]!r} is the beginning of several ids: give more of it.",
            problems=[f"{row_id}  {label}" for row_id, label in found],
        )
    raise NotFound(f"There is no {what} {text[:80]!r}. `{lister}` shows them.")
