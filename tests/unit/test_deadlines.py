"""Thanks within 24 hours of elapsed time, and politeness where it can be had."""

# ruff: noqa: DTZ001 - wall times are naive on purpose
from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.rules.deadlines import (
    DAYTIME,
    ThankYouPlan,
    next_morning,
    polite_moment,
    reminder_moment,
    thank_you_times,
)
from outreach.rules.windows import Window, is_open
from outreach.rules.zones import local, zone, zone_names

WEEK = Window(time(9), time(17), frozenset(range(5)))
ZONES = st.sampled_from(sorted(zone_names()))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))
HALF_AN_HOUR = timedelta(minutes=30)


def planned(end: datetime, account: str = "Europe/Berlin", recipient: str = "Europe/Berlin") -> ThankYouPlan:
    return thank_you_times(end, account_zone=account, recipient_zone=recipient, window=WEEK)


def test_an_afternoon_meeting_is_asked_about_at_once_and_alarmed_three_times() -> None:
    end = datetime(2026, 3, 3, 15, tzinfo=UTC)
    plan = planned(end)
    assert plan.ask_at == end
    assert plan.alarms == (
        datetime(2026, 3, 3, 18, tzinfo=UTC),
        datetime(2026, 3, 4, 7, 30, tzinfo=UTC),
        datetime(2026, 3, 4, 9, tzinfo=UTC),
    )
    assert (plan.short_due, plan.deadline) == (end + timedelta(hours=22), end + timedelta(hours=24))


def test_a_morning_that_comes_after_the_deadline_is_no_alarm() -> None:
    end = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    assert planned(end).alarms == (end + timedelta(hours=3), end + timedelta(hours=18))


@pytest.mark.parametrize("wall", [datetime(2026, 3, 28, 16), datetime(2026, 10, 24, 16)])
def test_the_deadline_is_24_elapsed_hours_on_both_nights_of_change(wall: datetime) -> None:
    berlin = zone("Europe/Berlin")
    end = wall.replace(tzinfo=berlin)
    plan = planned(end)
    assert plan.deadline - end.astimezone(UTC) == timedelta(hours=24)
    assert plan.deadline.astimezone(berlin).hour == (17 if wall.month == 3 else 15)
    assert local(plan.alarms[1], "Europe/Berlin").time() == time(8, 30)


@settings(max_examples=200, deadline=None)
@given(ZONES, ZONES, MOMENTS)
def test_every_alarm_lies_between_the_end_and_the_deadline(account: str, recipient: str, end: datetime) -> None:
    plan = planned(end, account, recipient)
    assert list(plan.alarms) == sorted(set(plan.alarms))
    assert all(end + timedelta(hours=3) <= each < plan.deadline for each in plan.alarms)
    assert plan.alarms[0] == end + timedelta(hours=3)
    assert plan.ask_at < plan.short_due < plan.deadline == end + timedelta(hours=24)
    assert end <= plan.polite_at <= plan.deadline


@settings(max_examples=200, deadline=None)
@given(ZONES, MOMENTS)
def test_the_next_morning_is_half_past_eight_and_soon(name: str, moment: datetime) -> None:
    morning = next_morning(moment, name)
    assert timedelta(hours=1) <= morning - moment <= timedelta(hours=27)
    assert local(morning, name).time() >= time(8, 30)
    assert local(morning, name).time() < time(9, 30)


def test_within_working_hours_the_polite_moment_is_now() -> None:
    now = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert polite_moment(now, "Europe/Berlin", WEEK, now + timedelta(hours=20), HALF_AN_HOUR) == now


def test_in_the_evening_it_is_the_next_working_morning() -> None:
    now = datetime(2026, 3, 3, 20, tzinfo=UTC)
    expected = datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert polite_moment(now, "Europe/Berlin", WEEK, now + timedelta(hours=20), HALF_AN_HOUR) == expected


def test_on_a_weekend_it_is_daytime_when_working_hours_come_too_late() -> None:
    friday_night = datetime(2026, 3, 6, 22, tzinfo=UTC)
    expected = datetime(2026, 3, 7, 7, tzinfo=UTC)
    assert (
        polite_moment(friday_night, "Europe/Berlin", WEEK, friday_night + timedelta(hours=20), HALF_AN_HOUR) == expected
    )


def test_at_night_shortly_before_the_deadline_it_is_now() -> None:
    now = datetime(2026, 3, 4, 1, tzinfo=UTC)
    assert polite_moment(now, "Europe/Berlin", WEEK, now + timedelta(hours=2), HALF_AN_HOUR) == now


def test_after_the_deadline_it_is_now() -> None:
    now = datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert polite_moment(now, "Europe/Berlin", WEEK, now - timedelta(hours=2), HALF_AN_HOUR) == now


@settings(max_examples=300, deadline=None)
@given(ZONES, MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=24)))
def test_a_polite_moment_never_breaks_the_promise(name: str, now: datetime, left: timedelta) -> None:
    deadline = now + left
    moment = polite_moment(now, name, WEEK, deadline, HALF_AN_HOUR)
    assert moment == now or now < moment <= deadline - HALF_AN_HOUR
    assert moment == now or is_open(moment, name, WEEK) or is_open(moment, name, DAYTIME)


def test_a_reminder_comes_on_the_last_working_day_before_the_meeting_in_working_hours() -> None:
    office = Window(time(9), time(17), frozenset(range(5)))

    def reminded(start: datetime) -> datetime:
        return reminder_moment(start, "Europe/Berlin", office).astimezone(zone("Europe/Berlin"))

    tuesday = datetime(2026, 3, 3, 11, 0, tzinfo=zone("Europe/Berlin"))
    assert reminded(tuesday) == tuesday - timedelta(days=1)
    monday = tuesday - timedelta(days=1)
    assert reminded(monday) == monday - timedelta(days=3)
    evening = reminded(tuesday + timedelta(hours=9))
    assert (evening.day, evening.hour, evening.minute) == (2, 16, 59)
    early = reminded(tuesday - timedelta(hours=4))
    assert (early.day, early.hour) == (2, 9)
