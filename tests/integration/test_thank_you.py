"""The thank-you: there from the booking on, out within 24 hours, at most one, none that is not owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from outreach.actions.book_meeting import book_meeting
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.mark_meeting import mark_meeting
from outreach.actions.record_debrief import record_debrief
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import BadInput, NotAllowed
from outreach.model import Contact, Conversation, Letter, Meeting, Referral
from outreach.model.base import new_id
from outreach.queries.status import status
from outreach.rules.kinds import THANK_YOUS, Debt, LetterKind, LetterState, MeetingStatus, Stage
from outreach.sandbox.server import Sandbox

GRACE = "grace@city.example.com"
TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
END = TUESDAY + timedelta(minutes=25)
DAY = timedelta(hours=24)
Work = Callable[..., int]


@pytest.fixture
def met(app: App, account_id: str, add_contact: Callable[..., str], work: Work, clock: FixedClock) -> str:
    """A meeting with Grace that is over since two hours."""
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    work()
    work((END + timedelta(hours=2) - clock.now()).total_seconds() / 3600)
    return meeting_id


def thanks(app: App, account_id: str) -> list[Letter]:
    with app.database.read(account_id) as session:
        return list(
            session.scalars(
                select(Letter).where(Letter.kind.in_(THANK_YOUS)).order_by(Letter.created_at, Letter.dedupe_key)
            )
        )


def sent_to(sandbox: Sandbox, address: str) -> list[dict[str, object]]:
    return [entry for entry in sandbox.sent if address in entry["to"]]


def test_topics_bring_the_full_letter_and_call_back_the_short_one(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    before = len(sent_to(sandbox, GRACE))
    done = record_debrief(app, account_id, met, topics=["cycle routes in old towns", "her way into the work"])
    assert done.due_at is not None
    assert done.due_at <= END + DAY
    work(30)
    assert [(str(each.kind), str(each.state)) for each in thanks(app, account_id)] == [
        ("thank_you_short", "cancelled"),
        ("thank_you", "sent"),
    ]
    assert len(sent_to(sandbox, GRACE)) == before + 1
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, met).status is MeetingStatus.HELD
        assert session.scalars(select(Conversation)).one().stage is Stage.THANKED
    del clock


def test_without_topics_the_short_one_goes_in_time_and_counts_as_held(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox
) -> None:
    work(30)
    [short] = thanks(app, account_id)
    assert short.state is LetterState.SENT
    assert short.sent_at is not None
    assert END + timedelta(hours=22) <= short.sent_at <= END + DAY
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, met).status is MeetingStatus.HELD
    assert len([entry for entry in sandbox.sent if "ada@" in entry["to"]]) == 4  # asked once, three alarms


def test_thanks_that_did_not_leave_before_the_clock_was_set_back_wait_for_the_end_of_the_meeting(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox, clock: FixedClock
) -> None:
    record_debrief(app, account_id, met, topics=["cycle routes in old towns"])
    full = thanks(app, account_id)[-1]
    before = len(sent_to(sandbox, GRACE))
    clock.advance(TUESDAY - timedelta(days=1) - clock.now())
    with app.database.write(account_id) as session:  # it was settled just now as not sent
        session.get_one(Letter, full.id).due_at = clock.now()
    assert not deliver_letter(app, full.id)
    assert len(sent_to(sandbox, GRACE)) == before
    work(30)
    assert thanks(app, account_id)[-1].state is LetterState.SENT
    assert (thanks(app, account_id)[-1].sent_at or TUESDAY) >= END


def test_hold_sends_nothing_by_itself_and_alarms(
    app: App, account_id: str, add_contact: Callable[..., str], work: Work, sandbox: Sandbox
) -> None:
    set_account(app, account_id, ["thank_you.without_topics=hold"])
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), TUESDAY)
    work(29 + 26)
    [waiting] = thanks(app, account_id)
    assert (waiting.kind, waiting.state, waiting.deadline_at) == (LetterKind.THANK_YOU, LetterState.DRAFTED, END + DAY)
    # Asked once; of the three alarms two fall into one hour, and what fell due together is one letter.
    assert len([entry for entry in sandbox.sent if "ada@" in entry["to"]]) == 3
    record_debrief(app, account_id, meeting_id, topics=["late is better than never"])
    work()
    assert [str(each.state) for each in thanks(app, account_id)] == ["cancelled", "sent"]


def test_topics_said_again_before_it_left_replace_the_letter(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox
) -> None:
    with app.database.write(account_id) as session:
        session.get_one(Contact, session.get_one(Meeting, met).contact_id).zone = "Asia/Tokyo"  # night there: it waits
    record_debrief(app, account_id, met, topics=["one thing"])
    record_debrief(app, account_id, met, topics=["another thing altogether"])
    work(24)
    assert [str(each.state) for each in thanks(app, account_id)] == ["cancelled", "cancelled", "sent"]
    [said] = [entry for entry in sent_to(sandbox, GRACE) if entry["x_outreach_id"] == thanks(app, account_id)[-1].id]
    assert said


def test_a_thank_you_that_has_left_is_not_sent_again(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox
) -> None:
    record_debrief(app, account_id, met, topics=["cycle routes"])
    work(2)
    before = len(sandbox.sent)
    done = record_debrief(
        app, account_id, met, topics=["something else"], referrals=["Mo Example <mo@city.example.com>"]
    )
    assert (done.letter_id, done.thanked_before, done.introduced) == (None, True, ("Mo Example",))
    work(48)
    assert len([entry for entry in sandbox.sent[before:] if GRACE in entry["to"]]) == 0


def test_the_database_refuses_a_second_thank_you_for_one_meeting(app: App, account_id: str, met: str) -> None:
    [short] = thanks(app, account_id)
    with pytest.raises(IntegrityError), app.database.write(account_id) as session:
        session.add(
            Letter(
                id=new_id(),
                contact_id=short.contact_id,
                conversation_id=short.conversation_id,
                meeting_id=met,
                kind=LetterKind.THANK_YOU,
                dedupe_key="another",
                created_at=app.now(),
            )
        )


def test_a_meeting_not_held_gets_none_and_one_called_back_gets_it_again(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox
) -> None:
    mark_meeting(app, account_id, met, held=False)
    work(3)
    assert [str(each.state) for each in thanks(app, account_id)] == ["cancelled"]
    with pytest.raises(NotAllowed, match="not held"):
        record_debrief(app, account_id, met, topics=["anything"])
    mark_meeting(app, account_id, met, held=True)
    work(22)
    assert [str(each.state) for each in thanks(app, account_id)] == ["cancelled", "sent"]
    assert thanks(app, account_id)[-1].sent_at <= END + DAY  # type: ignore[operator]
    del sandbox


def test_names_given_become_contacts_edges_and_after_all_a_debt(
    app: App, account_id: str, met: str, work: Work
) -> None:
    record_debrief(
        app,
        account_id,
        met,
        topics=["cycle routes"],
        notes="call again in June",
        referrals=["Mo Example <mo@city.example.com>", "jo@city.example.com"],
        may_use_name=False,
    )
    with app.database.read(account_id) as session:
        edges = session.scalars(select(Referral).order_by(Referral.created_at)).all()
        assert [(edge.meeting_id, edge.may_use_name, edge.debt) for edge in edges] == [(met, False, Debt.NONE)] * 2
        assert session.get_one(Meeting, met).notes == "call again in June"
        mo = session.scalars(select(Contact).where(Contact.address_key == "mo@city.example.com")).one()
        assert mo.full_name == "Mo Example"
    work()


def test_everything_that_cannot_be_used_is_said_at_once_and_nothing_changes(
    app: App, account_id: str, met: str
) -> None:
    with pytest.raises(BadInput) as caught:
        record_debrief(app, account_id, met, topics=["fine"], referrals=["bad <no address>", "also@"])
    assert len(caught.value.problems) == 2
    with pytest.raises(BadInput):
        record_debrief(app, account_id, met)
    with pytest.raises(BadInput, match="topics"):
        record_debrief(app, account_id, met, topics=[f"topic {number}" for number in range(9)])
    with app.database.read(account_id) as session:
        assert session.get_one(Meeting, met).topics == []
        assert session.scalars(select(Referral)).all() == []


def test_caps_and_quiet_hours_yield_to_the_deadline(
    app: App, account_id: str, add_contact: Callable[..., str], work: Work
) -> None:
    set_account(app, account_id, ["sending.daily_cap=1", "sending.ramp_start=1"])
    zones = ("Pacific/Auckland", "Asia/Kolkata", "America/Los_Angeles", "Europe/London")
    for number, zone in enumerate(zones):
        contact = add_contact(f"p{number}@city.example.com", f"Person{number} Example", zone=zone)
        book_meeting(app, account_id, contact, TUESDAY + timedelta(hours=number))
    work(29 + 30)
    sent = thanks(app, account_id)
    assert [str(each.state) for each in sent] == ["sent"] * 4
    assert all(each.sent_at <= each.deadline_at for each in sent)  # type: ignore[operator]


def test_a_consent_that_is_lost_is_the_first_thing_to_see_with_the_thanks_at_risk(
    app: App, account_id: str, met: str, work: Work, sandbox: Sandbox
) -> None:
    del met
    sandbox.revoke("ada@student.example.com")
    work(1)
    first = status(app, account_id).for_you[0]
    assert (first.what, first.command) == ("give Google your consent again", "outreach account connect")
    assert first.about == f"1 of your thank-yous at risk, the first due on {END + DAY:%d %b at %H:%M} UTC"
