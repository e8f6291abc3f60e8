"""What a cancelled letter leaves in the mailbox: taken back, or found out to have left after all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

import outreach.actions.deliver_letter as delivery
from outreach.actions.approve_letters import approve_letters
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.release_leases import release_leases
from outreach.actions.retry_letter import retry_letter
from outreach.actions.run_job import run_job
from outreach.actions.settle_letter import settle_letter
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import DraftRef, Gone
from outreach.errors import NotAllowed, TryLater
from outreach.model import Letter
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import LetterState
from outreach.rules.leases import LEASE
from outreach.sandbox.server import Sandbox
from tests.integration.conftest import ME

GRACE = "grace@planning.example.com"
AddContact = Callable[..., str]


@pytest.fixture
def due_letter(app: App, account_id: str, add_contact: AddContact, clock: FixedClock) -> str:
    clock.step = timedelta(0)
    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    return drafted


def letter_of(app: App, letter_id: str) -> Letter:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Letter, letter_id)


def sweep(app: App) -> None:
    for due in due_jobs(app):
        if due.job.name == "sweep_draft":
            run_job(app, due.job)


def fall_asleep(
    app: App, letter_id: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]
) -> bool:
    """Let a worker sleep right before the POST, others take the letter for not sent, and ``meanwhile`` happen."""

    def sleep(name: str) -> None:
        if name == "sending":
            monkeypatch.setattr(delivery, "crash_point", lambda _name: None)
            clock.advance(LEASE + timedelta(seconds=1))
            release_leases(app)
            for _ in range(2):
                settle_letter(app, letter_id)
                clock.advance(timedelta(minutes=5))
            assert letter_of(app, letter_id).state is LetterState.SCHEDULED
            meanwhile()

    monkeypatch.setattr(delivery, "crash_point", sleep)
    return deliver_letter(app, letter_id)


def test_a_worker_that_wakes_after_the_letter_was_cancelled_finds_no_draft(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        cancel_letter(app, account_id, due_letter)
        sweep(app)

    assert not fall_asleep(app, due_letter, clock, monkeypatch, meanwhile)
    assert sandbox.sent == []
    letter = letter_of(app, due_letter)
    assert (letter.state, letter.draft_id, letter.attempts) == (LetterState.CANCELLED, None, 0)
    assert app.google.mailbox(account_id).find_drafts(due_letter, letter.created_at) == []
    assert [due for due in due_jobs(app) if due.job.name == "sweep_draft"] == []


def test_a_worker_that_wakes_before_the_draft_was_taken_back_records_what_it_has_sent(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fall_asleep(app, due_letter, clock, monkeypatch, lambda: cancel_letter(app, account_id, due_letter))
    assert len(sandbox.sent) == 1
    letter = letter_of(app, due_letter)
    assert letter.state is LetterState.SENT
    assert letter.gmail_id
    sweep(app)
    assert letter_of(app, due_letter).state is LetterState.SENT


def test_a_worker_that_wakes_after_the_letter_became_a_draft_again_records_what_it_has_sent(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.database.read(EVERYBODY) as session:
        frozen = session.scalar(select(Letter.frozen).where(Letter.id == due_letter))

    def meanwhile() -> None:
        with app.database.write(account_id) as session:
            session.get_one(Letter, due_letter).state = LetterState.FAILED
        assert retry_letter(app, account_id, due_letter) is LetterState.DRAFTED

    assert fall_asleep(app, due_letter, clock, monkeypatch, meanwhile)
    assert letter_of(app, due_letter).state is LetterState.SENT
    with app.database.read(EVERYBODY) as session:
        assert session.scalar(select(Letter.frozen).where(Letter.id == due_letter)) == frozen
    approve_letters(app, account_id, [due_letter])
    assert len(sandbox.sent) == 1


def test_where_the_draft_is_gone_the_letter_is_looked_for_and_recorded(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die_once_it_was_sent() -> None:
        cancel_letter(app, account_id, due_letter)
        app.google.mailbox(account_id).send_draft(letter_of(app, due_letter).draft_id or "")
        raise Death

    with pytest.raises(Death):
        fall_asleep(app, due_letter, clock, monkeypatch, die_once_it_was_sent)
    assert letter_of(app, due_letter).state is LetterState.CANCELLED
    sweep(app)
    assert letter_of(app, due_letter).state is LetterState.SENT
    assert len(sandbox.sent) == 1


def test_a_draft_that_its_owner_deleted_is_looked_for_until_search_would_show_it_and_no_more(
    app: App, account_id: str, due_letter: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        cancel_letter(app, account_id, due_letter)
        app.google.mailbox(account_id).delete_draft(letter_of(app, due_letter).draft_id or "")

    assert not fall_asleep(app, due_letter, clock, monkeypatch, meanwhile)
    for minutes in (5, 15, 60, 60):
        assert letter_of(app, due_letter).attempts == 1
        sweep(app)
        clock.advance(timedelta(minutes=minutes))
    letter = letter_of(app, due_letter)
    assert (letter.state, letter.draft_id, letter.attempts) == (LetterState.CANCELLED, None, 0)


def test_a_cancelled_letter_is_not_taken_up_before_its_draft_is_taken_back(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die() -> None:
        cancel_letter(app, account_id, due_letter)
        raise Death

    with pytest.raises(Death):
        fall_asleep(app, due_letter, clock, monkeypatch, die)
    draft = DraftRef(letter_of(app, due_letter).draft_id or "", "", "")
    with pytest.raises(TryLater, match="taken back within a minute"):
        retry_letter(app, account_id, due_letter)
    sandbox.fault("drafts.delete", "503", times=1)
    sweep(app)
    with pytest.raises(TryLater):
        retry_letter(app, account_id, due_letter)
    clock.advance(timedelta(minutes=5))
    sweep(app)
    assert retry_letter(app, account_id, due_letter) is LetterState.DRAFTED
    with pytest.raises(Gone):
        app.google.mailbox(account_id).send_draft(draft.id)


def test_the_orphan_of_an_attempt_that_never_came_to_sending_is_taken_back_too(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox
) -> None:
    sandbox.fault("getProfile", "503", times=1)
    assert not deliver_letter(app, due_letter)
    mailbox, made_at = app.google.mailbox(account_id), letter_of(app, due_letter).created_at
    assert len(mailbox.find_drafts(due_letter, made_at)) == 1
    cancel_letter(app, account_id, due_letter)
    sweep(app)
    assert mailbox.find_drafts(due_letter, made_at) == []
    assert letter_of(app, due_letter).attempts == 0


def test_where_search_lags_the_letter_is_looked_for_until_it_shows(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die_once_it_was_sent() -> None:
        cancel_letter(app, account_id, due_letter)
        sandbox.world.search_lag = timedelta(minutes=12)
        app.google.mailbox(account_id).send_draft(letter_of(app, due_letter).draft_id or "")
        sandbox.expire_history(ME)
        with app.database.write(account_id) as session:  # nor did Google say which thread it would be in
            session.get_one(Letter, due_letter).draft_thread_id = None
        raise Death

    with pytest.raises(Death):
        fall_asleep(app, due_letter, clock, monkeypatch, die_once_it_was_sent)
    for minutes in (0, 5):
        clock.advance(timedelta(minutes=minutes))
        sweep(app)
        assert letter_of(app, due_letter).state is LetterState.CANCELLED
    with pytest.raises(NotAllowed, match="Nobody knows"):
        retry_letter(app, account_id, due_letter)
    clock.advance(timedelta(minutes=15))
    sweep(app)
    assert letter_of(app, due_letter).state is LetterState.SENT
    assert len(sandbox.sent) == 1
