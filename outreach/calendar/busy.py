"""Busy time in a calendar that somebody publishes as a file (RFC 5545): recurrences expanded, within limits.

Read in a process of its own with limits of time and memory: such a file may be large, or made to harm. As a person
would see it: an event that is shown as free, was cancelled, or was declined by the owner takes no time; a tentative one
does.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outreach.errors import BadInput
from outreach.rules.instants import Span

LARGEST = 20_000_000
_CPU, _WALL, _MEMORY = 20, 30, 1024 * 1024 * 1024
#: Nobody meets every minute; expanding such a rule for weeks is what takes a reader down.
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_MOST = 50_000


def read_busy(raw: bytes, span: Span, *, owner: str, zone_name: str) -> list[Span]:
    """Return the spans in which the calendar's owner is busy, sorted, those that touch ``span``.

    Whole days, and times without a zone, are those of ``zone_name``. Raises BadInput for what is too large, cannot be
    read, or takes too long.
    """
    if len(raw) > LARGEST:
        raise BadInput(f"The calendar has {len(raw):,} bytes; more than {LARGEST:,} are not read.")
    about = json.dumps([span.start.isoformat(), span.end.isoformat(), owner, zone_name]).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "outreach.calendar.busy"],
            input=about + b"\n" + raw,
            capture_output=True,
            timeout=_WALL,
            check=False,
        )
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise BadInput("The calendar takes too long to read.") from error
    except ValueError as error:
        raise BadInput("The calendar takes too much time or memory to read.") from error
    if isinstance(said, str):
        raise BadInput(said)
    return [Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in said]


def busy_in(raw: bytes, span: Span, *, owner: str, zone_name: str) -> list[Span]:
    """Return what ``read_busy`` does, in this process and without its limits. Raises BadInput."""
    import recurring_ical_events  # costs time to load, and most have no such calendar
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(raw)
    except Exception as error:  # a hostile file may break the library in any way
        raise BadInput(f"The calendar cannot be read: {str(error)[:200]}") from error
    for event in calendar.walk("VEVENT"):
        if {str(each).upper() for each in _rule(event).get("FREQ", [])} & _TOO_OFTEN:
            raise BadInput("The calendar has an event that recurs every minute or second: it is not read.")
    try:
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(span.start, span.end)
    except Exception as error:
        raise BadInput(f"The calendar's recurrences cannot be read: {str(error)[:200]}") from error
    if len(found) > _MOST:
        raise BadInput(f"The calendar has more than {_MOST:,} events in the time that is looked at.")
    spans = sorted(
        piece for event in found if _takes_time(event, owner) for piece in _spans(event, ZoneInfo(zone_name))
    )
    return [each for each in spans if each.overlaps(span)]


def _rule(event: Any) -> dict[str, Any]:
    rule = event.get("RRULE") or {}
    rules = rule if isinstance(rule, list) else [rule]
    return {name: values for each in rules for name, values in dict(each).items()}


def _takes_time(event: Any, owner: str) -> bool:
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in {"FREE", "WORKINGELSEWHERE"}:
        return False
    guests = event.get("ATTENDEE", [])
    for guest in guests if isinstance(guests, list) else [guests]:
        address = str(guest).lower().removeprefix("mailto:")
        if address == owner.lower() and str(guest.params.get("PARTSTAT", "")).upper() == "DECLINED":
            return False
    return True


def _spans(event: Any, zone: ZoneInfo) -> Iterator[Span]:
    start = _instant(event["DTSTART"].dt, zone)
    end = _instant(event["DTEND"].dt, zone) if "DTEND" in event else None
    if end is None and "DURATION" in event:
        end = start + event["DURATION"].dt
    if end is None and not isinstance(event["DTSTART"].dt, datetime):
        end = start + timedelta(days=1)
    if end is not None and end > start:
        yield Span(start, end)


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), zone).astimezone(UTC)
    return (value if value.tzinfo is not None else value.replace(tzinfo=zone)).astimezone(UTC)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    start, end, owner, zone_name = json.loads(sys.stdin.buffer.readline())
    span = Span(datetime.fromisoformat(start), datetime.fromisoformat(end))
    try:
        spans = busy_in(sys.stdin.buffer.read(LARGEST + 1), span, owner=owner, zone_name=zone_name)
        said: object = [(each.start.timestamp(), each.end.timestamp()) for each in spans]
    except BadInput as error:
        said = error.message
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    _main()
