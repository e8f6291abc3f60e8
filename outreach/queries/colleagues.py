"""Whether somebody else at a contact's organization has answered."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from outreach.model import Contact, Conversation


def colleague_has_answered(contact: type[Contact]) -> Exists:
    """Return the condition that another contact of the account, at the organization of ``contact``, has answered."""
    colleague, talk = aliased(Contact), aliased(Conversation)
    here = _comparable(colleague.organization) == _comparable(contact.organization)
    return (
        select(talk.id)
        .join(colleague, colleague.id == talk.contact_id)
        .where(
            talk.account_id == contact.account_id,
            talk.replied_at.is_not(None),
            colleague.id != contact.id,
            contact.organization != "",
            here,
        )
        .exists()
    )


def _comparable(name: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return func.lower(func.trim(name))
