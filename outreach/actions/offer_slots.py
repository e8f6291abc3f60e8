"""Offer three free times by letter; they are kept for the person for a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import func, select

from outreach.actions.approve_letters import sending_window
from outreach.actions.booking_link import booking_link
from outreach.actions.call_back import call_back
from outreach.actions.crash_points import crash_point
from outreach.actions.find_conversation import locked_conversation, open_conversation, reachable_contact
from outreach.actions.free_time import availability_of, not_really_busy, occupied, read_busy_time
from outreach.actions.gather_facts import contact_facts, field_of, place_for, place_phrase, sender_facts, when
from outreach.actions.prepare_letter import freeze, prepare
from outreach.actions.release_offers import release_offers
from outreach.app import App
from outreach.errors import NotAllowed
from outreach.model import Account, Contact, Conversation, Letter, SlotOffer
from outreach.model.base import new_id
from outreach.queries.thread_of import thread_of
from outreach.queue import Job
from outreach.rules.availability import Availability
from outreach.rules.instants import Span
from outreach.rules.kinds import LetterKind, PlaceKind, Stage
from outreach.rules.slots import free_slots, spread
from outreach.rules.stages import can_move
from outreach.rules.threads import Thread
from outreach.rules.windows import Window, next_open
from outreach.rules.zones import say_span
from outreach.settings import Settings

log = structlog.get_logger(__name__)

HOW_MANY = 3
#: How long offered times are kept; whoever answers later is offered new ones.
KEPT = timedelta(days=7)
#: Offered times begin so long after the usual notice: the letter has to be read and answered first.
TIME_TO_ANSWER = timedelta(hours=24)
_ACCEPTABLE = Window(time(8), time(20), frozenset(range(5)))
_SUPERSEDED = (LetterKind.FOLLOW_UP, LetterKind.SLOTS_OFFERED)


@dataclass(frozen=True)
class Offered:
    """The times that are offered, in order, each in words; and the letter that offers them, with when it leaves."""

    letter_id: str
    contact_name: str
    slots: tuple[Span, ...]
    words: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True)
class _Case:
    """What an offer is made from."""

    account: Account
    contact: Contact
    conversation: Conversation
    settings: Settings
    thread: Thread | None
    availability: Availability
    place_kind: PlaceKind
    booked: tuple[Span, ...]
    offered_to_others: tuple[Span, ...]
    leaving_out: tuple[Span, ...]
    turn: int

    @property
    def zone(self) -> str:
        return self.contact.zone or self.account.zone


def offer_slots(
    app: App,
    account_id: str,
    contact_id: str,
    *,
    minutes: int | None = None,
    place_kind: PlaceKind | None = None,
    declined: Span | None = None,
    clashed: Span | None = None,
) -> Offered:
    """Choose three free times, word and schedule the letter that offers them, and return both.

    ``declined`` is when a meeting was to be that they declined, ``clashed`` one that had to be called off because the
    owner's calendar was taken; the letter speaks of it.

    Earlier offers of the conversation are released, and a letter that still waits to offer them is cancelled. Raises
    EdgeError when busy time cannot be read, NotAllowed when no time is free or a meeting is booked, BadInput for a
    contact without an address.
    """
    case = _case(app, account_id, contact_id, minutes, place_kind)
    slots = _choose(app, case, clashed)
    letter, words = _letter(app, case, slots, declined, clashed)
    with app.database.write(account_id) as session:
        conversation = locked_conversation(session, case.conversation)
        _refuse_stage(conversation, case.contact)
        release_offers(session, conversation.id, app.now())
        call_back(session, conversation.id, _SUPERSEDED, "times are offered instead", app.now())
        letter.conversation_id = conversation.id
        session.add(letter)
        offers = _offers(conversation, slots, app.now())
        session.add_all(offers)
        # Whoever has not chosen until then has let the offer lapse, and the owner is told.
        conversation.needs_you, conversation.follow_up_due_at = "", max(offer.expires_at for offer in offers)
    crash_point("slots_offered")
    app.queue.poke(Job("deliver_letter", letter.id))
    log.info("slots_offered", letter=letter.id, account=account_id)
    assert letter.due_at is not None
    return Offered(letter.id, case.contact.full_name, tuple(slots), words, letter.due_at)


def _case(app: App, account_id: str, contact_id: str, minutes: int | None, place_kind: PlaceKind | None) -> _Case:
    now = app.now()
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        contact = reachable_contact(session, contact_id)
        conversation = open_conversation(session, contact, now)
        _refuse_stage(conversation, contact)
        settings, kind = app.settings_for(account), place_kind or place_for(contact)
        others = select(SlotOffer.starts_at, SlotOffer.ends_at).where(
            SlotOffer.released_at.is_(None), SlotOffer.expires_at > now, SlotOffer.conversation_id != conversation.id
        )
        before = select(func.count(Letter.id)).where(
            Letter.conversation_id == conversation.id, Letter.kind == LetterKind.SLOTS_OFFERED
        )
        return _Case(
            account=account,
            contact=contact,
            conversation=conversation,
            settings=settings,
            thread=thread_of(session, conversation.id),
            availability=availability_of(settings, account, minutes=minutes, place_kind=kind),
            place_kind=kind,
            booked=tuple(occupied(session, settings, now)),
            offered_to_others=tuple(Span(start, end) for start, end in session.execute(others)),
            leaving_out=tuple(not_really_busy(session)),
            turn=(session.scalar(before) or 0) + 1,
        )


def _refuse_stage(conversation: Conversation, contact: Contact) -> None:
    if conversation.stage is Stage.BOOKED:
        raise NotAllowed(
            f"A meeting with {contact.full_name} is booked: move it with `outreach meeting move {contact.email}`, "
            "or cancel it first."
        )
    if not can_move(conversation.stage, Stage.SLOTS_OFFERED):
        stage = conversation.stage.replace("_", " ")
        raise NotAllowed(f"The conversation with {contact.full_name} is {stage}: no times can be offered.")


def _choose(app: App, case: _Case, clashed: Span | None) -> list[Span]:
    """Return up to three free times: in the recipient's working hours if there are any, else as near as can be."""
    now = app.now()
    leaves = next_open(now, case.zone, sending_window(case.settings))
    availability = replace(case.availability, notice=case.availability.notice + TIME_TO_ANSWER + (leaves - now))
    horizon = Span(now, now + timedelta(days=case.availability.horizon_days + 1))
    busy = read_busy_time(app, case.account, case.settings, horizon, leaving_out=case.leaving_out)
    busy = [*busy, *([clashed] if clashed else [])]
    for taken in ([*busy, *case.offered_to_others], busy):
        for window in (sending_window(case.settings), _ACCEPTABLE, None):
            free = free_slots(
                availability,
                taken,
                case.booked,
                now,
                recipient_zone=case.zone if window else None,
                recipient_window=window,
            )
            if free:
                return spread(free, HOW_MANY, zone_name=case.zone)
    raise NotAllowed(
        f"No time is free for a meeting within the next {case.availability.horizon_days} days: look at your calendar "
        "and at availability in the settings."
    )


def _letter(
    app: App,
    case: _Case,
    slots: Sequence[Span],
    declined: Span | None,
    clashed: Span | None,
) -> tuple[Letter, tuple[str, ...]]:
    words = tuple(when(slot.start, slot.end, case.zone, case.availability.whereabouts) for slot in slots)
    facts = sender_facts(case.settings, case.account) | contact_facts(case.contact)
    link = booking_link(app, case.conversation.id)
    facts |= {
        "field": field_of(facts),
        "slots": words,
        "booking_link": link or None,
        "slot_links": tuple(f"{link}?start={slot.start:%Y%m%dT%H%MZ}" for slot in slots) if link else None,
        "declined_when": say_span(declined, case.zone) if declined else None,
        "clashed_when": say_span(clashed, case.zone) if clashed else None,
        "meeting_minutes": int(case.availability.length.total_seconds() // 60),
        "meet_how": place_phrase(case.place_kind),
        "local": case.place_kind is PlaceKind.OFFICE,
    }
    letter = prepare(
        app,
        case.account,
        case.contact,
        LetterKind.SLOTS_OFFERED,
        step=f"slots:{case.turn}",
        facts=facts,
        conversation_id=case.conversation.id,
        parent=case.thread,
    )
    due = next_open(app.now(), case.zone, sending_window(case.settings))
    why = "in their working hours"
    if clashed is not None:
        due, why = app.now(), "at once: they believe that a meeting is booked"
    freeze(app, case.account, letter, due_at=due, why_then=why, parent=case.thread)
    letter.expires_at = min(slot.start for slot in slots)
    return letter, words


def _offers(conversation: Conversation, slots: Sequence[Span], now: datetime) -> list[SlotOffer]:
    return [
        SlotOffer(
            id=new_id(),
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            number=number,
            starts_at=slot.start,
            ends_at=slot.end,
            expires_at=min(now + KEPT, slot.start),
        )
        for number, slot in enumerate(slots, start=1)
    ]
