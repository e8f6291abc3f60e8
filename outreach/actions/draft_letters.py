"""Draft first letters: one for each contact that has none, facts and advice checked, nothing queued."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from outreach.actions.gather_facts import contact_facts, field_of, sender_facts
from outreach.actions.prepare_letter import prepare
from outreach.actions.store_rows import insert_new
from outreach.app import App
from outreach.model import Account, Contact, Conversation, DoNotContact, Letter, Referral
from outreach.model.base import new_id
from outreach.rules.edited import was_edited
from outreach.rules.kinds import FIRST_LETTERS, LetterKind, LetterState, Source, Stage

_CHUNK = 500
_WORDS = ("kind", "facts", "subject", "body_text", "body_html", "missing", "findings", "to_name", "to_address")
_SHARED = frozenset({Source.ALUMNI, Source.ASSOCIATION, Source.COLLEAGUE, Source.FRIEND})


@dataclass(frozen=True)
class Candidate:
    """A contact without an open conversation, and how its name was learned."""

    contact: Contact
    introducer: str | None
    may_use_name: bool


def draft_letters(app: App, account_id: str, contact_ids: Sequence[str] | None = None) -> list[str]:
    """Draft a first letter for every contact who can get one (or for those named); return the letters' ids.

    Contacts with an open conversation, without a living address or on the do-not-contact list are passed over.
    Drafts that were left waiting are worded anew, for facts may have come in since; not those worded by hand.
    """
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        waiting = _waiting(session, contact_ids)
        candidates = _candidates(session, contact_ids)
    made = [_first_letter(app, account, candidate) for candidate in candidates]
    redone = [_first_letter(app, account, candidate, letter) for candidate, letter in waiting]
    stored: list[str] = []
    for start in range(0, len(made), _CHUNK):
        with app.database.write(account_id) as session:
            stored += _store(session, made[start : start + _CHUNK])
    with app.database.write(account_id) as session:
        _replace_words(session, {old.id: new for (_, old), (_, new) in zip(waiting, redone, strict=True)})
    return stored + [letter.id for _, letter in waiting]


def _candidates(session: Session, contact_ids: Sequence[str] | None) -> list[Candidate]:
    query = select(Contact).where(_can_be_asked()).order_by(Contact.created_at, Contact.id)
    if contact_ids is not None:
        query = query.where(Contact.id.in_(contact_ids))
    return _with_introducers(session, session.scalars(query).all())


def _can_be_asked() -> ColumnElement[bool]:
    """Return the condition for a first letter: an address that may be written to, and nothing begun.

    A conversation whose letter came too late to leave does not count. One that the owner cancelled does: it comes back
    only when they say so, with `outreach letter retry`.
    """
    some_letter = select(Letter.id).where(Letter.conversation_id == Conversation.id)
    never_left = and_(
        Conversation.closed_at.is_not(None),
        Conversation.stage.in_((Stage.CANCELLED, Stage.CLOSED)),
        Conversation.thread_id.is_(None),
        ~some_letter.where(Letter.state != LetterState.EXPIRED).exists(),
    )
    begun = select(Conversation.id).where(Conversation.contact_id == Contact.id, ~never_left)
    refused = select(DoNotContact.id).where(DoNotContact.address_key == Contact.address_key)
    return and_(Contact.address_key.is_not(None), ~Contact.address_dead, ~begun.exists(), ~refused.exists())


def _store(session: Session, made: Sequence[tuple[Conversation, Letter]]) -> list[str]:
    """Store conversations and letters, and return the letters' ids.

    Contacts to whom another process wrote meanwhile are passed over: while they are locked, nobody can.
    """
    ids = [conversation.contact_id for conversation, _ in made]
    session.execute(select(Contact.id).where(Contact.id.in_(ids)).order_by(Contact.id).with_for_update())
    still = set(session.scalars(select(Contact.id).where(Contact.id.in_(ids), _can_be_asked())))
    chosen = [(conversation, letter) for conversation, letter in made if conversation.contact_id in still]
    insert_new(session, Conversation, [conversation for conversation, _ in chosen])
    insert_new(session, Letter, [letter for _, letter in chosen])
    return [letter.id for _, letter in chosen]


def _waiting(session: Session, contact_ids: Sequence[str] | None) -> list[tuple[Candidate, Letter]]:
    query = (
        select(Letter, Contact)
        .join(Contact, Contact.id == Letter.contact_id)
        .where(Letter.state == LetterState.DRAFTED, Letter.kind.in_(FIRST_LETTERS))
    )
    if contact_ids is not None:
        query = query.where(Contact.id.in_(contact_ids))
    rows = [(letter, contact) for letter, contact in session.execute(query) if not was_edited(letter.facts)]
    candidates = _with_introducers(session, [contact for _, contact in rows])
    return [(candidate, letter) for candidate, (letter, _) in zip(candidates, rows, strict=True)]


def _with_introducers(session: Session, contacts: Iterable[Contact]) -> list[Candidate]:
    introducer = aliased(Contact)
    edges = session.execute(
        select(Referral.introduced_id, Referral.may_use_name, introducer).join(
            introducer, introducer.id == Referral.introducer_id
        )
    )
    known = {introduced: (who.full_name, may) for introduced, may, who in edges}
    return [Candidate(c, *known.get(c.id, (c.referred_by or None, bool(c.referred_by)))) for c in contacts]


def _first_letter(
    app: App, account: Account, candidate: Candidate, old: Letter | None = None
) -> tuple[Conversation, Letter]:
    contact = candidate.contact
    conversation = Conversation(
        id=old.conversation_id if old else new_id(),
        account_id=account.id,
        contact_id=contact.id,
        stage=Stage.DRAFTED,
        opened_at=app.now(),
    )
    named = candidate.introducer if candidate.may_use_name else None
    facts = sender_facts(app.settings_for(account), account) | contact_facts(contact, referrer_name=named)
    facts["field"] = field_of(facts)
    letter = prepare(
        app, account, contact, _kind(contact, named), step="request", facts=facts, conversation_id=conversation.id
    )
    return conversation, letter


def _kind(contact: Contact, introducer: str | None) -> LetterKind:
    if introducer:
        return LetterKind.REQUEST_REFERRAL
    return LetterKind.REQUEST_SHARED if contact.source in _SHARED else LetterKind.REQUEST_NO_LINK


def _replace_words(session: Session, redone: Mapping[str, Letter]) -> None:
    """Put the new words into drafts, as far as they still are, and nobody worded them by hand meanwhile."""
    query = select(Letter).where(Letter.id.in_(redone), Letter.state == LetterState.DRAFTED)
    for letter in session.scalars(query.order_by(Letter.id).with_for_update()):
        if was_edited(letter.facts):
            continue
        for name in _WORDS:
            setattr(letter, name, getattr(redone[letter.id], name))
