"""Draft first letters: one for each contact that has none, facts and advice checked, nothing queued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from outreach.actions.gather_facts import contact_facts, field_of, sender_facts
from outreach.actions.prepare_letter import prepare
from outreach.app import App
from outreach.model import Account, Contact, Conversation, DoNotContact, Letter, Referral
from outreach.model.base import new_id
from outreach.rules.kinds import FIRST_LETTERS, LetterKind, LetterState, Source, Stage

_CHUNK = 500
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
    Drafts that were left waiting are worded anew, for facts may have come in since.
    """
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        waiting = _waiting(session, contact_ids)
        candidates = _candidates(session, contact_ids)
    made = [_first_letter(app, account, candidate) for candidate in candidates]
    redone = [_first_letter(app, account, candidate, letter) for candidate, letter in waiting]
    for start in range(0, len(made), _CHUNK):
        with app.database.write(account_id) as session:
            chunk = made[start : start + _CHUNK]
            session.add_all(conversation for conversation, _ in chunk)
            session.flush()
            session.add_all(letter for _, letter in chunk)
    with app.database.write(account_id) as session:
        for (_, old), (_, new) in zip(waiting, redone, strict=True):
            _replace_words(session, old.id, new)
    return [letter.id for _, letter in made] + [letter.id for _, letter in waiting]


def _candidates(session: Session, contact_ids: Sequence[str] | None) -> list[Candidate]:
    open_talk = select(Conversation.id).where(Conversation.contact_id == Contact.id)
    refused = select(DoNotContact.id).where(DoNotContact.address_key == Contact.address_key)
    query = (
        select(Contact)
        .where(Contact.address_key.is_not(None), ~Contact.address_dead, ~open_talk.exists(), ~refused.exists())
        .order_by(Contact.created_at, Contact.id)
    )
    if contact_ids is not None:
        query = query.where(Contact.id.in_(contact_ids))
    return _with_introducers(session, session.scalars(query).all())


def _waiting(session: Session, contact_ids: Sequence[str] | None) -> list[tuple[Candidate, Letter]]:
    query = (
        select(Letter, Contact)
        .join(Contact, Contact.id == Letter.contact_id)
        .where(Letter.state == LetterState.DRAFTED, Letter.kind.in_(FIRST_LETTERS))
    )
    if contact_ids is not None:
        query = query.where(Contact.id.in_(contact_ids))
    rows = session.execute(query).all()
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
    facts["field"] = field_of(facts, contact)
    letter = prepare(
        app, account, contact, _kind(contact, named), step="request", facts=facts, conversation_id=conversation.id
    )
    return conversation, letter


def _kind(contact: Contact, introducer: str | None) -> LetterKind:
    if introducer:
        return LetterKind.REQUEST_REFERRAL
    return LetterKind.REQUEST_SHARED if contact.source in _SHARED else LetterKind.REQUEST_NO_LINK


def _replace_words(session: Session, letter_id: str, new: Letter) -> None:
    letter = session.get(Letter, letter_id)
    if letter is None or letter.state is not LetterState.DRAFTED:
        return
    for name in ("kind", "facts", "subject", "body_text", "body_html", "missing", "findings", "to_name", "to_address"):
        setattr(letter, name, getattr(new, name))
