"""Public holidays where somebody lives, as far as the zone tells: those of its whole country, no region's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

import holidays


@lru_cache(maxsize=2048)
def days_off(zone_name: str, day: date) -> frozenset[date]:
    """Return the public holidays of that year and the next in the zone's country; none where it is not known."""
    country = _countries().get(zone_name, "")
    return _holidays(country, day.year) if country in _known() else frozenset()


def is_holiday(zone_name: str, day: date) -> bool:
    """Return whether the date is a public holiday in the zone's country, as far as that is known."""
    return day in days_off(zone_name, date(day.year, 1, 1))


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=(year, year + 1)))


@cache
def _known() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())


@cache
def _countries() -> Mapping[str, str]:
    """Return the ISO 3166 code of the country in which each zone lies, from the list that the zones come with."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
