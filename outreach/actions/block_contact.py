"""Never write to an address again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.app import App
from outreach.errors import BadInput
from outreach.model import Contact, Conversation, DoNotContact, Letter
from outreach.rules.addresses import address_key, normalise_address
from outreach.rules.kinds import TO_ONESELF, WAITING, LetterState, Stage
from outreach.rules.stages import TRANSITIONS


@dataclass(frozen=True)
class Blocked:
    """The address, whether it was blocked before, and how many letters to it were cancelled."""

    address: str
    already: bool
    letters_cancelled: int


def block_contact(app: App, account_id: str, address: str, reason: str = "") -> Blocked:
    """Put an address on the do-not-contact list, cancel what waits to be sent to it, and end its conversations.

    A letter that is leaving at this moment cannot be called back. Raises BadInput for text that is no address.
    """
    email = normalise_address(address)
    key, now, why = address_key(email), app.now(), reason.strip()[:500] or "blocked by you"
    with app.database.write(account_id) as session:
        already = session.scalar(select(DoNotContact.id).where(DoNotContact.address_key == key)) is not None
        if not already:
            session.add(DoNotContact(account_id=account_id, address_key=key, reason=why, created_at=now))
        letters = _waiting_letters(session, key)
        for letter in letters:
            end_letter(session, letter, LetterState.CANCELLED, f"do not contact: {why}", now)
        for conversation in _open_conversations(session, key):
            if Stage.OPTED_OUT in TRANSITIONS[conversation.stage]:
                conversation.stage = Stage.OPTED_OUT
                conversation.closed_at, conversation.follow_up_due_at, conversation.needs_you = now, None, ""
    return Blocked(email, already, len(letters))


def block_by_id(app: App, account_id: str, contact_id: str, reason: str = "") -> Blocked:
    """Block the address of a contact. Raises BadInput for a contact that has none."""
    with app.database.read(account_id) as session:
        contact = session.get_one(Contact, contact_id)
        address, name = contact.email, contact.full_name
    if not address:
        raise BadInput(f"{name} has no address, so no letter can go there anyway.")
    return block_contact(app, account_id, address, reason)


def _waiting_letters(session: Session, key: str) -> list[Letter]:
    query = (
        select(Letter)
        .join(Contact, Contact.id == Letter.contact_id)
        .where(
            # What is frozen goes to the address of that time, whatever the contact's is now.
            or_(Letter.to_key == key, Contact.address_key == key),
            Letter.state.in_(WAITING),
            Letter.kind.not_in(TO_ONESELF),
        )
        .with_for_update(of=Letter)
    )
    return list(session.scalars(query))


def _open_conversations(session: Session, key: str) -> list[Conversation]:
    query = (
        select(Conversation)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.address_key == key, Conversation.closed_at.is_(None))
        .with_for_update(of=Conversation)
    )
    return list(session.scalars(query))
