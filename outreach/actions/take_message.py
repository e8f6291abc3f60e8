"""Take in one message: see whether it is ours, read it, and store it with its consequences in one transaction.

One that cannot be handled must not stop those behind it: it is stored as unreadable, and a person looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import select

from outreach.actions.answer_case import Heard
from outreach.actions.ask_for_name import ask_for_name
from outreach.actions.handle_answer import handle_answer
from outreach.actions.leave_to_owner import leave_to_owner
from outreach.actions.store_message import LONGEST_SAID, NOT_ITS_FAULT, Consequences, message_row, store_message
from outreach.app import App
from outreach.calendar.answers import CalendarAnswer, read_answer
from outreach.edge import Gone, Mailbox, MessageHead, Refused
from outreach.errors import BadInput
from outreach.letters.inbound import storable
from outreach.letters.read_apart import read_apart
from outreach.model import Account, Contact, SlotOffer
from outreach.queries.pending_answers import NEXT
from outreach.queries.whose_message import Whose, is_letter_of_ours, sender_of, whose_message, whose_report
from outreach.queue import Job
from outreach.rules.addresses import address_key
from outreach.rules.inbound import Inbound as Message
from outreach.rules.inbound import Understood
from outreach.rules.instants import Span
from outreach.rules.kinds import Answer
from outreach.rules.probing import is_probe_letter
from outreach.rules.replies import understand

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Offered:
    """One of the times that were offered."""

    number: int
    span: Span


@dataclass(frozen=True)
class _Context:
    """What was known before the message: who may have written it, and which times are on offer."""

    whose: Whose
    contact: Contact
    offered: tuple[_Offered, ...]


def take_message(app: App, account: Account, mailbox: Mailbox, head: MessageHead) -> bool:
    """Store the message and what follows from it. Return False for one that is not ours or was handled before.

    Its bytes are fetched only when it is ours or may be a delivery report. May raise what the mailbox raises.
    """
    head = replace(head, headers={name: storable(value) for name, value in head.headers.items()})
    try:
        return _take(app, account, mailbox, head)
    except NOT_ITS_FAULT:
        raise
    except Exception as error:
        log.exception("message_not_handled", account=account.id, message=head.id)
        return _take_as_unreadable(app, account, head, f"{type(error).__name__} while it was handled")


def _take(app: App, account: Account, mailbox: Mailbox, head: MessageHead) -> bool:
    with app.database.read(account.id) as session:
        own = "SENT" in head.labels or sender_of(head) == address_key(account.address)
        if own and is_letter_of_ours(session, head.headers.get("x-outreach-id", "")):
            return False
        if own and is_probe_letter(head.headers):
            return False  # though it comes from oneself, nobody has written anything
        whose = whose_message(session, head)
    if own:
        return whose is not None and _take_own(app, account, head, whose)
    if whose is None and not _may_be_report(head):
        return False
    raw: bytes | None = None
    try:
        raw = mailbox.raw(head.id)
    except Gone:
        return False
    except Refused as error:  # too large, for one
        log.warning("message_not_fetched", account=account.id, message=head.id, error=error.message)
    return _take_theirs(app, account, head, whose, raw)


def _take_as_unreadable(app: App, account: Account, head: MessageHead, reason: str) -> bool:
    """Store the little that is sure about a message. What cannot even be stored so is passed over, and logged."""
    try:
        with app.database.read(account.id) as session:
            whose = whose_message(session, head)
        if whose is None:
            return False
        understood = _unreadable(reason)
        row = message_row(app, head, whose, Message(), understood)
        row.from_address = sender_of(head)[:320]
        heard = Heard(understood=understood, received_at=head.received_at)
        return store_message(app, account, row, _what_follows(app, account, heard))
    except NOT_ITS_FAULT:
        raise
    except Exception:
        log.exception("message_skipped", account=account.id, message=head.id)
        return False


def _unreadable(*reasons: str) -> Understood:
    return Understood(answer=Answer.UNREADABLE, confidence=1.0, evidence=reasons, needs_person=True)


def _may_be_report(head: MessageHead) -> bool:
    sender = head.headers.get("from", "").lower()
    return (
        "mailer-daemon" in sender
        or "postmaster" in sender
        or "x-failed-recipients" in head.headers
        or "multipart/report" in head.headers.get("content-type", "").lower()
    )


def _take_own(app: App, account: Account, head: MessageHead, whose: Whose) -> bool:
    """The owner answered by hand: what we would have sent by ourselves stays back."""
    row = message_row(app, head, whose, Message(subject=head.headers.get("subject", "")), _by_owner())
    row.from_address = account.address[:320]
    now = app.now()
    return store_message(
        app,
        account,
        row,
        lambda session, conversation, _: leave_to_owner(session, conversation, head.received_at, now),
    )


def _by_owner() -> Understood:
    return Understood(answer=Answer.OTHER, confidence=1.0, evidence=("written by you",))


def _take_theirs(app: App, account: Account, head: MessageHead, whose: Whose | None, raw: bytes | None) -> bool:
    message, obstacle = _read(raw) if raw is not None else (None, "Gmail did not hand it out.")
    if whose is None and message is not None:
        with app.database.read(account.id) as session:
            whose = whose_report(session, message.original_headers)
    if whose is None:
        return False
    context = _context(app, account, whose)
    understood = _understood(app, account, context, message, head.received_at, obstacle)
    heard = _heard(app, account, context, message, understood, head)
    row = message_row(app, head, whose, message or Message(subject=head.headers.get("subject", "")), understood)
    row.from_address = row.from_address or sender_of(head)[:320]
    if heard.slot is not None:
        row.evidence = [*row.evidence, f"slot:{heard.slot[0]}"]
    taken = store_message(app, account, row, _what_follows(app, account, heard))
    if taken and row.done.startswith(NEXT) and row.conversation_id:
        app.queue.poke(Job("continue_conversation", row.conversation_id))
    return taken


def _what_follows(app: App, account: Account, heard: Heard) -> Consequences:
    return lambda session, conversation, contact: handle_answer(app, session, account, contact, conversation, heard)


def _read(raw: bytes) -> tuple[Message | None, str]:
    """Return the message as a value, or None and why it cannot be read: a person looks at it then."""
    try:
        return read_apart(raw), ""
    except BadInput as error:
        log.info("message_unreadable", reason=error.message)
        return None, error.message


def _context(app: App, account: Account, whose: Whose) -> _Context:
    with app.database.read(account.id) as session:
        contact = session.get_one(Contact, whose.contact_id)
        offers: Sequence[SlotOffer] = session.scalars(
            select(SlotOffer)
            .where(SlotOffer.conversation_id == whose.conversation_id, SlotOffer.released_at.is_(None))
            .order_by(SlotOffer.number)
        ).all()
    offered = tuple(_Offered(offer.number, Span(offer.starts_at, offer.ends_at)) for offer in offers)
    return _Context(whose, contact, offered)


def _understood(
    app: App, account: Account, context: _Context, message: Message | None, received_at: datetime, obstacle: str
) -> Understood:
    if message is None:
        return _unreadable(obstacle)
    zone = context.contact.zone or account.zone
    # "At ten, your time": where the owner is then, as the offer said it.
    then = context.offered[0].span.start if context.offered else received_at
    own_zone = app.settings_for(account).whereabouts(account.zone).zone_at(then)
    try:
        return understand(
            message,
            slots=[offered.span for offered in context.offered],
            zone_name=zone,
            other_zone_name=own_zone if own_zone != zone else None,
            now=received_at,
        )
    except Exception as error:  # one message that breaks the reading must not stop the others
        log.exception("message_not_understood", account=account.id)
        return _unreadable(f"{type(error).__name__} while it was read")


def _heard(
    app: App, account: Account, context: _Context, message: Message | None, understood: Understood, head: MessageHead
) -> Heard:
    slot = None
    if understood.chosen_slot is not None and understood.chosen_slot < len(context.offered):
        chosen = context.offered[understood.chosen_slot]
        slot = (chosen.number, chosen.span.start)
    letter, not_worded = None, ""
    if understood.answer is Answer.NO:
        letter, not_worded = ask_for_name(app, account, context.contact, context.whose.conversation_id)
    return Heard(
        understood=understood,
        received_at=head.received_at,
        from_key=sender_of(head),
        said=(message.text if message else "")[:LONGEST_SAID],
        certain=context.whose.certain,
        slot=slot,
        calendar=_calendar(message) if understood.answer is Answer.CALENDAR else None,
        ask_for_name=letter,
        not_worded=not_worded,
    )


def _calendar(message: Message | None) -> CalendarAnswer | None:
    for part in message.calendar_parts if message else ():
        try:
            if answer := read_answer(part):
                return answer
        except BadInput as error:
            log.info("calendar_answer_unreadable", reason=error.message)
    return None
