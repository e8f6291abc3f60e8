"""Take an address off the do-not-contact list, where it was put by oneself."""

from __future__ import annotations

from sqlalchemy import select

from outreach.app import App
from outreach.errors import NotAllowed, NotFound
from outreach.model import DoNotContact
from outreach.rules.addresses import address_key, normalise_address

#: The reason that stands on the list when the person asked for it.
ASKED = "asked by mail"


def unblock_contact(app: App, account_id: str, address: str) -> str:
    """Let letters go to an address again and return it. Raises NotFound, NotAllowed where the person asked for it."""
    email = normalise_address(address)
    with app.database.write(account_id) as session:
        row = session.scalar(select(DoNotContact).where(DoNotContact.address_key == address_key(email)))
        if row is None:
            raise NotFound(f"{email} is not on the do-not-contact list.")
        if row.reason == ASKED:
            raise NotAllowed(f"{email} asked not to be written to, and that is not undone from here.")
        session.delete(row)
    return email
