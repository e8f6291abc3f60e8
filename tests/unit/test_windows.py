"""Sending windows, over all zones and both kinds of change of clocks."""

# ruff: noqa: DTZ001 - wall times are naive on purpose
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.errors import BadInput
from outreach.rules.windows import Window, add_working_days, close_of, is_open, next_open
from outreach.rules.zones import local, stretches, zone_names

WEEK = Window(time(9), time(17), frozenset(range(5)))
ZONES = st.sampled_from(sorted(zone_names()))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, end = sorted(draw(st.lists(st.times(), min_size=2, max_size=2, unique=True)))
    return Window(start, end, draw(st.frozensets(st.integers(0, 6), min_size=1)))


def test_inside_the_window_the_next_opening_is_now() -> None:
    moment = datetime(2026, 3, 3, 12, 34, 56, 789, tzinfo=UTC)
    assert next_open(moment, "Europe/Lisbon", WEEK) == moment


def test_after_hours_it_opens_the_next_working_morning() -> None:
    friday_evening = datetime(2026, 3, 6, 17, tzinfo=UTC)
    assert next_open(friday_evening, "Europe/Lisbon", WEEK) == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_days_off_keep_it_shut() -> None:
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    off = frozenset({date(2026, 3, 2), date(2026, 3, 3)})
    assert not is_open(monday, "Europe/Lisbon", WEEK, off)
    assert next_open(monday, "Europe/Lisbon", WEEK, off) == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_the_hours_are_those_of_the_recipient() -> None:
    moment = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert is_open(moment, "Europe/Berlin", WEEK)
    assert not is_open(moment, "America/New_York", WEEK)
    assert next_open(moment, "America/New_York", WEEK) == datetime(2026, 3, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hour"), [(27, 8), (30, 7)])
def test_the_morning_opens_by_the_wall_clock_on_both_sides_of_the_change(day: int, hour: int) -> None:
    at_night = datetime(2026, 3, day, 0, tzinfo=UTC)
    assert next_open(at_night, "Europe/Berlin", WEEK) == datetime(2026, 3, day, hour, tzinfo=UTC)


def test_close_of_is_the_end_of_the_stretch_that_is_open_or_opens_next() -> None:
    closes = datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert close_of(datetime(2026, 3, 3, 12, tzinfo=UTC), "Europe/Lisbon", WEEK) == closes
    assert close_of(datetime(2026, 3, 3, 1, tzinfo=UTC), "Europe/Lisbon", WEEK) == closes
    assert not is_open(closes, "Europe/Lisbon", WEEK)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [(time(17), time(9), {1}), (time(9), time(9), {1}), (time(9), time(17), set()), (time(9), time(17), {7})],
)
def test_a_window_that_never_opens_is_refused(start: time, end: time, days: set[int]) -> None:
    with pytest.raises(BadInput):
        Window(start, end, frozenset(days))


@settings(max_examples=400, deadline=None)
@given(ZONES, MOMENTS, windows(), st.frozensets(st.integers(0, 12), max_size=4))
def test_the_next_opening_is_open_and_nothing_before_it_is(
    name: str, moment: datetime, window: Window, off_in: frozenset[int]
) -> None:
    off = frozenset(local(moment, name).date() + timedelta(days=n) for n in off_in)
    opens = next_open(moment, name, window, off)
    assert opens >= moment
    assert is_open(opens, name, window, off)
    assert opens == moment or not is_open(moment, name, window, off)
    step = (opens - moment) / 40
    before = [moment + n * step for n in range(40)] + [opens - timedelta(microseconds=1)]
    assert not any(is_open(each, name, window, off) for each in before if moment <= each < opens)


@settings(max_examples=200, deadline=None)
@given(ZONES, MOMENTS, windows())
def test_a_window_stays_open_from_its_opening_to_its_close_and_no_longer(
    name: str, moment: datetime, window: Window
) -> None:
    opens, closes = next_open(moment, name, window), close_of(moment, name, window)
    assert opens < closes
    inside = [opens + (closes - opens) * n / 20 for n in range(20)]
    assert all(is_open(each, name, window) for each in inside)
    assert not is_open(closes, name, window)


def test_on_every_night_of_change_in_every_zone_the_opening_agrees_with_the_wall_clock() -> None:
    nights = 0
    window = Window(time(1, 30), time(2, 45), frozenset(range(7)))
    for name in sorted(zone_names()):
        for change in _changes(name, 2026):
            nights += 1
            for minutes in range(-240, 240, 15):
                moment = change + timedelta(minutes=minutes)
                assert (next_open(moment, name, window) == moment) == is_open(moment, name, window), (name, moment)
    assert nights > 300


def _changes(name: str, year: int) -> list[datetime]:
    found = {
        stretch.begins for n in range(366) for stretch in stretches(date(year, 1, 1) + timedelta(days=n), name)[1:]
    }
    return sorted(found)


@pytest.mark.parametrize(
    ("n", "expected"), [(0, date(2026, 3, 6)), (1, date(2026, 3, 9)), (5, date(2026, 3, 13)), (10, date(2026, 3, 20))]
)
def test_working_days_skip_the_weekend(n: int, expected: date) -> None:
    assert add_working_days(date(2026, 3, 6), n) == expected


def test_working_days_skip_days_off_and_start_from_a_weekend() -> None:
    assert add_working_days(date(2026, 3, 6), 1, frozenset({date(2026, 3, 9)})) == date(2026, 3, 10)
    assert add_working_days(date(2026, 3, 7), 0) == date(2026, 3, 9)
    assert add_working_days(date(2026, 3, 7), 1) == date(2026, 3, 9)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 3, 6), -1)
