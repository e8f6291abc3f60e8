"""The booking page over real HTTP: GET shows, POST books, and what comes in from outside breaks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select, update

from outreach.actions.approve_letters import approve_letters
from outreach.actions.block_contact import block_contact
from outreach.actions.booking_link import booking_link, booking_token, find_booking
from outreach.actions.cancel_meeting import cancel_meeting
from outreach.actions.draft_letters import draft_letters
from outreach.actions.offer_slots import offer_slots
from outreach.actions.set_account import set_account
from outreach.actions.sync_event import sync_event
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, BookingRequest, Conversation, Letter, Meeting
from outreach.rules.instants import Span
from outreach.rules.kinds import LetterKind, MeetingStatus, Stage
from outreach.rules.zones import say_span
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from outreach.web.server import serving
from outreach.web.site import make_site
from tests.visiting import Visitor, with_pages

Work = Callable[..., int]
ME, GRACE = "ada@student.example.com", "grace@planning.example.com"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_pages(settings)


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
    links = {
        f"{here(app, talk)}{more}" for more in ("", "?start=2026-03-06T10:00Z", "/move", "/cancel", "?zone=Asia/Tokyo")
    }
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
    second = f"?start={offered.slots[1].start:%Y%m%dT%H%MZ}"
    assert f"2: {booking_link(app, talk)}{second}" in text
    assert f'href="{booking_link(app, talk)}{second}"' in html
    shown = visitor.get(here(app, talk) + second)
    checked = re.search(r'value="([^"]+)" required checked', shown.text)
    assert checked is not None
    assert datetime.fromisoformat(unescape(checked[1])) == offered.slots[1].start
    assert shown.text.count("suggested") == 3
    assert "Your choice from the letter" in shown.text
    gone = visitor.get(here(app, talk) + "?start=2026-03-03T03:00Z")
    assert "not free any more" in gone.text
    assert "Your choice from the letter" not in gone.text


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


@pytest.mark.parametrize(
    "start", ["", "noon", "2026-03-10", "2026-03-10T10:00:00", "x" * 5000, "0001-01-01T00:00:00+14:00"]
)
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
    trapped = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], company_fax_2="https://spam.test")
    assert trapped.status == 422
    assert meetings(app, account_id) == []


def test_a_form_too_large_is_refused(app: App, talk: str, visitor: Visitor) -> None:
    assert visitor.post(here(app, talk), note="x" * 200_000).status == 413


def test_a_visitor_with_many_requests_is_asked_to_wait(app: App, talk: str) -> None:
    with serving(app, make_site(app, reading=(5, 6.0), sending=(2, 6.0))) as address:
        visitor = Visitor(address)
        answers = [visitor.get(here(app, talk)) for _ in range(8)]
        assert [each.status for each in answers] == [200] * 5 + [429] * 3
        assert answers[-1].headers["retry-after"] == "10"
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
    assert "Times are in Asia/Tokyo; the small ones are those of Ada Okafor, in Europe/London" in far.text
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
    assert "was called off, for your calendar had something there" in talk_of(app, account_id).needs_you
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


def test_a_clash_is_repaired_though_the_calendar_is_away_for_a_while(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work, clock: FixedClock
) -> None:
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    start = datetime.fromisoformat(shown.times[0])
    sandbox.busy(ME, start, start + timedelta(minutes=10))
    (meeting,) = meetings(app, account_id)
    sync_event(app, meeting.id)
    sync_event(app, meeting.id)  # another worker, at the same time
    sandbox.fault("freebusy.query", FaultKind.UNAVAILABLE, times=2)
    work(hours=3)
    assert meetings(app, account_id)[0].status is MeetingStatus.CANCELLED
    with app.database.read(account_id) as session:
        query = select(Letter.body_text).where(Letter.kind == LetterKind.SLOTS_OFFERED)
        (text,) = session.scalars(query).all()  # one apology
    assert text.startswith("Dear")
    assert say_span(Span(start, start + timedelta(minutes=25)), "Europe/London") not in text.partition("1.")[2]
    assert "other times are offered" in talk_of(app, account_id).needs_you


def test_what_the_owner_enters_by_hand_later_is_no_clash(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work, clock: FixedClock
) -> None:
    sandbox.fault("events.insert", FaultKind.UNAVAILABLE, times=3)
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    work()
    (meeting,) = meetings(app, account_id)
    sandbox.busy(ME, meeting.starts_at, meeting.ends_at)  # they saw no event, and made one
    work(hours=4)
    assert meetings(app, account_id)[0].status is MeetingStatus.CONFIRMED
    assert sandbox.world.calendar(ME, "primary").with_uid(meeting.uid) is not None


def test_somebody_who_has_said_no_and_then_declines_is_offered_nothing(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work, clock: FixedClock
) -> None:
    set_account(app, account_id, ["scheduling.offer_automatically=true"])
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[-1], how="phone")
    work(hours=1)
    raw = f"From: {GRACE}\nTo: {ME}\nSubject: Re: our talk\n\nSorry, I am no longer interested. I have to say no.\n"
    sandbox.deliver(ME, raw.encode(), thread_id=talk_of(app, account_id).thread_id)
    clock.advance(timedelta(minutes=2))
    calendar = sandbox.world.calendar(ME, "primary")
    assert calendar.answer(meetings(app, account_id)[0].uid, GRACE, "DECLINED", clock.now())
    work(hours=24)
    assert meetings(app, account_id)[0].status is MeetingStatus.CANCELLED
    with app.database.read(account_id) as session:
        assert session.scalar(select(Letter.id).where(Letter.kind == LetterKind.SLOTS_OFFERED)) is None


def test_a_question_of_theirs_is_still_open_after_they_have_booked(
    app: App, account_id: str, talk: str, visitor: Visitor, sandbox: Sandbox, work: Work
) -> None:
    raw = f"From: {GRACE}\nTo: {ME}\nSubject: Re: our talk\n\nWho gave you my address?\n"
    sandbox.deliver(ME, raw.encode(), thread_id=talk_of(app, account_id).thread_id)
    work(hours=1)
    assert "Who gave you my address?" in talk_of(app, account_id).needs_you
    shown = visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone", note="See you!")
    assert "Who gave you my address?" in talk_of(app, account_id).needs_you
    assert "wrote something when booking" in talk_of(app, account_id).needs_you


@pytest.mark.parametrize(
    "change", [{"state": AccountState.STOPPED}, {"reconcile_from": datetime(2026, 3, 1, tzinfo=UTC)}]
)
def test_nothing_is_booked_while_nothing_leaves(
    app: App, account_id: str, talk: str, visitor: Visitor, change: dict[str, object]
) -> None:
    shown = visitor.get(here(app, talk))
    with app.database.write(EVERYBODY) as session:
        session.execute(update(Account).values(**change))
    assert visitor.get(here(app, talk)).times == []
    refused = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    assert refused.status == 503
    assert meetings(app, account_id) == []


def test_a_second_click_is_asked_to_wait_and_an_abandoned_form_can_be_sent_again(
    app: App, account_id: str, talk: str, visitor: Visitor, clock: FixedClock
) -> None:
    shown = visitor.get(here(app, talk))
    with app.database.write(account_id) as session:  # as a process leaves it that dies right after
        session.add(BookingRequest(conversation_id=talk, key=shown.key, created_at=clock.now()))
    waiting = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    assert waiting.status == 503
    assert "being booked at this moment" in waiting.text
    clock.advance(timedelta(minutes=2))
    assert "It is settled" in visitor.post(here(app, talk), key=shown.key, start=shown.times[5], how="phone").text
    assert len(meetings(app, account_id)) == 1


def test_the_ordinary_form_moves_nothing_that_is_booked(app: App, account_id: str, talk: str, visitor: Visitor) -> None:
    one, two = visitor.get(here(app, talk)), visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=one.key, start=one.times[0], how="phone")
    refused = visitor.post(here(app, talk), key=two.key, start=two.times[3], how="video", note="I would rather see you")
    assert refused.status == 409
    assert "You have a time already" in refused.text
    assert meetings(app, account_id)[0].sequence == 0


def test_nobody_changes_their_mind_without_end(app: App, account_id: str, talk: str, visitor: Visitor) -> None:
    for number in range(4):
        shown = visitor.get(here(app, talk))
        assert visitor.post(here(app, talk), key=shown.key, start=shown.times[number], how="phone").status == 200
        asked = visitor.get(here(app, talk) + "/cancel")
        assert visitor.post(here(app, talk) + "/cancel", key=asked.key).status == 200
    shown = visitor.get(here(app, talk))
    refused = visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    assert (refused.status, "changed often enough" in refused.text) == (409, True)


def test_a_tab_left_open_books_no_second_meeting_after_the_first(
    app: App, account_id: str, talk: str, visitor: Visitor, clock: FixedClock
) -> None:
    tab, shown = visitor.get(here(app, talk)), visitor.get(here(app, talk))
    visitor.post(here(app, talk), key=shown.key, start=shown.times[0], how="phone")
    clock.set(meetings(app, account_id)[0].ends_at + timedelta(hours=1))
    assert visitor.post(here(app, talk), key=tab.key, start=tab.times[-1], how="phone").status == 409
    assert len(meetings(app, account_id)) == 1


def test_an_address_with_a_slash_too_many_leads_nowhere(app: App, talk: str, visitor: Visitor) -> None:
    answer = visitor.get(here(app, talk) + "/")
    assert (answer.status, answer.headers.get("location")) == (404, None)
