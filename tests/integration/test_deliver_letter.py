"""The delivery protocol, against the sandbox over HTTP, judged by its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from outreach.actions.approve_letters import approve_letters
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.claim_letters import claim_letters
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.release_leases import release_leases
from outreach.actions.settle_letter import settle_letter
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import NotAllowed
from outreach.model import Account, AccountState, Conversation, DoNotContact, Letter
from outreach.rules.kinds import LetterState, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]


@pytest.fixture
def letter_id(app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock) -> str:
    """A letter that is approved and due."""
    add_contact("grace@planning.example.com")
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.obstacles == ()
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    return drafted


def state_of(app: App, account_id: str, letter_id: str) -> LetterState:
    with app.database.read(account_id) as session:
        return session.get_one(Letter, letter_id).state


def sends(sandbox: Sandbox) -> Counter[str]:
    return Counter(line["x_outreach_id"] for line in sandbox.sent)


def test_a_letter_that_is_due_is_sent_once_and_its_bytes_are_those_previewed(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox
) -> None:
    with app.database.read(account_id) as session:
        previewed = session.get_one(Letter, letter_id).sha256
    assert deliver_letter(app, letter_id)
    assert not deliver_letter(app, letter_id)
    assert sends(sandbox) == {letter_id: 1}
    with app.database.read(account_id) as session:
        letter = session.get_one(Letter, letter_id)
        conversation = session.get_one(Conversation, letter.conversation_id)
        assert (letter.state, letter.sha256) == (LetterState.SENT, previewed)
        assert conversation.stage is Stage.SENT
        assert conversation.thread_id == letter.thread_id


def test_the_message_id_that_gmail_stamped_is_read_back(app: App, account_id: str, letter_id: str, work: Work) -> None:
    work()
    with app.database.read(account_id) as session:
        message_id = session.get_one(Letter, letter_id).message_id
    assert message_id is not None
    assert message_id.endswith("@mail.gmail.com>")


@pytest.mark.parametrize("fault", ["500_after", "lost_after"])
def test_a_send_whose_answer_was_lost_is_found_and_never_repeated(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work, fault: str
) -> None:
    sandbox.fault("drafts.send", fault, times=1)
    assert not deliver_letter(app, letter_id)
    assert state_of(app, account_id, letter_id) is LetterState.UNKNOWN
    work(hours=1, step=0.05)
    assert state_of(app, account_id, letter_id) is LetterState.SENT
    assert sends(sandbox) == {letter_id: 1}


def test_where_gmail_refuses_to_show_thread_and_history_the_letter_is_still_found(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("drafts.send", "lost_after", times=1)
    sandbox.fault("threads.get", "400")
    sandbox.fault("history.list", "400", times=1)
    deliver_letter(app, letter_id)
    settle_letter(app, letter_id)
    assert state_of(app, account_id, letter_id) is LetterState.SENT
    sandbox.clear_faults()
    work(hours=1, step=0.05)
    assert sends(sandbox) == {letter_id: 1}


@pytest.mark.parametrize("fault", ["503", "lost_before"])
def test_a_send_that_never_arrived_is_repeated_only_after_two_looks_minutes_apart(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, clock: FixedClock, fault: str
) -> None:
    sandbox.fault("drafts.send", fault, times=1)
    deliver_letter(app, letter_id)
    settle_letter(app, letter_id)
    settle_letter(app, letter_id)
    assert state_of(app, account_id, letter_id) is LetterState.UNKNOWN
    clock.advance(timedelta(seconds=app.settings.sending.settle_seconds + 1))
    settle_letter(app, letter_id)
    assert state_of(app, account_id, letter_id) is LetterState.SCHEDULED
    assert deliver_letter(app, letter_id)
    assert sends(sandbox) == {letter_id: 1}


def test_a_lost_answer_to_the_draft_leaves_one_draft_and_one_letter(
    app: App, letter_id: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("drafts.create", "lost_after", times=1)
    work(hours=1, step=0.1)
    assert sends(sandbox) == {letter_id: 1}
    assert app.google.mailbox(_only_account(app)).find_drafts(letter_id, app.now()) == []


def _only_account(app: App) -> str:
    with app.database.read() as session:
        return session.query(Account.id).scalar()


def test_a_sending_limit_pauses_the_account_until_the_time_that_google_named(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    until = clock.now() + timedelta(hours=2)
    sandbox.fault("drafts.send", "429_sending", times=1, retry_at=until)
    deliver_letter(app, letter_id)
    with app.database.read() as session:
        assert session.get_one(Account, account_id).paused_until == until
    work(hours=1.5, step=0.5)
    assert sends(sandbox) == {}
    work(hours=1)
    assert sends(sandbox) == {letter_id: 1}


def test_a_dead_token_stops_the_account_and_keeps_the_letter(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox
) -> None:
    sandbox.revoke("ada@student.example.com")
    deliver_letter(app, letter_id)
    with app.database.read(account_id) as session:
        assert session.get_one(Account, account_id).state is AccountState.NO_CONSENT
        assert session.get_one(Letter, letter_id).state is LetterState.SCHEDULED


def test_somebody_who_asked_not_to_be_written_to_is_spared_at_the_last_moment(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox
) -> None:
    with app.database.write(account_id) as session:
        session.add(DoNotContact(address_key="grace@planning.example.com", created_at=app.now()))
    assert not deliver_letter(app, letter_id)
    assert state_of(app, account_id, letter_id) is LetterState.CANCELLED
    assert sends(sandbox) == {}


def test_a_letter_that_is_leaving_cannot_be_cancelled_and_one_that_waits_can(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox
) -> None:
    claim_letters(app, letter_id=letter_id)
    with pytest.raises(NotAllowed, match="leaving"):
        cancel_letter(app, account_id, letter_id)
    with app.database.write(account_id) as session:
        letter = session.get_one(Letter, letter_id)
        letter.state, letter.lease_token, letter.lease_until = LetterState.SCHEDULED, None, None
    cancel_letter(app, account_id, letter_id)
    assert not deliver_letter(app, letter_id)
    assert sends(sandbox) == {}


def test_a_lease_that_ran_out_is_released_and_one_that_holds_is_not(
    app: App, account_id: str, letter_id: str, clock: FixedClock
) -> None:
    claim_letters(app, letter_id=letter_id)
    assert release_leases(app) == 0
    clock.advance(timedelta(minutes=4))
    assert release_leases(app) == 1
    assert state_of(app, account_id, letter_id) is LetterState.SCHEDULED


def test_a_clock_set_back_does_not_keep_a_lease_for_ever(
    app: App, account_id: str, letter_id: str, clock: FixedClock
) -> None:
    claim_letters(app, letter_id=letter_id)
    clock.advance(timedelta(days=-1))
    assert release_leases(app) == 1
    assert state_of(app, account_id, letter_id) is LetterState.SCHEDULED


def test_a_letter_whose_worker_died_three_times_is_set_aside(
    app: App, account_id: str, letter_id: str, clock: FixedClock
) -> None:
    for _ in range(3):
        assert len(claim_letters(app, letter_id=letter_id)) == 1
        clock.advance(timedelta(minutes=4))
        release_leases(app)
        clock.advance(timedelta(seconds=10))  # a suspect waits
    assert state_of(app, account_id, letter_id) is LetterState.FAILED


def test_a_worker_that_slept_past_its_lease_does_not_send(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.deliver_letter as module

    def sleep(name: str) -> None:
        if name == "drafted":
            clock.advance(timedelta(minutes=10))

    monkeypatch.setattr(module, "crash_point", sleep)
    assert not deliver_letter(app, letter_id)
    assert sends(sandbox) == {}
    assert state_of(app, account_id, letter_id) is LetterState.LEASED


@pytest.mark.parametrize(
    ("asleep_at", "call", "fault"),
    [
        ("claimed", "drafts.create", "503"),
        ("claimed", "drafts.create", "400"),
        ("claimed", "token", "invalid_grant"),
        ("sending", "drafts.send", "503"),
        ("sending", "drafts.send", "429"),
        ("sending", "drafts.send", "400"),
    ],
)
def test_a_failure_that_comes_late_takes_no_letter_from_the_worker_that_has_it_now(
    app: App,
    account_id: str,
    letter_id: str,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    asleep_at: str,
    call: str,
    fault: str,
) -> None:
    import outreach.actions.deliver_letter as module

    def sleep(name: str) -> None:
        if name == asleep_at:
            with app.database.write(account_id) as session:
                session.get_one(Letter, letter_id).lease_token = "of another worker"
            if call == "token":
                sandbox.revoke("ada@student.example.com")
            else:
                sandbox.fault(call, fault, times=1)

    monkeypatch.setattr(module, "crash_point", sleep)
    assert not deliver_letter(app, letter_id)
    with app.database.read(account_id) as session:
        letter = session.get_one(Letter, letter_id)
        held = LetterState.LEASED if asleep_at == "claimed" else LetterState.SENDING
        assert (letter.state, letter.lease_token) == (held, "of another worker")
    assert sends(sandbox) == {}


@pytest.mark.parametrize("asleep_at", ["drafted", "accepted"])
def test_a_worker_that_lost_its_lease_does_not_send_and_records_what_it_has_sent(
    app: App,
    account_id: str,
    letter_id: str,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    asleep_at: str,
) -> None:
    import outreach.actions.deliver_letter as module

    def sleep(name: str) -> None:
        if name == asleep_at:
            with app.database.write(account_id) as session:
                session.get_one(Letter, letter_id).lease_token = "of another worker"

    monkeypatch.setattr(module, "crash_point", sleep)
    had_left = asleep_at == "accepted"
    assert deliver_letter(app, letter_id) is had_left
    with app.database.read(account_id) as session:
        letter = session.get_one(Letter, letter_id)
    assert sends(sandbox).total() == had_left
    if had_left:
        assert (letter.state, letter.lease_token) == (LetterState.SENT, None)
    else:
        assert (letter.state, letter.lease_token) == (LetterState.LEASED, "of another worker")
