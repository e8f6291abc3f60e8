"""Book a meeting: time, invitation, reminder and thank-you, all in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outreach.actions.call_back import call_back
from outreach.actions.crash_points import crash_point
from outreach.actions.find_conversation import locked_conversation, open_conversation, reachable_contact
from outreach.actions.free_time import (
    availability_of,
    buffers_of,
    not_really_busy,
    overlapping,
    read_busy_time,
)
from outreach.actions.gather_facts import place_for
from outreach.actions.guest_words import NO_GUEST, GuestWords
from outreach.actions.meeting_letters import MeetingCase, invitation_letter, reminder, standing_thank_you
from outreach.actions.release_offers import release_offers
from outreach.app import App
from outreach.calendar.ids import event_id, uid_of
from outreach.database import violates
from outreach.errors import BadInput, NotAllowed
from outreach.model import NO_OVERLAP, Account, Letter, Meeting
from outreach.model.base import new_id
from outreach.queries.thread_of import thread_of
from outreach.queue import Job
from outreach.rules.for_owner import still_open
from outreach.rules.instants import Span, as_utc
from outreach.rules.kinds import FIRST_LETTERS, LetterKind, MeetingStatus, PlaceKind, Stage
from outreach.rules.slots import check_slot
from outreach.rules.stages import move
from outreach.rules.zones import refuse_past, say_span

log = structlog.get_logger(__name__)

#: Asking for a meeting that is booked is over.
ASKING = FIRST_LETTERS | {LetterKind.FOLLOW_UP, LetterKind.SLOTS_OFFERED, LetterKind.ASK_FOR_NAME}


def book_meeting(
    app: App,
    account_id: str,
    contact_id: str,
    start: datetime,
    *,
    minutes: int | None = None,
    place_kind: PlaceKind | None = None,
    place: str = "",
    guest: GuestWords = NO_GUEST,
) -> str:
    """Book a meeting that begins at ``start`` (aware) and return its id. ``guest``: it is they who book.

    Busy time is read from Google right before, and the database refuses overlap; the owner's hours are not asked, for
    whoever names a time means it. Raises EdgeError when busy time cannot be read, BadInput for the past and for a
    contact without an address, NotAllowed for a time that is taken and for a contact who has a meeting already.
    """
    case = _case(app, account_id, contact_id, as_utc(start), minutes, place_kind, place)
    refuse_busy(app, case)
    crash_point("busy_time_read")
    letters = [invitation_letter(app, case, LetterKind.MEETING_CONFIRMED), standing_thank_you(app, case, 1)]
    if before := reminder(app, case):
        letters.append(before)
    with no_overlap(case), app.database.write(account_id) as session:
        _store(session, case, letters, guest, app.now())
    crash_point("meeting_booked")
    app.queue.poke(Job("deliver_letter", letters[0].id))
    app.queue.poke(Job("sync_event", case.meeting.id))
    log.info("meeting_booked", meeting=case.meeting.id, account=account_id)
    return case.meeting.id


def _case(
    app: App,
    account_id: str,
    contact_id: str,
    start: datetime,
    minutes: int | None,
    place_kind: PlaceKind | None,
    place: str,
) -> MeetingCase:
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        contact = reachable_contact(session, contact_id)
        conversation = open_conversation(session, contact, app.now())
        if conversation.stage is Stage.BOOKED:
            raise NotAllowed(
                f"{contact.full_name} has a meeting already: move it with `outreach meeting move {contact.email}`."
            )
        move(conversation.stage, Stage.BOOKED)
        settings = app.settings_for(account)
        refuse_past(start, app.now(), settings.whereabouts(account.zone).zone_at(start))
        meeting = Meeting(
            id=new_id(),
            account_id=account_id,
            contact_id=contact.id,
            conversation_id=conversation.id,
            status=MeetingStatus.CONFIRMED,
            zone=contact.zone or account.zone,
            place_kind=place_kind or place_for(contact),
            sequence=0,
            invite_channel=settings.scheduling.invite_channel,
            calendar_due_at=app.now(),
            topics=[],
            booked_at=app.now(),
        )
        own_room = settings.scheduling.video_link if meeting.place_kind is PlaceKind.VIDEO else ""
        meeting.place = " ".join(place.split())[:500] or own_room
        meeting.event_id = event_id(f"{account_id}/{meeting.id}")
        meeting.uid = uid_of(meeting.event_id)
        length = timedelta(minutes=minutes or settings.availability.length_minutes)
        set_time(meeting, start, length, buffers_of(settings))
        thread = thread_of(session, conversation.id)
    return MeetingCase(account, contact, conversation, meeting, settings, thread)


def outside_hours(app: App, account_id: str, start: datetime, minutes: int | None) -> str | None:
    """Return in a sentence why one would not have offered this time oneself, None when one might have."""
    with app.database.read(account_id) as session:
        account = session.get_one(Account, account_id)
        settings = app.settings_for(account)
    length = timedelta(minutes=minutes or settings.availability.length_minutes)
    availability = availability_of(settings, account, minutes=minutes)
    return check_slot(Span(start, start + length), availability, (), (), app.now())


def set_time(meeting: Meeting, start: datetime, length: timedelta, buffers: tuple[timedelta, timedelta]) -> None:
    """Give the meeting its time, with the buffers around it that are occupied too, and when to ask about it."""
    meeting.starts_at, meeting.ends_at = start, start + length
    meeting.busy_from, meeting.busy_until = start - buffers[0], start + length + buffers[1]
    meeting.next_alarm_at, meeting.alarms_sent = meeting.ends_at, 0


def refuse_busy(app: App, case: MeetingCase, *, moving: str | None = None) -> None:
    """Read busy time anew. Raises NotAllowed naming what is in the way, EdgeError when it cannot be read."""
    span = Span(case.meeting.starts_at, case.meeting.ends_at)
    with app.database.read(case.account.id) as session:
        ours = not_really_busy(session, moving=moving)
    taken = overlapping(span, read_busy_time(app, case.account, case.settings, span, leaving_out=ours))
    if taken is not None:
        zone = case.settings.whereabouts(case.account.zone).zone_at(span.start)
        raise NotAllowed(
            f"{say_span(span, zone)} cannot be booked: your calendar says that you are busy {say_span(taken, zone)}."
        )


@contextmanager
def no_overlap(case: MeetingCase) -> Iterator[None]:
    """Turn the database's refusal of an overlap into a sentence. Raises NotAllowed."""
    try:
        yield
    except IntegrityError as error:
        if not violates(error, NO_OVERLAP):
            raise
        span = Span(case.meeting.starts_at, case.meeting.ends_at)
        zone = case.settings.whereabouts(case.account.zone).zone_at(span.start)
        raise NotAllowed(
            f"{say_span(span, zone)} cannot be booked: you have another meeting then, or too near "
            f"({_room(*buffers_of(case.settings))} around each)."
        ) from error


def _room(before: timedelta, after: timedelta) -> str:
    first, last = (f"{int(each.total_seconds() // 60)} minutes" for each in (before, after))
    return f"a buffer of {first} is kept" if first == last else f"buffers of {first} before and {last} after are kept"


def _store(session: Session, case: MeetingCase, letters: list[Letter], guest: GuestWords, now: datetime) -> None:
    conversation = locked_conversation(session, case.conversation)
    if conversation.stage is Stage.BOOKED:
        raise NotAllowed(f"{case.contact.full_name} was booked by somebody else at this moment.")
    if conversation.id != case.conversation.id:
        raise BadInput(f"The conversation with {case.contact.full_name} has changed meanwhile: try again.")
    conversation.stage = move(conversation.stage, Stage.BOOKED)
    # A question that somebody asked besides is still to be answered.
    conversation.needs_you, conversation.follow_up_due_at = still_open(conversation.needs_you), None
    guest.keep(case.meeting, conversation, case.contact)
    session.add(case.meeting)
    session.flush()
    session.add_all(letters)
    call_back(session, conversation.id, ASKING, "a meeting is booked", now)
    release_offers(session, conversation.id, now)
