"""What is set about one's hours reaches the times that are offered: trips, days off, the way to an office, limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from outreach.actions.book_meeting import book_meeting
from outreach.actions.offer_slots import offer_slots
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import Misconfigured
from outreach.model import Conversation, Letter
from outreach.queries.accounts import whereabouts_of
from outreach.queries.meetings import meeting_view
from outreach.rules.kinds import PlaceKind
from outreach.rules.zones import local, parse_when

GRACE, OTTO = "grace@planning.example.com", "otto@planning.example.com"
AddContact = Callable[..., str]


def times(app: App, account_id: str, contact_id: str, zone: str = "Europe/London") -> list[str]:
    offered = offer_slots(app, account_id, contact_id)
    return [f"{local(slot.start, zone):%a %d %b %H:%M}" for slot in offered.slots]


def test_on_a_trip_times_are_offered_by_the_hours_there_and_said_in_both_zones(
    app: App, account_id: str, add_contact: AddContact
) -> None:
    set_account(
        app,
        account_id,
        [
            'availability.weekly={mon=["09:00-11:00"], tue=["09:00-11:00"], wed=["09:00-11:00"], thu=["09:00-11:00"]}',
            'availability.travel=[{zone="America/New_York", days="2026-03-01..2026-03-31"}]',
        ],
    )
    offered = offer_slots(app, account_id, add_contact(GRACE))
    assert {local(slot.start, "America/New_York").hour for slot in offered.slots} <= {9, 10}
    assert all("Europe/London" in words and "America/New_York" in words for words in offered.words), offered.words
    with app.database.read(account_id) as session:
        assert "America/New_York" in session.get_one(Letter, offered.letter_id).body_text


def test_a_time_that_the_owner_writes_is_meant_where_they_are_that_day(
    app: App, account_id: str, add_contact: AddContact
) -> None:
    set_account(app, account_id, ['availability.travel=[{zone="America/New_York", days="2026-03-10..2026-03-12"}]'])
    where = whereabouts_of(app, account_id)
    assert where.parse("2026-03-09T10:00", app.now()).hour == 10
    assert where.parse("2026-03-10T10:00", app.now()).hour == 14
    assert where.parse("2026-03-10T10:00 Europe/London", app.now()).hour == 10
    meeting_id = book_meeting(app, account_id, add_contact(GRACE), where.parse("2026-03-10 10:00", app.now()))
    assert meeting_view(app, account_id, meeting_id).line.own_zone == "America/New_York"


def test_days_off_and_public_holidays_are_not_offered(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=28))  # 30 March 2026; Good Friday is 3 April, Easter Monday is 6 April
    set_account(
        app,
        account_id,
        [
            'availability.days_off=["2026-04-01..2026-04-02"]',
            'availability.dates={2026-04-06=["10:00-10:30"]}',
            "availability.horizon_days=8",
        ],
    )
    found = times(app, account_id, add_contact(GRACE, zone="America/New_York"))
    assert {each[:10] for each in found} <= {"Mon 06 Apr", "Tue 07 Apr"}, found


def test_the_way_to_an_office_is_kept_free_on_both_sides(app: App, account_id: str, add_contact: AddContact) -> None:
    set_account(
        app,
        account_id,
        [
            'availability.weekly={wed=["09:00-13:00"]}',
            "availability.horizon_days=6",
            "availability.way_minutes=60",
            "availability.buffer_minutes=0",
        ],
    )
    at_ten = parse_when("2026-03-04T10:00", "Europe/London", app.now())
    book_meeting(app, account_id, add_contact(GRACE), at_ten, place_kind=PlaceKind.OFFICE)
    by_phone = times(app, account_id, add_contact(OTTO, "Otto Sample"))
    assert [each[-5:] for each in by_phone] == ["11:30", "12:00", "12:30"]
    assert times(app, account_id, add_contact("ida@planning.example.com", "Ida Sample", local=True)) == [
        "Wed 04 Mar 12:30"
    ]


def test_the_owner_may_name_a_time_that_leaves_no_way(app: App, account_id: str, add_contact: AddContact) -> None:
    when = [parse_when(f"2026-03-04T{clock}", "Europe/London", app.now()) for clock in ("10:00", "11:00")]
    book_meeting(app, account_id, add_contact(GRACE), when[0], place_kind=PlaceKind.OFFICE)
    assert book_meeting(app, account_id, add_contact(OTTO, "Otto Sample"), when[1], place_kind=PlaceKind.OFFICE)


def test_a_full_week_offers_the_next_one(app: App, account_id: str, add_contact: AddContact) -> None:
    set_account(app, account_id, ["availability.most_a_week=1"])
    book_meeting(app, account_id, add_contact(GRACE), parse_when("2026-03-05T10:00", "Europe/London", app.now()))
    offered = offer_slots(app, account_id, add_contact(OTTO, "Otto Sample"))
    assert min(slot.start.date() for slot in offered.slots) >= date(2026, 3, 9)
    with app.database.read(account_id) as session:
        assert session.query(Conversation).count() == 2


def test_meetings_that_are_over_count_against_their_week(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock
) -> None:
    set_account(app, account_id, ["availability.most_a_week=1"])
    book_meeting(app, account_id, add_contact(GRACE), parse_when("2026-03-03T10:00", "Europe/London", app.now()))
    clock.advance(timedelta(days=2))
    offered = offer_slots(app, account_id, add_contact(OTTO, "Otto Sample"))
    assert min(slot.start.date() for slot in offered.slots) >= date(2026, 3, 9)


@pytest.mark.parametrize(
    "right",
    [
        "me.phone=+4930123456",
        "me.name=1984",
        "availability.days_off=[2026-12-24, 2026-12-31]",
        'availability.travel=[{zone="Europe/Lisbon", days=2027-05-03}]',
        "availability.dates={2026-12-05=[]}",
    ],
)
def test_values_may_be_written_as_they_come_to_mind(app: App, account_id: str, right: str) -> None:
    assert set_account(app, account_id, [right])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('availability.days_off=["Christmas"]', "neither a date"),
        ('availability.days_off=["2026-12-24..2026-12-20"]', "ends before it begins"),
        ('availability.dates={2026-12-24=["15:00"]}', "not a span of hours"),
        ('availability.dates={Friday=["15:00-16:00"]}', "dates"),
        ('availability.travel=[{zone="Lisbon", days="2026-05-03"}]', "not an IANA time zone"),
        ('availability.travel=[{zone="", days="2026-05-03"}]', "travel"),
        ('availability.weekly={mon=["09:00Z-12:00"]}', "not a span of hours"),
        ("availability.way_minutes=-5", "way_minutes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(app: App, account_id: str, wrong: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        set_account(app, account_id, [wrong])
    assert said in " ".join(refused.value.problems)
