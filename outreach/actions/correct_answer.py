"""Take an answer for what its reader says that it is, and let what follows from that follow.

What had followed from the wrong reading is taken back as far as it can be: a block that the person had asked for, an
address taken for dead, a letter of thanks for a no that has not left.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from outreach.actions.answer_case import Heard
from outreach.actions.ask_for_name import ask_for_name
from outreach.actions.handle_answer import handle_answer
from outreach.actions.unblock_contact import ASKED
from outreach.app import App
from outreach.errors import BadInput, NotFound
from outreach.model import Account, Contact, Conversation, DoNotContact, Inbound, Letter, Meeting, SlotOffer
from outreach.queries.pending_answers import NEXT
from outreach.queue import Job
from outreach.rules.addresses import address_key
from outreach.rules.for_owner import with_more, without
from outreach.rules.inbound import Understood
from outreach.rules.kinds import TO_COME, Answer, Stage
from outreach.rules.named_people import named_people
from outreach.rules.zones import say

#: What a reader may say that a message is; the others are made by machines, or are no reading at all.
CORRECTIONS = (
    *(Answer.YES, Answer.YES_WITH_TIME, Answer.NO, Answer.NO_WITH_NAME, Answer.QUESTION, Answer.OTHER),
    *(Answer.OPT_OUT, Answer.AUTO_REPLY, Answer.BOUNCE),
)

_BY_MACHINE = frozenset({Answer.AUTO_REPLY, Answer.BOUNCE, Answer.BOUNCE_SOFT})


def correct_answer(app: App, account_id: str, inbound_id: str, answer: Answer, *, slot: int | None = None) -> str:
    """Carry out what follows from ``answer``, and return it in words. ``slot`` is the number of the time chosen.

    Raises NotFound for a message that is not there, BadInput for a time that was not offered or is not named.
    """
    if answer not in CORRECTIONS:
        raise BadInput(f"A message cannot be corrected to {answer!r}: choose one of {', '.join(CORRECTIONS)}.")
    if (answer is Answer.YES_WITH_TIME) is (slot is None):
        raise BadInput(
            "A yes with a time needs the number of the time that was chosen, and nothing else does: --slot 2."
        )
    thanks, not_worded = _thanks(app, account_id, inbound_id) if answer is Answer.NO else (None, "")
    with app.database.write(account_id) as session:
        row = _message(session, inbound_id)
        account, contact = session.get_one(Account, account_id), session.get_one(Contact, row.contact_id)
        conversation = None
        if row.conversation_id:
            conversation = session.get(Conversation, row.conversation_id, with_for_update=True)
        was = row.answer
        _take_back(session, row, contact, conversation)
        if answer in _BY_MACHINE and conversation is not None:
            _wait_again(session, row, conversation, app.now())
        heard = replace(_heard(session, row, contact, answer, slot), ask_for_name=thanks, not_worded=not_worded)
        row.answer, row.confidence = answer, 1.0
        row.evidence = [*heard.understood.evidence, *([f"slot:{slot}"] if slot is not None else [])]
        row.done = handle_answer(app, session, account, contact, conversation, heard)[:500]
        _tell_of_meeting(session, account, conversation, was, answer)
        done, conversation_id = row.done, row.conversation_id
    if done.startswith(NEXT) and conversation_id:
        app.queue.poke(Job("continue_conversation", conversation_id))
    return done


def _message(session: Session, inbound_id: str) -> Inbound:
    row = session.get(Inbound, inbound_id, with_for_update=True)
    if row is None or row.contact_id is None:
        raise NotFound(f"There is no message {inbound_id!r} of a contact.")
    return row


def _thanks(app: App, account_id: str, inbound_id: str) -> tuple[Letter | None, str]:
    with app.database.read(account_id) as session:
        row = _message(session, inbound_id)
        account, contact = session.get_one(Account, account_id), session.get_one(Contact, row.contact_id)
    return ask_for_name(app, account, contact, row.conversation_id)


def _take_back(session: Session, row: Inbound, contact: Contact, conversation: Conversation | None) -> None:
    if row.answer is Answer.OPT_OUT and not _is_there(session, row, {Answer.OPT_OUT}):
        keys = (contact.address_key, address_key(row.from_address))
        session.execute(delete(DoNotContact).where(DoNotContact.address_key.in_(keys), DoNotContact.reason == ASKED))
        if conversation is not None and conversation.stage is Stage.OPTED_OUT:
            conversation.stage, conversation.closed_at = Stage.REPLIED, None
    if row.answer is Answer.BOUNCE:
        contact.address_dead = False
        if conversation is not None:
            asked = f"the address {contact.email} does not work: find another address"
            conversation.needs_you = without(conversation.needs_you, asked)
    if conversation is not None:
        conversation.needs_you = without(conversation.needs_you, row.done.removeprefix("for you: "))


def _tell_of_meeting(
    session: Session, account: Account, conversation: Conversation | None, was: Answer, answer: Answer
) -> None:
    """A meeting that was booked for a wrong reading stays, for its invitation has left: the owner decides about it."""
    if conversation is None or was is not Answer.YES_WITH_TIME or answer in {Answer.YES, Answer.YES_WITH_TIME}:
        return
    booked = select(Meeting).where(Meeting.conversation_id == conversation.id, Meeting.status.in_(TO_COME))
    if meeting := session.scalar(booked.order_by(Meeting.booked_at.desc()).limit(1)):
        when = say(meeting.starts_at, account.zone)
        what = f"the meeting of {when} stays booked: `outreach meeting cancel {meeting.id[:8]}` cancels it"
        conversation.needs_you = with_more(conversation.needs_you, what)


def _wait_again(session: Session, row: Inbound, conversation: Conversation, now: datetime) -> None:
    """Wait for an answer as before, for it was a machine that wrote; not where a person has written besides."""
    if conversation.stage not in {Stage.REPLIED, Stage.BOUNCED} or _is_there(session, row, set(Answer) - _BY_MACHINE):
        return
    conversation.stage = Stage.FOLLOWED_UP if conversation.follow_ups_sent else Stage.SENT
    conversation.replied_at, conversation.follow_up_due_at = None, conversation.follow_up_due_at or now


def _is_there(session: Session, row: Inbound, answers: AbstractSet[Answer]) -> bool:
    """Return whether another message of the person was taken for one of these."""
    others = select(Inbound.id).where(
        Inbound.contact_id == row.contact_id, Inbound.id != row.id, Inbound.answer.in_(answers)
    )
    return session.scalar(others.limit(1)) is not None


def _heard(session: Session, row: Inbound, contact: Contact, answer: Answer, slot: int | None) -> Heard:
    chosen = None
    if slot is not None:
        offers = select(SlotOffer).where(SlotOffer.conversation_id == row.conversation_id, SlotOffer.number == slot)
        offer = session.scalar(offers.order_by(SlotOffer.starts_at.desc()).limit(1))
        if offer is None:
            raise BadInput(f"No time with the number {slot} was offered in that conversation.")
        chosen = (offer.number, offer.starts_at)
    known = frozenset(key for key in (contact.address_key, address_key(row.from_address)) if key)
    names = named_people(row.said, known) if answer is Answer.NO_WITH_NAME else ()
    understood = Understood(answer=answer, confidence=1.0, evidence=("you said so",), names=names)
    return Heard(
        understood=understood,
        received_at=row.received_at,
        from_key=address_key(row.from_address),
        said=row.said,
        slot=chosen,
    )
