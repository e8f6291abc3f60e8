"""The feed of one's own meetings over real HTTP: what it shows, to whom, and that its link can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from outreach.actions.book_meeting import book_meeting
from outreach.actions.booking_link import booking_token
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.feed_link import feed_link, revoke_feed
from outreach.actions.move_meeting import move_meeting
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Meeting
from outreach.settings import Settings
from tests.three_parsers import seen_alike
from tests.visiting import Visitor, with_pages

THURSDAY = datetime(2026, 3, 5, 14, 0, tzinfo=UTC)
GRACE, OTTO = "grace@city.example.com", "otto@city.example.com"
AddContact = Callable[..., str]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_pages(settings)


def events(text: str) -> dict[str, tuple[str, datetime, int]]:
    """Status, begin and sequence of each event, by its UID."""
    return {
        str(each["UID"]): (str(each["STATUS"]), each["DTSTART"].dt, int(each["SEQUENCE"]))
        for each in Calendar.from_ical(text).walk("VEVENT")
    }


def uid(app: App, meeting_id: str) -> str:
    with app.database.read(EVERYBODY) as session:
        return session.get_one(Meeting, meeting_id).uid


def test_it_shows_meetings_under_the_uid_of_their_invitation(
    app: App, account_id: str, add_contact: AddContact, visitor: Visitor
) -> None:
    first = book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    second = book_meeting(app, account_id, add_contact(OTTO, "Otto Sample"), THURSDAY + timedelta(hours=2))
    link = feed_link(app, account_id)
    answer = visitor.get(link)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert events(answer.text) == {
        uid(app, first): ("CONFIRMED", THURSDAY, 0),
        uid(app, second): ("CONFIRMED", THURSDAY + timedelta(hours=2), 0),
    }
    assert "ATTENDEE" not in answer.text
    assert GRACE not in answer.text
    move_meeting(app, account_id, first, THURSDAY + timedelta(days=1))
    cancel_meeting(app, account_id, second)
    assert events(visitor.get(link).text) == {
        uid(app, first): ("CONFIRMED", THURSDAY + timedelta(days=1), 1),
        uid(app, second): ("CANCELLED", THURSDAY + timedelta(hours=2), 1),
    }


def test_three_programs_can_read_it(
    app: App, account_id: str, add_contact: AddContact, visitor: Visitor, tmp_path: Path
) -> None:
    book_meeting(app, account_id, add_contact(GRACE, "Grüße; Ünal, \N{PARTY POPPER}\\n"), THURSDAY)
    text = visitor.get(feed_link(app, account_id)).text
    [seen] = seen_alike([text.encode()], tmp_path)
    assert (seen["start"], seen["guests"], seen["method"]) == (THURSDAY, 0, "PUBLISH")
    assert "Grüße; Ünal" in seen["summary"]
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_it_is_fetched_again_only_when_something_has_changed(
    app: App, account_id: str, add_contact: AddContact, visitor: Visitor, clock: FixedClock
) -> None:
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    link = feed_link(app, account_id)
    tags = [visitor.get(link).headers["etag"]]
    clock.advance(timedelta(minutes=10))
    tags.append(visitor.get(link).headers["etag"])
    move_meeting(app, account_id, meeting_id, THURSDAY + timedelta(hours=1))
    tags.append(visitor.get(link).headers["etag"])
    assert tags[0] == tags[1] != tags[2]


def test_what_is_long_over_is_left_out(
    app: App, account_id: str, add_contact: AddContact, visitor: Visitor, clock: FixedClock
) -> None:
    book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    clock.advance(timedelta(days=100))
    assert events(visitor.get(feed_link(app, account_id)).text) == {}


def test_the_link_can_be_renewed_and_revoked(
    app: App, account_id: str, add_contact: AddContact, visitor: Visitor
) -> None:
    first = feed_link(app, account_id)
    assert feed_link(app, account_id) == first
    second = feed_link(app, account_id, renew=True)
    assert visitor.get(first).status == 404
    assert visitor.get(second).status == 200
    assert revoke_feed(app, account_id)
    assert not revoke_feed(app, account_id)
    assert visitor.get(second).status == 404
    third = feed_link(app, account_id)
    assert third not in (first, second)
    assert visitor.get(third).status == 200
    book_meeting(app, account_id, add_contact(GRACE), THURSDAY)
    with app.database.read(EVERYBODY) as session:
        conversation_id = session.query(Meeting).one().conversation_id
    for token in (booking_token(app, conversation_id), account_id, account_id + "a" * 26, "x"):
        assert visitor.get(f"/feed/{token}.ics").status == 404
