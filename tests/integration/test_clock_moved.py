"""The computer's clock is set: forward it releases no burst, back it neither sends again nor stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.book_meeting import book_meeting
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.run_job import run_job
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, Letter, Meeting
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import THANK_YOUS, LetterKind, LetterState
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
AddContact = Callable[..., str]

GRACE = "grace@planning.example.com"
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
BACK = [pytest.param(by, id=f"{by}") for by in (HOUR, DAY, 3 * WEEK)]


@pytest.fixture
def running(app: App) -> App:
    """The app with a clock that runs: it stands still between two steps here, but allows for no hour."""
    clock = FixedClock(app.now())
    return replace(app, clock=clock)


def queue(app: App, account_id: str, add_contact: AddContact, count: int) -> list[str]:
    for number in range(count):
        add_contact(f"p{number}@planning.example.com", f"Person{number} Example")
    letters = draft_letters(app, account_id)
    approve_letters(app, account_id, letters)
    return letters


def work(app: App) -> None:
    """Do what is due now, once each."""
    for _ in range(10):
        due = due_jobs(app)
        for item in due:
            run_job(app, item.job)
        if not due:
            return
    raise AssertionError(f"always due: {due[:5]}")


def letter_of(app: App, account_id: str, letter_id: str) -> Letter:
    with app.database.read(account_id) as session:
        return session.get_one(Letter, letter_id)


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


def change(app: App, row: Any, key: str, **values: object) -> None:
    with app.database.write(EVERYBODY) as session:
        found = session.get_one(row, key)
        for name, value in values.items():
            setattr(found, name, value)


def moved(app: App, by: timedelta) -> None:
    assert isinstance(app.clock, FixedClock)
    app.clock.advance(by)


@pytest.mark.parametrize("by", BACK)
def test_a_clock_set_forward_releases_one_letter_and_plans_the_others_anew(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox, by: timedelta
) -> None:
    queue(running, account_id, add_contact, 8)
    set_account(running, account_id, ["sending.expire_days=60"])
    with running.database.write(account_id) as session:
        for letter in session.scalars(select(Letter)):
            letter.expires_at = running.now() + 10 * WEEK
    moved(running, by)
    work(running)
    assert len(sandbox.sent) == 1
    for sent in range(2, 9):
        moved(running, timedelta(seconds=91))
        work(running)
        assert len(sandbox.sent) <= sent


@pytest.mark.parametrize("by", BACK)
def test_after_a_clock_was_set_back_restored_tables_do_not_wait_for_search_any_longer(
    running: App, account_id: str, sandbox: Sandbox, by: timedelta
) -> None:
    poll_inbox(running, account_id)
    now, soon = running.now(), running.now() + timedelta(minutes=15)
    change(running, Account, account_id, reconcile_from=now, paused_until=soon, poll_due_at=soon)
    moved(running, -by)
    for _ in range(17):
        work(running)
        moved(running, timedelta(minutes=1))
    account = account_of(running, account_id)
    assert account.reconcile_from is None
    assert account.paused_until is None or account.paused_until <= running.now()


@pytest.mark.parametrize("by", BACK)
def test_after_a_clock_was_set_back_the_inbox_is_read_at_once(
    running: App, account_id: str, sandbox: Sandbox, by: timedelta
) -> None:
    poll_inbox(running, account_id)
    moved(running, -by)
    work(running)
    account = account_of(running, account_id)
    assert account.polled_at == running.now()
    assert account.poll_due_at == running.now() + timedelta(minutes=30)  # nobody has been written to
    assert due_jobs(running) == []


@pytest.mark.parametrize("by", BACK)
def test_after_a_clock_was_set_back_a_letter_in_doubt_is_looked_for_at_once_and_not_sent_again(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox, by: timedelta
) -> None:
    (letter_id,) = queue(running, account_id, add_contact, 1)
    moved(running, timedelta(minutes=2))
    poll_inbox(running, account_id)
    sandbox.fault("drafts.send", "500_after", times=1)
    deliver_letter(running, letter_id)
    assert letter_of(running, account_id, letter_id).state is LetterState.UNKNOWN
    moved(running, -by)
    work(running)
    found = letter_of(running, account_id, letter_id)
    assert found.state is LetterState.SENT
    assert found.message_id
    assert len(sandbox.sent) == 1


@pytest.mark.parametrize("by", BACK)
def test_two_looks_for_a_letter_that_never_left_are_minutes_apart_by_the_clock_that_was_set_back(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox, by: timedelta
) -> None:
    (letter_id,) = queue(running, account_id, add_contact, 1)
    moved(running, timedelta(minutes=2))
    poll_inbox(running, account_id)
    sandbox.fault("drafts.send", "503", times=1)
    deliver_letter(running, letter_id)
    moved(running, timedelta(seconds=10))
    work(running)
    assert letter_of(running, account_id, letter_id).missed_at is not None
    moved(running, -by)
    work(running)
    assert sandbox.sent == []
    assert letter_of(running, account_id, letter_id).state is LetterState.UNKNOWN
    moved(running, timedelta(minutes=6))
    work(running)
    settled = letter_of(running, account_id, letter_id)
    assert settled.state in {LetterState.SCHEDULED, LetterState.SENT}  # outside of working hours it waits for them
    assert len(sandbox.sent) <= 1


@pytest.mark.parametrize("by", BACK)
def test_a_letter_approved_before_the_clock_was_set_back_waits_no_longer_than_was_meant(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox, by: timedelta
) -> None:
    poll_inbox(running, account_id)
    queue(running, account_id, add_contact, 1)
    moved(running, -by)
    work(running)
    assert sandbox.sent == []
    moved(running, timedelta(days=0 if by != DAY else 1) + timedelta(hours=1 if by == HOUR else 0, minutes=2))
    work(running)
    assert len(sandbox.sent) == 1


def test_a_letter_approved_before_both_settings_keeps_its_date(
    running: App, account_id: str, add_contact: AddContact
) -> None:
    (letter_id,) = queue(running, account_id, add_contact, 1)
    change(running, Letter, letter_id, due_at=running.now() + 2 * DAY)
    moved(running, DAY)
    poll_inbox(running, account_id)
    moved(running, -DAY)
    work(running)
    assert letter_of(running, account_id, letter_id).due_at == running.now() + 2 * DAY


def test_a_pause_is_drawn_in_by_as_much_as_the_clock_was_set_back(running: App, account_id: str) -> None:
    poll_inbox(running, account_id)
    change(running, Account, account_id, paused_until=running.now() + HOUR)
    moved(running, -3 * WEEK)
    work(running)
    assert account_of(running, account_id).paused_until == running.now() + HOUR


def test_an_event_that_waited_for_the_next_try_is_put_at_once(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox
) -> None:
    poll_inbox(running, account_id)
    meeting = book_meeting(running, account_id, add_contact(GRACE), running.now() + 5 * DAY)
    change(running, Meeting, meeting, calendar_due_at=running.now() + HOUR, calendar_attempts=9)
    moved(running, -DAY)
    work(running)
    with running.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting).calendar_due_at is None


def test_thanks_stay_where_they_are_when_the_clock_is_set_back_to_before_the_meeting(
    running: App, account_id: str, add_contact: AddContact
) -> None:
    meeting = book_meeting(running, account_id, add_contact(GRACE), running.now() + HOUR)
    moved(running, 23 * HOUR)
    poll_inbox(running, account_id)
    with running.database.read(account_id) as session:
        thanks = session.scalars(select(Letter).where(Letter.kind.in_(THANK_YOUS))).one()
        ends_at = session.get_one(Meeting, meeting).ends_at
    change(running, Letter, thanks.id, attempts=1, due_at=running.now() + HOUR)
    moved(running, -DAY)
    work(running)
    kept = letter_of(running, account_id, thanks.id)
    assert kept.state is LetterState.SCHEDULED
    assert kept.due_at is not None
    assert kept.due_at > ends_at


def test_no_follow_up_leaves_unread_because_the_inbox_was_read_in_the_future(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox
) -> None:
    (letter_id,) = queue(running, account_id, add_contact, 1)
    change(running, Letter, letter_id, kind=LetterKind.FOLLOW_UP, due_at=running.now())
    poll_inbox(running, account_id)
    moved(running, -HOUR)
    change(running, Letter, letter_id, due_at=running.now())
    assert not deliver_letter(running, letter_id)
    assert sandbox.sent == []


def test_what_left_three_weeks_ahead_takes_no_place_of_today_and_what_left_an_hour_ahead_does(
    running: App, account_id: str, add_contact: AddContact, sandbox: Sandbox
) -> None:
    set_account(running, account_id, ["sending.daily_cap=1", "sending.ramp_start=1"])
    one, two, three = queue(running, account_id, add_contact, 3)
    for letter_id in (one, two, three):
        change(running, Letter, letter_id, due_at=running.now() + DAY, expires_at=running.now() + 10 * WEEK)
    change(running, Letter, one, due_at=running.now())
    assert deliver_letter(running, one)
    moved(running, -HOUR)
    change(running, Letter, two, due_at=running.now())
    change(running, Account, account_id, next_letter_at=None)
    assert not deliver_letter(running, two)
    moved(running, HOUR - 3 * WEEK)
    change(running, Letter, three, due_at=running.now())
    assert deliver_letter(running, three)


def test_a_turn_kept_from_before_the_clock_was_set_back_puts_nothing_off_for_weeks(
    running: App, account_id: str, add_contact: AddContact
) -> None:
    (letter_id,) = queue(running, account_id, add_contact, 1)
    night = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
    moved(running, night - running.now())
    change(running, Account, account_id, next_letter_at=night + 3 * WEEK)
    assert not deliver_letter(running, letter_id)
    due = letter_of(running, account_id, letter_id).due_at
    assert due is not None
    assert due == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
