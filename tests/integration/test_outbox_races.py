"""What may happen between drafting a letter and its sending: edits, answers, failures, other processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from outreach.actions.approve_letters import approve_letters
from outreach.actions.block_contact import block_contact
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_letter import cancel_letter
from outreach.actions.claim_letters import claim_letters
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.edit_contact import edit_contact
from outreach.actions.edit_letter import edit_letter
from outreach.actions.hold_back import hold_back, stop_account
from outreach.actions.move_meeting import move_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.record_debrief import record_debrief
from outreach.actions.release_leases import release_leases
from outreach.actions.retry_letter import retry_letter
from outreach.actions.run_job import run_job
from outreach.actions.set_account import pause_account, set_account
from outreach.actions.settle_letter import settle_letter
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, NotDone
from outreach.errors import NotAllowed
from outreach.model import Account, AccountState, Contact, Conversation, DoNotContact, Letter
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import THANK_YOUS, LetterKind, LetterState, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
AddContact = Callable[..., str]

ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
END = TUESDAY + timedelta(minutes=25)
DAY = timedelta(hours=24)


@pytest.fixture
def due_letter(app: App, account_id: str, add_contact: AddContact, clock: FixedClock) -> str:
    """A first letter that is approved and due."""
    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    return drafted


def letter_of(app: App, account_id: str, letter_id: str) -> Letter:
    with app.database.read(account_id) as session:
        return session.get_one(
            Letter, letter_id, options=[undefer(Letter.frozen), undefer(Letter.body_text), undefer(Letter.body_html)]
        )


def letters(app: App, account_id: str, *kinds: LetterKind) -> list[Letter]:
    with app.database.read(account_id) as session:
        query = select(Letter).where(Letter.kind.in_(kinds)).options(undefer(Letter.frozen))
        return list(session.scalars(query.order_by(Letter.created_at, Letter.id)))


def the_letter(app: App, account_id: str, *kinds: LetterKind) -> Letter:
    (letter,) = letters(app, account_id, *kinds)
    return letter


def account_of(app: App, account_id: str) -> Account:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Account, account_id)


def stage_of(app: App, account_id: str) -> Stage:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one().stage


def letters_to(sandbox: Sandbox, address: str) -> list[dict[str, Any]]:
    return [line for line in sandbox.sent if address in line["to"]]


def work_until(work: Work, clock: FixedClock, moment: datetime) -> None:
    work(hours=(moment - clock.now()).total_seconds() / 3600)


def answer(to: Letter, text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = GRACE, ME, f"Re: {to.subject}"
    message["In-Reply-To"] = message["References"] = to.message_id
    message.set_content(text)
    return message.as_bytes()


# Answers that lie in the inbox.


def until_follow_up_waits(app: App, account_id: str, clock: FixedClock) -> Letter:
    for _ in range(24 * 12):
        clock.advance(timedelta(hours=1))
        for due in due_jobs(app):
            if due.job.name != "deliver_letter":
                run_job(app, due.job)
        if found := letters(app, account_id, LetterKind.FOLLOW_UP):
            return found[0]
    raise AssertionError("no follow-up was written")


def test_a_follow_up_does_not_leave_before_the_inbox_was_read(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    work()
    follow_up = until_follow_up_waits(app, account_id, clock)
    sandbox.receive(ME, answer(letter_of(app, account_id, due_letter), "Yes, I would be glad to talk."))
    assert follow_up.due_at is not None
    clock.set(follow_up.due_at + timedelta(hours=1))
    assert not deliver_letter(app, follow_up.id)  # two workers, and this one is quicker than the one that reads
    waiting = letter_of(app, account_id, follow_up.id)
    assert (waiting.state, waiting.due_at) == (LetterState.SCHEDULED, clock.now() + timedelta(minutes=1))
    assert account_of(app, account_id).poll_due_at == clock.now()
    poll_inbox(app, account_id)
    work(hours=2)
    assert len(letters_to(sandbox, GRACE)) == 1


def test_a_follow_up_waits_for_as_long_as_the_inbox_cannot_be_read_and_then_leaves(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    work()
    follow_up = until_follow_up_waits(app, account_id, clock)
    assert follow_up.due_at is not None
    clock.set(follow_up.due_at + timedelta(minutes=5))
    sandbox.fault("history.list", "503", times=1)
    work()
    assert len(letters_to(sandbox, GRACE)) == 1
    work(hours=1, step=0.1)
    assert len(letters_to(sandbox, GRACE)) == 2


def test_times_are_not_offered_to_somebody_who_said_no_before_the_offer_left(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    work(hours=1)
    first = letter_of(app, account_id, due_letter)
    clock.set(datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    offer_slots(app, account_id, first.contact_id or "")
    work()
    sandbox.receive(ME, answer(first, "No thank you, I am not available for this."))
    work(hours=21)
    assert stage_of(app, account_id) is Stage.DECLINED
    assert the_letter(app, account_id, LetterKind.SLOTS_OFFERED).state is LetterState.CANCELLED


def test_times_that_were_to_be_offered_while_the_laptop_slept_wait_for_their_morning(
    app: App, account_id: str, due_letter: str, clock: FixedClock, work: Work
) -> None:
    work(hours=1)
    offer_slots(app, account_id, letter_of(app, account_id, due_letter).contact_id or "")
    clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    work()
    offer = the_letter(app, account_id, LetterKind.SLOTS_OFFERED)
    assert offer.state is LetterState.SCHEDULED
    assert offer.due_at is not None
    assert offer.due_at.date() > clock.now().date()
    work(hours=11)
    assert the_letter(app, account_id, LetterKind.SLOTS_OFFERED).state is LetterState.SENT


def test_times_for_a_second_meeting_are_offered_after_the_first(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work
) -> None:
    contact_id = add_contact(GRACE)
    book_meeting(app, account_id, contact_id, TUESDAY)
    work_until(work, clock, END + timedelta(hours=26))
    assert stage_of(app, account_id) is Stage.THANKED
    offer_slots(app, account_id, contact_id)
    work(hours=24)
    assert the_letter(app, account_id, LetterKind.SLOTS_OFFERED).state is LetterState.SENT


# Who must not be written to, and where a letter goes.


def test_a_blocked_address_is_not_written_to_whatever_the_contact_has_now(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox
) -> None:
    with app.database.write(account_id) as session:
        contact = session.scalars(select(Contact)).one()
        contact.email = contact.address_key = "grace@new.example.com"
        session.add(DoNotContact(address_key=GRACE, created_at=app.now()))
    assert not deliver_letter(app, due_letter)
    assert letter_of(app, account_id, due_letter).state is LetterState.CANCELLED
    assert sandbox.sent == []


def test_blocking_an_address_calls_back_what_is_frozen_for_it(app: App, account_id: str, due_letter: str) -> None:
    with app.database.write(account_id) as session:
        contact = session.scalars(select(Contact)).one()
        contact.email = contact.address_key = "grace@new.example.com"
    assert block_contact(app, account_id, GRACE).letters_cancelled == 1
    assert letter_of(app, account_id, due_letter).state is LetterState.CANCELLED


def test_a_first_letter_to_an_address_that_was_corrected_is_called_back_and_can_be_tried_again(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, work: Work
) -> None:
    contact_id = letter_of(app, account_id, due_letter).contact_id or ""
    edited = edit_contact(app, account_id, contact_id, {"email": "grace@new.example.com"})
    assert [each.letter_id for each in edited.called_back] == [due_letter]
    assert "letter retry" in edited.called_back[0].how_anew
    assert "not their address" in letter_of(app, account_id, due_letter).last_error
    assert retry_letter(app, account_id, due_letter) is LetterState.DRAFTED
    (plan,) = approve_letters(app, account_id, [due_letter])
    assert plan.obstacles == ()
    work(hours=2)
    assert [line["to"] for line in sandbox.sent] == ["grace@new.example.com"]


def test_a_thank_you_follows_a_corrected_address_with_the_same_words(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    contact_id = add_contact("grcae@city.example.com")
    book_meeting(app, account_id, contact_id, TUESDAY)
    work_until(work, clock, END + timedelta(hours=1))
    before = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    edited = edit_contact(app, account_id, contact_id, {"email": GRACE})
    assert edited.readdressed == (before.id,)
    after = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    assert (after.due_at, after.deadline_at, after.expires_at) == (before.due_at, before.deadline_at, before.expires_at)
    work(hours=30)
    (thanks,) = [line for line in sandbox.sent if line["x_outreach_id"] == before.id]
    assert thanks["to"] == GRACE


def test_an_invitation_that_waits_for_an_old_address_is_called_back_and_moving_sends_a_new_one(
    app: App, account_id: str, add_contact: AddContact, work: Work, sandbox: Sandbox
) -> None:
    contact_id = add_contact("grcae@city.example.com")
    meeting_id = book_meeting(app, account_id, contact_id, TUESDAY)
    edited = edit_contact(app, account_id, contact_id, {"email": GRACE})
    (called_back,) = edited.called_back
    assert called_back.kind == "meeting_confirmed"
    assert f"outreach meeting move {meeting_id[:8]}" in called_back.how_anew
    move_meeting(app, account_id, meeting_id, TUESDAY)
    work(hours=24 * 3)
    assert {line["to"] for line in sandbox.sent} == {GRACE, ME}
    sent = [each for each in letters(app, account_id, *THANK_YOUS) if each.state is LetterState.SENT]
    assert [each.to_address for each in sent] == [GRACE]


def test_a_draft_worded_by_hand_goes_to_the_corrected_address(
    app: App, account_id: str, add_contact: AddContact
) -> None:
    contact_id = add_contact("grcae@city.example.com")
    (drafted,) = draft_letters(app, account_id)
    edit_letter(app, account_id, drafted, subject="A question about pocket parks")
    edit_contact(app, account_id, contact_id, {"email": GRACE})
    assert letter_of(app, account_id, drafted).to_address == GRACE


def test_a_name_longer_than_a_letter_can_hold_is_cut(app: App, account_id: str, add_contact: AddContact) -> None:
    add_contact(GRACE, f"{'x' * 100} {'y' * 100}")
    (drafted,) = draft_letters(app, account_id)
    assert len(letter_of(app, account_id, drafted).to_name) == 200


# Approval.


def test_thanks_that_are_approved_by_hand_keep_their_deadline(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work
) -> None:
    set_account(app, account_id, ["thank_you.without_topics=hold"])
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    ends = friday + timedelta(minutes=25)
    book_meeting(app, account_id, add_contact(GRACE), friday)
    work_until(work, clock, friday + timedelta(hours=2))
    thanks = the_letter(app, account_id, LetterKind.THANK_YOU)
    words = (
        "Dear Grace,\n\nthank you for the time you gave me today; what you said on cycle routes stays with me.\n\nAda"
    )
    edit_letter(app, account_id, thanks.id, text=words, subject="Thank you")
    (plan,) = approve_letters(app, account_id, [thanks.id])
    assert plan.obstacles == ()
    assert plan.due_at is not None
    assert clock.now() <= plan.due_at <= ends + DAY
    assert letter_of(app, account_id, thanks.id).deadline_at == ends + DAY
    work(hours=24)
    sent_at = letter_of(app, account_id, thanks.id).sent_at
    assert sent_at is not None
    assert sent_at <= ends + DAY


def test_thanks_are_never_approved_for_a_moment_before_the_end(
    app: App, account_id: str, add_contact: AddContact
) -> None:
    set_account(app, account_id, ["thank_you.without_topics=hold"])
    book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    thanks = the_letter(app, account_id, LetterKind.THANK_YOU)
    words = "Dear Grace,\n\nthank you for the time you gave me; what you said on cycle routes stays with me.\n\nAda"
    edit_letter(app, account_id, thanks.id, text=words, subject="Thank you")
    (plan,) = approve_letters(app, account_id, [thanks.id])
    assert plan.due_at is not None
    assert plan.due_at >= END


def test_what_is_changed_while_it_is_approved_stays_a_draft(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.approve_letters as module

    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    body, freeze = letter_of(app, account_id, drafted).body_text, module.freeze

    def edited_meanwhile(*args: Any, **more: Any) -> None:
        freeze(*args, **more)
        edit_letter(app, account_id, drafted, text=body.replace("car parks", "EDITED car parks"))

    monkeypatch.setattr(module, "freeze", edited_meanwhile)
    (plan,) = approve_letters(app, account_id, [drafted])
    after = letter_of(app, account_id, drafted)
    assert (after.state, after.frozen) == (LetterState.DRAFTED, None)
    assert "EDITED" in after.body_text
    assert plan.due_at is None
    assert "changed" in plan.obstacles[0]


def test_a_letter_that_is_cancelled_while_it_is_approved_ends_cancelled(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.approve_letters as module

    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    move = module.move
    cancelling = threading.Thread(target=cancel_letter, args=(app, account_id, drafted))

    def cancelled_meanwhile(frm: Stage, to: Stage) -> Stage:
        cancelling.start()
        cancelling.join(0.5)
        return move(frm, to)

    monkeypatch.setattr(module, "move", cancelled_meanwhile)
    approve_letters(app, account_id, [drafted])
    cancelling.join()
    assert letter_of(app, account_id, drafted).state is LetterState.CANCELLED
    assert stage_of(app, account_id) is Stage.CANCELLED


def test_words_put_in_by_hand_while_a_draft_is_worded_anew_are_kept(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.draft_letters as module

    add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    first_letter = module._first_letter

    def edited_meanwhile(*args: Any) -> Any:
        edit_letter(app, account_id, drafted, subject="In my own words")
        return first_letter(*args)

    monkeypatch.setattr(module, "_first_letter", edited_meanwhile)
    draft_letters(app, account_id)
    draft_letters(app, account_id)
    assert letter_of(app, account_id, drafted).subject == "In my own words"


def test_a_plan_of_the_same_day_keeps_the_ramp(app: App, account_id: str, add_contact: AddContact, work: Work) -> None:
    add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=1)
    for number in range(30):
        add_contact(f"p{number}@x.example.com", f"Pat P{number}")
    plans = approve_letters(app, account_id, draft_letters(app, account_id))
    today = [plan for plan in plans if plan.due_at is not None and plan.due_at.date() == app.now().date()]
    assert len(today) + 1 == app.settings.sending.ramp_start


def test_on_a_running_clock_the_gap_between_two_letters_is_kept_to_a_few_seconds(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock
) -> None:
    clock.step = timedelta(0)
    for number in range(2):
        add_contact(f"p{number}@x.example.com", f"Pat P{number}")
    drafted = draft_letters(app, account_id)
    approve_letters(app, account_id, drafted)
    clock.advance(timedelta(minutes=10))
    with app.database.write(account_id) as session:
        for letter in session.scalars(select(Letter)):
            letter.due_at = clock.now()
    assert len(claim_letters(app, letter_id=drafted[0])) == 1
    gap = timedelta(seconds=app.settings.sending.gap_seconds)
    clock.advance(gap - timedelta(seconds=10))
    assert claim_letters(app, letter_id=drafted[1]) == []
    clock.set(max(clock.now(), letter_of(app, account_id, drafted[1]).due_at or clock.now()))
    assert len(claim_letters(app, letter_id=drafted[1])) == 1


# Two processes at once.


def test_two_that_draft_at_once_write_each_letter_once(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.draft_letters as module

    add_contact(GRACE)
    first_letter, quicker = module._first_letter, list[str]()

    def drafted_meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(module, "_first_letter", first_letter)
        quicker.extend(draft_letters(app, account_id))
        return first_letter(*args)

    monkeypatch.setattr(module, "_first_letter", drafted_meanwhile)
    assert draft_letters(app, account_id) == []
    assert [letter.id for letter in letters(app, account_id, LetterKind.REQUEST_NO_LINK)] == quicker


def test_two_that_draft_in_parallel_write_each_letter_once(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.draft_letters as module

    for number in range(20):
        add_contact(f"p{number}@x.example.com", f"Pat P{number}")
    store, together, drafted, errors = module._store, threading.Barrier(2, timeout=20), list[str](), list[object]()

    def stored_together(*args: Any) -> list[str]:
        if not app.database.is_sqlite:  # there a second writer does not even begin
            together.wait()
        return store(*args)

    def draft() -> None:
        try:
            drafted.extend(draft_letters(app, account_id))
        except Exception as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    monkeypatch.setattr(module, "_store", stored_together)
    threads = [threading.Thread(target=draft) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(drafted)) == len(letters(app, account_id, LetterKind.REQUEST_NO_LINK)) == 20


def test_two_that_queue_at_once_approve_each_letter_once(
    app: App, account_id: str, add_contact: AddContact, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.queue_people as module

    add_contact(GRACE)

    def after_another(*args: Any) -> Any:
        approve_letters(*args)
        return approve_letters(*args)

    monkeypatch.setattr(module, "approve_letters", after_another)
    assert module.queue_people(app, account_id).planned == ()
    assert the_letter(app, account_id, LetterKind.REQUEST_NO_LINK).state is LetterState.SCHEDULED


def test_a_lease_that_another_process_released_meanwhile_is_not_released_again(
    app: App, account_id: str, due_letter: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import outreach.actions.release_leases as module

    (claim,) = claim_letters(app, letter_id=due_letter)
    with app.database.write(account_id) as session:
        letter = session.get_one(Letter, claim.letter_id)
        letter.state, letter.draft_id, letter.sending_at = LetterState.SENDING, "draft", app.now()
    clock.advance(timedelta(minutes=5))
    seen = [claim.letter_id]
    assert release_leases(app) == 1
    monkeypatch.setattr(module, "lost_leases", lambda *_args: seen)  # what a slower process had seen before
    assert release_leases(app) == 0
    assert letter_of(app, account_id, due_letter).state is LetterState.UNKNOWN


# Drafts in the mailbox, and letters whose fate is not known.


def test_after_an_edit_no_draft_of_an_earlier_life_is_sent(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    sandbox.fault("getProfile", "503", times=1)
    assert not deliver_letter(app, due_letter)
    mailbox = app.google.mailbox(account_id)
    assert len(mailbox.find_drafts(due_letter, app.now())) == 1
    cancel_letter(app, account_id, due_letter)
    retry_letter(app, account_id, due_letter)
    body = letter_of(app, account_id, due_letter).body_text
    edit_letter(app, account_id, due_letter, text=body.replace("car parks", "CORRECTED car parks"))
    (plan,) = approve_letters(app, account_id, [due_letter])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=1))
    sandbox.fault("drafts.create", "lost_after", times=1)
    work(hours=1, step=0.1)
    sent = letter_of(app, account_id, due_letter)
    assert sent.state is LetterState.SENT
    part = message_from_bytes(mailbox.raw(sent.gmail_id or ""), policy=policy.default).get_body(("plain",))
    assert part is not None
    assert "CORRECTED" in part.get_content()
    assert mailbox.find_drafts(due_letter, app.now()) == []
    assert len(sandbox.sent) == 1


def test_looking_ends_when_the_draft_vanishes_between_two_looks(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    sandbox.fault("drafts.send", "lost_before", times=1)
    assert not deliver_letter(app, due_letter)
    clock.advance(timedelta(minutes=1))
    settle_letter(app, due_letter)
    missed = letter_of(app, account_id, due_letter)
    assert missed.missed_at is not None
    app.google.mailbox(account_id).delete_draft(missed.draft_id or "")
    clock.advance(timedelta(minutes=10))
    settle_letter(app, due_letter)
    assert not any(due.job.name == "settle_letter" for due in due_jobs(app))
    work(hours=48)
    assert letter_of(app, account_id, due_letter).state is LetterState.FAILED
    assert sandbox.sent == []
    assert draft_letters(app, account_id) == []  # it may have arrived
    with pytest.raises(NotAllowed, match="Nobody knows"):
        retry_letter(app, account_id, due_letter)


def test_what_is_not_found_before_anything_was_sent_leaves_no_doubt(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("getProfile", "404", times=1)
    assert not deliver_letter(app, due_letter)
    assert letter_of(app, account_id, due_letter).state is LetterState.SCHEDULED
    work(hours=1, step=0.1)
    assert letter_of(app, account_id, due_letter).state is LetterState.SENT
    assert len(sandbox.sent) == 1


# Accounts.


def test_an_account_that_its_owner_paused_stays_paused_when_its_consent_is_lost(
    app: App, account_id: str, due_letter: str
) -> None:
    pause_account(app, account_id, "exam week")
    stop_account(app, account_id, AccessLost("dead"))
    account = account_of(app, account_id)
    assert (account.state, account.state_reason) == (AccountState.STOPPED, "exam week")


def test_a_failure_of_an_older_consent_does_not_stop_an_account_that_was_connected_again(
    app: App, account_id: str, due_letter: str
) -> None:
    (claim,) = claim_letters(app, letter_id=due_letter)
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
        account.credentials = app.tokens.seal(account_id, "google", b"{}")
    stop_account(app, account_id, AccessLost("dead"), claim.credentials)
    assert account_of(app, account_id).state is AccountState.ACTIVE
    stop_account(app, account_id, AccessLost("dead"), account_of(app, account_id).credentials)
    assert account_of(app, account_id).state is AccountState.NO_CONSENT


def test_a_pause_is_not_shortened_by_a_later_and_shorter_one(
    app: App, account_id: str, due_letter: str, clock: FixedClock
) -> None:
    (claim,) = claim_letters(app, letter_id=due_letter)
    far = clock.now() + timedelta(hours=8)
    hold_back(app, claim, NotDone("limit", retry_at=far, sending_limit=True))
    hold_back(app, claim, NotDone("429", retry_at=clock.now() + timedelta(seconds=5)))
    assert account_of(app, account_id).paused_until == far


# Trying again.


def fail(app: App, account_id: str, sandbox: Sandbox, letter_id: str) -> None:
    sandbox.fault("drafts.create", "400", times=1)
    assert not deliver_letter(app, letter_id)
    assert letter_of(app, account_id, letter_id).state is LetterState.FAILED


def test_a_confirmation_that_failed_is_tried_again_with_its_invitation(
    app: App, account_id: str, add_contact: AddContact, work: Work, sandbox: Sandbox
) -> None:
    book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    confirmation = the_letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    fail(app, account_id, sandbox, confirmation.id)
    assert retry_letter(app, account_id, confirmation.id) is LetterState.SCHEDULED
    work()
    after = letter_of(app, account_id, confirmation.id)
    assert (after.state, after.sha256) == (LetterState.SENT, confirmation.sha256)
    assert b"text/calendar" in (after.frozen or b"")


def test_a_confirmation_of_a_time_that_was_given_up_is_not_tried_again(
    app: App, account_id: str, add_contact: AddContact, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    confirmation = the_letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    fail(app, account_id, sandbox, confirmation.id)
    move_meeting(app, account_id, meeting_id, TUESDAY + timedelta(days=2))
    work(hours=1)
    with pytest.raises(NotAllowed, match=f"outreach meeting move {meeting_id[:8]}"):
        retry_letter(app, account_id, confirmation.id)
    assert letter_of(app, account_id, confirmation.id).state is LetterState.FAILED


def test_a_confirmation_of_a_time_that_was_given_up_is_not_sent_by_a_slow_worker(
    app: App, account_id: str, add_contact: AddContact, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    confirmation = the_letter(app, account_id, LetterKind.MEETING_CONFIRMED)
    (claim,) = claim_letters(app, letter_id=confirmation.id)
    move_meeting(app, account_id, meeting_id, TUESDAY + timedelta(days=2))
    hold_back(app, claim, NotDone("429"))
    work(hours=1, step=0.1)
    assert confirmation.id not in {line["x_outreach_id"] for line in letters_to(sandbox, GRACE)}


def test_a_short_thank_you_that_failed_is_tried_again_and_keeps_its_deadline(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    friday = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    ends = friday + timedelta(minutes=25)
    book_meeting(app, account_id, add_contact(GRACE), friday)
    work_until(work, clock, ends + timedelta(hours=21))
    thanks = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    clock.set(ends + timedelta(hours=22, minutes=5))
    fail(app, account_id, sandbox, thanks.id)
    clock.advance(timedelta(minutes=30))
    assert retry_letter(app, account_id, thanks.id) is LetterState.SCHEDULED
    again = letter_of(app, account_id, thanks.id)
    assert (again.due_at, again.deadline_at) == (clock.now(), ends + DAY)
    work()
    assert letter_of(app, account_id, thanks.id).state is LetterState.SENT


def test_a_thank_you_that_failed_is_tried_again_at_the_address_that_was_mended(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    contact_id = add_contact("grcae@city.example.com")
    book_meeting(app, account_id, contact_id, TUESDAY)
    work_until(work, clock, END + timedelta(hours=21))
    thanks = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    clock.set(END + timedelta(hours=22, minutes=5))
    fail(app, account_id, sandbox, thanks.id)
    edit_contact(app, account_id, contact_id, {"email": GRACE})
    retry_letter(app, account_id, thanks.id)
    work()
    assert [line["x_outreach_id"] for line in letters_to(sandbox, GRACE)] == [thanks.id]


def test_a_short_thank_you_that_gave_way_to_the_full_one_is_not_tried_again(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE, zone="Asia/Tokyo"), TUESDAY)
    work_until(work, clock, END + timedelta(hours=1))
    record_debrief(app, account_id, meeting_id, topics=["cycle routes"])
    short = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    with pytest.raises(NotAllowed, match=f"outreach thank {meeting_id[:8]}"):
        retry_letter(app, account_id, short.id)


def test_a_thank_you_that_failed_is_not_tried_again_beside_another(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work, sandbox: Sandbox
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    work_until(work, clock, END + timedelta(hours=21))
    short = the_letter(app, account_id, LetterKind.THANK_YOU_SHORT)
    clock.set(END + timedelta(hours=22, minutes=5))
    fail(app, account_id, sandbox, short.id)
    record_debrief(app, account_id, meeting_id, topics=["cycle routes"])
    with pytest.raises(NotAllowed, match="outreach thank"):
        retry_letter(app, account_id, short.id)


def test_a_first_letter_does_not_leave_after_the_two_have_met(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock, work: Work
) -> None:
    contact_id = add_contact(GRACE)
    (drafted,) = draft_letters(app, account_id)
    book_meeting(app, account_id, contact_id, TUESDAY)
    work_until(work, clock, END + timedelta(hours=26))
    assert letter_of(app, account_id, drafted).state is LetterState.CANCELLED
    retry_letter(app, account_id, drafted)
    approve_letters(app, account_id, [drafted])
    work(hours=30)
    assert letter_of(app, account_id, drafted).state is LetterState.CANCELLED


def test_a_first_letter_that_failed_closes_its_conversation_and_is_tried_again_only_by_hand(
    app: App, account_id: str, due_letter: str, sandbox: Sandbox, clock: FixedClock, work: Work
) -> None:
    fail(app, account_id, sandbox, due_letter)
    assert stage_of(app, account_id) is Stage.CANCELLED
    assert draft_letters(app, account_id) == []
    assert retry_letter(app, account_id, due_letter) is LetterState.DRAFTED
    (plan,) = approve_letters(app, account_id, [due_letter])
    assert plan.due_at is not None
    work_until(work, clock, plan.due_at + timedelta(hours=1))
    assert letter_of(app, account_id, due_letter).state is LetterState.SENT


def test_a_first_letter_whose_worker_keeps_dying_closes_its_conversation(
    app: App, account_id: str, due_letter: str, clock: FixedClock
) -> None:
    for _ in range(3):
        assert len(claim_letters(app, letter_id=due_letter)) == 1
        clock.advance(timedelta(minutes=4))
        release_leases(app)
        clock.advance(timedelta(seconds=10))  # a suspect waits
    assert letter_of(app, account_id, due_letter).state is LetterState.FAILED
    assert stage_of(app, account_id) is Stage.CANCELLED


def test_somebody_whose_letter_expired_unsent_can_be_written_to_anew(
    app: App, account_id: str, due_letter: str, clock: FixedClock, work: Work
) -> None:
    clock.advance(timedelta(days=30))
    assert not deliver_letter(app, due_letter)
    assert letter_of(app, account_id, due_letter).state is LetterState.EXPIRED
    (anew,) = draft_letters(app, account_id)
    assert anew != due_letter
    assert letter_of(app, account_id, anew).state is LetterState.DRAFTED
    assert draft_letters(app, account_id) == [anew]  # worded anew, not written twice
