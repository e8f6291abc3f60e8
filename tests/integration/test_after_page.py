"""The page on which the owner says how a meeting went, over real HTTP: held, not held, moved; said once or twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from outreach.actions.after_link import after_link, after_token
from outreach.actions.book_meeting import book_meeting
from outreach.actions.booking_link import booking_token
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Contact, Letter, Meeting, Referral
from outreach.rules.kinds import LetterKind, LetterState, MeetingStatus
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.visiting import Visitor, with_pages

THURSDAY = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
GRACE = "grace@city.example.com"
Work = Callable[..., int]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_pages(settings)


@pytest.fixture
def over(app: App, account_id: str, add_contact: Callable[..., str], work: Work, clock: FixedClock) -> str:
    """A meeting that ended a few minutes ago; its id."""
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    work()
    clock.advance(THURSDAY + timedelta(minutes=31) - app.now())
    work()
    return meeting_id


def path(app: App, meeting_id: str) -> str:
    return f"/m/{after_token(app, meeting_id)}"


def meeting(app: App, meeting_id: str) -> Meeting:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Meeting, meeting_id)


def thanks(app: App, account_id: str) -> list[Letter]:
    """The thank-yous that wait or have left."""
    alive = (LetterState.SCHEDULED, LetterState.SENT)
    with app.database.read(account_id) as session:
        query = select(Letter).options(undefer(Letter.body_text)).where(Letter.state.in_(alive))
        kinds = (LetterKind.THANK_YOU, LetterKind.THANK_YOU_SHORT)
        return list(session.scalars(query.where(Letter.kind.in_(kinds))))


def test_the_owner_is_asked_once_with_a_link(app: App, account_id: str, over: str, sandbox: Sandbox) -> None:
    with app.database.read(account_id) as session:
        query = select(Letter.body_text).where(Letter.kind == LetterKind.DEBRIEF_REQUEST)
        [asked] = session.scalars(query).all()
    assert after_link(app, over) in asked


def test_topics_and_names_said_there_make_the_thank_you(
    app: App, account_id: str, over: str, visitor: Visitor, work: Work, sandbox: Sandbox
) -> None:
    page = visitor.get(path(app, over))
    assert page.status == 200
    assert "How did it go?" in page.text
    fields = {
        "what": "held",
        "topic1": "how you came to this work",
        "topic2": "what a normal week looks like",
        "names": "Sam Sample <sam@friends.example.com>\nKim Sample",
        "note": "Send the article",
    }
    for _ in range(2):  # a double click
        said = visitor.post(path(app, over), **fields)
        assert said.status == 200
    assert "Noted." in said.text
    assert "how you came to this work" in said.text
    [letter] = thanks(app, account_id)
    assert letter.kind is LetterKind.THANK_YOU
    assert "how you came to this work" in letter.body_text
    assert meeting(app, over).notes == "Send the article"
    with app.database.read(account_id) as session:
        assert len(session.scalars(select(Contact)).all()) == 3
    work(hours=24)
    assert sum("thank" in str(each["subject"]).lower() for each in sandbox.sent) <= 1
    assert "The thank-you has left" in visitor.get(path(app, over)).text


def test_names_given_before_stay_in_the_thank_you(app: App, account_id: str, over: str, visitor: Visitor) -> None:
    first = {"what": "held", "topic1": "the first year", "names": "Kim Sample"}
    visitor.post(path(app, over), **first)
    visitor.post(path(app, over), what="held", topic1="the second year", note="Send the article")
    [letter] = thanks(app, account_id)
    assert "the second year" in letter.body_text
    assert "Kim Sample" in letter.body_text


def test_whoever_is_not_to_be_named_is_not_though_the_form_came_back(
    app: App, account_id: str, over: str, visitor: Visitor
) -> None:
    names = "Sam Sample <sam@friends.example.com>"
    back = visitor.post(path(app, over), what="held", topic1="x" * 200, names=names, private="yes")
    assert back.status == 422
    assert re.search(r'name="private" value="yes" checked', back.text)
    for private in ("", "yes"):
        visitor.post(path(app, over), what="held", topic1="parks", names=names, private=private)
    with app.database.read(account_id) as session:
        assert [edge.may_use_name for edge in session.scalars(select(Referral))] == [False]


def test_a_long_note_in_any_script_is_taken(app: App, over: str, visitor: Visitor) -> None:
    assert visitor.post(path(app, over), what="held", topic1="parks", note="д" * 4000).status == 200
    assert meeting(app, over).notes == "д" * 4000


def test_not_met_means_no_thanks_and_can_be_taken_back(app: App, account_id: str, over: str, visitor: Visitor) -> None:
    said = visitor.post(path(app, over), what="not_held")
    assert "did not take place" in said.text
    assert thanks(app, account_id) == []
    again = visitor.post(path(app, over), what="held", topic1="the first year")
    assert "Noted." in again.text
    [letter] = thanks(app, account_id)
    assert "the first year" in letter.body_text


def test_moved_is_one_update_and_the_other_side_gets_it(
    app: App, account_id: str, over: str, visitor: Visitor, work: Work, sandbox: Sandbox
) -> None:
    said = visitor.post(path(app, over), what="moved", moved_to="2026-03-09T10:30")
    assert said.status == 200
    assert "has not begun yet" in said.text
    found = meeting(app, over)
    assert (found.starts_at, found.sequence) == (datetime(2026, 3, 9, 10, 30, tzinfo=UTC), 1)
    assert found.status is MeetingStatus.CONFIRMED
    [letter] = thanks(app, account_id)
    assert letter.due_at is not None
    assert letter.due_at > found.ends_at
    work(hours=26)
    assert sum(GRACE in str(each["to"]) for each in sandbox.sent) == 3  # invitation, move, reminder on Friday


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say first how it went"),
        ({"what": "dunno"}, "Say first how it went"),
        ({"what": "moved"}, "Say when you meet instead"),
        ({"what": "moved", "moved_to": "soon"}, "soon"),
        ({"what": "moved", "moved_to": "2020-01-01T10:00"}, "already passed"),
        ({"what": "held", "topic1": "x" * 200}, "160 at most"),
        ({"what": "held", "topic1": "parks", "names": "Sam <sam@>"}, "Name &lt;address&gt;"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(
    app: App, account_id: str, over: str, visitor: Visitor, fields: dict[str, str], said: str
) -> None:
    answer = visitor.post(path(app, over), **fields, note="my notes")
    assert answer.status == 422
    assert said in answer.text
    assert "my notes" in answer.text
    assert meeting(app, over).status is MeetingStatus.CONFIRMED


def test_before_the_meeting_and_after_a_cancel_there_is_nothing_to_say(
    app: App, account_id: str, add_contact: Callable[..., str], visitor: Visitor
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    assert "<form" not in visitor.get(path(app, meeting_id)).text
    assert visitor.post(path(app, meeting_id), what="not_held").status == 422
    cancel_meeting(app, account_id, meeting_id)
    page = visitor.get(path(app, meeting_id))
    assert "was cancelled" in page.text
    assert "<form" not in page.text


def test_a_guests_link_does_not_open_the_owners_page(app: App, over: str, visitor: Visitor) -> None:
    guest = booking_token(app, meeting(app, over).conversation_id)
    swapped = over + guest[20:]
    for token in (guest, swapped, over, "x" * 46):
        assert visitor.get(f"/m/{token}").status == 404
        assert visitor.post(f"/m/{token}", what="not_held").status == 404
    assert visitor.get(f"/b/{after_token(app, over)}").status == 404


def test_looking_changes_nothing(app: App, over: str, visitor: Visitor) -> None:
    before = meeting(app, over)
    for method in ("GET", "HEAD") * 2:
        assert visitor.get(path(app, over), method).status == 200
    after = meeting(app, over)
    assert (before.status, before.topics, before.sequence) == (after.status, after.topics, after.sequence)


def test_further_conversations_are_encouraged(app: App, over: str, visitor: Visitor) -> None:
    said = visitor.post(path(app, over), what="held", topic1="the first year")
    assert re.search(r"Your first conversation: three or more", said.text)
