"""One meeting reads the same instant in a letter, on the page, in the invitation and in Google's event."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from outreach.calendar.ids import event_id, uid_of
from outreach.calendar.invitation import Invitation, request
from outreach.edge import CalendarEvent
from outreach.google import event_json
from outreach.queries.booking_page import BookingPage, BookingState
from outreach.rules.instants import Span
from outreach.rules.whereabouts import Whereabouts
from outreach.rules.zones import local, readings, say_span, zone_names
from outreach.web.booking import days_of

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 12, 31, tzinfo=UTC)
ZONES = st.sampled_from(sorted(zone_names()))
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SAID = re.compile(
    r"^\w+ (?P<day>\d+) (?P<month>\w+), (?P<from>\d\d:\d\d)–(?:\w+ \d+ \w+, )?(?P<to>\d\d:\d\d) "
    r"\((?P<zone>[\w/+-]+)(?:, UTC(?P<offset>[+−-]\d+(?::\d\d)?)?)?"
)
spans = st.builds(
    lambda minutes, length: Span(
        FIRST + timedelta(minutes=5 * minutes),
        FIRST + timedelta(minutes=5 * minutes + length),
    ),
    st.integers(0, (LAST - FIRST) // timedelta(minutes=5)),
    st.sampled_from([20, 25, 30]),
)


def said_instants(words: str, year: int) -> set[datetime]:
    """Return the instants that the words may mean: two in the hour that clocks pass twice."""
    found = SAID.match(words)
    assert found is not None, words
    day = date(year, MONTHS.index(found["month"]) + 1, int(found["day"]))
    wall = datetime.combine(day, time.fromisoformat(found["from"]))
    return set(readings(wall, found["zone"]))


@settings(max_examples=300, deadline=None)
@given(spans, ZONES, ZONES)
def test_letter_page_invitation_and_event_agree(span: Span, guest_zone: str, host_zone: str) -> None:
    year = local(span.start, guest_zone).year
    assert span.start in said_instants(say_span(span, guest_zone, also=host_zone), year)

    address = ("Grace", "grace@planning.example.com")
    invitation = Invitation(
        uid=uid_of(event_id("one")),
        sequence=0,
        span=span,
        summary="A talk",
        description="",
        location="",
        organizer=("Ada", "ada@student.example.com"),
        attendee=address,
        stamp=span.start,
    )
    event = Calendar.from_ical(request(invitation)).walk("VEVENT")[0]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (span.start, span.end)

    stored = event_json.to_json(
        CalendarEvent(
            event_id("one"), uid_of(event_id("one")), 0, span, "A talk", "", "", (address,), ("Ada", "a@b.test")
        )
    )
    assert datetime.fromisoformat(stored["start"]["dateTime"]) == span.start
    assert datetime.fromisoformat(stored["end"]["dateTime"]) == span.end

    page = BookingPage(
        state=BookingState.OPEN,
        host_name="",
        field="",
        guest_name="",
        zone=guest_zone,
        host=Whereabouts(host_zone),
        minutes=25,
        local=False,
        offered=(),
        meeting=None,
    )
    ((day, (slot,)),) = [(each["iso"], each["slots"]) for each in days_of([span], guest_zone, page, None)]
    assert datetime.fromisoformat(slot.iso) == span.start
    assert span.start in readings(datetime.fromisoformat(f"{day}T{slot.clock}"), guest_zone)
    assert (slot.there or slot.clock) == f"{local(span.start, host_zone):%H:%M}"
