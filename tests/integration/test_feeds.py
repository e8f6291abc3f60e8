"""Busy time from published calendars: expanded, within limits, and fast once it was read."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from outreach.actions.free_time import availability_of, read_busy_time
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.calendar.busy import LARGEST, busy_in, read_busy
from outreach.database import EVERYBODY
from outreach.edge import NotDone
from outreach.errors import BadInput
from outreach.feeds import Feeds
from outreach.model import Account
from outreach.rules.instants import Span
from outreach.rules.slots import free_slots

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONTH = Span(NOW, NOW + timedelta(days=28))
OWNER, ZONE = "ada@student.example.com", "Europe/Berlin"
HOUR = timedelta(hours=1)


def ics(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@test", "DTSTAMP:20260101T000000Z", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def busy(*events: str) -> list[tuple[str, str]]:
    spans = read_busy(ics(*events), MONTH, owner=OWNER, zone_name=ZONE)
    return [(f"{each.start:%d %H:%M}", f"{each.end:%d %H:%M}") for each in spans]


def test_a_plain_event_takes_its_time_and_a_wall_time_is_the_owners() -> None:
    assert busy("DTSTART:20260303T100000Z|DTEND:20260303T110000Z") == [("03 10:00", "03 11:00")]
    assert busy("DTSTART:20260303T100000|DURATION:PT45M") == [("03 09:00", "03 09:45")]
    assert busy("DTSTART;TZID=America/New_York:20260303T100000|DTEND;TZID=America/New_York:20260303T110000") == [
        ("03 15:00", "03 16:00")
    ]


def test_whole_days_are_days_of_the_owners_zone() -> None:
    assert busy("DTSTART;VALUE=DATE:20260310|DTEND;VALUE=DATE:20260312") == [("09 23:00", "11 23:00")]
    assert busy("DTSTART;VALUE=DATE:20260310") == [("09 23:00", "10 23:00")]


def test_recurrences_keep_the_wall_clock_across_the_change_and_leave_out_what_was_moved() -> None:
    weekly = "DTSTART;TZID=America/New_York:20260302T100000|DURATION:PT1H|RRULE:FREQ=WEEKLY"
    assert [start for start, _ in busy(weekly)] == ["02 15:00", "09 14:00", "16 14:00", "23 14:00"]
    assert [start for start, _ in busy(f"{weekly}|EXDATE;TZID=America/New_York:20260309T100000")] == [
        "02 15:00",
        "16 14:00",
        "23 14:00",
    ]


@pytest.mark.parametrize(
    ("more", "takes_time"),
    [
        ("STATUS:TENTATIVE", True),
        ("STATUS:CANCELLED", False),
        ("TRANSP:TRANSPARENT", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", False),
        (f"ATTENDEE;PARTSTAT=DECLINED:mailto:{OWNER}", False),
        (f"ATTENDEE;PARTSTAT=TENTATIVE:MAILTO:{OWNER.upper()}", True),
        ("ATTENDEE;PARTSTAT=DECLINED:mailto:somebody@else.test", True),
    ],
)
def test_what_takes_time_is_what_a_person_would_say(more: str, takes_time: bool) -> None:
    assert bool(busy(f"DTSTART:20260303T100000Z|DTEND:20260303T110000Z|{more}")) is takes_time


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "cannot be read"),
        (b"<html>not here</html>", "cannot be read"),
        (ics("DTSTART:20260303T100000Z|RRULE:FREQ=SECONDLY"), "every minute or second"),
        (b"x" * (LARGEST + 1), "are not read"),
    ],
)
def test_what_cannot_be_read_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_busy(raw, MONTH, owner=OWNER, zone_name=ZONE)


def test_an_endless_rule_is_read_for_the_time_that_is_asked_for_only() -> None:
    began = time.monotonic()
    assert len(busy("DTSTART:19700101T080000Z|DURATION:PT30M|RRULE:FREQ=DAILY")) == 28
    assert time.monotonic() - began < 10


# Where it is published.


class Publisher(ThreadingHTTPServer):
    body, code, asked = b"", 200, 0


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked += 1
            self.send_response(server.code)
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, *_: object) -> None:
            pass

    server = Publisher(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(publisher: Publisher) -> str:
    return f"http://127.0.0.1:{publisher.server_address[1]}/private-1234/basic.ics"


def ask(feeds: Feeds, source: str, now: datetime = NOW) -> list[Span]:
    return feeds.busy(source, MONTH, owner=OWNER, zone_name=ZONE, now=now)


def test_a_published_calendar_is_fetched_seldom_and_read_when_it_changed(publisher: Publisher) -> None:
    feeds, source = Feeds(), address(publisher)
    publisher.body = ics("DTSTART:20260303T100000Z|DTEND:20260303T110000Z")
    assert len(ask(feeds, source)) == len(ask(feeds, source, NOW + 5 * timedelta(minutes=1))) == 1
    assert publisher.asked == 1
    publisher.body = ics()
    assert ask(feeds, source, NOW + timedelta(minutes=11)) == []
    assert publisher.asked == 2


def test_a_calendar_that_is_away_is_not_taken_for_free_time(publisher: Publisher, tmp_path: Path) -> None:
    publisher.code = 503
    with pytest.raises(NotDone, match=r"The calendar at 127\.0\.0\.1 cannot be fetched: it answered 503") as away:
        ask(Feeds(), address(publisher))
    assert "private-1234" not in away.value.message  # the address is a secret
    with pytest.raises(NotDone, match=r"The calendar none\.ics cannot be fetched"):
        ask(Feeds(), str(tmp_path / "none.ics"))
    large = tmp_path / "large.ics"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(NotDone, match="is larger than"):
        ask(Feeds(), str(large))


def test_busy_time_of_an_account_has_what_its_feeds_say(app: App, account_id: str, tmp_path: Path) -> None:
    path = tmp_path / "timetable.ics"
    path.write_bytes(ics("DTSTART:20260303T100000Z|DTEND:20260303T110000Z"))
    set_account(app, account_id, [f'availability.feeds=["{path}"]'])
    with app.database.read(EVERYBODY) as session:
        account = session.scalars(select(Account)).one()
    span = Span(NOW, NOW + timedelta(days=7))
    ten = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert read_busy_time(app, account, app.settings_for(account), span) == [Span(ten, ten + HOUR)]


def test_two_thousand_events_with_a_hundred_recurring_ones_are_quick_after_the_first_reading(
    app: App, account_id: str, tmp_path: Path
) -> None:
    dice = random.Random(7)
    single = [
        f"DTSTART:{NOW + timedelta(minutes=30 * dice.randrange(-20_000, 1344)):%Y%m%dT%H%M%SZ}|DURATION:PT30M"
        for _ in range(1900)
    ]
    recurring = [
        f"DTSTART;TZID=Europe/London:2025{1 + n % 12:02}0{1 + n % 9}T{8 + n % 9:02}0000"
        "|DURATION:PT30M|RRULE:FREQ=WEEKLY"
        for n in range(100)
    ]
    raw = ics(*single, *recurring)
    (path := tmp_path / "full.ics").write_bytes(raw)
    with app.database.read(EVERYBODY) as session:
        account = session.scalars(select(Account)).one()
    availability = availability_of(app.settings_for(account), account)

    def slots() -> list[Span]:
        found = app.feeds.busy(str(path), MONTH, owner=OWNER, zone_name=ZONE, now=NOW)
        return free_slots(availability, found, (), NOW)

    def naive() -> list[Span]:
        return free_slots(availability, busy_in(raw, MONTH, owner=OWNER, zone_name=ZONE), (), NOW)

    first = taken(slots)
    after, each_time = [taken(slots) for _ in range(9)], [taken(naive) for _ in range(3)]
    quick, slow = statistics.median(after), statistics.median(each_time)
    print(f"\nfirst {first * 1000:.0f} ms, then {quick * 1000:.1f} ms; expanded anew each time {slow * 1000:.0f} ms")
    assert slots() == naive() != []
    assert quick < slow / 5


def taken(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began
