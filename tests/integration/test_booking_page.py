"""The booking page over real HTTP: GET shows, POST books, and what comes in from outside breaks nothing."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.block_contact import block_contact
from outreach.actions.booking_link import booking_link, booking_token, find_booking
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.offer_slots import offer_slots
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import BookingRequest, Conversation, Letter, Meeting
from outreach.rules.kinds import LetterKind, MeetingStatus, Stage
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from outreach.web.server import serving
from outreach.web.site import make_site

Work = Callable[..., int]
ME, GRACE = "ada@student.example.com", "grace@planning.example.com"
LIFTED = (100_000, 100_000.0)


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    url: str
    headers: dict[str, str]

    @property
    def times(self) -> list[str]:
        """The times that can be chosen, as the form sends them."""
        return [unescape(each) for each in re.findall(r'name="start" value="([^"]+)"', self.text)]

    @property
    def key(self) -> str:
        found = re.search(r'name="key" value="([^"]+)"', self.text)
        assert found is not None
        return found[1]


class Visitor:
    """Somebody with a browser, or with something worse."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, method: str = "GET") -> Answer:
        return self._ask(urllib.request.Request(self.address + path, method=method))

    def post(self, path: str, **fields: str) -> Answer:
        return self._ask(urllib.request.Request(self.address + path, urllib.parse.urlencode(fields).encode()))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, answer.read().decode(), answer.url, dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), error.url or "", dict(error.headers))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    web = settings.web.model_copy(update={"port": 0, "base_url": "https://meet.example.org"})
    return settings.model_copy(update={"web": web})


@pytest.fixture
def visitor(app: App) -> Iterator[Visitor]:
    with serving(app, make_site(app, reading=LIFTED, sending=LIFTED)) as address:
        yield Visitor(address)


@pytest.fixture
def talk(app: App, account_id: str, add_contact: Callable[..., str], work: Work) -> str:
    """A conversation with Grace whose first letter has left; its id."""
    add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    work(hours=2)
    return talk_of(app, account_id).id


def talk_of(app: App, account_id: str) -> Conversation:
    with app.database.read(account_id) as session:
        return session.scalars(select(Conversation)).one()


def meetings(app: App, account_id: str) -> list[Meeting]:
    with app.database.read(account_id) as session:
        return list(session.scalars(select(Meeting).order_by(Meeting.booked_at)))


def here(app: App, conversation_id: str) -> str:
    return f"/b/{booking_token(app, conversation_id)}"


def everything(app: App) -> tuple[object, ...]:
    """All rows that a visitor could touch."""
    with app.database.read(EVERYBODY) as session:
        counts = [session.scalar(select(func.count()).select_from(each)) for each in (Meeting, Letter, BookingRequest)]
        talks = session.execute(select(Conversation.stage, Conversation.needs_you, Conversation.follow_up_due_at)).all()
        return (*counts, *map(tuple, talks))


def test_a_guest_books_and_everything_is_there(
    app: App, account_id: str, talk: str, visitor: Visitor, work: Work, sandbox: Sandbox
) -> None:
    shown = visitor.get(here(app, talk))
    assert shown.status == 200
    assert "A conversation with Ada Okafor" in shown.text
    assert "Grace Lindqvist" in shown.text
    start = shown.times[3]
    booked = visitor.post(
        here(app, talk), key=shown.key, start=start, how="phone", phone="+44 20 7946 0000", note="Call twice, please."
    )
    assert (booked.status, booked.url) == (200, visitor.address + here(app, talk))
    assert "It is settled" in booked.text
    (meeting,) = meetings(app, account_id)
    assert meeting.starts_at == datetime.fromisoformat(start)
    assert (meeting.place, meeting.guest_note) == ("+44 20 7946 0000", "Call twice, please.")
    assert talk_of(app, account_id).stage is Stage.BOOKED
    assert "wrote something when booking" in talk_of(app, account_id).needs_you
    work()
    assert sum(GRACE in str(entry["to"]) for entry in sandbox.sent) == 2  # the first letter and the invitation
    with app.database.read(account_id) as session:
        kinds = set(session.scalars(select(Letter.kind).where(Letter.meeting_id == meeting.id)))
        texts = "".join(session.scalars(select(Letter.body_text).where(Letter.meeting_id == meeting.id)))
    assert {LetterKind.MEETING_CONFIRMED, LetterKind.THANK_YOU_SHORT} <= kinds
    assert "Call twice" not in texts
    assert booking_link(app, talk) in texts


def test_a_form_that_is_sent_again_is_one_request(app: App, account_id: str, talk: str, visitor: Visitor) -> None:
    shown = visitor.get(here(app, talk))
    fields = {"key": shown.key, "start": shown.times[0], "how": "video"}
    assert visitor.post(here(app, talk), **fields).status == 200
    assert visitor.post(here(app, talk), **fields).status == 200
    (meeting,) = meetings(app, account_id)
    cancel_meeting(app, account_id, meeting.id)
    again = visitor.post(here(app, talk), **fields)  # the back button, a week later
    assert "The earlier meeting was cancelled" in again.text
    assert len(meetings(app, account_id)) == 1


def test_a_guest_moves_and_cancels(app: App, account_id: str, talk: str, visitor: Visitor, work: Work) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    moving = visitor.get(here(app, talk) + "/move")
    assert "Choose another one here" in moving.text
    moved = visitor.post(here(app, talk) + "/move", key=moving.key, start=moving.times[5])
    assert "It is settled" in moved.text
    (meeting,) = meetings(app, account_id)
    assert (meeting.starts_at, meeting.sequence) == (datetime.fromisoformat(moving.times[5]), 1)
    assert "moved the meeting" in talk_of(app, account_id).needs_you
    asked = visitor.get(here(app, talk) + "/cancel")
    assert meetings(app, account_id)[0].status is MeetingStatus.CONFIRMED
    cancelled = visitor.post(here(app, talk) + "/cancel", key=asked.key)
    assert "The earlier meeting was cancelled" in cancelled.text
    assert meetings(app, account_id)[0].status is MeetingStatus.CANCELLED
    again = visitor.post(here(app, talk), key=cancelled.key, start=cancelled.times[1], how="phone")
    assert "It is settled" in again.text
    assert talk_of(app, account_id).stage is Stage.BOOKED


def test_every_link_fetched_twice_by_get_and_head_changes_nothing(
    app: App, account_id: str, talk: str, visitor: Visitor
) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    links = {f"{here(app, talk)}{more}" for more in ("", "?slot=1", "/move", "/cancel", "?zone=Asia/Tokyo")}
    page = visitor.get(here(app, talk)).text
    links |= {unescape(each) for each in re.findall(r'href="(/[^"]+)"', page)}
    before = everything(app)
    for link in sorted(links) * 2:
        assert visitor.get(link).status == 200
        assert visitor.get(link, "HEAD").status == 200
    assert everything(app) == before


def test_the_times_of_a_letter_are_links_and_the_page_has_them_chosen(
    app: App, account_id: str, talk: str, visitor: Visitor
) -> None:
    contact_id = talk_of(app, account_id).contact_id
    offered = offer_slots(app, account_id, contact_id)
    with app.database.read(account_id) as session:
        text, html = session.execute(
            select(Letter.body_text, Letter.body_html).where(Letter.id == offered.letter_id)
        ).one()
    assert f"{booking_link(app, talk)}?slot=2" in text
    assert f'href="{booking_link(app, talk)}?slot=3"' in html
    shown = visitor.get(here(app, talk) + "?slot=2")
    checked = re.search(r'value="([^"]+)" required checked', shown.text)
    assert checked is not None
    assert datetime.fromisoformat(unescape(checked[1])) == offered.slots[1].start
    assert shown.text.count("suggested") == 3
    assert "Your choice from the letter" in shown.text
    assert "not free any more" in visitor.get(here(app, talk) + "?slot=9").text


@pytest.mark.parametrize(
    "start", ["2026-03-02T03:00:00+00:00", "2020-01-01T10:00:00+00:00", "2030-01-01T10:00:00+00:00"]
)
def test_a_time_that_is_not_on_the_page_is_not_booked(
    app: App, account_id: str, talk: str, visitor: Visitor, start: str
) -> None:
    shown = visitor.get(here(app, talk))
    refused = visitor.post(here(app, talk), key=shown.key, start=start, how="phone")
    assert refused.status == 409
    assert "has just been taken" in refused.text
    assert meetings(app, account_id) == []
    # Nothing was done, so the same form may be sent again with another time.
    assert visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone").status == 200


def test_a_time_that_the_calendar_took_meanwhile_is_refused_and_gone(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox
) -> None:
    shown = visitor.get(here(app, talk))
    start = datetime.fromisoformat(shown.times[0])
    sandbox.busy(ME, start, start + timedelta(minutes=10))
    refused = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    assert refused.status == 409
    assert shown.times[0] not in refused.times
    assert "your calendar" not in refused.text
    assert meetings(app, account_id) == []


@pytest.mark.parametrize("start", ["", "noon", "2026-03-10", "2026-03-10T10:00:00", "x" * 5000])
def test_a_form_without_a_time_says_so(app: App, talk: str, visitor: Visitor, start: str) -> None:
    shown = visitor.get(here(app, talk))
    answer = visitor.post(here(app, talk), key=shown.key, start=start)
    assert answer.status == 422
    assert "Please choose one of the times" in answer.text


def test_a_calendar_that_cannot_be_read_shows_no_times(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox
) -> None:
    shown = visitor.get(here(app, talk))
    with serving(app, make_site(app)) as fresh:
        sandbox.fault("freebusy.query", FaultKind.UNAVAILABLE)
        answer = Visitor(fresh).get(here(app, talk))
        assert (answer.status, answer.times) == (503, [])
        assert "cannot be read just now" in answer.text
        failed = Visitor(fresh).post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
        assert failed.status == 503
        assert meetings(app, account_id) == []


def test_links_that_are_no_links_find_nothing(app: App, talk: str, visitor: Visitor) -> None:
    token = booking_token(app, talk)
    assert find_booking(app, token) is not None
    assert visitor.get(f"/b/{token[:-1]}{'a' if token[-1] != 'a' else 'b'}").status == 404
    for path in ("/b/x", f"/b/{talk}", "/b/" + "a" * 46, "/", "/b/..%2f..%2fetc", f"/b/{token}/delete", "/assets/key"):
        assert visitor.get(path).status == 404, path


def test_whoever_asked_not_to_be_written_to_is_told_that_it_is_over(
    app: App, account_id: str, talk: str, visitor: Visitor
) -> None:
    shown = visitor.get(here(app, talk))
    block_contact(app, account_id, GRACE, "asked")
    assert "This invitation is over" in visitor.get(here(app, talk)).text
    refused = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    assert refused.status == 409
    assert meetings(app, account_id) == []


def test_a_meeting_that_is_over_says_so(
    app: App, account_id: str, talk: str, visitor: Visitor, clock: FixedClock
) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    clock.set(meetings(app, account_id)[0].ends_at + timedelta(hours=1))
    assert "This meeting is over" in visitor.get(here(app, talk)).text


def test_what_is_typed_is_shown_as_text(app: App, talk: str, visitor: Visitor) -> None:
    shown = visitor.get(here(app, talk))
    answer = visitor.post(here(app, talk), key=shown.key, start="", note='</textarea><script>alert("x")</script>')
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_machines_that_fill_in_everything_book_nothing(app: App, account_id: str, talk: str, visitor: Visitor) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone", website="https://spam.test")
    assert meetings(app, account_id) == []


def test_a_form_too_large_is_refused(app: App, talk: str, visitor: Visitor) -> None:
    assert visitor.post(here(app, talk), note="x" * 50_000).status == 413


def test_a_visitor_with_many_requests_is_asked_to_wait(app: App, talk: str) -> None:
    with serving(app, make_site(app, reading=(5, 60.0), sending=(2, 6.0))) as address:
        visitor = Visitor(address)
        answers = [visitor.get(here(app, talk)) for _ in range(8)]
        assert [each.status for each in answers] == [200] * 5 + [429] * 3
        assert answers[-1].headers["retry-after"] == "1"
        assert [visitor.post(here(app, talk)).status for _ in range(3)] == [422, 422, 429]


def test_pages_keep_to_themselves(app: App, talk: str, visitor: Visitor) -> None:
    for path in (here(app, talk), "/b/none", "/assets/booking.css"):
        headers = {name.lower(): value for name, value in visitor.get(path).headers.items()}
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "noindex" in headers["x-robots-tag"]
        assert "server" not in headers
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_times_are_shown_in_the_visitors_zone(app: App, account_id: str, talk: str, visitor: Visitor) -> None:
    at_home, far = visitor.get(here(app, talk)), visitor.get(here(app, talk) + "?zone=Asia/Tokyo")
    assert at_home.times == far.times
    assert "Times are in Asia/Tokyo; Ada Okafor is in Europe/London" in far.text
    unknown = visitor.get(here(app, talk) + "?zone=Mars/Olympus")
    assert 'value="Europe/London" selected' in unknown.text


def test_another_home_makes_other_links(app: App, settings: Settings, talk: str, tmp_path: object) -> None:
    other = open_app(settings.model_copy(update={"key_file": settings.home / "another key"}))
    try:
        assert find_booking(other, booking_token(app, talk)) is None
    finally:
        other.close()


def test_what_the_owner_entered_at_that_moment_calls_the_meeting_off_and_both_are_told(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work, clock: FixedClock
) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    start = datetime.fromisoformat(shown.times[0])
    sandbox.busy(ME, start, start + timedelta(minutes=10))  # after it was booked, before the event is there
    work()
    (meeting,) = meetings(app, account_id)
    assert meeting.status is MeetingStatus.CANCELLED
    assert "called off: your calendar had something there" in talk_of(app, account_id).needs_you
    work(hours=1)
    with app.database.read(account_id) as session:
        query = select(Letter.state, Letter.body_text).where(Letter.kind == LetterKind.SLOTS_OFFERED)
        state, text = session.execute(query).one()
    assert state.value == "sent"
    assert "I am sorry: we had agreed on" in text
    assert "Choose" not in visitor.get(here(app, talk)).text.partition("h1")[0]
    assert shown.times[0] not in visitor.get(here(app, talk)).times


def test_a_meeting_that_stands_in_the_calendar_is_no_clash_with_itself(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work
) -> None:
    sandbox.fault("events.insert", FaultKind.LOST_AFTER, times=1)  # it is there, and nobody knows
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    work(hours=1)
    moving = visitor.get(here(app, talk) + "/move")
    # Half an hour later: the old time overlaps the buffers of the new one.
    visitor.post(here(app, talk) + "/move", key=moving.key, start=moving.times[1])
    work(hours=1)
    (meeting,) = meetings(app, account_id)
    assert meeting.status is MeetingStatus.CONFIRMED
    assert meeting.calendar_due_at is None
