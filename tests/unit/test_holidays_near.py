"""Which days are public holidays where somebody lives."""

from __future__ import annotations

from datetime import date

import pytest

from outreach.rules.holidays_near import days_off
from outreach.rules.windows import add_working_days
from outreach.rules.zones import zone_names


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2027, 3, 26)),
        ("Europe/London", date(2027, 12, 27)),
        ("America/New_York", date(2027, 11, 25)),
        ("America/Los_Angeles", date(2027, 7, 5)),
        ("Europe/Paris", date(2027, 7, 14)),
        ("Asia/Tokyo", date(2028, 1, 1)),
    ],
)
def test_a_holiday_of_the_country_is_known(zone: str, day: date) -> None:
    assert day in days_off(zone, date(2027, 1, 15))


def test_good_friday_and_easter_monday_are_no_days_to_write() -> None:
    thursday = date(2027, 3, 25)
    assert add_working_days(thursday, 1, days_off("Europe/Berlin", thursday)) == date(2027, 3, 30)


def test_every_zone_has_an_answer() -> None:
    for zone in zone_names():
        days_off(zone, date(2027, 6, 16))
    assert days_off("Etc/UTC", date(2027, 12, 25)) == frozenset()
