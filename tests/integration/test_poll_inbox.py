"""Reading the inbox: what is ours, each message once, nothing skipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.poll_inbox import poll_inbox
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Conversation, Inbound, Letter
from outreach.rules.kinds import Answer, LetterState, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"


@pytest.fixture
def asked(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> str:
    """Grace has got a first letter; the id of the letter."""
    add_contact(GRACE)
    (letter_id,) = draft_letters(app, account_id)
    approve_letters(app, account_id, [letter_id])
    work(hours=2)
    assert letter_of(app, account_id, letter_id).message_id
    return letter_id


def letter_of(app: App, account_id: str, letter_id: str) -> Letter:
    with app.database.read(account_id) as session:
        return session.get_one(Letter, letter_id)


def conversation(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        found: Conversation | None = session.scalar(select(Conversation))
        assert found is not None
        return found


def inbound(app: App, account_id: str) -> list[Inbound]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Inbound).order_by(Inbound.received_at, Inbound.gmail_id)))


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


def mail(text: str, *, to: Letter | None = None, sender: str = GRACE, subject: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender, ME
    message["Subject"] = subject or (f"Re: {to.subject}" if to else "Something else")
    if to is not None:
        message["In-Reply-To"] = message["References"] = to.message_id
    message.set_content(text)
    return message.as_bytes()


def test_the_first_look_begins_now_and_reads_nothing_older(app: App, account_id: str, sandbox: Sandbox) -> None:
    sandbox.receive(ME, mail("Your parcel has arrived."))
    assert poll_inbox(app, account_id) == 0
    account = account_of(app, account_id)
    assert account.history_id is not None
    assert account.polled_at == app.now()
    assert account.poll_due_at == app.now() + timedelta(minutes=30)  # nobody has been written to


def test_an_answer_in_the_thread_is_handled_once(app: App, account_id: str, asked: str, sandbox: Sandbox) -> None:
    before = account_of(app, account_id).history_id
    sandbox.receive(ME, mail("May I ask what this is about?", to=letter_of(app, account_id, asked)))
    assert poll_inbox(app, account_id) == 1
    assert poll_inbox(app, account_id) == 0
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).history_id = before
    assert poll_inbox(app, account_id) == 0
    (message,) = inbound(app, account_id)
    assert (message.answer, message.from_address) == (Answer.QUESTION, GRACE)
    assert message.said.strip() == "May I ask what this is about?"
    assert conversation(app, account_id).stage is Stage.REPLIED


def test_our_own_letters_are_no_answers(app: App, account_id: str, asked: str, sandbox: Sandbox) -> None:
    assert [line["x_outreach_id"] for line in sandbox.sent] == [asked]
    poll_inbox(app, account_id)
    assert inbound(app, account_id) == []
    assert conversation(app, account_id).follow_up_due_at is not None


def test_mail_about_other_things_is_not_kept(app: App, account_id: str, asked: str, sandbox: Sandbox) -> None:
    sandbox.receive(ME, mail("No, thank you!", sender="shop@store.example.org"))
    assert poll_inbox(app, account_id) == 0
    assert inbound(app, account_id) == []
    assert conversation(app, account_id).stage is Stage.SENT


def test_an_answer_that_lost_its_thread_is_known_by_what_it_refers_to(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    letter = letter_of(app, account_id, asked)
    sandbox.receive(ME, mail("Who gave you my name?", to=letter, sender="g.lindqvist@home.example.org", subject="You"))
    assert poll_inbox(app, account_id) == 1
    assert conversation(app, account_id).stage is Stage.REPLIED


def test_a_new_mail_from_somebody_we_wrote_to_stops_the_follow_up_and_is_shown(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    sandbox.receive(ME, mail("Hello Ada, I would be glad to talk. When suits you?", subject="Hello"))
    assert poll_inbox(app, account_id) == 1
    after = conversation(app, account_id)
    assert (after.stage, after.follow_up_due_at) == (Stage.REPLIED, None)
    assert after.needs_you


def test_mail_from_a_contact_before_our_first_letter_is_no_answer(
    app: App, account_id: str, add_contact: Callable[..., str], sandbox: Sandbox
) -> None:
    add_contact(GRACE)
    draft_letters(app, account_id)
    poll_inbox(app, account_id)
    sandbox.receive(ME, mail("No, I cannot make it to the cinema on Friday."))
    assert poll_inbox(app, account_id) == 0
    assert conversation(app, account_id).stage is Stage.DRAFTED


def test_what_the_owner_writes_by_hand_stops_what_would_go_out_by_itself(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    letter = letter_of(app, account_id, asked)
    by_hand = mail("Dear Grace, one more thing.", to=letter, sender=ME)
    sandbox.receive(ME, by_hand, thread_id=letter.thread_id, labels=("SENT",))
    assert poll_inbox(app, account_id) == 1
    after = conversation(app, account_id)
    assert (after.stage, after.follow_up_due_at, after.replied_at) == (Stage.SENT, None, None)
    assert "written by you" in inbound(app, account_id)[0].done


def test_a_failure_in_the_middle_keeps_the_place_and_skips_nothing(
    app: App, account_id: str, asked: str, sandbox: Sandbox, clock: FixedClock
) -> None:
    before = account_of(app, account_id).history_id
    letter = letter_of(app, account_id, asked)
    for number in range(5):
        sandbox.receive(ME, mail(f"Question {number}?", to=letter))
    sandbox.fault("history.list", "503", times=1)
    assert poll_inbox(app, account_id) == 0
    account = account_of(app, account_id)
    assert account.history_id == before
    assert account.poll_due_at is not None
    assert account.poll_due_at > clock.now()
    assert poll_inbox(app, account_id) == 5
    assert len(inbound(app, account_id)) == 5


def test_a_message_and_its_consequences_are_stored_together_or_not_at_all(
    app: App, account_id: str, asked: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.take_message as module

    class Killed(BaseException):
        pass

    def die(*_args: object) -> str:
        raise Killed

    sandbox.receive(ME, mail("May I ask what this is about?", to=letter_of(app, account_id, asked)))
    before = account_of(app, account_id).history_id
    with monkeypatch.context() as patch:
        patch.setattr(module, "handle_answer", die)
        with pytest.raises(Killed):
            poll_inbox(app, account_id)
    assert inbound(app, account_id) == []
    assert account_of(app, account_id).history_id == before
    assert poll_inbox(app, account_id) == 1
    assert conversation(app, account_id).stage is Stage.REPLIED


def test_a_history_that_is_too_old_is_made_up_for_by_a_full_look(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    letter = letter_of(app, account_id, asked)
    sandbox.receive(ME, mail("No, sorry, I cannot help.", to=letter))
    sandbox.receive(ME, mail("Unrelated", sender="shop@store.example.org"))
    sandbox.fault("history.list", "404", times=1)
    assert poll_inbox(app, account_id) == 1
    assert conversation(app, account_id).stage is Stage.DECLINED
    sandbox.receive(ME, mail("Who are you?", to=letter))
    assert poll_inbox(app, account_id) == 1
    assert len(inbound(app, account_id)) == 2


def test_a_message_that_cannot_be_read_is_shown_and_holds_nobody_up(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    letter = letter_of(app, account_id, asked)
    nested = "\n".join("Content-Type: multipart/mixed" for _ in range(200))
    sandbox.receive(ME, mail(nested, to=letter))
    sandbox.receive(ME, mail("May I ask what this is about?", to=letter))
    assert poll_inbox(app, account_id) == 2
    assert {message.answer for message in inbound(app, account_id)} == {Answer.UNREADABLE, Answer.QUESTION}


def test_nothing_goes_out_by_itself_after_a_message_that_cannot_be_read(
    app: App, account_id: str, asked: str, sandbox: Sandbox
) -> None:
    nested = "\n".join("Content-Type: multipart/mixed" for _ in range(200))
    sandbox.receive(ME, mail(nested, to=letter_of(app, account_id, asked)))
    poll_inbox(app, account_id)
    after = conversation(app, account_id)
    assert after.follow_up_due_at is None
    assert "could not be read" in after.needs_you


def test_a_consent_that_is_gone_stops_the_account(app: App, account_id: str, asked: str, sandbox: Sandbox) -> None:
    sandbox.revoke(ME)
    assert poll_inbox(app, account_id) == 0
    assert account_of(app, account_id).state is AccountState.NO_CONSENT
    assert poll_inbox(app, account_id) == 0


def test_an_answer_that_comes_before_the_follow_up_calls_it_back(
    app: App, account_id: str, asked: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    due = conversation(app, account_id).follow_up_due_at
    assert due is not None
    clock.set(due)
    work()
    sandbox.receive(ME, mail("May I ask what this is about?", to=letter_of(app, account_id, asked)))
    clock.advance(timedelta(hours=1))
    work(hours=48, step=6)
    with app.database.read(account_id) as session:
        states = {letter.state for letter in session.scalars(select(Letter).where(Letter.id != asked))}
    assert states <= {LetterState.CANCELLED}
    assert len(sandbox.sent) == 1
