"""Where two people meet and who invites: a room of one's own, Google Meet, who calls whom; never two invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from outreach.actions.add_video_link import add_video_link
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import Misconfigured
from outreach.model import Conversation, Letter, Meeting
from outreach.rules.kinds import LetterKind, LetterState, PlaceKind
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.people import Person
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox

ME, GRACE = "ada@student.example.com", "grace@city.example.com"
THURSDAY = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
Work = Callable[..., int]


@pytest.fixture
def grace(add_contact: Callable[..., str]) -> str:
    return add_contact(GRACE)


def letter(app: App, account_id: str, kind: LetterKind) -> Letter:
    """The one letter of its kind that waits or has left."""
    with app.database.read(account_id) as session:
        query = select(Letter).options(undefer(Letter.frozen), undefer(Letter.body_text)).where(Letter.kind == kind)
        [found] = session.scalars(query.where(Letter.state.in_((LetterState.SCHEDULED, LetterState.SENT)))).all()
        return found


def calendar_parts(found: Letter) -> list[str]:
    message = BytesParser(policy=policy.compat32).parsebytes(found.frozen or b"")
    return [part.get_content_type() for part in message.walk() if part.get_content_type().endswith(("calendar", "ics"))]


def event(app: App, sandbox: Sandbox, account_id: str, meeting_id: str) -> dict[str, Any]:
    with app.database.read(account_id) as session:
        event_id = session.get_one(Meeting, meeting_id).event_id
    found: dict[str, Any] = sandbox.world.calendar(ME, "primary").events[event_id]
    return found


def place(app: App, account_id: str, meeting_id: str) -> str:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id).place


def told(sandbox: Sandbox) -> list[str]:
    entries = [each for each in sandbox.ledger.entries if str(each["kind"]).startswith("event_")]
    return [str(each["send_updates"]) for each in entries]


def test_ones_own_room_stands_in_letter_invitation_and_calendar(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    room = "https://video.example.org/ada"
    set_account(app, account_id, [f"scheduling.video_link={room}"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work()
    confirmed = letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    assert room in confirmed.body_text
    assert calendar_parts(confirmed) == ["text/calendar", "application/ics"]
    assert event(app, sandbox, account_id, meeting_id)["location"] == room
    assert room in letter(app, account_id, LetterKind.REMINDER).body_text


def test_the_guest_calls_where_one_likes_that_better(app: App, account_id: str, grace: str, work: Work) -> None:
    set_account(app, account_id, ["scheduling.who_calls=them", "me.phone=+44 20 7946 0000"])
    book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.PHONE)
    work()
    assert "call me on +44 20 7946 0000" in letter(app, account_id, LetterKind.MEETING_CONFIRMED).body_text


@pytest.mark.parametrize("quirks", [(), (Quirk.MEET_TAKES_TIME,)])
def test_the_link_that_google_makes_is_in_the_first_letter(
    app: App,
    account_id: str,
    grace: str,
    work: Work,
    sandbox: Sandbox,
    clock: FixedClock,
    quirks: tuple[Quirk, ...],
) -> None:
    sandbox.world.quirks.update(quirks)
    set_account(app, account_id, ["scheduling.google_meet=true"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work()
    clock.advance(timedelta(minutes=1))
    work()
    link = place(app, account_id, meeting_id)
    assert link.startswith("https://meet.google.com/")
    confirmed = letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    assert confirmed.state is LetterState.SENT
    assert link in confirmed.body_text
    assert link in (confirmed.frozen or b"").decode().replace("=\n", "")
    assert link in letter(app, account_id, LetterKind.REMINDER).body_text
    stored = event(app, sandbox, account_id, meeting_id)
    assert (stored["hangoutLink"], stored["location"]) == (link, link)
    assert len(sandbox.sent) == 1


def test_where_google_invites_and_makes_the_link_it_writes_once(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    set_account(app, account_id, ["scheduling.google_meet=true", "scheduling.invite_channel=google"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work()
    assert told(sandbox) == ["all"]
    confirmed = letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    assert place(app, account_id, meeting_id) in confirmed.body_text
    assert confirmed.state is LetterState.SENT
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).calendar_due_at is None


def test_a_meeting_that_is_moved_keeps_the_link_that_google_made(
    app: App, account_id: str, grace: str, work: Work
) -> None:
    set_account(app, account_id, ["scheduling.google_meet=true"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work()
    link = place(app, account_id, meeting_id)
    move_meeting(app, account_id, meeting_id, THURSDAY + timedelta(days=1))
    work()
    assert link in letter(app, account_id, LetterKind.MEETING_MOVED).body_text


def test_a_link_that_comes_when_no_letter_is_left_is_put_before_the_owner(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    set_account(app, account_id, ["scheduling.google_meet=true", "scheduling.reminders=false"])
    sandbox.fault("events.insert", FaultKind.UNAVAILABLE)
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    for _ in range(15):
        work()
        clock.advance(timedelta(minutes=1))
    assert letter(app, account_id, LetterKind.MEETING_CONFIRMED).state is LetterState.SENT
    sandbox.clear_faults()
    work(hours=2)
    link = place(app, account_id, meeting_id)
    with app.database.read(account_id) as session:
        meeting = session.get_one(Meeting, meeting_id)
        assert f"the video link is {link}" in session.get_one(Conversation, meeting.conversation_id).needs_you
        assert (meeting.calendar_due_at, meeting.calendar_attempts) == (None, 0)


def test_a_waiting_reminder_tells_a_link_that_comes_late(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    set_account(app, account_id, ["scheduling.google_meet=true"])
    sandbox.fault("events.insert", FaultKind.UNAVAILABLE)
    clock.set(datetime(2026, 3, 4, 2, 0, tzinfo=UTC))
    book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work(hours=4)
    sandbox.clear_faults()
    work(hours=1)
    reminded = letter(app, account_id, LetterKind.REMINDER)
    assert "https://meet.google.com/" in reminded.body_text


def test_a_meeting_moved_while_google_made_the_link_is_still_moved_in_the_calendar(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    set_account(app, account_id, ["scheduling.google_meet=true", "scheduling.invite_channel=google"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    move_meeting(app, account_id, meeting_id, THURSDAY + timedelta(days=1))
    assert not add_video_link(app, account_id, meeting_id, 0, "https://meet.google.com/old")
    work()
    start = event(app, sandbox, account_id, meeting_id)["start"]["dateTime"]
    assert datetime.fromisoformat(start) == THURSDAY + timedelta(days=1)


def test_where_google_makes_no_link_the_letter_leaves_without_and_the_owner_is_told(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.world.quirks.add(Quirk.REFUSES_MEET)
    set_account(app, account_id, ["scheduling.google_meet=true"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.VIDEO)
    work()
    assert letter(app, account_id, LetterKind.MEETING_CONFIRMED).state is LetterState.SCHEDULED
    for _ in range(12):
        clock.advance(timedelta(minutes=1))
        work()
    assert letter(app, account_id, LetterKind.MEETING_CONFIRMED).state is LetterState.SENT
    assert event(app, sandbox, account_id, meeting_id)["status"] == "confirmed"
    with app.database.read(account_id) as session:
        meeting = session.get_one(Meeting, meeting_id)
        assert "no link" in session.get_one(Conversation, meeting.conversation_id).needs_you
        assert meeting.calendar_due_at is None


def test_where_google_invites_the_letters_bear_no_invitation(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.add_person(Person(GRACE, "Grace"))
    set_account(app, account_id, ["scheduling.invite_channel=google"])
    meeting_id = book_meeting(app, account_id, grace, THURSDAY, place_kind=PlaceKind.PHONE)
    set_account(app, account_id, ["scheduling.invite_channel=mail"])  # each meeting keeps its own way
    work()
    move_meeting(app, account_id, meeting_id, THURSDAY + timedelta(hours=1))
    work()
    clock.advance(timedelta(hours=3))
    work()
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).partstat == "ACCEPTED"
    cancel_meeting(app, account_id, meeting_id)
    work()
    for kind in (LetterKind.MEETING_CONFIRMED, LetterKind.MEETING_MOVED, LetterKind.MEETING_CANCELLED):
        found = letter(app, account_id, kind)
        assert found.state is LetterState.SENT
        assert calendar_parts(found) == []
        assert "attached" not in found.body_text
        assert "Google Calendar" in found.body_text
    assert told(sandbox) == ["all", "all", "all"]


def test_where_we_invite_google_writes_to_nobody(
    app: App, account_id: str, grace: str, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, grace, THURSDAY)
    work()
    move_meeting(app, account_id, meeting_id, THURSDAY + timedelta(hours=1))
    work()
    cancel_meeting(app, account_id, meeting_id)
    work()
    assert told(sandbox) == ["none", "none", "none"]


def test_a_room_that_is_no_link_is_refused(app: App, account_id: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        set_account(app, account_id, ["scheduling.video_link=my room"])
    assert "not a link" in " ".join(refused.value.problems)
