"""Who led to whom: the whole chain of one account, in two statements."""

from __future__ import annotations

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from outreach.app import App
from outreach.model import Contact, Conversation, Meeting, Referral
from outreach.rules.chain import Chain, ChainLink, ChainPerson
from outreach.rules.kinds import MeetingStatus, Stage


def referral_chain(app: App, account_id: str, *, written_to: bool = False) -> Chain:
    """Return the people who introduced or were introduced, and the introductions, both oldest first.

    With ``written_to`` also those on whom a letter was spent although nobody introduced them and they nobody.
    """
    links = select(Referral).where(Referral.account_id == account_id).order_by(Referral.created_at, Referral.id)
    with app.database.read(account_id) as session:
        people = tuple(
            ChainPerson(
                id=contact.id, name=contact.full_name, organization=contact.organization, stage=stage, met=bool(met)
            )
            for contact, stage, met in session.execute(_people(account_id, written_to))
        )
        edges = tuple(
            ChainLink(introducer=row.introducer_id, introduced=row.introduced_id, may_use_name=row.may_use_name)
            for row in session.scalars(links)
        )
    return Chain(people=people, links=edges)


def _people(account_id: str, written_to: bool) -> Select[Contact, Stage, bool]:
    later = aliased(Conversation)
    newest = (
        select(func.max(later.opened_at))
        .where(later.account_id == account_id, later.contact_id == Contact.id)
        .scalar_subquery()
    )
    met = exists().where(
        Meeting.account_id == account_id, Meeting.contact_id == Contact.id, Meeting.status == MeetingStatus.HELD
    )
    linked = [
        Contact.id.in_(select(column).where(Referral.account_id == account_id))
        for column in (Referral.introducer_id, Referral.introduced_id)
    ]
    wanted = [*linked, Conversation.thread_id.is_not(None)] if written_to else linked
    return (
        select(Contact, Conversation.stage, met)
        .outerjoin(
            Conversation,
            (Conversation.account_id == account_id)
            & (Conversation.contact_id == Contact.id)
            & (Conversation.opened_at == newest),
        )
        .where(Contact.account_id == account_id, or_(*wanted))
        .order_by(Contact.created_at, Contact.id)
    )
