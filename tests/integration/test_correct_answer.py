"""Correcting what a message was taken for: what follows from the right reading follows."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.correct_answer import correct_answer
from outreach.actions.draft_letters import draft_letters
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.errors import BadInput, NotFound
from outreach.model import Contact, Conversation, DoNotContact, Inbound, Letter, Meeting
from outreach.rules.kinds import Answer, LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.server import Sandbox

ME, GRACE = "ada@student.example.com", "grace@planning.example.com"
Hears = Callable[[str], Inbound]


@pytest.fixture
def hears(
    app: App, account_id: str, add_contact: Callable[..., str], work: Callable[..., int], sandbox: Sandbox
) -> Hears:
    """Grace has got a first letter; what she writes is read."""
    add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)

    def hear(text: str) -> Inbound:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = GRACE, ME, "Re: your letter"
        with app.database.read(account_id) as session:
            message["In-Reply-To"] = session.scalar(select(Letter.message_id))
        message.set_content(text)
        gmail_id = sandbox.receive(ME, message.as_bytes())
        poll_inbox(app, account_id)
        with app.database.read(account_id) as session:
            return session.scalars(select(Inbound).where(Inbound.gmail_id == gmail_id)).one()

    return hear


def talk(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one()


def test_what_was_taken_for_something_else_is_a_yes(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("My door is the green one.")
    assert heard.answer is Answer.OTHER
    done = correct_answer(app, account_id, heard.id, Answer.YES)
    assert "Offer times" in done
    assert talk(app, account_id).stage is Stage.REPLIED
    assert "read it" not in talk(app, account_id).needs_you
    with app.database.read(account_id) as session:
        row = session.get_one(Inbound, heard.id)
    assert (row.answer, row.confidence, row.done, row.evidence) == (Answer.YES, 1.0, done, ["you said so"])


def test_a_no_that_was_missed_is_thanked_for_once(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("My door is the green one.")
    correct_answer(app, account_id, heard.id, Answer.NO)
    correct_answer(app, account_id, heard.id, Answer.NO)
    with app.database.read(account_id) as session:
        letters = session.scalars(select(Letter).where(Letter.kind == LetterKind.ASK_FOR_NAME)).all()
    assert [letter.state for letter in letters] == [LetterState.DRAFTED]
    assert talk(app, account_id).stage is Stage.DECLINED


def test_a_no_that_was_none_calls_the_thanks_back(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("Sorry, I have to decline.")
    assert heard.answer is Answer.NO
    correct_answer(app, account_id, heard.id, Answer.YES)
    with app.database.read(account_id) as session:
        letter = session.scalars(select(Letter).where(Letter.kind == LetterKind.ASK_FOR_NAME)).one()
    assert letter.state is LetterState.CANCELLED
    assert talk(app, account_id).stage is Stage.REPLIED


def test_an_opt_out_that_was_none_is_taken_off_the_list(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("Please remove me from your list.")
    assert heard.answer is Answer.OPT_OUT
    correct_answer(app, account_id, heard.id, Answer.YES)
    with app.database.read(account_id) as session:
        assert session.scalar(select(DoNotContact.id)) is None
    assert (talk(app, account_id).stage, talk(app, account_id).closed_at) == (Stage.REPLIED, None)


def test_an_opt_out_that_was_missed_holds_at_once(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("My door is the green one.")
    correct_answer(app, account_id, heard.id, Answer.OPT_OUT)
    with app.database.read(account_id) as session:
        contact = session.scalars(select(Contact)).one()
        assert session.scalar(select(DoNotContact.address_key)) == contact.address_key
    assert talk(app, account_id).stage is Stage.OPTED_OUT


def test_an_absence_that_was_taken_for_an_answer_lets_reminders_go_on(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("My door is the green one.")
    assert talk(app, account_id).follow_up_due_at is None
    correct_answer(app, account_id, heard.id, Answer.AUTO_REPLY)
    after = talk(app, account_id)
    assert (after.stage, after.replied_at) == (Stage.SENT, None)
    assert after.follow_up_due_at is not None


def test_a_block_that_another_letter_asked_for_stays(app: App, account_id: str, hears: Hears) -> None:
    hears("Please remove me from your list.")
    heard = hears("Please do not write to me again, ever.")
    correct_answer(app, account_id, heard.id, Answer.OTHER)
    with app.database.read(account_id) as session:
        assert session.scalar(select(DoNotContact.id)) is not None


def test_what_cannot_be_said_changes_nothing(app: App, account_id: str, hears: Hears) -> None:
    heard = hears("My door is the green one.")
    with pytest.raises(BadInput, match="--slot 2"):
        correct_answer(app, account_id, heard.id, Answer.YES_WITH_TIME)
    with pytest.raises(BadInput, match="No time with the number 2"):
        correct_answer(app, account_id, heard.id, Answer.YES_WITH_TIME, slot=2)
    with pytest.raises(BadInput, match="cannot be corrected"):
        correct_answer(app, account_id, heard.id, Answer.CALENDAR)
    with pytest.raises(NotFound):
        correct_answer(app, account_id, "nobody", Answer.YES)
    with app.database.read(account_id) as session:
        assert session.get_one(Inbound, heard.id).answer is Answer.OTHER


def test_a_meeting_that_was_booked_for_a_wrong_reading_is_put_before_the_owner(
    app: App, account_id: str, hears: Hears, work: Callable[..., int]
) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true", "scheduling.book_automatically=true"])
    hears("Yes, I would be happy to talk.")
    work(hours=4)
    chose = hears("The first one works for me.")
    work()
    assert talk(app, account_id).stage is Stage.BOOKED
    correct_answer(app, account_id, chose.id, Answer.QUESTION)
    with app.database.read(account_id) as session:
        meeting = session.scalars(select(Meeting)).one()
    assert meeting.status is MeetingStatus.CONFIRMED
    assert f"`outreach meeting cancel {meeting.id[:8]}`" in talk(app, account_id).needs_you
