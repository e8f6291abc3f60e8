"""What follows from each kind of answer, from the raw message to the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.continue_conversation import continue_conversation
from outreach.actions.draft_letters import draft_letters
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.calendar.ids import event_id, uid_of
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.errors import BadInput, TryLater
from outreach.model import (
    Account,
    Contact,
    Conversation,
    DoNotContact,
    Inbound,
    Letter,
    Meeting,
    Referral,
    SlotOffer,
)
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import (
    Answer,
    Debt,
    LetterKind,
    LetterState,
    MeetingStatus,
    PlaceKind,
    Source,
    Stage,
)
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
Answering = Callable[..., Inbound]
ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"
HOUR = timedelta(hours=1)


@pytest.fixture
def contact_id(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> str:
    """Grace, who has got a first letter."""
    added = add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    return added


@pytest.fixture
def answer(app: App, account_id: str, contact_id: str, sandbox: Sandbox) -> Answering:
    """Let Grace answer her first letter, read the inbox, and return the message as stored."""

    def send(text: str, *, sender: str = GRACE, headers: dict[str, str] | None = None, ics: bytes = b"") -> Inbound:
        with app.database.read(account_id) as session:
            letter = session.scalar(select(Letter).order_by(Letter.created_at).limit(1))
        assert letter is not None
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, ME, f"Re: {letter.subject}"
        message["In-Reply-To"] = message["References"] = letter.message_id
        for name, value in (headers or {}).items():
            message[name] = value
        message.set_content(text)
        if ics:
            message.add_alternative(ics.decode(), subtype="calendar", params={"method": "REPLY"})
        gmail_id = sandbox.receive(ME, message.as_bytes())
        assert poll_inbox(app, account_id) == 1
        with app.database.read(account_id) as session:
            stored = session.scalar(select(Inbound).where(Inbound.gmail_id == gmail_id))
        assert stored is not None
        return stored

    return send


def automatic(app: App, account_id: str, **scheduling: bool) -> None:
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).preferences = {"scheduling": scheduling}


def conversation(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        found = session.scalar(select(Conversation).order_by(Conversation.opened_at).limit(1))
        assert found is not None
        return found


def letters(app: App, account_id: str, kind: LetterKind) -> list[Letter]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.created_at)))


def waiting(app: App) -> list[str]:
    return [due.job.id for due in due_jobs(app) if due.job.name == "continue_conversation"]


def offered(app: App, account_id: str, start: datetime) -> None:
    """Three times are on offer, an hour apart."""
    talk = conversation(app, account_id)
    with app.database.write(account_id) as session:
        for number in range(1, 4):
            begins = start + (number - 1) * HOUR
            ends = begins + timedelta(minutes=25)
            session.add(
                SlotOffer(
                    conversation_id=talk.id, number=number, starts_at=begins, ends_at=ends, expires_at=begins - HOUR
                )
            )


def booked(app: App, account_id: str, contact_id: str) -> str:
    talk, start = conversation(app, account_id), app.now() + timedelta(days=3)
    end = start + timedelta(minutes=25)
    with app.database.write(account_id) as session:
        session.get_one(Conversation, talk.id).stage = Stage.BOOKED
        meeting = Meeting(
            contact_id=contact_id,
            conversation_id=talk.id,
            status=MeetingStatus.CONFIRMED,
            starts_at=start,
            ends_at=end,
            busy_from=start,
            busy_until=end,
            zone="Europe/London",
            place_kind=PlaceKind.PHONE,
            event_id=event_id(talk.id),
            uid=uid_of(event_id(talk.id)),
            booked_at=app.now(),
        )
        session.add(meeting)
    return meeting.id


def reply_ics(uid: str, partstat: str, attendee: str = GRACE, stamp: str = "20260302T100000Z") -> bytes:
    lines = (
        *("BEGIN:VCALENDAR", "PRODID:-//test//EN", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{uid}"),
        *(f"DTSTAMP:{stamp}", "SEQUENCE:0", f"ORGANIZER:mailto:{ME}"),
        *(f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}", "END:VEVENT", "END:VCALENDAR", ""),
    )
    return "\r\n".join(lines).encode()


def uid_of_meeting(app: App, account_id: str, meeting_id: str) -> str:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id).uid


def test_a_yes_waits_for_the_owner_with_the_command_to_type(app: App, account_id: str, answer: Answering) -> None:
    assert answer("Yes, I would be happy to talk with you.").answer is Answer.YES
    after = conversation(app, account_id)
    assert (after.stage, after.last_answer, after.follow_up_due_at) == (Stage.REPLIED, Answer.YES, None)
    assert after.replied_at is not None
    assert f"outreach schedule {GRACE}" in after.needs_you
    assert waiting(app) == []


def test_a_yes_is_followed_by_times_where_that_is_automatic_and_only_once(
    app: App, account_id: str, answer: Answering, work: Work
) -> None:
    automatic(app, account_id, offer_automatically=True)
    answer("Yes, I would be happy to talk with you.")
    assert waiting(app) == [conversation(app, account_id).id]
    work()
    assert waiting(app) == []
    continue_conversation(app, conversation(app, account_id).id)
    assert len(letters(app, account_id, LetterKind.SLOTS_OFFERED)) == 1


def test_a_yes_with_a_question_is_for_the_owner_however_automatic_things_are(
    app: App, account_id: str, answer: Answering
) -> None:
    automatic(app, account_id, offer_automatically=True)
    answer("Yes, gladly. Could you send me your CV first?")
    assert conversation(app, account_id).needs_you
    assert waiting(app) == []


def test_offering_that_fails_is_tried_again_later_and_then_left_to_the_owner(
    app: App, account_id: str, answer: Answering, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.continue_conversation as module

    tried: list[datetime] = []

    def away(*_args: object, **_more: object) -> None:
        tried.append(clock.now())
        raise TryLater("The calendar is away.")

    monkeypatch.setattr(module, "offer_slots", away)
    automatic(app, account_id, offer_automatically=True)
    answer("Yes, I would be happy to talk with you.")
    talk = conversation(app, account_id).id
    continue_conversation(app, talk)
    assert waiting(app) == []
    clock.advance(timedelta(minutes=16))
    assert waiting(app) == [talk]
    clock.advance(timedelta(hours=25))
    continue_conversation(app, talk)
    assert len(tried) == 2
    assert waiting(app) == []
    assert "The calendar is away" in conversation(app, account_id).needs_you


def test_a_time_that_is_chosen_is_shown_with_the_exact_command(
    app: App, account_id: str, answer: Answering, clock: FixedClock
) -> None:
    offered(app, account_id, clock.now().replace(day=10, hour=14))
    message = answer("Option 2 works for me.")
    assert message.answer is Answer.YES_WITH_TIME
    assert "slot:2" in message.evidence
    assert f"outreach schedule {GRACE} --at 2026-03-10T15:00Z" in conversation(app, account_id).needs_you


def test_a_time_that_is_chosen_is_booked_where_that_is_automatic_and_only_once(
    app: App, account_id: str, answer: Answering, clock: FixedClock, work: Work
) -> None:
    automatic(app, account_id, book_automatically=True)
    start = clock.now().replace(day=10, hour=14)
    offered(app, account_id, start)
    answer("Option 2 works for me.")
    work()
    continue_conversation(app, conversation(app, account_id).id)
    with app.database.read(account_id) as session:
        meetings = session.scalars(select(Meeting)).all()
    assert [meeting.starts_at for meeting in meetings] == [start + HOUR]
    assert conversation(app, account_id).stage is Stage.BOOKED


@pytest.mark.parametrize("offers", [True, False])
def test_a_time_that_was_taken_meanwhile_is_answered_or_shown(
    app: App,
    account_id: str,
    answer: Answering,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    offers: bool,
) -> None:
    import outreach.actions.continue_conversation as module

    asked: list[str] = []

    def taken(*_args: object, **_more: object) -> None:
        raise BadInput("That time is taken.")

    monkeypatch.setattr(module, "book_meeting", taken)
    monkeypatch.setattr(module, "offer_slots", lambda _app, _account, contact, **_more: asked.append(contact))
    automatic(app, account_id, book_automatically=True, offer_automatically=offers)
    offered(app, account_id, clock.now().replace(day=10, hour=14))
    answer("Option 1 works for me.")
    continue_conversation(app, conversation(app, account_id).id)
    assert len(asked) == offers
    assert ("taken" in conversation(app, account_id).needs_you) is not offers
    assert waiting(app) == []


def test_what_the_owner_answers_by_hand_is_not_answered_a_second_time(
    app: App, account_id: str, answer: Answering, sandbox: Sandbox
) -> None:
    automatic(app, account_id, offer_automatically=True)
    answer("Yes, I would be happy to talk with you.")
    by_hand = EmailMessage()
    by_hand["From"], by_hand["To"], by_hand["Subject"] = ME, GRACE, "Re: hello"
    by_hand.set_content("Wonderful! How about Tuesday at three?")
    thread = conversation(app, account_id).thread_id
    sandbox.receive(ME, by_hand.as_bytes(), thread_id=thread, labels=("SENT",))
    poll_inbox(app, account_id)
    assert waiting(app) == []


def test_a_no_is_answered_with_one_draft_that_asks_for_a_name(app: App, account_id: str, answer: Answering) -> None:
    assert answer("Sorry, I am afraid I cannot help you with this.").answer is Answer.NO
    answer("As I said, I am afraid I cannot help.")
    assert conversation(app, account_id).stage is Stage.DECLINED
    (drafted,) = letters(app, account_id, LetterKind.ASK_FOR_NAME)
    assert drafted.state is LetterState.DRAFTED
    assert drafted.reply_to_thread == conversation(app, account_id).thread_id


def test_a_no_with_a_name_adds_the_person_and_the_introduction_and_asks_for_no_other(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    answer("Sorry, I cannot help. Please write to Bo Nakamura <bo@transit.example.org> instead.")
    with app.database.read(account_id) as session:
        named = session.scalar(select(Contact).where(Contact.email == "bo@transit.example.org"))
        edge = session.scalar(select(Referral))
    assert named is not None
    assert edge is not None
    assert (named.full_name, named.source, named.referrer_id) == ("Bo Nakamura", Source.REFERRAL, contact_id)
    assert (edge.introducer_id, edge.introduced_id, edge.debt) == (contact_id, named.id, Debt.NONE)
    assert "Bo Nakamura" in edge.said
    assert edge.may_use_name
    assert letters(app, account_id, LetterKind.ASK_FOR_NAME) == []
    assert conversation(app, account_id).stage is Stage.DECLINED


def test_an_introducer_who_asks_not_to_be_mentioned_is_not(app: App, account_id: str, answer: Answering) -> None:
    answer(
        "Sorry, I cannot help. Please write to Bo Nakamura <bo@transit.example.org>, but do not mention my name to him."
    )
    with app.database.read(account_id) as session:
        edge = session.scalar(select(Referral))
    assert edge is not None
    assert not edge.may_use_name


def test_a_no_of_somebody_who_was_introduced_opens_the_debt(
    app: App, account_id: str, contact_id: str, add_contact: Callable[..., str], answer: Answering
) -> None:
    introducer = add_contact("rosa@parks.example.com", "Rosa Silva")
    with app.database.write(account_id) as session:
        session.add(Referral(introducer_id=introducer, introduced_id=contact_id, created_at=app.now()))
    answer("Sorry, I am afraid I cannot help you with this.")
    with app.database.read(account_id) as session:
        edge = session.scalar(select(Referral))
    assert edge is not None
    assert (edge.debt, edge.outcome) == (Debt.OWED, "declined")


def test_who_asks_not_to_be_written_to_is_never_written_to_again(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    answer("Sorry, I am afraid I cannot help you with this.")
    (draft,) = letters(app, account_id, LetterKind.ASK_FOR_NAME)
    assert answer("Please do not contact me again.").answer is Answer.OPT_OUT
    after = conversation(app, account_id)
    assert after.stage is Stage.OPTED_OUT
    assert after.closed_at is not None
    with app.database.read(account_id) as session:
        assert session.scalars(select(DoNotContact.address_key)).all() == [GRACE]
        assert session.get_one(Letter, draft.id).state is LetterState.CANCELLED
    assert draft_letters(app, account_id, [contact_id]) == []


def test_a_bounce_marks_the_address_as_dead_and_asks_for_another(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    failed = {"X-Failed-Recipients": GRACE, "Auto-Submitted": "auto-replied"}
    text = f"Address not found.\n\nYour message wasn't delivered to {GRACE}: 550 5.1.1 no such user."
    message = answer(text, sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>", headers=failed)
    assert message.answer is Answer.BOUNCE
    after = conversation(app, account_id)
    assert (after.stage, after.replied_at, after.follow_up_due_at) == (Stage.BOUNCED, None, None)
    assert "find another address" in after.needs_you
    with app.database.read(account_id) as session:
        assert session.get_one(Contact, contact_id).address_dead


def test_an_automatic_reply_puts_the_follow_up_off_until_after_the_return(
    app: App, account_id: str, answer: Answering
) -> None:
    before = conversation(app, account_id)
    text = "I am out of the office until 23 March 2026 and will answer after my return."
    message = answer(text, headers={"Auto-Submitted": "auto-replied"})
    assert message.answer is Answer.AUTO_REPLY
    after = conversation(app, account_id)
    assert (after.stage, after.replied_at) == (before.stage, None)
    assert after.follow_up_due_at is not None
    assert after.follow_up_due_at.date().isoformat() >= "2026-03-25"


def test_a_question_is_quoted_to_the_owner(app: App, account_id: str, answer: Answering) -> None:
    answer("Who gave you my address?")
    assert 'asks: "Who gave you my address?"' in conversation(app, account_id).needs_you
    assert conversation(app, account_id).stage is Stage.REPLIED


def test_an_accepted_invitation_is_noted(app: App, account_id: str, contact_id: str, answer: Answering) -> None:
    meeting_id = booked(app, account_id, contact_id)
    message = answer("Accepted", ics=reply_ics(uid_of_meeting(app, account_id, meeting_id), "ACCEPTED"))
    assert message.answer is Answer.CALENDAR
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).partstat == "ACCEPTED"
    assert conversation(app, account_id).stage is Stage.BOOKED
    assert waiting(app) == []


def test_a_time_of_their_own_comes_with_the_command_that_books_it(app: App, account_id: str, answer: Answering) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true", "scheduling.book_automatically=true"])
    stored = answer("Happy to talk. Could we do Thursday 12 March at 10:30?")
    assert stored.answer is Answer.YES_WITH_TIME
    after = conversation(app, account_id)
    assert "suggests Thursday 12 March 2026, 10:30" in after.needs_you
    assert f"`outreach schedule {GRACE} --at 2026-03-12T10:30Z`" in after.needs_you
    assert waiting(app) == []  # no other times are offered to somebody who has named one


def test_of_a_stretch_the_first_time_that_is_free_is_named(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    set_account(app, account_id, ['availability.weekly={"thu": ["15:00-17:00"]}'])
    answer("Yes, gladly. Thursday 12 March between 2pm and 5pm would suit me.")
    assert f"`outreach schedule {GRACE} --at 2026-03-12T15:00Z`" in conversation(app, account_id).needs_you


def test_a_time_that_one_would_not_have_offered_says_why(app: App, account_id: str, answer: Answering) -> None:
    answer("Happy to talk. Saturday 14 March at 8:00 would be best for me.")
    assert "though there are no hours for meetings on Saturday 14 March" in conversation(app, account_id).needs_you


def test_of_two_answers_the_one_given_last_counts_whichever_comes_in_last(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    meeting_id = booked(app, account_id, contact_id)
    uid = uid_of_meeting(app, account_id, meeting_id)
    answer("Tentative", ics=reply_ics(uid, "TENTATIVE", stamp="20260301T100500Z"))
    late = answer("Declined", ics=reply_ics(uid, "DECLINED", stamp="20260301T100000Z"))
    assert late.done == "an older answer than the one that is known"
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).partstat == "TENTATIVE"
    assert waiting(app) == []


def test_a_stamp_from_the_future_does_not_silence_later_answers(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    meeting_id = booked(app, account_id, contact_id)
    uid = uid_of_meeting(app, account_id, meeting_id)
    answer("Accepted", ics=reply_ics(uid, "ACCEPTED", stamp="29990101T000000Z"))
    answer("Tentative", ics=reply_ics(uid, "TENTATIVE", stamp="29990101T000001Z"))
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).partstat == "TENTATIVE"


def test_a_declined_invitation_cancels_the_meeting(
    app: App, account_id: str, contact_id: str, answer: Answering, work: Work
) -> None:
    meeting_id = booked(app, account_id, contact_id)
    answer("Declined", ics=reply_ics(uid_of_meeting(app, account_id, meeting_id), "DECLINED"))
    assert waiting(app) == [conversation(app, account_id).id]
    work()
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).status is MeetingStatus.CANCELLED
    assert waiting(app) == []


def test_an_answer_to_the_invitation_by_somebody_else_changes_nothing_and_is_shown(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    meeting_id = booked(app, account_id, contact_id)
    uid = uid_of_meeting(app, account_id, meeting_id)
    answer("Declined", ics=reply_ics(uid, "DECLINED", attendee="eve@evil.example.net"))
    answer("Declined", sender="eve@evil.example.net", ics=reply_ics(uid, "DECLINED"))
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).partstat == "NEEDS-ACTION"
    assert "who was not invited" in conversation(app, account_id).needs_you
    assert waiting(app) == []


def test_a_no_while_a_meeting_is_booked_is_for_the_owner(
    app: App, account_id: str, contact_id: str, answer: Answering
) -> None:
    meeting_id = booked(app, account_id, contact_id)
    answer("Sorry, I am afraid I cannot help you after all.")
    assert conversation(app, account_id).stage is Stage.BOOKED
    assert conversation(app, account_id).needs_you
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, meeting_id).status is MeetingStatus.CONFIRMED


def test_somebody_who_answers_after_all_opens_the_conversation_again(
    app: App, account_id: str, answer: Answering
) -> None:
    with app.database.write(account_id) as session:
        talk = session.scalar(select(Conversation))
        assert talk is not None
        talk.stage, talk.closed_at, talk.follow_up_due_at = Stage.NO_RESPONSE, app.now(), None
    answer("Yes, I would be happy to talk with you.")
    assert conversation(app, account_id).stage is Stage.REPLIED
    assert conversation(app, account_id).closed_at is None
