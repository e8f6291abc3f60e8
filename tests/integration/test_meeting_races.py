"""Meetings while other things happen: a worker in between, a second meeting, words taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from outreach.actions import cancel_meeting as cancelling
from outreach.actions import mark_meeting as marking
from outreach.actions import record_debrief as debriefing
from outreach.actions import settle_letter as settling
from outreach.actions import sync_event as syncing
from outreach.actions.book_meeting import book_meeting
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.move_meeting import move_meeting
from outreach.actions.record_debrief import record_debrief
from outreach.actions.set_account import set_account
from outreach.actions.sync_event import sync_event
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import NotAllowed, TryLater
from outreach.model import Conversation, Letter, Meeting, Referral
from outreach.model.base import new_id
from outreach.rules.kinds import THANK_YOUS, Debt, LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.server import Sandbox

GRACE = "grace@city.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
END = TUESDAY + timedelta(minutes=25)
Work = Callable[..., int]
AddContact = Callable[..., str]


def letters(app: App, account_id: str, *kinds: LetterKind) -> list[Letter]:
    with app.database.read(account_id) as session:
        query = select(Letter).order_by(Letter.created_at, Letter.id)
        return list(session.scalars(query.where(Letter.kind.in_(kinds)) if kinds else query))


def sent(app: App, account_id: str) -> list[str]:
    return [str(letter.kind) for letter in letters(app, account_id) if letter.state is LetterState.SENT]


def meeting_of(app: App, account_id: str, meeting_id: str) -> Meeting:
    with app.database.read(account_id) as session:
        return session.get_one(Meeting, meeting_id)


def stage(app: App, account_id: str) -> Stage:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one().stage


@pytest.fixture
def until(work: Work, clock: FixedClock) -> Callable[[datetime], None]:
    """Work until an instant."""

    def run(moment: datetime) -> None:
        work((moment - clock.now()).total_seconds() / 3600)

    return run


def once(function: Callable[..., Any], before: Callable[[], object]) -> Callable[..., Any]:
    """Return the function with something that happens right before its first call."""
    happened: list[bool] = []

    def run(*args: Any, **more: Any) -> Any:
        if not happened:
            happened.append(True)
            before()
        return function(*args, **more)

    return run


def test_a_cancel_that_meets_the_confirmation_on_its_way_out_calls_it_off(
    app: App, account_id: str, add_contact: AddContact, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    [confirmation] = letters(app, account_id, LetterKind.MEETING_CONFIRMED)
    slip = once(cancelling._refuse_over, lambda: deliver_letter(app, confirmation.id))
    monkeypatch.setattr(cancelling, "_refuse_over", slip)
    cancel_meeting(app, account_id, meeting_id)
    work(1)
    assert sorted(sent(app, account_id)) == ["meeting_cancelled", "meeting_confirmed"]


@pytest.mark.parametrize("change", ["cancel", "move"])
def test_a_slow_worker_never_leaves_an_old_event_in_the_calendar(
    app: App, account_id: str, add_contact: AddContact, work: Work, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)

    def meanwhile() -> None:
        if change == "cancel":
            cancel_meeting(app, account_id, meeting_id)
        else:
            move_meeting(app, account_id, meeting_id, TUESDAY + timedelta(days=2))
        sync_event(app, meeting_id)

    monkeypatch.setattr(syncing, "_make_it_so", once(syncing._make_it_so, meanwhile))
    sync_event(app, meeting_id)
    work(1)
    meeting = meeting_of(app, account_id, meeting_id)
    shown = app.google.calendar(account_id).event(meeting.event_id)
    if change == "cancel":
        assert shown is None or shown.cancelled
    else:
        assert shown is not None
        assert shown.span.start == meeting.starts_at


def test_thanks_for_one_meeting_leave_the_next_one_booked(
    app: App, account_id: str, add_contact: AddContact, work: Work, until: Callable[[datetime], None]
) -> None:
    grace = add_contact(GRACE)
    first = book_meeting(app, account_id, grace, TUESDAY)
    until(END + timedelta(hours=5))
    mark_meeting(app, account_id, first, held=True)
    book_meeting(app, account_id, grace, TUESDAY + timedelta(days=14))
    work(30)
    assert stage(app, account_id) is Stage.BOOKED


def test_topics_said_before_a_meeting_was_called_back_are_in_the_thank_you(
    app: App, account_id: str, add_contact: AddContact, work: Work, until: Callable[[datetime], None]
) -> None:
    set_account(app, account_id, ["thank_you.without_topics=hold"])
    meeting_id = book_meeting(app, account_id, add_contact(GRACE, zone="Asia/Tokyo"), TUESDAY)
    until(END + timedelta(hours=1))
    record_debrief(app, account_id, meeting_id, topics=["cycle routes"])
    mark_meeting(app, account_id, meeting_id, held=False)
    mark_meeting(app, account_id, meeting_id, held=True)
    work(30)
    states = [(str(letter.kind), str(letter.state)) for letter in letters(app, account_id, *THANK_YOUS)]
    assert states.count(("thank_you", "sent")) == 1


def test_a_meeting_called_back_over_another_one_is_refused_in_words(
    app: App, account_id: str, add_contact: AddContact, until: Callable[[datetime], None]
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY, minutes=60)
    until(TUESDAY + timedelta(minutes=10))
    mark_meeting(app, account_id, meeting_id, held=False)
    book_meeting(app, account_id, add_contact("mo@city.example.com", "Mo Example"), TUESDAY + timedelta(minutes=70))
    with pytest.raises(NotAllowed, match="another meeting"):
        mark_meeting(app, account_id, meeting_id, held=True)


def test_what_was_owed_for_a_meeting_that_was_not_held_is_owed_no_more_until_it_is(
    app: App, account_id: str, add_contact: AddContact, work: Work, until: Callable[[datetime], None]
) -> None:
    ivy, grace = add_contact("ivy@city.example.com", "Ivy Example"), add_contact(GRACE)
    with app.database.write(account_id) as session:
        session.add(Referral(id=new_id(), introducer_id=ivy, introduced_id=grace, created_at=app.now()))
    meeting_id = book_meeting(app, account_id, grace, TUESDAY)
    until(END + timedelta(hours=1))

    def debt() -> tuple[Debt, str]:
        work()
        with app.database.read(account_id) as session:
            edge = session.scalars(select(Referral)).one()
            return edge.debt, edge.outcome

    mark_meeting(app, account_id, meeting_id, held=True)
    assert debt() == (Debt.DRAFTED, "met")
    mark_meeting(app, account_id, meeting_id, held=False)
    assert debt() == (Debt.NONE, "")
    mark_meeting(app, account_id, meeting_id, held=True)
    assert debt() == (Debt.DRAFTED, "met")
    told = letters(app, account_id, LetterKind.REPORT_BACK)
    assert sorted(str(letter.state) for letter in told) == ["cancelled", "drafted"]


def test_of_two_debriefs_at_once_one_is_asked_to_look_again(
    app: App,
    account_id: str,
    add_contact: AddContact,
    until: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE, zone="Asia/Tokyo"), TUESDAY)
    until(END + timedelta(hours=1))
    other = once(
        debriefing.full_thank_you, lambda: record_debrief(app, account_id, meeting_id, topics=["something else"])
    )
    monkeypatch.setattr(debriefing, "full_thank_you", other)
    with pytest.raises(TryLater):
        record_debrief(app, account_id, meeting_id, topics=["cycle routes"])
    assert meeting_of(app, account_id, meeting_id).topics == ["something else"]


def test_a_meeting_whose_thanks_are_just_leaving_is_not_marked_as_not_held(
    app: App,
    account_id: str,
    add_contact: AddContact,
    until: Callable[[datetime], None],
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    until(END + timedelta(hours=1))
    clock.set(END + timedelta(hours=22, minutes=1))
    [short] = letters(app, account_id, *THANK_YOUS)
    real = marking._refuse

    def slip(*args: Any, **more: Any) -> None:
        real(*args, **more)
        monkeypatch.setattr(marking, "_refuse", real)
        deliver_letter(app, short.id)

    monkeypatch.setattr(marking, "_refuse", slip)
    with pytest.raises(NotAllowed, match="has left already"):
        mark_meeting(app, account_id, meeting_id, held=False)
    assert meeting_of(app, account_id, meeting_id).status is MeetingStatus.HELD


def test_a_thank_you_of_which_nobody_knows_whether_it_arrived_is_not_written_again(
    app: App,
    account_id: str,
    add_contact: AddContact,
    work: Work,
    until: Callable[[datetime], None],
    clock: FixedClock,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    until(END + timedelta(hours=21, minutes=30))
    sandbox.fault("drafts.send", "lost_after", times=1)
    clock.set(END + timedelta(hours=22, minutes=1))
    [short] = letters(app, account_id, *THANK_YOUS)
    deliver_letter(app, short.id)
    with monkeypatch.context() as patched:  # its owner has tidied the message away, so that no look finds it
        patched.setattr(settling, "look_for", lambda *_: None)
        work(48, step=0.5)
    assert [letter.state for letter in letters(app, account_id, *THANK_YOUS)] == [LetterState.FAILED]
    record_debrief(app, account_id, meeting_id, topics=["cycle routes"])
    work(1)
    assert [str(letter.state) for letter in letters(app, account_id, *THANK_YOUS)] == ["failed"]
