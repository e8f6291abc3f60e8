"""Free slots: inside the hours, clear of everything, and certain on the nights of change."""

# ruff: noqa: DTZ001 - wall times are naive on purpose
from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.errors import BadInput
from outreach.rules.availability import Availability
from outreach.rules.instants import Span
from outreach.rules.slots import check_slot, free_slots, spread
from outreach.rules.whereabouts import Trip
from outreach.rules.windows import Window, is_open
from outreach.rules.zones import local, readings, stretches, zone_names

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
NINE_TO_FIVE = {day: ((time(9), time(12)), (time(13), time(17))) for day in range(5)}
ALL_DAY = dict.fromkeys(range(7), ((time.min, time.max),))
LISBON = Availability(weekly=NINE_TO_FIVE, zone="Europe/Lisbon")
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0, day: int = 4, minutes: int = 25) -> Span:
    start = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    return Span(start, start + minutes * MINUTE)


def with_(**changes: object) -> Availability:
    return Availability(**{"weekly": NINE_TO_FIVE, "zone": "Europe/Lisbon", **changes})  # type: ignore[arg-type]


def starts(found: list[Span], day: int = 4) -> list[str]:
    return [f"{each.start:%H:%M}" for each in found if each.start.day == day]


def test_an_empty_day_offers_every_step_that_fits_into_its_hours() -> None:
    found = starts(free_slots(LISBON, [], [], NOW))
    morning = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert found == [*morning, "13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30"]


def test_slots_start_at_whole_steps_though_the_hours_do_not() -> None:
    odd = with_(weekly={2: ((time(9, 10), time(10, 30)),)})
    assert starts(free_slots(odd, [], [], NOW)) == ["09:30", "10:00"]


def test_buffers_are_kept_to_both_sides_of_busy_and_booked_time() -> None:
    for busy, booked in (([at(10, 30)], []), ([], [at(10, 30)])):
        found = starts(free_slots(LISBON, busy, booked, NOW))
        assert found[:4] == ["09:00", "09:30", "11:30", "13:00"]


def test_without_buffers_touching_ends_are_free() -> None:
    tight = with_(buffer_before=timedelta(0), buffer_after=timedelta(0), length=30 * MINUTE)
    assert starts(free_slots(tight, [at(10, 0, minutes=30)], [], NOW))[:3] == ["09:00", "09:30", "10:30"]


def test_notice_and_horizon_are_kept() -> None:
    found = free_slots(with_(horizon_days=2), [], [], NOW + timedelta(hours=1, minutes=10))
    assert found[0].start == datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    assert found[-1].start == datetime(2026, 3, 4, 16, 30, tzinfo=UTC)


def test_a_day_with_the_most_meetings_offers_none() -> None:
    meetings = [at(9), at(13), at(16)]
    assert starts(free_slots(LISBON, [], meetings, NOW)) == []
    assert starts(free_slots(LISBON, [], meetings[:2], NOW)) != []
    assert starts(free_slots(LISBON, meetings, [], NOW)) != []


def test_dates_off_offer_none() -> None:
    assert starts(free_slots(with_(days_off=((date(2026, 3, 4), date(2026, 3, 4)),)), [], [], NOW)) == []


def test_days_off_may_be_a_stretch_and_single_dates_have_hours_of_their_own() -> None:
    off = ((date(2026, 3, 3), date(2026, 3, 6)),)
    found = free_slots(with_(days_off=off, dates={date(2026, 3, 5): ((time(10), time(11)),)}), [], [], NOW)
    assert [f"{each.start:%d %H:%M}" for each in found[:3]] == ["05 10:00", "05 10:30", "09 09:00"]
    saturday = with_(dates={date(2026, 3, 7): ((time(10), time(11)),), date(2026, 3, 4): ()})
    assert starts(free_slots(saturday, [], [], NOW), day=7) == ["10:00", "10:30"]
    assert starts(free_slots(saturday, [], [], NOW), day=4) == []


def test_public_holidays_where_one_is_that_day_are_days_off_if_one_likes() -> None:
    eve = datetime(2026, 4, 22, 8, tzinfo=UTC)
    free = {each.start.date() for each in free_slots(LISBON, [], [], eve)}
    home = {each.start.date() for each in free_slots(with_(holidays_off=True), [], [], eve)}
    trip = Trip(date(2026, 4, 30), date(2026, 5, 2), "America/New_York")
    away = {each.start.date() for each in free_slots(with_(holidays_off=True, trips=(trip,)), [], [], eve)}
    assert free - home == {date(2026, 5, 1)}
    assert date(2026, 5, 1) in away
    labour_day = Span(datetime(2026, 5, 1, 9, tzinfo=UTC), datetime(2026, 5, 1, 9, 25, tzinfo=UTC))
    said = check_slot(labour_day, with_(holidays_off=True), [], [], eve)
    assert said is not None
    assert "a public holiday" in said


def test_on_a_trip_the_hours_are_those_of_the_place() -> None:
    trip = Trip(date(2026, 3, 4), date(2026, 3, 5), "America/New_York")
    found = free_slots(with_(trips=(trip,)), [], [], NOW)
    assert starts(found, day=3)[0] == "09:00"
    assert starts(found, day=4)[0] == "14:00"
    assert starts(found, day=5)[-1] == "21:30"
    assert starts(found, day=6)[0] == "09:00"
    assert found == sorted(set(found))
    said = check_slot(at(9, day=4), with_(trips=(trip,)), [], [], NOW)
    assert said is not None
    assert "04:00" in said
    assert "America/New_York" in said


def test_the_last_afternoon_of_a_trip_is_still_there() -> None:
    trip = Trip(date(2026, 3, 3), date(2026, 3, 5), "America/Los_Angeles")
    berlin = with_(zone="Europe/Berlin", trips=(trip,))
    evening = Span(datetime(2026, 3, 5, 23, 30, tzinfo=UTC), datetime(2026, 3, 5, 23, 55, tzinfo=UTC))  # 15:30 there
    assert evening in free_slots(berlin, [], [], NOW)
    assert check_slot(evening, berlin, [], [], NOW) is None
    assert berlin.day_of(evening.start) == date(2026, 3, 5)


def test_a_week_with_the_most_meetings_offers_none() -> None:
    limited = with_(most_a_week=2)
    found = free_slots(limited, [], [at(9), at(9, day=5)], NOW)
    assert min(each.start for each in found) == datetime(2026, 3, 9, 9, tzinfo=UTC)
    reason = check_slot(at(9, day=6), limited, [], [at(9), at(9, day=5)], NOW)
    assert reason is not None
    assert "already 2 meetings in that week" in reason


def test_nobody_is_offered_a_time_on_their_public_holiday() -> None:
    window = Window(time(9), time(17), frozenset(range(7)))
    july = datetime(2026, 6, 30, 8, tzinfo=UTC)  # 3 July 2026: Independence Day is observed
    found = free_slots(LISBON, [], [], july, recipient_zone="America/New_York", recipient_window=window)
    assert date(2026, 7, 2) in {each.start.date() for each in found}
    assert date(2026, 7, 3) not in {each.start.date() for each in found}


def test_with_a_window_slots_lie_whole_inside_the_hours_of_the_recipient() -> None:
    window = Window(time(9), time(11, 45), frozenset(range(5)))
    found = free_slots(LISBON, [], [], NOW, recipient_zone="America/New_York", recipient_window=window)
    assert starts(found) == ["14:00", "14:30", "15:00", "15:30", "16:00"]


def test_a_limit_cuts_the_list() -> None:
    assert len(free_slots(LISBON, [], [], NOW, limit=3)) == 3
    assert free_slots(LISBON, [], [], NOW, limit=3) == free_slots(LISBON, [], [], NOW)[:3]


def test_overlapping_hours_offer_each_slot_once() -> None:
    doubled = with_(weekly={2: ((time(9), time(11)), (time(10), time(12)))})
    assert starts(free_slots(doubled, [], [], NOW)) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


@pytest.mark.parametrize(("now", "day"), [("2026-03-27", date(2026, 3, 29)), ("2026-10-23", date(2026, 10, 25))])
def test_on_a_night_of_change_no_slot_is_in_the_gap_shifted_or_doubled(now: str, day: date) -> None:
    nightly = Availability(weekly=ALL_DAY, zone="Europe/Berlin", length=30 * MINUTE)
    found = free_slots(nightly, [], [], datetime.fromisoformat(now).replace(tzinfo=UTC))
    shown = [local(each.start, "Europe/Berlin") for each in found]
    that_night = [f"{each:%H:%M}" for each in shown if each.date() == day and each.hour < 4]
    assert that_night == ["00:00", "00:30", "01:00", "03:00", "03:30"]


@pytest.mark.parametrize("bad", [{"step": timedelta(0)}, {"length": timedelta(0)}, {"notice": -MINUTE}])
def test_figures_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        with_(**bad)


@st.composite
def hours(draw: st.DrawFn) -> dict[int, tuple[tuple[time, time], ...]]:
    found = {}
    for day in draw(st.frozensets(st.integers(0, 6), max_size=4)):
        opens, closes = sorted(draw(st.lists(st.times(), min_size=2, max_size=2, unique=True)))
        found[day] = ((opens.replace(second=0, microsecond=0), closes),)
    return found


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[str, datetime]:
    """Any zone, any moment of 2024 to 2030, half of the time on the eve of a change of clocks if there is one."""
    name = draw(st.sampled_from(sorted(zone_names())))
    moment = draw(st.datetimes(datetime(2024, 1, 1), datetime(2030, 11, 1), timezones=st.just(UTC)))
    if draw(st.booleans()):
        for n in range(200):
            if len(stretches(moment.date() + timedelta(days=n), name)) > 1:
                return name, moment + timedelta(days=n - 1)
    return name, moment


@settings(max_examples=120, deadline=None)
@given(
    near_changes(),
    hours(),
    st.lists(st.tuples(st.integers(0, 6000), st.integers(1, 300)), max_size=8),
    st.sampled_from([20, 25, 30, 90]),
    st.sampled_from([5, 15, 30, 45]),
    st.one_of(st.none(), st.tuples(st.integers(-1, 3), st.integers(0, 2), st.sampled_from(sorted(zone_names())))),
)
def test_every_slot_is_certain_whole_clear_and_bookable(
    where: tuple[str, datetime],
    weekly: dict[int, tuple[tuple[time, time], ...]],
    raw_busy: list[tuple[int, int]],
    length: int,
    step: int,
    away: tuple[int, int, str] | None,
) -> None:
    name, now = where
    trips: tuple[Trip, ...] = ()
    if away is not None:
        leaves = now.date() + timedelta(days=away[0])
        trips = (Trip(leaves, leaves + timedelta(days=away[1]), away[2]),)
    availability = Availability(
        weekly=weekly,
        zone=name,
        length=length * MINUTE,
        step=step * MINUTE,
        notice=timedelta(hours=2),
        horizon_days=3,
        buffer_before=10 * MINUTE,
        buffer_after=5 * MINUTE,
        trips=trips,
    )
    spans = [Span(now + start * MINUTE, now + (start + long) * MINUTE) for start, long in raw_busy]
    busy, booked = spans[::2], spans[1::2]
    found = free_slots(availability, busy, booked, now)
    assert found == sorted(set(found))
    for slot in found:
        places = [name, *(trip.zone for trip in trips)]
        assert any(_fits(slot, availability, place) for place in places)
        _judge(slot, availability, [*busy, *booked], now)
        # An instant may lie on two dates where somebody crosses the date line; a wanted time is judged by one of them.
        assert trips or check_slot(slot, availability, busy, booked, now) is None


def _fits(slot: Span, availability: Availability, zone_name: str) -> bool:
    """Return whether a slot is right by the wall clock of a place, without the code that made it."""
    tz = ZoneInfo(zone_name)
    start, end = (each.astimezone(tz).replace(tzinfo=None) for each in (slot.start, slot.end))
    there = {trip.zone for trip in availability.trips if trip.first <= start.date() <= trip.last} or {availability.zone}
    return (
        zone_name in there
        and slot.end - slot.start == end - start == availability.length
        and all(
            wall.replace(tzinfo=tz, fold=0).utcoffset() == wall.replace(tzinfo=tz, fold=1).utcoffset()
            for wall in (start, end)
        )
        and ((start - datetime.combine(start.date(), time())) % availability.step) == timedelta(0)
        and any(
            opens <= start.time() and end <= datetime.combine(start.date(), closes)
            for opens, closes in availability.weekly.get(start.weekday(), ())
        )
    )


def _judge(slot: Span, availability: Availability, taken: list[Span], now: datetime) -> None:
    """Judge that a slot is clear of everything and not too soon."""
    for other in taken:
        assert (
            slot.start >= other.end + availability.buffer_before or slot.end + availability.buffer_after <= other.start
        )
    assert slot.start >= now + availability.notice


@settings(max_examples=60, deadline=None)
@given(near_changes(), st.sampled_from([15, 30]))
def test_no_certain_time_is_left_out(where: tuple[str, datetime], step: int) -> None:
    name, now = where
    nothing = timedelta(0)
    availability = Availability(
        weekly={day: ((time(0), time(5)),) for day in range(7)},
        zone=name,
        length=step * MINUTE,
        step=step * MINUTE,
        notice=nothing,
        horizon_days=2,
    )
    found = {each.start for each in free_slots(availability, [], [], now)}
    first = datetime.combine(local(now, name).date(), time())
    for day in range(3):
        for n in range(5 * 60 // step):
            wall = first + timedelta(days=day, minutes=n * step)
            start, end = readings(wall, name), readings(wall + step * MINUTE, name)
            certain = len(start) == len(end) == 1 and end[0] - start[0] == step * MINUTE and start[0] >= now
            assert (certain and start[0] in found) or (not certain and not found & set(start))


def test_slots_of_a_recipient_are_inside_their_window_on_both_sides_of_a_change() -> None:
    window = Window(time(9), time(17), frozenset(range(5)))
    long = with_(horizon_days=40)
    found = free_slots(long, [], [], NOW, recipient_zone="America/New_York", recipient_window=window)
    assert found
    assert all(is_open(each.start, "America/New_York", window) for each in found)
    assert {f"{each.start:%H:%M}" for each in found if each.start.day == 5 and each.start.month == 3} >= {"14:00"}
    assert {f"{each.start:%H:%M}" for each in found if each.start.day == 10} >= {"13:00"}


def test_three_slots_are_spread_over_days_and_times_of_day() -> None:
    chosen = spread(free_slots(LISBON, [], [], NOW), zone_name="Europe/Lisbon")
    assert len({each.start.date() for each in chosen}) == 3
    assert sorted((each.start.hour >= 12) + (each.start.hour >= 15) for each in chosen) == [0, 1, 2]
    assert chosen == sorted(chosen)
    assert chosen[-1].start - chosen[0].start < timedelta(days=10)


def test_one_day_is_used_well_when_there_is_no_other() -> None:
    chosen = spread([each for each in free_slots(LISBON, [], [], NOW) if each.start.day == 4])
    assert sorted((each.start.hour >= 12) + (each.start.hour >= 15) for each in chosen) == [0, 1, 2]


def test_spread_gives_what_there_is_and_no_two_that_overlap() -> None:
    assert spread([]) == []
    assert spread([at(9)]) == [at(9)]
    assert spread([at(9), at(9, 10)]) in ([at(9)], [at(9, 10)])
    assert len(spread(free_slots(LISBON, [], [], NOW), 5)) == 5
    assert len(spread(free_slots(LISBON, [], [], NOW), 1)) == 1


@pytest.mark.parametrize(
    ("span", "why"),
    [
        (at(7, day=2), "already begun"),
        (at(16, day=2), "24 hours' notice"),
        (at(9, day=30), "at most 21 days ahead, up to Monday 23 March"),
        (at(12, 30), "the hours for meetings on Wednesday 4 March are 09:00–12:00, 13:00–17:00"),
        (at(11, 45), "the hours for meetings"),
        (at(10, day=7), "no hours for meetings on Saturday 7 March"),
        (at(10, day=5), "Thursday 5 March is a day off"),
        (at(14, 10), "another meeting is then, Wednesday 4 March, 14:00–14:25"),
        (at(14, 30), "too close to another meeting"),
        (at(9, 5), "something in the calendar is then"),
        (at(15, day=6), "already 3 meetings on Friday 6 March"),
    ],
)
def test_a_time_that_cannot_be_booked_is_refused_with_the_reason(span: Span, why: str) -> None:
    availability = with_(days_off=((date(2026, 3, 5), date(2026, 3, 5)),))
    booked = [at(14), at(9, day=6), at(10, day=6), at(11, day=6)]
    reason = check_slot(span, availability, [at(9)], booked, NOW)
    assert reason is not None
    assert why in reason
    assert "Europe/Lisbon" in reason


def test_a_free_time_between_steps_can_be_booked_when_somebody_names_it() -> None:
    assert check_slot(at(10, 7, minutes=40), LISBON, [], [], NOW) is None


def test_a_full_calendar_of_a_year_is_searched_quickly() -> None:
    busy = [Span(NOW + 30 * n * MINUTE, NOW + (30 * n + 10) * MINUTE) for n in range(17_000)]
    began = stopwatch.process_time()
    free_slots(with_(horizon_days=365, step=5 * MINUTE, buffer_before=timedelta(0)), busy, busy[::50], NOW)
    assert stopwatch.process_time() - began < 20
