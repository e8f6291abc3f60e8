"""The time zone of a person: as written, else from the telephone number, else from a well-known city."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_zones

from outreach.rules.people_cities import CITIES, COUNTRIES
from outreach.rules.people_headers import normalise_header

# What people write for a zone with summer time. Taken literally, "EST" would be an hour off for half of the year.
_SPOKEN = {
    "America/New_York": "et est edt eastern|eastern time|us eastern|eastern standard time",
    "America/Chicago": "ct cdt central|central time|us central|central standard time",
    "America/Denver": "mt mst mdt mountain|mountain time|us mountain|mountain standard time",
    "America/Los_Angeles": "pt pst pdt pacific|pacific time|us pacific|pacific standard time",
    "Europe/London": "bst|uk time|gmt standard time",
    "Europe/Berlin": "mez mesz cet cest|central european time|w europe standard time",
    "UTC": "utc gmt z zulu|coordinated universal time",
}
_BY_WORD = {
    word: zone
    for zone, phrases in _SPOKEN.items()
    for phrase in phrases.split("|")
    for word in ([phrase] if " time" in phrase or phrase.startswith("us ") else phrase.split())
}
_MONTHS = tuple(datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13))
_FILLERS = re.compile(
    r"\b(greater|metropolitan|metro|bay|area|region|city of|und umgebung|et peripherie|y alrededores)\b"
)


@lru_cache(maxsize=1)
def known_zones() -> dict[str, str]:
    """Return every IANA zone with a place in its name (and UTC), by its lower-case name."""
    names = {
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV"))
    }
    return {name.lower(): name for name in names} | {"utc": "UTC", "etc/utc": "UTC"}


def zone_named(text: str) -> str | None:
    """Return the IANA zone that a text names ("Europe/Berlin", "europe/berlin", "ET", "Pacific time"), or None."""
    plain = text.strip().lower().replace(" / ", "/")
    found = known_zones().get(plain.replace(" ", "_"))
    if found or "/" in plain:
        return found
    words = normalise_header(text)
    return _BY_WORD.get(words) or zone_of_city(text)


def zone_of_phone(text: str) -> str | None:
    """Return the zone of an international number (+49 …), if all zones it may lie in keep one time; else None."""
    plain = text.strip().removeprefix("(").strip()
    if not plain.startswith(("+", "00")) or len(text) > 40:
        return None
    digits = re.sub(r"\D", "", plain.partition("x")[0])
    digits = digits[2:] if plain.startswith("00") else digits
    return _zone_of_prefix(digits[:8], len(digits)) if 8 <= len(digits) <= 15 else None


@lru_cache(maxsize=65_536)
def _zone_of_prefix(prefix: str, length: int) -> str | None:
    try:
        number = phonenumbers.parse("+" + prefix.ljust(length, "0"), None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    zones = [zone for zone in phone_zones.time_zones_for_geographical_number(number) if zone.lower() in known_zones()]
    return _same_time(tuple(zones)) if 0 < len(zones) <= 12 else None


@lru_cache(maxsize=512)
def _same_time(zones: tuple[str, ...]) -> str | None:
    """Return the best-known of several zones if their clocks agree all year round, else None."""
    clocks = {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _MONTHS) for zone in zones}
    if len(clocks) != 1:
        return None
    well_known = {zone for _, zone in CITIES.values()}
    return next((zone for zone in zones if zone in well_known), zones[0])


@lru_cache(maxsize=65_536)
def zone_of_city(text: str) -> str | None:
    """Return the zone of a big city ("Berlin", "Greater Boston Area", "Paris, France"), or None.

    "Paris, Texas" is None: what follows the comma must fit the country of the city that we know.
    """
    if len(text) > 120:
        return None
    parts = [normalise_header(_FILLERS.sub(" ", normalise_header(part))) for part in text.split(",")]
    parts = [part for part in parts if part]
    if not parts or parts[0] not in CITIES:
        return None
    country, zone = CITIES[parts[0]]
    fits = len(parts) == 1 or parts[-1] in COUNTRIES[country] or (len(parts) == 2 and parts[1] == parts[0])
    return zone if fits else None
