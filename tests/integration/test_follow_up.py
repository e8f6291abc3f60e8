"""Following up: once more, then once more, then no more; never to somebody who has answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.follow_up import follow_up
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, Conversation, Letter
from outreach.rules.kinds import Answer, LetterKind, LetterState, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]


@pytest.fixture
def talk(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> str:
    """A conversation whose first letter has left; its id."""
    add_contact("grace@planning.example.com")
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    return row(app, account_id).id


def row(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        found: Conversation | None = session.scalar(select(Conversation))
        assert found is not None
        return found


def follow_ups(app: App, account_id: str) -> list[Letter]:
    with app.database.read(account_id) as session:
        query = select(Letter).where(Letter.kind == LetterKind.FOLLOW_UP).order_by(Letter.created_at)
        return list(session.scalars(query))


def due(app: App, account_id: str) -> datetime:
    moment = row(app, account_id).follow_up_due_at
    assert moment is not None
    return moment


def come_due(app: App, account_id: str, clock: FixedClock) -> None:
    clock.set(due(app, account_id))
    poll_inbox(app, account_id)


def test_somebody_silent_gets_two_follow_ups_in_the_thread_and_is_then_left_alone(
    app: App, account_id: str, talk: str, sandbox: Sandbox, work: Work
) -> None:
    work(hours=24 * 28, step=12)
    first, *more = sandbox.sent
    assert len(more) == app.settings.sending.follow_ups == 2
    assert {letter.state for letter in follow_ups(app, account_id)} == {LetterState.SENT}
    after = row(app, account_id)
    assert (after.stage, after.follow_ups_sent) == (Stage.NO_RESPONSE, 2)
    assert after.closed_at is not None
    assert {letter.thread_id for letter in follow_ups(app, account_id)} == {after.thread_id}
    del first


def test_a_follow_up_refers_to_the_first_letter_under_the_id_that_gmail_gave_it(
    app: App, account_id: str, talk: str, clock: FixedClock
) -> None:
    come_due(app, account_id, clock)
    follow_up(app, talk)
    with app.database.read(account_id) as session:
        stamped = session.scalar(select(Letter.message_id).where(Letter.kind != LetterKind.FOLLOW_UP))
        frozen = session.scalar(select(Letter.frozen).where(Letter.kind == LetterKind.FOLLOW_UP))
    assert frozen is not None
    message = message_from_bytes(frozen)
    assert message["In-Reply-To"] == stamped
    assert str(message["Subject"]).startswith("Re: ")


def test_a_follow_up_that_is_due_twice_is_written_once(app: App, account_id: str, talk: str, clock: FixedClock) -> None:
    come_due(app, account_id, clock)
    follow_up(app, talk)
    with app.database.write(account_id) as session:
        session.get_one(Conversation, talk).follow_up_due_at = clock.now()
    follow_up(app, talk)
    (written,) = follow_ups(app, account_id)
    assert written.state is LetterState.SCHEDULED


def test_one_that_a_crash_left_drafted_is_taken_up_again(
    app: App, account_id: str, talk: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.follow_up as module

    def die(*_args: object) -> None:
        raise RuntimeError("killed")

    come_due(app, account_id, clock)
    with monkeypatch.context() as patch:
        patch.setattr(module, "approve_letters", die)
        with pytest.raises(RuntimeError, match="killed"):
            follow_up(app, talk)
    assert [letter.state for letter in follow_ups(app, account_id)] == [LetterState.DRAFTED]
    follow_up(app, talk)
    assert [letter.state for letter in follow_ups(app, account_id)] == [LetterState.SCHEDULED]


def test_no_follow_up_is_written_before_the_inbox_was_read(
    app: App, account_id: str, talk: str, clock: FixedClock
) -> None:
    clock.set(due(app, account_id))
    follow_up(app, talk)
    assert follow_ups(app, account_id) == []
    put_off = due(app, account_id)
    assert put_off > clock.now()
    poll_inbox(app, account_id)
    clock.set(put_off)
    follow_up(app, talk)
    assert len(follow_ups(app, account_id)) == 1


def test_no_follow_up_is_written_before_the_first_letter_was_read_back(
    app: App, account_id: str, talk: str, clock: FixedClock
) -> None:
    with app.database.write(account_id) as session:
        for letter in session.scalars(select(Letter)):
            letter.message_id = None
    come_due(app, account_id, clock)
    follow_up(app, talk)
    assert follow_ups(app, account_id) == []
    assert due(app, account_id) > clock.now()


def test_somebody_who_has_answered_is_not_followed_up(app: App, account_id: str, talk: str, clock: FixedClock) -> None:
    come_due(app, account_id, clock)
    with app.database.write(account_id) as session:
        row = session.get_one(Conversation, talk)
        row.replied_at, row.last_answer = clock.now(), Answer.OTHER
    follow_up(app, talk)
    assert follow_ups(app, account_id) == []


def test_a_follow_up_that_the_owner_cancelled_is_not_written_again_under_its_number(
    app: App, account_id: str, talk: str, clock: FixedClock, work: Work
) -> None:
    come_due(app, account_id, clock)
    follow_up(app, talk)
    (first,) = follow_ups(app, account_id)
    cancel_letter(app, account_id, first.id)
    work(hours=24 * 50, step=24)
    states = [letter.state for letter in follow_ups(app, account_id)]
    assert states[0] is LetterState.CANCELLED
    assert len(states) <= app.settings.sending.follow_ups
    assert row(app, account_id).stage is Stage.NO_RESPONSE


def test_an_account_that_wants_no_follow_ups_gives_up_after_the_first_letter(
    app: App, account_id: str, talk: str, clock: FixedClock
) -> None:
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).preferences = {"sending": {"follow_ups": 0}}
    come_due(app, account_id, clock)
    follow_up(app, talk)
    assert follow_ups(app, account_id) == []
    assert row(app, account_id).stage is Stage.NO_RESPONSE


def test_a_follow_up_waits_five_working_days(app: App, account_id: str, talk: str) -> None:
    with app.database.read(account_id) as session:
        sent_at = session.scalar(select(Letter.sent_at))
    assert sent_at is not None
    assert due(app, account_id) - sent_at == timedelta(days=7)


@pytest.mark.parametrize(("heeded", "written"), [(True, 0), (False, 1)])
def test_nobody_is_reminded_whose_colleague_has_answered(
    app: App,
    account_id: str,
    talk: str,
    add_contact: Callable[..., str],
    clock: FixedClock,
    heeded: bool,
    written: int,
) -> None:
    if not heeded:
        set_account(app, account_id, ["sending.stop_for_colleague=false"])
    come_due(app, account_id, clock)
    _colleague_answers(app, account_id, add_contact("maria@planning.example.com", "Maria Lopez"), clock)
    follow_up(app, talk)
    assert len(follow_ups(app, account_id)) == written


def test_a_colleague_who_answers_at_the_last_moment_stops_a_reminder_too(
    app: App,
    account_id: str,
    talk: str,
    add_contact: Callable[..., str],
    clock: FixedClock,
    work: Work,
    sandbox: Sandbox,
) -> None:
    come_due(app, account_id, clock)
    follow_up(app, talk)
    assert [letter.state for letter in follow_ups(app, account_id)] == [LetterState.SCHEDULED]
    _colleague_answers(app, account_id, add_contact("maria@planning.example.com", "Maria Lopez"), clock)
    work(hours=48)
    (letter,) = follow_ups(app, account_id)
    assert (letter.state, letter.last_error) == (
        LetterState.CANCELLED,
        "not sent: a colleague at City of Example has answered",
    )
    assert len(sandbox.sent) == 1


def _colleague_answers(app: App, account_id: str, contact_id: str, clock: FixedClock) -> None:
    with app.database.write(account_id) as session:
        session.add(
            Conversation(contact_id=contact_id, stage=Stage.REPLIED, opened_at=clock.now(), replied_at=clock.now())
        )


def test_a_reminder_keeps_off_their_holidays_when_it_is_put_off(
    app: App, account_id: str, talk: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    maundy_thursday, good_friday = datetime(2026, 4, 2, 18, tzinfo=UTC), datetime(2026, 4, 3, 10, tzinfo=UTC)
    with app.database.write(account_id) as session:
        session.get_one(Conversation, row(app, account_id).id).follow_up_due_at = maundy_thursday
    come_due(app, account_id, clock)
    work()
    (reminder,) = follow_ups(app, account_id)
    assert reminder.due_at is not None
    assert reminder.due_at.date() == date(2026, 4, 6)  # Easter Monday is no holiday of the whole country
    with app.database.write(account_id) as session:  # the cap, or a computer that slept, had another mind
        session.get_one(Letter, reminder.id).due_at = good_friday
    before = len(sandbox.sent)
    clock.set(good_friday)
    work()
    (reminder,) = follow_ups(app, account_id)
    assert (reminder.state, reminder.due_at.date()) == (LetterState.SCHEDULED, date(2026, 4, 6))  # type: ignore[union-attr]
    assert len(sandbox.sent) == before
