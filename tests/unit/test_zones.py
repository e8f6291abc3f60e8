"""Zones, wall times and words for instants."""

# ruff: noqa: DTZ001 - wall times are naive on purpose
from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.errors import BadInput
from outreach.rules.instants import Span
from outreach.rules.zones import (
    day_begins,
    is_zone,
    parse_when,
    readings,
    say,
    say_span,
    wall_spans,
    zone,
    zone_names,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ZONES = st.sampled_from(sorted(zone_names()))
WALLS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_known_zone_is_returned() -> None:
    assert zone("Europe/Lisbon") == ZoneInfo("Europe/Lisbon")
    assert is_zone("UTC")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Eurpoe/Lisbon", "Europe/Lisbon"),
    ],
)
def test_an_unknown_zone_is_refused_with_close_matches_named(written: str, meant: str) -> None:
    with pytest.raises(BadInput, match=meant):
        zone(written)


@pytest.mark.parametrize(
    "hostile", ["", "../../etc/passwd", "/etc/passwd", "Europe", "UTC\0", "localtime", "x" * 10**6]
)
def test_a_hostile_zone_name_is_refused_briefly(hostile: str) -> None:
    assert not is_zone(hostile)
    with pytest.raises(BadInput) as caught:
        zone(hostile)
    assert len(str(caught.value)) < 250


def test_an_instant_is_said_with_weekday_year_zone_and_offset() -> None:
    assert say(utc(2026, 3, 3, 9), "Europe/Berlin") == "Tuesday 3 March 2026, 10:00 (Europe/Berlin, UTC+1)"
    assert say(utc(2026, 3, 3, 9), "Asia/Kolkata") == "Tuesday 3 March 2026, 14:30 (Asia/Kolkata, UTC+5:30)"
    assert say(utc(2026, 7, 3, 9), "America/St_Johns").endswith("(America/St_Johns, UTC-2:30)")
    assert say(utc(2026, 3, 3, 9), "UTC") == "Tuesday 3 March 2026, 09:00 (UTC)"


def test_an_instant_is_said_in_a_second_zone_with_its_day_when_that_differs() -> None:
    moment = utc(2026, 3, 3, 20)
    assert say(moment, "Europe/Berlin", also="Europe/London").endswith("UTC+1; 20:00 Europe/London)")
    assert say(moment, "Europe/Berlin", also="Asia/Tokyo").endswith("UTC+1; Wednesday 4 March, 05:00 Asia/Tokyo)")
    assert say(moment, "Europe/Berlin", also="Europe/Berlin") == say(moment, "Europe/Berlin")


def test_a_span_is_said_in_both_zones() -> None:
    span = Span(utc(2026, 3, 3, 9), utc(2026, 3, 3, 9, 25))
    expected = "Tuesday 3 March, 10:00–10:25 (Europe/Berlin; 09:00–09:25 Europe/London)"
    assert say_span(span, "Europe/Berlin", "Europe/London") == expected


def test_a_span_over_midnight_names_both_days() -> None:
    span = Span(utc(2026, 3, 3, 22, 50), utc(2026, 3, 3, 23, 15))
    assert say_span(span, "Europe/Berlin") == "Tuesday 3 March, 23:50–Wednesday 4 March, 00:15 (Europe/Berlin)"


def test_a_span_in_the_hour_that_comes_twice_is_said_with_its_offset() -> None:
    first, second = (Span(utc(2026, 10, 25, hour, 30), utc(2026, 10, 25, hour, 55)) for hour in (0, 1))
    assert "02:30–02:55 (Europe/Berlin, UTC+2)" in say_span(first, "Europe/Berlin")
    assert "02:30–02:55 (Europe/Berlin, UTC+1)" in say_span(second, "Europe/Berlin")


def test_a_naive_moment_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="no zone"):
        say(datetime(2026, 3, 3), "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-03T10:00", utc(2026, 3, 3, 9)),
        ("2026-03-03 10:00", utc(2026, 3, 3, 9)),
        ("  2026-03-03 10:00:30 ", utc(2026, 3, 3, 9, 0, 30)),
        ("2026-03-03T10:00Z", utc(2026, 3, 3, 10)),
        ("2026-03-03t10:00z", utc(2026, 3, 3, 10)),
        ("2026-03-03T10:00+05:30", utc(2026, 3, 3, 4, 30)),
        ("2026-03-03 10:00 America/New_York", utc(2026, 3, 3, 15)),
        ("2026-03-03T10:00-05:00[America/New_York]", utc(2026, 3, 3, 15)),
        ("2026-10-25 02:30+02:00", utc(2026, 10, 25, 0, 30)),
        ("2026-10-25 02:30+01:00 Europe/Berlin", utc(2026, 10, 25, 1, 30)),
    ],
)
def test_a_written_time_is_read(text: str, expected: datetime) -> None:
    assert parse_when(text, "Europe/Berlin", NOW) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-03", "not a time I can read"),
        ("tomorrow at ten", "not a time I can read"),
        ("2026-02-30 10:00", "no date and time that exists"),
        ("2026-03-03 24:30", "no date and time that exists"),
        ("2026-03-03 10:00+25:00", "no date and time that exists"),
        ("2026-03-03 10:00 Europe/Berln", "Did you mean Europe/Berlin"),
        ("2026-03-03T10:00-04:00[America/New_York]", "does not keep the offset"),
        ("9999-12-31 23:59", "edge of the calendar"),
        ("2026-02-28 10:00", "already passed"),
        ("٢٠٢٦-03-03 10:00", "not a time I can read"),
        ("1" * 100_000, "not a time I can read"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        parse_when(text, "Europe/Berlin", NOW)


def test_a_time_in_the_gap_is_refused() -> None:
    with pytest.raises(BadInput, match="no 02:30 on Sunday 29 March 2026 in Europe/Berlin"):
        parse_when("2026-03-29 02:30", "Europe/Berlin", NOW)


def test_a_time_that_comes_twice_is_refused_and_both_readings_are_named_and_understood() -> None:
    with pytest.raises(BadInput, match="comes twice") as caught:
        parse_when("2026-10-25 02:30", "Europe/Berlin", NOW)
    for reading, hour in (("2026-10-25T02:30+02:00", 0), ("2026-10-25T02:30+01:00", 1)):
        assert reading in str(caught.value)
        assert parse_when(reading, "Europe/Berlin", NOW) == utc(2026, 10, 25, hour, 30)


def test_now_itself_has_passed() -> None:
    with pytest.raises(BadInput, match="already passed"):
        parse_when("2026-03-01T00:00Z", "UTC", NOW)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert parse_when(text, "Europe/Berlin", NOW) > NOW


@settings(max_examples=300, deadline=None)
@given(ZONES, WALLS)
def test_readings_are_exactly_the_instants_at_which_the_clock_shows_that_time(name: str, wall: datetime) -> None:
    tz = ZoneInfo(name)
    found = readings(wall, name)
    assert all(each.astimezone(tz).replace(tzinfo=None, fold=0) == wall for each in found)
    both = {wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1)}
    expected = {each for each in both if each.astimezone(tz).replace(tzinfo=None, fold=0) == wall}
    assert set(found) == expected
    assert list(found) == sorted(found)


def test_a_day_begins_after_the_gap_where_clocks_change_at_midnight() -> None:
    assert day_begins(date(2026, 9, 6), "America/Santiago") == utc(2026, 9, 6, 4)
    assert day_begins(date(2026, 3, 3), "America/Santiago") == utc(2026, 3, 3, 3)


def test_a_day_that_a_zone_left_out_begins_with_the_next() -> None:
    assert wall_spans(date(2011, 12, 30), time.min, time.max, "Pacific/Apia") == []
    assert day_begins(date(2011, 12, 30), "Pacific/Apia") == day_begins(date(2011, 12, 31), "Pacific/Apia")


def test_wall_spans_are_shorter_longer_or_in_two_parts_on_the_nights_of_change() -> None:
    def hours(day: date, start: time, end: time) -> list[float]:
        return [(each.end - each.start) / timedelta(hours=1) for each in wall_spans(day, start, end, "Europe/Berlin")]

    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    assert hours(spring, time(1), time(4)) == [2]
    assert hours(spring, time(2), time(3)) == []
    assert hours(autumn, time(1), time(4)) == [4]
    assert hours(autumn, time(2), time(2, 30)) == [0.5, 0.5]
