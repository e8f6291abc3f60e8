"""What comes in while something else is under way: nothing that people write is lost, done twice or spoken over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.block_contact import block_contact
from outreach.actions.book_meeting import book_meeting
from outreach.actions.continue_conversation import continue_conversation
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.run_job import run_job
from outreach.actions.set_account import set_account
from outreach.actions.take_thread import take_thread
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import Refused
from outreach.model import Account, Conversation, DoNotContact, Inbound, Letter, Meeting, SlotOffer
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import Answer, LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings

Work = Callable[..., int]
ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
WEDNESDAY = TUESDAY + timedelta(days=1)
MINUTE = timedelta(minutes=1)
YES = "Yes, I would be glad to talk."
NO = "No thank you, I am not available for this."


@pytest.fixture
def due_letter(app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock) -> str:
    """A first letter to Grace that may leave now; its id."""
    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.due_at is not None
    clock.set(plan.due_at + 2 * MINUTE)
    return drafted


@pytest.fixture
def first(app: App, account_id: str, due_letter: str, work: Work) -> Letter:
    """The first letter to Grace, which has left."""
    work()
    return letter_of(app, account_id, due_letter)


def letter_of(app: App, account_id: str, letter_id: str) -> Letter:
    with app.database.read(account_id) as session:
        return session.get_one(Letter, letter_id)


def letters(app: App, account_id: str, kind: LetterKind) -> list[Letter]:
    with app.database.read(account_id) as session:
        query = select(Letter).where(Letter.kind == kind).order_by(Letter.created_at, Letter.id)
        return list(session.scalars(query))


def states(app: App, account_id: str, kind: LetterKind) -> list[str]:
    return [letter.state.value for letter in letters(app, account_id, kind)]


def talk(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation).order_by(Conversation.opened_at)).one()


def meeting_of(app: App, account_id: str, meeting_id: str) -> Meeting:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id)


def inbound(app: App, account_id: str) -> list[Inbound]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Inbound).order_by(Inbound.received_at, Inbound.gmail_id)))


def reached(sandbox: Sandbox) -> int:
    return sum(GRACE in line["to"] for line in sandbox.sent)


def mail(
    text: str, *, to: Letter | None = None, sender: str = GRACE, ics: str = "", refers: str | None = None
) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender, ME
    message["Subject"] = f"Re: {to.subject}" if to else "hello"
    if refers := refers or (to.message_id if to else None):
        message["In-Reply-To"] = message["References"] = refers
    message.set_content(text)
    if ics:
        message.add_alternative(ics, subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


def reply_ics(app: App, account_id: str, meeting_id: str, partstat: str = "DECLINED") -> str:
    meeting = meeting_of(app, account_id, meeting_id)
    lines = (
        *("BEGIN:VCALENDAR", "PRODID:-//test//EN", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT"),
        *(f"UID:{meeting.uid}", f"SEQUENCE:{meeting.sequence}", f"DTSTAMP:{app.now():%Y%m%dT%H%M%SZ}"),
        *(f"DTSTART:{meeting.starts_at:%Y%m%dT%H%M%SZ}", f"DTEND:{meeting.ends_at:%Y%m%dT%H%M%SZ}"),
        *(f"ORGANIZER:mailto:{ME}", f"ATTENDEE;PARTSTAT={partstat}:mailto:{GRACE}", "END:VEVENT", "END:VCALENDAR", ""),
    )
    return "\n".join(lines)


def booked(app: App, account_id: str, first: Letter, work: Work, start: datetime = WEDNESDAY) -> str:
    assert first.contact_id is not None
    meeting_id = book_meeting(app, account_id, first.contact_id, start)
    work(1)
    return meeting_id


def offered(app: App, account_id: str, first: Letter) -> list[SlotOffer]:
    assert first.contact_id is not None
    offer_slots(app, account_id, first.contact_id)
    with app.database.read(account_id) as session:
        return list(session.scalars(select(SlotOffer).order_by(SlotOffer.number)))


def choice(offer: SlotOffer) -> str:
    start = offer.starts_at
    return f"{start:%A} {start.day} {start:%B} at {start:%H:%M} works for me."


def told_by_google(app: App, account_id: str) -> str:
    """The Message-ID of the newest message in Sent."""
    mailbox = app.google.mailbox(account_id)
    (newest, _), *_ = mailbox.list_messages("in:sent", None)[0]
    return mailbox.head(newest).headers["message-id"]


# While it is not known whether the first letter left.


@pytest.fixture
def unknown(app: App, account_id: str, due_letter: str, sandbox: Sandbox) -> Letter:
    """A first letter that arrived, though nobody here knows."""
    poll_inbox(app, account_id)
    sandbox.fault("drafts.send", "lost_after", times=1)
    assert not deliver_letter(app, due_letter)
    letter = letter_of(app, account_id, due_letter)
    assert letter.state is LetterState.UNKNOWN
    return letter


def test_an_answer_that_is_quicker_than_settling_the_letter_is_not_lost(
    app: App, account_id: str, unknown: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    sandbox.receive(ME, mail(YES, to=unknown, refers=told_by_google(app, account_id)))
    assert poll_inbox(app, account_id) == 1
    clock.advance(10 * MINUTE)
    work(hours=24 * 12, step=12)
    after = talk(app, account_id)
    assert (after.stage, after.replied_at is not None) == (Stage.REPLIED, True)
    assert reached(sandbox) == 1


@pytest.mark.parametrize("state", [LetterState.UNKNOWN, LetterState.FAILED])
def test_a_new_mail_from_somebody_whose_letter_is_in_doubt_is_shown(
    app: App, account_id: str, unknown: Letter, sandbox: Sandbox, state: LetterState
) -> None:
    with app.database.write(account_id) as session:
        row = session.get_one(Letter, unknown.id)
        row.state, row.looks = state, 3
    sandbox.receive(ME, mail(YES))
    assert poll_inbox(app, account_id) == 1
    assert "said yes" in talk(app, account_id).needs_you


def test_what_stands_in_a_thread_already_is_taken_in_once(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first.thread_id is not None
    with monkeypatch.context() as patch:  # polled while nobody knew whose it was
        patch.setattr("outreach.actions.take_message.whose_message", lambda *_: None)
        sandbox.receive(ME, mail(YES, to=first))
        assert poll_inbox(app, account_id) == 0
    assert poll_inbox(app, account_id) == 0
    assert take_thread(app, account_id, first.thread_id) == 1
    assert take_thread(app, account_id, first.thread_id) == 0
    assert talk(app, account_id).stage is Stage.REPLIED


def test_a_thread_that_cannot_be_read_raises_nothing(
    app: App, account_id: str, first: Letter, sandbox: Sandbox
) -> None:
    assert first.thread_id is not None
    sandbox.fault("threads.get", "503", times=1)
    assert take_thread(app, account_id, first.thread_id) == 0
    assert take_thread(app, account_id, "ffffffff") == 0


# Meetings that are declined.


def test_a_declined_meeting_is_cancelled_whatever_comes_in_later(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    sandbox.receive(ME, mail("Declined", to=first, ics=reply_ics(app, account_id, meeting_id)))
    clock.advance(timedelta(seconds=20))
    sandbox.receive(ME, mail("Yes, sounds good, thank you for understanding!", to=first))
    clock.advance(2 * MINUTE)
    work()
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED
    assert states(app, account_id, LetterKind.THANK_YOU_SHORT) == ["cancelled"]
    assert not any(message.done.startswith("next: ") for message in inbound(app, account_id))


def test_a_declined_meeting_is_cancelled_though_the_owner_writes_by_hand(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    sandbox.receive(ME, mail("Declined", to=first, ics=reply_ics(app, account_id, meeting_id)))
    clock.advance(MINUTE)
    sandbox.receive(ME, mail("What a pity!", sender=ME), thread_id=first.thread_id, labels=("SENT",))
    work()
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED


def test_a_declined_meeting_is_cancelled_though_its_conversation_is_over(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    sandbox.receive(ME, mail("Please do not contact me again.", to=first))
    clock.advance(MINUTE)
    work()
    assert talk(app, account_id).stage is Stage.OPTED_OUT
    told = reached(sandbox)
    clock.advance(MINUTE)
    # From the calendar, so neither in the thread nor in answer to a letter.
    sandbox.receive(ME, mail("Declined", ics=reply_ics(app, account_id, meeting_id)))
    clock.advance(MINUTE)
    work()
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CANCELLED
    assert reached(sandbox) == told


def test_the_second_meeting_is_cancelled_when_it_is_declined(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    assert first.contact_id is not None
    one = book_meeting(app, account_id, first.contact_id, TUESDAY)
    clock.set(TUESDAY + timedelta(hours=5))
    work()
    mark_meeting(app, account_id, one, held=True)
    two = book_meeting(app, account_id, first.contact_id, TUESDAY + timedelta(days=7))
    work(hours=30)
    with app.database.write(account_id) as session:  # wherever it stands by then
        session.get_one(Conversation, meeting_of(app, account_id, two).conversation_id).stage = Stage.THANKED
    sandbox.receive(ME, mail("Declined", to=first, ics=reply_ics(app, account_id, two)))
    clock.advance(2 * MINUTE)
    work()
    assert meeting_of(app, account_id, two).status is MeetingStatus.CANCELLED
    by_meeting = {letter.meeting_id: letter.state for letter in letters(app, account_id, LetterKind.THANK_YOU_SHORT)}
    assert by_meeting == {one: LetterState.SENT, two: LetterState.CANCELLED}


def test_a_decline_that_is_read_after_the_end_owes_no_thanks(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    meeting = meeting_of(app, account_id, meeting_id)
    declined = mail("Declined", to=first, ics=reply_ics(app, account_id, meeting_id))
    clock.set(meeting.starts_at - 20 * MINUTE)
    sandbox.receive(ME, declined)
    clock.set(meeting.ends_at + 20 * MINUTE)  # the laptop was shut
    work(hours=30)
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.NOT_HELD
    assert talk(app, account_id).stage is Stage.NO_SHOW
    assert "sent" not in states(app, account_id, LetterKind.THANK_YOU_SHORT)
    assert inbound(app, account_id)[-1].done.endswith("marked as not held")


def test_a_decline_that_is_read_after_the_thanks_left_is_told_to_the_owner(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    meeting = meeting_of(app, account_id, meeting_id)
    work(hours=(meeting.ends_at + timedelta(hours=23) - clock.now()) / timedelta(hours=1))
    assert states(app, account_id, LetterKind.THANK_YOU_SHORT) == ["sent"]
    now = clock.now()
    clock.set(meeting.starts_at - 20 * MINUTE)
    sandbox.receive(ME, mail("Declined", to=first, ics=reply_ics(app, account_id, meeting_id)))
    clock.set(now + MINUTE)
    work()
    assert "declined the invitation before the meeting" in talk(app, account_id).needs_you


def test_the_owner_hears_of_a_decline_whose_meeting_cannot_be_called_off_any_more(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    clock.set(meeting_of(app, account_id, meeting_id).ends_at + 20 * MINUTE)
    sandbox.receive(ME, mail("Declined", to=first, ics=reply_ics(app, account_id, meeting_id)))
    work()
    assert f"outreach meeting not-held {meeting_id[:8]}" in talk(app, account_id).needs_you
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.CONFIRMED


# Answers that wait to be gone on with.


def test_a_friendly_word_after_a_choice_leaves_the_choice_alone(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, ["scheduling.book_automatically=true", "scheduling.offer_automatically=true"])
    offer = offered(app, account_id, first)[0]
    work(1)
    sandbox.receive(ME, mail(choice(offer), to=first))
    clock.advance(timedelta(seconds=20))
    sandbox.receive(ME, mail("Yes, looking forward to it!", to=first))
    clock.advance(2 * MINUTE)
    work()
    with app.database.read(account_id) as session:
        assert session.scalars(select(Meeting.starts_at)).all() == [offer.starts_at]
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["sent"]


def test_a_friendly_word_after_a_choice_leaves_the_command_that_books_it(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    offer = offered(app, account_id, first)[0]
    work(1)
    sandbox.receive(ME, mail(choice(offer), to=first))
    clock.advance(2 * MINUTE)
    work()
    asked = talk(app, account_id).needs_you
    assert f"--at {offer.starts_at:%Y-%m-%dT%H:%MZ}" in asked
    sandbox.receive(ME, mail("Yes, looking forward to it!", to=first))
    clock.advance(2 * MINUTE)
    work()
    assert talk(app, account_id).needs_you == asked
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["sent"]


def test_a_question_right_after_a_choice_puts_both_before_the_owner(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, ["scheduling.book_automatically=true"])
    offer = offered(app, account_id, first)[0]
    work(1)
    sandbox.receive(ME, mail(choice(offer), to=first))
    clock.advance(timedelta(seconds=20))
    sandbox.receive(ME, mail("Could you send me your CV first?", to=first))
    clock.advance(2 * MINUTE)
    work()
    needs_you = talk(app, account_id).needs_you
    assert "asks: " in needs_you
    assert f"--at {offer.starts_at:%Y-%m-%dT%H:%MZ}" in needs_you
    assert inbound(app, account_id)[0].done == "overtaken by a later answer"


def test_a_no_calls_back_the_times_that_wait_to_be_offered(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    clock.set(datetime(2026, 3, 2, 20, 0, tzinfo=UTC))  # in the evening: the letter waits until morning
    offered(app, account_id, first)
    work()
    sandbox.receive(ME, mail(NO, to=first))
    work(hours=20)
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["cancelled"]
    assert talk(app, account_id).stage is Stage.DECLINED


def test_a_no_that_comes_in_while_times_are_offered_calls_them_back(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.continue_conversation as module

    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    sandbox.receive(ME, mail(YES, to=first))
    poll_inbox(app, account_id)
    do = module._do

    def slowly(app: App, step: module._Step) -> str:
        clock.advance(MINUTE)
        sandbox.receive(ME, mail(NO, to=first))
        poll_inbox(app, account_id)
        return do(app, step)

    monkeypatch.setattr(module, "_do", slowly)
    continue_conversation(app, talk(app, account_id).id)
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["cancelled"]
    assert talk(app, account_id).stage is Stage.DECLINED


@pytest.mark.parametrize("what", ["book", "offer"])
def test_of_two_workers_one_goes_on_with_an_answer(
    app: App,
    account_id: str,
    first: Letter,
    sandbox: Sandbox,
    clock: FixedClock,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    import outreach.actions.continue_conversation as module

    wanted = [f"scheduling.{name}_automatically={str(name == what).lower()}" for name in ("book", "offer")]
    set_account(app, account_id, wanted)
    text = YES
    if what == "book":
        text = choice(offered(app, account_id, first)[0])
        work(1)
    sandbox.receive(ME, mail(text, to=first))
    clock.advance(2 * MINUTE)
    poll_inbox(app, account_id)
    do, conversation_id = module._do, talk(app, account_id).id
    seen: list[str] = []

    def meanwhile(app: App, step: module._Step) -> str:
        seen.append(step.what)
        continue_conversation(app, conversation_id)
        for letter in letters(app, account_id, LetterKind.SLOTS_OFFERED):
            deliver_letter(app, letter.id)
        return do(app, step)

    monkeypatch.setattr(module, "_do", meanwhile)
    continue_conversation(app, conversation_id)
    work(1)
    assert len(seen) == 1
    assert talk(app, account_id).needs_you == ""
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["sent"]


def test_a_step_that_a_crash_interrupts_is_taken_up_again(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.continue_conversation as module

    class Killed(BaseException):
        pass

    def die(*_args: object) -> str:
        raise Killed

    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    sandbox.receive(ME, mail(YES, to=first))
    poll_inbox(app, account_id)
    conversation_id = talk(app, account_id).id
    with monkeypatch.context() as patch:
        patch.setattr(module, "_do", die)
        with pytest.raises(Killed):
            continue_conversation(app, conversation_id)
    continue_conversation(app, conversation_id)
    assert letters(app, account_id, LetterKind.SLOTS_OFFERED) == []
    clock.advance(3 * MINUTE)
    assert ("continue_conversation", conversation_id) in [(due.job.name, due.job.id) for due in due_jobs(app)]
    continue_conversation(app, conversation_id)
    assert len(letters(app, account_id, LetterKind.SLOTS_OFFERED)) == 1


def test_a_crash_after_the_offer_does_not_offer_twice(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.continue_conversation as module

    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    sandbox.receive(ME, mail(YES, to=first))
    poll_inbox(app, account_id)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_finish", lambda *_: None)
        continue_conversation(app, talk(app, account_id).id)
    work(hours=24 * 9, step=6)
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["sent"]
    assert inbound(app, account_id)[0].done == "times are offered"


# What the owner is to look at.


def test_a_question_stays_when_the_invitation_is_accepted_and_when_they_look_forward(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    meeting_id = booked(app, account_id, first, work)
    sandbox.receive(ME, mail("Could you bring a portfolio, and which entrance do you use?", to=first))
    clock.advance(2 * MINUTE)
    work()
    asked = talk(app, account_id).needs_you
    assert "asks: " in asked
    sandbox.receive(ME, mail("Accepted", to=first, ics=reply_ics(app, account_id, meeting_id, "ACCEPTED")))
    clock.advance(2 * MINUTE)
    sandbox.receive(ME, mail("Yes, looking forward to it!", to=first))
    clock.advance(2 * MINUTE)
    work()
    assert meeting_of(app, account_id, meeting_id).partstat == "ACCEPTED"
    assert talk(app, account_id).needs_you == asked


def test_a_question_stays_when_a_later_yes_is_gone_on_with(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    sandbox.receive(ME, mail("Who gave you my address?", to=first))
    clock.advance(2 * MINUTE)
    work()
    sandbox.receive(ME, mail(YES, to=first))
    clock.advance(2 * MINUTE)
    work()
    assert states(app, account_id, LetterKind.SLOTS_OFFERED) == ["sent"]
    assert talk(app, account_id).needs_you == 'asks: "Who gave you my address?"'


def test_a_yes_is_replaced_by_a_no(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    for text in (YES, NO):
        sandbox.receive(ME, mail(text, to=first))
        clock.advance(2 * MINUTE)
        work()
    assert talk(app, account_id).needs_you == ""


def test_the_owner_is_told_once_that_nobody_chose_one_of_the_times(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    lapse = max(offer.expires_at for offer in offered(app, account_id, first))
    work()
    assert talk(app, account_id).stage is Stage.SLOTS_OFFERED
    work(hours=(lapse - clock.now()) / timedelta(hours=1) - 1, step=12)
    assert talk(app, account_id).needs_you == ""
    work(hours=3)
    after = talk(app, account_id)
    assert after.needs_you == f"did not answer the times offered; offer new ones with `outreach schedule {GRACE}`"
    assert (after.stage, after.follow_up_due_at) == (Stage.SLOTS_OFFERED, None)
    sandbox.receive(ME, mail(YES, to=first))
    clock.advance(6 * MINUTE)  # after a week of silence the inbox is looked at a little more rarely
    work()
    assert talk(app, account_id).needs_you.startswith("said yes")


def test_the_owner_is_told_of_times_that_never_reached_anybody(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    sandbox.receive(ME, mail(YES, to=first))
    clock.advance(2 * MINUTE)
    work()
    clock.set(datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    offered(app, account_id, first)
    with app.database.write(account_id) as session:
        letter = session.scalars(select(Letter).where(Letter.kind == LetterKind.SLOTS_OFFERED)).one()
        letter.state = LetterState.EXPIRED
    work(hours=24 * 8, step=12)
    assert "never got the times offered" in talk(app, account_id).needs_you
    assert talk(app, account_id).stage is Stage.REPLIED


def test_somebody_who_is_away_is_given_until_their_return_to_choose(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    offered(app, account_id, first)
    work()
    away = mail("I am out of the office until 23 March 2026 and will answer after my return.", to=first)
    sandbox.receive(ME, b"Auto-Submitted: auto-replied\n" + away)
    clock.advance(2 * MINUTE)
    work(hours=24 * 10, step=12)
    assert inbound(app, account_id)[0].answer is Answer.AUTO_REPLY
    assert talk(app, account_id).needs_you == ""
    due = talk(app, account_id).follow_up_due_at
    assert due is not None
    assert due.date().isoformat() == "2026-03-25"


# One message, one template, one row must not stop the rest.


def test_a_broken_template_does_not_stop_the_inbox(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, settings: Settings
) -> None:
    folder = settings.home / "templates" / "letters" / "ask_for_name"
    folder.mkdir(parents=True)
    (folder / "body.txt.j2").write_text("Dear {{ oops")
    with_own_templates = open_app(settings, clock=clock)
    sandbox.receive(ME, mail(NO, to=first))
    sandbox.receive(ME, mail("unrelated", sender="x@y.example.org"))
    try:
        assert poll_inbox(with_own_templates, account_id) == 1
    finally:
        with_own_templates.close()
    after = talk(app, account_id)
    assert after.stage is Stage.DECLINED
    assert "cannot be written" in after.needs_you


@pytest.mark.parametrize(
    "words", [b"\x00", b"a\x00b", "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe", b"+2AA-"], ids=repr
)
def test_what_no_database_can_hold_is_left_out(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, words: bytes
) -> None:
    charset = b"utf-7" if words == b"+2AA-" else b"utf-8"
    message = (
        mail("Yes, QQQQ glad to.", to=first).replace(b"QQQQ", words).replace(b'charset="utf-8"', b"charset=" + charset)
    )
    message = message.replace(b"7bit", b"8bit").replace(b"Subject: Re:", b"Subject: =?utf-8?b?AGEA?= Re:")
    message = message.replace(b"MIME-Version", b"Message-ID: <a\x00b@c>\r\nX-Outreach-Id: \x00\r\nMIME-Version")
    sandbox.receive(ME, message)
    assert poll_inbox(app, account_id) == 1
    (stored,) = inbound(app, account_id)
    assert stored.answer is not Answer.UNREADABLE
    texts = [stored.subject, stored.said, stored.message_id, stored.from_address, *stored.evidence]
    assert not any(ch == "\x00" or 0xD800 <= ord(ch) < 0xE000 for text in texts for ch in text)


def test_a_message_that_cannot_be_handled_is_shown_and_holds_nobody_up(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.take_message as module

    handle = module.handle_answer

    def fails(app: App, *args: object) -> str:
        if args[-1].understood.answer is Answer.YES:  # type: ignore[attr-defined]
            raise ZeroDivisionError("no idea")
        return handle(app, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "handle_answer", fails)
    before = account_of(app, account_id).history_id
    sandbox.receive(ME, mail(YES, to=first))
    sandbox.receive(ME, mail("Who gave you my address?", to=first))
    assert poll_inbox(app, account_id) == 2
    assert [message.answer for message in inbound(app, account_id)] == [Answer.UNREADABLE, Answer.QUESTION]
    assert inbound(app, account_id)[0].evidence == ["ZeroDivisionError while it was handled"]
    assert "could not be read" in talk(app, account_id).needs_you
    assert account_of(app, account_id).history_id != before


def test_a_message_that_cannot_even_be_stored_is_passed_over(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.store_message as module

    insert = module._insert
    bad = sandbox.receive(ME, mail(YES, to=first))
    sandbox.receive(ME, mail("Who gave you my address?", to=first))

    def fails(app: App, account: Account, row: Inbound, *more: object) -> bool:
        if row.gmail_id == bad:
            raise ValueError("no idea")
        return insert(app, account, row, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_insert", fails)
    assert poll_inbox(app, account_id) == 1
    assert [message.answer for message in inbound(app, account_id)] == [Answer.QUESTION]


def test_a_message_that_google_will_not_give_out_is_shown(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outreach.google.mailbox import GmailMailbox

    def too_large(*_args: object) -> bytes:
        raise Refused("What Google holds is too large.")

    monkeypatch.setattr(GmailMailbox, "raw", too_large)
    sandbox.receive(ME, mail(YES, to=first))
    assert poll_inbox(app, account_id) == 1
    assert [message.answer for message in inbound(app, account_id)] == [Answer.UNREADABLE]


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


# The look itself.


def test_a_look_counts_from_when_it_began(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.poll_inbox as module

    began = clock.now()
    read = module._read

    def slowly(*args: object) -> tuple[int, str]:
        clock.advance(5 * MINUTE)
        return read(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_read", slowly)
    poll_inbox(app, account_id)
    assert account_of(app, account_id).polled_at == began


def test_the_inbox_is_read_before_letters_leave(app: App, account_id: str, due_letter: str) -> None:
    names = [due.job.name for due in due_jobs(app)]
    assert names.index("poll_inbox") < names.index("deliver_letter")


def test_due_jobs_that_are_done_are_due_no_more(
    app: App, account_id: str, first: Letter, sandbox: Sandbox, clock: FixedClock
) -> None:
    """An answer noted without a stage of its own leaves no follow-up that is due for ever."""
    with app.database.write(account_id) as session:
        row = session.scalars(select(Conversation)).one()
        row.replied_at, row.follow_up_due_at = app.now(), app.now()
    for due in due_jobs(app):
        run_job(app, due.job)
    assert "follow_up" not in [due.job.name for due in due_jobs(app)]


def test_somebody_blocked_is_not_offered_times_by_an_earlier_yes(
    app: App, account_id: str, first: Letter, sandbox: Sandbox
) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    sandbox.receive(ME, mail(YES, to=first))
    poll_inbox(app, account_id)
    block_contact(app, account_id, GRACE, "asked by telephone")
    for due in due_jobs(app):
        run_job(app, due.job)
    with app.database.read(account_id) as session:
        assert session.scalars(select(DoNotContact.address_key)).all() == [GRACE]
    assert letters(app, account_id, LetterKind.SLOTS_OFFERED) == []
