"""Guests who answer in the calendar itself, without a mail; and what the owner changes there by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.read_events import read_events
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, Conversation, Inbound, Letter, Meeting
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import Answer, LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
ME = "ada@student.example.com"
GRACE = "Grace@Planning.example.com"
TUESDAY = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
LOOK = timedelta(minutes=6)
AUTOMATIC = ("scheduling.offer_automatically=true", "scheduling.book_automatically=true")


@pytest.fixture
def meeting_id(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> str:
    """A meeting with Grace that both calendars have."""
    booked = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    work()
    return booked


def meeting_of(app: App, account_id: str, meeting_id: str) -> Meeting:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id)


def talk(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one()


def inbound(app: App, account_id: str) -> list[Inbound]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Inbound).order_by(Inbound.received_at)))


def offers(app: App, account_id: str) -> list[Letter]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Letter).where(Letter.kind == LetterKind.SLOTS_OFFERED)))


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


def answers(app: App, sandbox: Sandbox, clock: FixedClock, meeting: Meeting, partstat: str, who: str = GRACE) -> None:
    """Let the guest answer in the calendar, as Google does for its own users: no mail is sent."""
    calendar = sandbox.world.calendar(ME, "primary")
    assert calendar.answer(meeting.uid, who.lower(), partstat, clock.now())


def look(app: App, account_id: str, clock: FixedClock, work: Work) -> None:
    clock.advance(LOOK)
    work()


def test_an_accept_in_the_calendar_is_noted_once(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    answers(app, sandbox, clock, meeting_of(app, account_id, meeting_id), "ACCEPTED")
    for _ in range(3):
        look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).partstat == "ACCEPTED"
    (message,) = inbound(app, account_id)
    assert (message.answer, message.evidence) == (Answer.CALENDAR, ["answered in the calendar: accepted"])
    assert message.done == "the invitation is accepted"
    assert talk(app, account_id).stage is Stage.BOOKED


def test_a_decline_in_the_calendar_frees_the_time(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    answers(app, sandbox, clock, meeting_of(app, account_id, meeting_id), "DECLINED")
    look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED
    assert "declined the meeting" in talk(app, account_id).needs_you
    assert offers(app, account_id) == []
    with app.database.read(account_id) as session:
        thanks = session.scalars(select(Letter).where(Letter.kind == LetterKind.THANK_YOU_SHORT)).one()
    assert thanks.state is LetterState.CANCELLED


def test_a_decline_is_answered_with_other_times_where_that_is_wished(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, AUTOMATIC)
    answers(app, sandbox, clock, meeting_of(app, account_id, meeting_id), "DECLINED")
    look(app, account_id, clock, work)
    work(hours=24)
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED
    with app.database.read(account_id) as session:
        query = select(Letter.state, Letter.body_text).where(Letter.kind == LetterKind.SLOTS_OFFERED)
        state, text = session.execute(query).one()
    assert state is LetterState.SENT
    assert "10 March" in text.partition("\n1.")[0]  # it names the time that was declined
    assert talk(app, account_id).stage is Stage.SLOTS_OFFERED
    assert talk(app, account_id).needs_you == ""
    told = [entry["subject"] for entry in sandbox.sent if GRACE.lower() in str(entry["to"]).lower()]
    assert len(told) == 2, told  # the invitation, and the new times: no cancellation besides


def test_no_times_are_offered_to_somebody_who_wrote_after_the_decline(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, AUTOMATIC)
    meeting = meeting_of(app, account_id, meeting_id)
    answers(app, sandbox, clock, meeting, "DECLINED")
    clock.advance(timedelta(minutes=2))
    mine = next(entry for entry in sandbox.sent if GRACE.lower() in str(entry["to"]).lower())
    raw = f"From: {GRACE}\nTo: {ME}\nSubject: Re: our talk\n\nPlease do not contact me again.\n"
    sandbox.deliver(ME, raw.encode(), thread_id=str(mine["thread_id"]))
    look(app, account_id, clock, work)
    work(hours=24)
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED
    assert offers(app, account_id) == []


def test_an_old_token_is_given_up_and_nothing_is_missed(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    look(app, account_id, clock, work)
    assert account_of(app, account_id).events_token
    answers(app, sandbox, clock, meeting_of(app, account_id, meeting_id), "TENTATIVE")
    sandbox.expire_sync_tokens(ME)
    look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).partstat == "TENTATIVE"
    assert len(inbound(app, account_id)) == 1


def test_a_calendar_that_cannot_be_read_is_read_later(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    answers(app, sandbox, clock, meeting_of(app, account_id, meeting_id), "ACCEPTED")
    sandbox.fault("events.list", FaultKind.UNAVAILABLE, times=1)
    look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).partstat == "NEEDS-ACTION"
    look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).partstat == "ACCEPTED"


def test_nobody_looks_where_no_meeting_is_to_come(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    assert account_of(app, account_id).events_due_at is not None
    cancel_meeting(app, account_id, meeting_id)
    work()
    look(app, account_id, clock, work)
    assert account_of(app, account_id).events_due_at is None
    before = sandbox.requests["events.list"]
    work(hours=3)
    assert sandbox.requests["events.list"] == before
    assert not any(due.job.name == "read_events" for due in due_jobs(app))


def test_an_answer_to_the_time_before_a_move_does_not_count(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting = meeting_of(app, account_id, meeting_id)
    move_meeting(app, account_id, meeting_id, TUESDAY + timedelta(days=1))
    answers(app, sandbox, clock, meeting, "DECLINED")  # before the calendar has the new time
    clock.advance(LOOK)
    read_events(app, account_id)
    work()
    moved = meeting_of(app, account_id, meeting_id)
    assert (moved.status, moved.partstat) == (MeetingStatus.CONFIRMED, "NEEDS-ACTION")
    assert talk(app, account_id).needs_you == ""


def test_a_strangers_answer_changes_nothing(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting = meeting_of(app, account_id, meeting_id)
    calendar = sandbox.world.calendar(ME, "primary")
    guests = [{"email": GRACE}, {"email": "eve@evil.example.net", "responseStatus": "declined"}]
    calendar.change(meeting.event_id, {"attendees": guests}, clock.now(), whole=False)
    look(app, account_id, clock, work)
    assert meeting_of(app, account_id, meeting_id).partstat == "NEEDS-ACTION"
    assert inbound(app, account_id) == []


def test_what_the_owner_changes_by_hand_is_put_before_them(
    app: App, account_id: str, meeting_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting, calendar = meeting_of(app, account_id, meeting_id), sandbox.world.calendar(ME, "primary")
    times = {
        name: {"dateTime": (at + timedelta(hours=2)).isoformat(), "timeZone": "UTC"}
        for name, at in (("start", meeting.starts_at), ("end", meeting.ends_at))
    }
    calendar.change(meeting.event_id, times, clock.now(), whole=False)
    look(app, account_id, clock, work)
    assert f"outreach meeting move {GRACE} --at 2026-03-10T16:00Z" in talk(app, account_id).needs_you
    calendar.delete(meeting.event_id, clock.now())
    look(app, account_id, clock, work)
    assert f"outreach meeting cancel {meeting_id[:8]}" in talk(app, account_id).needs_you
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CONFIRMED
