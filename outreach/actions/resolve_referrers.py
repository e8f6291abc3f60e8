"""Make "referred by" of imported people point at the contact who is meant, and draw the edge of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.store_rows import insert_rows, update_rows
from outreach.errors import BadInput
from outreach.model import Contact, Referral
from outreach.model.base import new_id
from outreach.rules.addresses import address_key, parse_mailbox
from outreach.rules.kinds import Debt
from outreach.rules.people_values import Skipped

_CHUNK = 500
_AMBIGUOUS = ""
_T = TypeVar("_T")


def resolve_referrers(
    session: Session, account_id: str, referrals: Sequence[tuple[str, str, int]], now: datetime
) -> list[Skipped]:
    """Resolve ``(contact id, referred_by, line)`` by address or full name among all contacts of the account.

    Return remarks on those that several people fit, or that name the contact itself; somebody who is no contact is
    fine, the name stays as text.
    """
    if not referrals:
        return []
    by_key = _by_address(session, sorted({key for _, text, _ in referrals if (key := _key(text))}))
    by_name = _by_name(session, {_plain(text) for _, text, _ in referrals})
    edges, remarks = [], []
    for contact_id, text, line in referrals:
        referrer = by_key.get(_key(text) or "") or by_name.get(_plain(text))
        if referrer == _AMBIGUOUS:
            remarks.append(Skipped(line, "several contacts have the referrer's name: write the address", text))
        elif referrer == contact_id:
            remarks.append(Skipped(line, "is named as their own referrer", text))
        elif referrer is not None:
            edges.append((contact_id, referrer))
    for chunk in _chunks(edges):
        _store(session, account_id, chunk, now)
    return remarks


def _store(session: Session, account_id: str, edges: Sequence[tuple[str, str]], now: datetime) -> None:
    introduced = [contact_id for contact_id, _ in edges]
    query = select(Referral.introduced_id, Referral.introducer_id).where(Referral.introduced_id.in_(introduced))
    there = set(session.execute(query))
    update_rows(session, Contact, account_id, [{"id": contact, "referrer_id": referrer} for contact, referrer in edges])
    new: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "account_id": account_id,
            "introducer_id": referrer,
            "introduced_id": contact,
            "may_use_name": True,
            "said": "",
            "debt": Debt.NONE,
            "outcome": "",
            "created_at": now,
        }
        for contact, referrer in dict.fromkeys(edges)
        if (contact, referrer) not in there
    ]
    insert_rows(session, Referral, new)


def _by_address(session: Session, keys: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in _chunks(keys):
        query = select(Contact.address_key, Contact.id).where(Contact.address_key.in_(chunk))
        found |= {key: contact_id for key, contact_id in session.execute(query) if key}
    return found


def _by_name(session: Session, wanted: set[str]) -> Mapping[str, str]:
    """Return the contacts called one of these names; one pass over all, a few at a time."""
    found: dict[str, str] = {}
    query = select(Contact.id, Contact.first_name, Contact.last_name).execution_options(yield_per=2_000)
    for contact_id, first, last in session.execute(query):
        name = _plain(f"{first} {last}")
        if name in wanted and name:
            found[name] = _AMBIGUOUS if name in found else contact_id
    return found


def _key(text: str) -> str | None:
    if "@" not in text:
        return None
    try:
        return address_key(parse_mailbox(text).email)
    except BadInput:
        return None


def _plain(text: str) -> str:
    """Return the name in a text such as "Ana Silva <ana@example.com>", in the form that is compared."""
    return " ".join(text.partition("<")[0].casefold().split())


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
