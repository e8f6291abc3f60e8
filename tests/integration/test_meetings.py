"""Meetings: offered, booked, moved, cancelled; one transaction each, and both calendars agree."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import undefer

from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.app import App
from outreach.calendar.invitation import lint
from outreach.clock import FixedClock
from outreach.edge import EdgeError
from outreach.errors import BadInput, NotAllowed, OutreachError
from outreach.model import Conversation, DoNotContact, Letter, Meeting, SlotOffer
from outreach.model.base import new_id
from outreach.rules.kinds import LetterKind, LetterState, MeetingStatus, PlaceKind, Stage
from outreach.sandbox.server import Sandbox

ME = "ada@student.example.com"
GRACE = "grace@city.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Work = Callable[..., int]
AddContact = Callable[..., str]


@pytest.fixture
def grace(add_contact: AddContact) -> str:
    return add_contact(GRACE)


def meeting_of(app: App, account_id: str, meeting_id: str) -> Meeting:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id)


def letters(app: App, account_id: str, *kinds: LetterKind) -> list[Letter]:
    with app.database.read(account_id) as session:
        query = select(Letter).options(undefer(Letter.frozen)).order_by(Letter.created_at, Letter.id)
        return list(session.scalars(query.where(Letter.kind.in_(kinds)) if kinds else query))


def states(app: App, account_id: str, *kinds: LetterKind) -> list[str]:
    return [str(letter.state) for letter in letters(app, account_id, *kinds)]


def invitation_in(letter: Letter) -> tuple[bytes, str]:
    for part in BytesParser(policy=policy.compat32).parsebytes(letter.frozen or b"").walk():
        if part.get_content_type() == "text/calendar":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload, str(part.get_param("method"))
    raise AssertionError("no invitation")


def event(sandbox: Sandbox, meeting: Meeting) -> dict[str, object]:
    found: dict[str, object] = sandbox.world.calendar(ME, "primary").events[meeting.event_id]
    return found


def test_a_booking_writes_invitation_reminder_and_thank_you_in_one_go(app: App, account_id: str, grace: str) -> None:
    start = TUESDAY + timedelta(days=2)
    meeting = meeting_of(app, account_id, book_meeting(app, account_id, grace, start))
    assert (meeting.status, meeting.starts_at, meeting.sequence) == (MeetingStatus.CONFIRMED, start, 0)
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=25)
    kinds = {str(letter.kind) for letter in letters(app, account_id)}
    assert kinds == {"meeting_confirmed", "reminder", "thank_you_short"}
    [thanks] = letters(app, account_id, LetterKind.THANK_YOU_SHORT)
    assert thanks.state is LetterState.SCHEDULED
    assert thanks.due_at == meeting.ends_at + timedelta(hours=22)
    assert thanks.deadline_at == meeting.ends_at + timedelta(hours=24)


def test_the_invitation_and_the_event_name_one_meeting(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    work()
    meeting = meeting_of(app, account_id, meeting_id)
    assert meeting.calendar_due_at is None
    [letter] = letters(app, account_id, LetterKind.MEETING_CONFIRMED)
    assert letter.state is LetterState.SENT
    raw, method = invitation_in(letter)
    assert method == "REQUEST"
    assert lint(raw, "REQUEST") == []
    [invited] = Calendar.from_ical(raw).walk("VEVENT")
    stored = event(sandbox, meeting)
    assert stored["iCalUID"] == str(invited["UID"]) == meeting.uid
    assert invited["DTSTART"].dt == TUESDAY == datetime.fromisoformat(stored["start"]["dateTime"])  # type: ignore[index]
    assert str(invited["ORGANIZER"]) == f"mailto:{ME}"
    assert str(invited["ATTENDEE"]) == f"mailto:{GRACE}"
    assert invited["ATTENDEE"].params["RSVP"] == "TRUE"
    assert sandbox.ledger.entries[-1]["send_updates"] == "none" or any(
        entry.get("send_updates") == "none" for entry in sandbox.ledger.entries
    )


def test_a_move_is_one_update_with_a_higher_sequence_that_reaches_both_sides(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    work()
    before = meeting_of(app, account_id, meeting_id)
    later = TUESDAY + timedelta(minutes=10)  # overlaps its own old time, which is free now
    move_meeting(app, account_id, meeting_id, later)
    work()
    after = meeting_of(app, account_id, meeting_id)
    assert (after.uid, after.sequence, after.starts_at) == (before.uid, 1, later)
    [moved] = letters(app, account_id, LetterKind.MEETING_MOVED)
    raw, method = invitation_in(moved)
    [invited] = Calendar.from_ical(raw).walk("VEVENT")
    assert (method, int(invited["SEQUENCE"]), str(invited["UID"])) == ("REQUEST", 1, before.uid)
    stored = event(sandbox, after)
    assert datetime.fromisoformat(stored["start"]["dateTime"]) == later  # type: ignore[index]
    thanks = [each for each in letters(app, account_id, LetterKind.THANK_YOU_SHORT) if each.state == "scheduled"]
    assert [each.deadline_at for each in thanks] == [after.ends_at + timedelta(hours=24)]


def test_a_cancel_takes_everything_with_it_and_reaches_both_sides(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY + timedelta(days=2))
    work()
    cancel_meeting(app, account_id, meeting_id)
    work()
    meeting = meeting_of(app, account_id, meeting_id)
    assert (meeting.status, meeting.sequence) == (MeetingStatus.CANCELLED, 1)
    assert states(app, account_id, LetterKind.THANK_YOU_SHORT, LetterKind.REMINDER) == ["cancelled", "cancelled"]
    [letter] = letters(app, account_id, LetterKind.MEETING_CANCELLED)
    raw, method = invitation_in(letter)
    [invited] = Calendar.from_ical(raw).walk("VEVENT")
    assert (method, str(invited["STATUS"]), int(invited["SEQUENCE"])) == ("CANCEL", "CANCELLED", 1)
    assert event(sandbox, meeting)["status"] == "cancelled"
    work(60)
    assert not [entry for entry in sandbox.sent if "thank" in entry["subject"].lower()]


def test_a_meeting_cancelled_before_anybody_was_told_sends_nothing(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    cancel_meeting(app, account_id, meeting_id)
    work()
    assert sandbox.sent == []
    assert letters(app, account_id, LetterKind.MEETING_CANCELLED) == []


def test_busy_time_is_read_anew_and_refuses(app: App, account_id: str, grace: str, sandbox: Sandbox) -> None:
    sandbox.busy(ME, TUESDAY - HOUR, TUESDAY + HOUR / 6)
    with pytest.raises(NotAllowed, match="busy"):
        book_meeting(app, account_id, grace, TUESDAY)
    assert letters(app, account_id) == []


def test_a_calendar_that_answers_with_an_error_is_unknown_and_never_free(
    app: App, account_id: str, grace: str, sandbox: Sandbox
) -> None:
    sandbox.fault("freebusy.query", "calendar_error")
    with pytest.raises(EdgeError):
        book_meeting(app, account_id, grace, TUESDAY)
    with pytest.raises(EdgeError):
        offer_slots(app, account_id, grace)
    with app.database.read(account_id) as session:
        assert session.scalars(select(Meeting)).all() == []
        assert session.scalars(select(SlotOffer)).all() == []


def test_the_database_refuses_two_meetings_that_overlap_with_their_buffers(
    app: App, account_id: str, grace: str, add_contact: AddContact
) -> None:
    other = add_contact("mo@city.example.com", "Mo Example")
    book_meeting(app, account_id, grace, TUESDAY)
    with pytest.raises(NotAllowed, match="another meeting"):
        book_meeting(app, account_id, other, TUESDAY + timedelta(minutes=40))
    book_meeting(app, account_id, other, TUESDAY + timedelta(minutes=55))


def test_many_who_book_one_time_at_once_get_one_meeting(app: App, account_id: str, add_contact: AddContact) -> None:
    people = [add_contact(f"p{number}@city.example.com", f"Person{number} Example") for number in range(8)]
    booked, refused = [], []

    def book(contact_id: str) -> None:
        try:
            booked.append(book_meeting(app, account_id, contact_id, TUESDAY))
        except OutreachError as error:
            refused.append(error.message)

    threads = [threading.Thread(target=book, args=(each,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(booked), len(refused)) == (1, 7)


def test_one_person_is_not_booked_twice(app: App, account_id: str, grace: str) -> None:
    book_meeting(app, account_id, grace, TUESDAY)
    with pytest.raises(NotAllowed, match="has a meeting already"):
        book_meeting(app, account_id, grace, TUESDAY + timedelta(days=1))


def test_the_past_an_unknown_address_and_an_opt_out_are_refused_in_words(
    app: App, account_id: str, grace: str, add_contact: AddContact
) -> None:
    with pytest.raises(BadInput, match="already passed"):
        book_meeting(app, account_id, grace, datetime(2026, 3, 1, 9, tzinfo=UTC))
    nobody = add_contact("x@city.example.com", "No Address")
    with app.database.write(account_id) as session:
        from outreach.model import Contact

        row = session.get_one(Contact, nobody)
        row.email = row.address_key = None
        session.add(
            DoNotContact(id=new_id(), account_id=account_id, address_key=GRACE, reason="asked", created_at=app.now())
        )
    with pytest.raises(BadInput, match="no address"):
        book_meeting(app, account_id, nobody, TUESDAY)
    with pytest.raises(NotAllowed, match="do-not-contact"):
        book_meeting(app, account_id, grace, TUESDAY)


def test_three_slots_are_offered_in_the_recipients_hours_with_both_zones(
    app: App, account_id: str, add_contact: AddContact, work: Work, sandbox: Sandbox
) -> None:
    luis = add_contact("luis@via.example.com", "Luis Ferreira", zone="America/New_York")
    offered = offer_slots(app, account_id, luis)
    assert len(offered.slots) == 3
    assert len({slot.start.date() for slot in offered.slots}) == 3
    assert all("America/New_York" in words and "Europe/London" in words for words in offered.words)
    work(24)
    [entry] = sandbox.sent
    assert entry["to"].endswith("luis@via.example.com")
    with app.database.read(account_id) as session:
        assert [offer.number for offer in session.scalars(select(SlotOffer).order_by(SlotOffer.number))] == [1, 2, 3]
        [talk] = session.scalars(select(Conversation))
        assert talk.stage is Stage.SLOTS_OFFERED


def test_slots_never_touch_busy_time_meetings_or_what_others_were_offered(
    app: App, account_id: str, grace: str, add_contact: AddContact, sandbox: Sandbox
) -> None:
    sandbox.busy(ME, datetime(2026, 3, 4, 0, tzinfo=UTC), datetime(2026, 3, 6, 0, tzinfo=UTC))
    first = offer_slots(app, account_id, grace)
    second = offer_slots(app, account_id, add_contact("mo@city.example.com", "Mo Example"))
    assert not any(one.overlaps(other) for one in first.slots for other in second.slots)
    assert not any(slot.start.day in {4, 5} for slot in (*first.slots, *second.slots))


def test_a_second_offer_replaces_the_first(app: App, account_id: str, grace: str) -> None:
    offer_slots(app, account_id, grace)
    offer_slots(app, account_id, grace)
    with app.database.read(account_id) as session:
        offers = session.scalars(select(SlotOffer)).all()
    assert sum(offer.released_at is None for offer in offers) == 3
    assert sorted(states(app, account_id, LetterKind.SLOTS_OFFERED)) == ["cancelled", "scheduled"]


def test_where_no_time_is_free_that_is_said(app: App, account_id: str, grace: str, sandbox: Sandbox) -> None:
    sandbox.busy(ME, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC))
    with pytest.raises(NotAllowed, match="No time is free"):
        offer_slots(app, account_id, grace)


def test_an_event_deleted_by_hand_is_put_before_its_owner(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    work()
    meeting = meeting_of(app, account_id, meeting_id)
    sandbox.world.calendar(ME, "primary").delete(meeting.event_id, clock.now())
    move_meeting(app, account_id, meeting_id, TUESDAY + HOUR)
    work()
    assert "deleted in your calendar" in meeting_of(app, account_id, meeting_id).calendar_error


def test_a_calendar_that_is_away_is_tried_again(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    sandbox.fault("events.insert", "503", times=2)
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    work()
    assert meeting_of(app, account_id, meeting_id).calendar_attempts == 1
    work(3)
    assert meeting_of(app, account_id, meeting_id).calendar_due_at is None


def test_a_meeting_is_marked_only_once_it_has_begun(app: App, account_id: str, grace: str, work: Work) -> None:
    meeting_id = book_meeting(app, account_id, grace, TUESDAY, place_kind=PlaceKind.VIDEO, place="https://meet.example")
    with pytest.raises(NotAllowed, match="not begun"):
        mark_meeting(app, account_id, meeting_id, held=True)
    work(30)
    mark_meeting(app, account_id, meeting_id, held=False)
    assert states(app, account_id, LetterKind.THANK_YOU_SHORT) == ["cancelled"]
    with pytest.raises(NotAllowed, match="cannot be moved"):
        move_meeting(app, account_id, meeting_id, TUESDAY + timedelta(days=7))
    with pytest.raises(NotAllowed, match="not-held"):
        cancel_meeting(app, account_id, meeting_id)


def test_an_offer_that_a_sleeping_computer_kept_back_leaves_in_their_morning(
    app: App, account_id: str, grace: str, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    offer_slots(app, account_id, grace)
    clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    work()
    assert sandbox.sent == []
    clock.set(datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    work()
    assert len(sandbox.sent) == 1


def test_an_offer_that_came_too_late_is_put_before_the_owner(
    app: App, account_id: str, grace: str, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    offer_slots(app, account_id, grace)
    clock.set(datetime(2026, 4, 14, 10, 0, tzinfo=UTC))
    work()
    assert sandbox.sent == []
    with app.database.read(account_id) as session:
        assert "came too late" in session.scalars(select(Conversation)).one().needs_you


def test_an_invitation_is_called_back_only_with_its_meeting(app: App, account_id: str, grace: str) -> None:
    book_meeting(app, account_id, grace, TUESDAY)
    [letter] = letters(app, account_id, LetterKind.MEETING_CONFIRMED)
    with pytest.raises(NotAllowed, match="meeting cancel"):
        cancel_letter(app, account_id, letter.id)
