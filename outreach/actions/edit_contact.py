"""Change what is known about a contact; letters that wait are worded anew, or go to the address as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.draft_letters import draft_letters
from outreach.actions.end_letter import end_letter
from outreach.actions.prepare_letter import address_to, readdress
from outreach.app import App
from outreach.errors import BadInput, NotFound
from outreach.model import Account, Contact, Letter
from outreach.queries.thread_of import parent_of
from outreach.rules.addresses import address_key, normalise_address
from outreach.rules.contact_merge import LENGTHS
from outreach.rules.edited import was_edited
from outreach.rules.kinds import (
    FIRST_LETTERS,
    THANK_YOUS,
    TO_ONESELF,
    WAITING,
    WITH_INVITATION,
    LetterKind,
    LetterState,
    Source,
)
from outreach.rules.zones import zone

#: They belong to a meeting and are owed, whatever the address: the same words go to the new one.
_READDRESSED = THANK_YOUS | {LetterKind.REMINDER, LetterKind.SLOTS_OFFERED}
#: A letter to oneself knows no contact; who was invited under the old address must learn there that it is off.
_KEPT = TO_ONESELF | {LetterKind.MEETING_CANCELLED}


@dataclass(frozen=True)
class CalledBack:
    """A letter to an address that is no longer right, which therefore will not leave, and how to send it anew."""

    letter_id: str
    kind: str
    how_anew: str


@dataclass(frozen=True)
class EditedContact:
    """What was changed, and what that meant for letters.

    Drafts worded anew, drafts of your own hand, frozen first letters that stay as they are; and where the address
    was changed, frozen letters that go to the new one with the same words, and those that were called back.
    """

    name: str
    changed: tuple[str, ...]
    redrafted: tuple[str, ...]
    edited_by_hand: tuple[str, ...]
    already_frozen: tuple[str, ...]
    readdressed: tuple[str, ...] = ()
    called_back: tuple[CalledBack, ...] = ()


def edit_contact(app: App, account_id: str, contact_id: str, changes: Mapping[str, Any]) -> EditedContact:
    """Set columns of a contact: texts, ``email``, ``zone``, ``source``, ``local``. An empty text clears.

    With a new address what waits to be sent to the old one goes to the new one, or is called back. Raises BadInput for
    an address that is none or is another contact's, for an unknown zone or source, and for a text that is too long;
    then nothing was changed.
    """
    values = _checked(changes)
    readdressed: list[str] = []
    called_back: list[CalledBack] = []
    with app.database.write(account_id) as session:
        contact = session.get(Contact, contact_id, with_for_update=True)
        if contact is None:
            raise NotFound(f"There is no contact {contact_id!r}. `outreach contact list` shows them.")
        if values.get("address_key"):
            _refuse_taken(session, contact, values["address_key"])
        changed = tuple(name for name, value in values.items() if getattr(contact, name) != value)
        for name in changed:
            setattr(contact, name, values[name])
        if changed:
            contact.updated_at = app.now()
        if "address_key" in changed:
            contact.address_dead = False
            readdressed, called_back = _follow_address(app, session, contact)
        waiting, by_hand, frozen = _first_letters(session, contact_id)
    if changed and waiting:
        draft_letters(app, account_id, [contact_id])
    return EditedContact(
        name=contact.full_name,
        changed=tuple(name for name in changed if name not in {"address_key", "zone_source"}),
        redrafted=tuple(waiting) if changed else (),
        edited_by_hand=tuple(by_hand),
        already_frozen=tuple(frozen),
        readdressed=tuple(readdressed),
        called_back=tuple(called_back),
    )


def _follow_address(app: App, session: Session, contact: Contact) -> tuple[list[str], list[CalledBack]]:
    """Turn what waits to the new address; call back what cannot be, or should be read once more. Return both."""
    readdressed: list[str] = []
    called_back: list[CalledBack] = []
    account = session.get_one(Account, contact.account_id)
    query = select(Letter).where(
        Letter.contact_id == contact.id,
        Letter.state.in_(WAITING),
        Letter.kind.not_in(_KEPT),
        Letter.to_key != (contact.address_key or ""),
    )
    for letter in session.scalars(query.order_by(Letter.id).with_for_update()).all():
        if letter.state is LetterState.DRAFTED:
            address_to(letter, contact)
        elif letter.kind in _READDRESSED and contact.email:
            readdress(app, account, letter, contact, parent_of(session, letter))
            readdressed.append(letter.id)
        else:
            reason = f"not sent: {letter.to_address} is not their address any more"
            end_letter(session, letter, LetterState.CANCELLED, reason, app.now())
            called_back.append(CalledBack(letter.id, letter.kind, _how_anew(letter)))
    return readdressed, called_back


def _how_anew(letter: Letter) -> str:
    if letter.kind in WITH_INVITATION:
        return f"`outreach meeting move {(letter.meeting_id or '')[:8]}` invites anew, also to the same time"
    return f"`outreach letter retry {letter.id[:8]}` makes it a draft to the present address"


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "email":
            values["email"] = normalise_address(value) if value else None
            values["address_key"] = address_key(values["email"]) if values["email"] else None
        elif name == "zone":
            values["zone"] = zone(value).key if value else None
            values["zone_source"] = "person" if value else None
        elif name == "source":
            values["source"] = _source(value) if value else None
        elif name == "local":
            values["local"] = value
        else:
            values[name] = _text(name, value)
    return values


def _source(value: str) -> Source:
    try:
        return Source(value.strip().lower())
    except ValueError as error:
        raise BadInput(f"{value[:40]!r} is no way to learn a name: write one of {', '.join(Source)}.") from error


def _text(name: str, value: str) -> str:
    longest = LENGTHS[name]
    text = value.strip()
    if longest is not None and len(text) > longest:
        raise BadInput(f"{name} has {len(text):,} characters, but at most {longest} are kept: shorten it.")
    if len(text) > 10_000:
        raise BadInput(f"{name} has {len(text):,} characters, more than anybody reads: shorten it.")
    return text


def _refuse_taken(session: Session, contact: Contact, key: str) -> None:
    other = session.scalar(select(Contact).where(Contact.address_key == key, Contact.id != contact.id))
    if other is not None:
        raise BadInput(f"{other.email} is the address of {other.full_name} ({other.id[:8]}): two cannot share it.")


def _first_letters(session: Session, contact_id: str) -> tuple[list[str], list[str], list[str]]:
    """Return ids of the contact's first letters: drafts to be worded anew, drafts of the owner's hand, frozen ones."""
    waiting: list[str] = []
    by_hand: list[str] = []
    frozen: list[str] = []
    query = select(Letter).where(Letter.contact_id == contact_id, Letter.kind.in_(FIRST_LETTERS))
    for letter in session.scalars(query):
        if letter.state is LetterState.DRAFTED:
            (by_hand if was_edited(letter.facts) else waiting).append(letter.id)
        elif letter.state in {LetterState.APPROVED, LetterState.SCHEDULED}:
            frozen.append(letter.id)
    return waiting, by_hand, frozen
