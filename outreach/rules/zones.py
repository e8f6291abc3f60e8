"""Time zones: names checked, wall times turned into instants, instants said in words.

A wall time is read with the offset that is in force at the instant it names. On the two nights a year when clocks
change, a wall time may therefore name no instant (the gap) or two (the hour that is passed twice).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from outreach.errors import BadInput
from outreach.rules.instants import Span, as_utc

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Entries of the zone folder that are no place: this machine's own zone, and fillers.
_NO_PLACE = frozenset({"localtime", "posixrules", "Factory", "leapseconds"})
_LONGEST_NAME = 64
_WHEN = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ]\s*(?P<clock>\d\d:\d\d(:\d\d)?)"
    r"\s*(?P<offset>Z|[+-]\d\d:?\d\d)?(\s*\[?(?P<zone>[A-Z][\w/+-]*)\]?)?",
    re.ASCII | re.IGNORECASE,
)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every IANA zone name that this machine knows."""
    return frozenset(available_timezones() - _NO_PLACE)


def is_zone(name: str) -> bool:
    """Return whether ``name`` is an IANA zone, spelled exactly."""
    return name in zone_names()


@lru_cache(maxsize=1024)  # ZoneInfo itself remembers eight zones and reads the file again for the ninth
def zone(name: str) -> ZoneInfo:
    """Return the zone called ``name``. Raises BadInput, naming close matches, when there is none."""
    if not is_zone(name):
        raise BadInput(f"{name[:_LONGEST_NAME]!r} is not an IANA time zone.{_advice(name)}")
    return ZoneInfo(name)


def _advice(name: str) -> str:
    close = close_matches(name)
    if not close:
        return " Write it as Area/City, for instance Europe/Lisbon."
    return f" Did you mean {', '.join(close[:-1]) + ' or ' if close[1:] else ''}{close[-1]}?"


def close_matches(name: str) -> list[str]:
    """Return at most three zone names that somebody who wrote ``name`` may have meant, best first."""
    wanted = "_".join(name[:_LONGEST_NAME].lower().split())
    known = {each.lower(): each for each in sorted(zone_names())}
    same_city = [each for low, each in known.items() if wanted in (low, low.rpartition("/")[2])]
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.75)
    return same_city[:3] or [known[low] for low in near]


def city(zone_name: str) -> str:
    """Return the place in a zone's name, for instance "New York"."""
    return zone_name.rpartition("/")[2].replace("_", " ")


# Wall times and instants.


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch ``[begins, ends)`` of UTC in which a zone keeps one offset."""

    offset: timedelta
    begins: datetime
    ends: datetime


@lru_cache(maxsize=16_384)
def stretches(day: date, zone_name: str) -> tuple[Stretch, ...]:
    """Return the stretches of one offset, in order, that together cover the whole of a local ``day``.

    They reach beyond both ends of the day, since offsets run from 14 hours ahead of UTC to 12 hours behind. Raises
    BadInput for an unknown zone, and for a day at the very edge of the calendar.
    """
    tz = zone(zone_name)
    try:
        midnight = datetime.combine(day, time(), UTC)
        begins, ends = midnight - timedelta(hours=15), midnight + timedelta(hours=37)
        found = []
        while begins < ends:
            change = _next_change(tz, begins, ends)
            found.append(Stretch(_offset(tz, begins), begins, change))
            begins = change
    except OverflowError as error:
        raise BadInput(f"{day} is too near the edge of the calendar to reckon with.") from error
    return tuple(found)


def _offset(tz: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(tz).utcoffset()
    assert offset is not None
    return offset


def _next_change(tz: ZoneInfo, begins: datetime, ends: datetime) -> datetime:
    """Return the first instant after ``begins`` with another offset, or ``ends``; halving finds it to the second."""
    before = _offset(tz, begins)
    if _offset(tz, ends) == before:
        return ends
    low, high = 0, int((ends - begins).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(tz, begins + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return begins + timedelta(seconds=high)


def readings(wall: datetime, zone_name: str) -> tuple[datetime, ...]:
    """Return the instants (aware UTC, in order) at which clocks in the zone show the naive ``wall`` time.

    None in a gap, two in the hour that is passed twice, else one. Raises BadInput for an unknown zone.
    """
    found = []
    for stretch in stretches(wall.date(), zone_name):
        moment = wall.replace(tzinfo=UTC) - stretch.offset
        if stretch.begins <= moment < stretch.ends:
            found.append(moment)
    return tuple(found)


def wall_spans(day: date, start: time, end: time, zone_name: str) -> list[Span]:
    """Return the time in which clocks in the zone show ``[start, end)`` on ``day``, as spans in order.

    One span on nearly every day; on the nights of change it may be shorter, longer, in two parts, or missing.
    """
    found: list[Span] = []
    first, last = datetime.combine(day, start, UTC), datetime.combine(day, end, UTC)
    for stretch in stretches(day, zone_name):
        opens = max(first - stretch.offset, stretch.begins)
        closes = min(last - stretch.offset, stretch.ends)
        if opens >= closes:
            continue
        if found and found[-1].end == opens:
            opens = found.pop().start
        found.append(Span(opens, closes))
    return found


@lru_cache(maxsize=4096)
def day_begins(day: date, zone_name: str) -> datetime:
    """Return the first instant of a local day, aware UTC. A day that a zone left out begins with the next."""
    spans = wall_spans(day, time.min, time.max, zone_name)
    return spans[0].start if spans else day_begins(day + timedelta(days=1), zone_name)


def local(moment: datetime, zone_name: str) -> datetime:
    """Return ``moment`` as the wall clock of the zone shows it. Raises BadInput for an unknown zone."""
    return as_utc(moment).astimezone(zone(zone_name))


# Instants in words.


def say(moment: datetime, zone_name: str, *, also: str | None = None) -> str:
    """Return an instant for people: "Tuesday 3 March 2026, 10:00 (Europe/Berlin, UTC+1)".

    ``also`` adds how the clock stands in another zone, with the day where that differs.
    """
    here = local(moment, zone_name)
    names = f"{zone_name}, {_say_offset(here)}" if zone_name != "UTC" else "UTC"
    there = ""
    if also and also != zone_name:
        other = local(moment, also)
        there = f"; {_other_day(here, other)}{other:%H:%M} {also}"
    return f"{say_day(here.date())} {here.year}, {here:%H:%M} ({names}{there})"


def say_span(span: Span, zone_name: str, also: str | None = None) -> str:
    """Return a span for people: "Tuesday 3 March, 10:00–10:25 (Europe/Berlin; 09:00–09:25 Europe/London)".

    In the hour that clocks pass twice the offset is said too, else the words would name two instants.
    """
    here = local(span.start, zone_name)
    twice = len(readings(here.replace(tzinfo=None, fold=0), zone_name)) > 1
    names = f"{zone_name}, {_say_offset(here)}" if twice else zone_name
    there = ""
    if also and also != zone_name:
        other = local(span.start, also)
        there = f"; {_other_day(here, other)}{_say_hours(span, also)} {also}"
    return f"{say_day(here.date())}, {_say_hours(span, zone_name)} ({names}{there})"


def say_day(day: date) -> str:
    """Return a day for people, without its year: "Tuesday 3 March". Never in the language of the machine."""
    return f"{WEEKDAY_NAMES[day.weekday()]} {day.day} {MONTH_NAMES[day.month - 1]}"


def _say_hours(span: Span, zone_name: str) -> str:
    start, end = local(span.start, zone_name), local(span.end, zone_name)
    return f"{start:%H:%M}–{_other_day(start, end)}{end:%H:%M}"


def _other_day(here: datetime, other: datetime) -> str:
    return "" if here.date() == other.date() else f"{say_day(other.date())}, "


def _say_offset(moment: datetime) -> str:
    offset = moment.utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


# Words into instants.


def parse_when(text: str, zone_name: str, now: datetime) -> datetime:
    """Return the future instant (aware UTC) that a person wrote, as on the command line.

    Understood: ``2026-03-03T10:00`` or with a blank for the T, seconds or not; then, if wanted, an offset or Z
    (RFC 3339), and an IANA zone, which replaces ``zone_name``. Raises BadInput for anything else, for a wall time in
    a gap, for one that occurs twice (both readings are named), for an offset that the named zone does not keep then,
    and for the past.
    """
    shown = repr(text[:80])
    match = _WHEN.fullmatch(text.strip()) if len(text) <= 200 else None
    if match is None:
        raise BadInput(f"{shown} is not a time I can read. Write it like 2026-03-03T10:00, with a zone if you like.")
    name = match["zone"] or zone_name
    zone(name)
    try:
        wall = datetime.fromisoformat(f"{match['day']}T{match['clock']}")
        moment = _only_reading(wall, name, match["offset"], own_zone=match["zone"] is not None)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{shown} is no date and time that exists: {error}.") from error
    refuse_past(moment, now, name)
    return moment


def refuse_past(moment: datetime, now: datetime, zone_name: str) -> None:
    """Raise BadInput when ``moment`` is not after ``now``."""
    if as_utc(moment) <= as_utc(now):
        raise BadInput(f"{say(moment, zone_name)} has already passed; it is now {say(now, zone_name)}.")


def _only_reading(wall: datetime, zone_name: str, offset: str | None, *, own_zone: bool) -> datetime:
    if offset is not None:
        moment = datetime.fromisoformat(wall.isoformat() + offset.upper()).astimezone(UTC)
        if own_zone and moment not in readings(wall, zone_name):
            raise BadInput(f"{zone_name} does not keep the offset {offset} on {wall:%Y-%m-%d %H:%M}; leave one out.")
        return moment
    found = readings(wall, zone_name)
    if not found:
        raise BadInput(
            f"There is no {wall:%H:%M} on {say_day(wall.date())} {wall.year} in {zone_name}: the clocks go forward."
            " Choose another time."
        )
    if len(found) > 1:
        both = " or ".join(each.astimezone(zone(zone_name)).isoformat(timespec="minutes") for each in found)
        raise BadInput(
            f"{wall:%H:%M} on {say_day(wall.date())} {wall.year} comes twice in {zone_name}: the clocks go back."
            f" Write {both}."
        )
    return found[0]
