"""When the account owner can meet: free slots, a good spread of them, and why a wanted time is not free."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from outreach.rules.availability import Availability
from outreach.rules.holidays_near import is_holiday
from outreach.rules.instants import Span, as_utc
from outreach.rules.windows import Window, open_span
from outreach.rules.zones import local, readings, say_day, say_span, stretches, wall_spans

_MIDDAY, _LATE = time(12), time(15)


class Taken:
    """Spans merged once, so that each question about overlap takes a binary search."""

    def __init__(
        self, spans: Sequence[Span], before: timedelta = timedelta(0), after: timedelta = timedelta(0)
    ) -> None:
        """Take the spans with ``before`` and ``after`` added to their two ends."""
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for span in sorted(each.widened(before, after) for each in spans):
            if self._ends and span.start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], span.end)
            else:
                self._starts.append(span.start)
                self._ends.append(span.end)

    def overlaps(self, span: Span) -> bool:
        """Return whether ``span`` shares an instant with any of them."""
        at = bisect_right(self._ends, span.start)
        return at < len(self._starts) and self._starts[at] < span.end


def free_slots(
    availability: Availability,
    busy: Sequence[Span],
    booked: Sequence[Span],
    now: datetime,
    *,
    recipient_zone: str | None = None,
    recipient_window: Window | None = None,
    limit: int | None = None,
) -> list[Span]:
    """Return the free slots in order, at most ``limit``; none in a gap, or shifted or doubled by a change of clocks.

    ``busy`` is time taken in calendars; ``booked`` are the account's meetings, which also count against
    ``most_a_day``. The buffers are kept to both. To agree with a database that compares meetings with their buffers,
    give as ``booked`` the time that they occupy with theirs. With a window, slots lie wholly inside the recipient's
    hours, and not on a public holiday where they live. Raises BadInput for an unknown zone.
    """
    now = as_utc(now)
    taken = Taken([*busy, *booked], availability.buffer_after, availability.buffer_before)
    full = _Full(booked, availability)
    slots = (slot for day in _days(availability, now) if not full.reason(day) for slot in _slots_on(day, availability))
    found: list[Span] = []
    # Two days that are spent in different zones may share hours.
    for slot in sorted(set(slots)) if availability.trips else slots:
        if slot.start < now + availability.notice or taken.overlaps(slot):
            continue
        if not _inside(slot, recipient_zone, recipient_window):
            continue
        found.append(slot)
        if limit is not None and len(found) >= limit:
            break
    return found


class _Full:
    """Which days have as many meetings as they may, by themselves or as part of their week."""

    def __init__(self, booked: Sequence[Span], availability: Availability) -> None:
        days = [availability.day_of(each.start) for each in booked]
        self._a_day = Counter(days)
        self._a_week = Counter(_week(day) for day in days)
        self._most_a_day, self._most_a_week = availability.most_a_day, availability.most_a_week

    def reason(self, day: date) -> str:
        """Return why no further meeting fits into a day, "" when one does."""
        if self._a_day[day] >= self._most_a_day:
            return f"there are already {_meetings(self._most_a_day)} on {say_day(day)}, the most for a day"
        if self._most_a_week is not None and self._a_week[_week(day)] >= self._most_a_week:
            return f"there are already {_meetings(self._most_a_week)} in that week, the most for one"
        return ""


def _meetings(number: int) -> str:
    return "1 meeting" if number == 1 else f"{number} meetings"


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _days(availability: Availability, now: datetime) -> Iterator[date]:
    today = availability.day_of(now)
    return (today + timedelta(days=n) for n in range(availability.horizon_days + 1))


def _slots_on(day: date, availability: Availability) -> Iterator[Span]:
    """Yield the slots of one day, whole inside its hours, at every step; disjoint hours yield each slot once."""
    seen: set[datetime] = set()
    for opens, closes in availability.spans_on(day):
        last = datetime.combine(day, closes)
        wall = _next_step(datetime.combine(day, opens), availability.step)
        while wall + availability.length <= last:
            slot = _slot_at(wall, availability)
            if slot is not None and slot.start not in seen:
                seen.add(slot.start)
                yield slot
            wall += availability.step


def _next_step(wall: datetime, step: timedelta) -> datetime:
    midnight = datetime.combine(wall.date(), time())
    return midnight + -((midnight - wall) // step) * step


def _slot_at(wall: datetime, availability: Availability) -> Span | None:
    """Return the slot that starts when clocks show ``wall``, None where a change of clocks makes that unclear.

    Both ends must name one instant each, as far apart as the wall clock says.
    """
    ends, zone_name = wall + availability.length, availability.zone_on(wall.date())
    pieces = stretches(wall.date(), zone_name)
    if len(pieces) == 1 and ends.date() == wall.date():
        start = wall.replace(tzinfo=UTC) - pieces[0].offset
        return Span(start, start + availability.length)
    starting, ending = readings(wall, zone_name), readings(ends, zone_name)
    if len(starting) != 1 or len(ending) != 1 or ending[0] - starting[0] != availability.length:
        return None
    return Span(starting[0], ending[0])


def _inside(slot: Span, zone_name: str | None, window: Window | None) -> bool:
    if zone_name is None or window is None:
        return True
    if is_holiday(zone_name, local(slot.start, zone_name).date()):
        return False
    hours = open_span(slot.start, zone_name, window)
    return hours.start <= slot.start and slot.end <= hours.end


def spread(slots: Sequence[Span], count: int = 3, *, zone_name: str = "UTC") -> list[Span]:
    """Return at most ``count`` of the slots, in order: on different days and at different times of day if possible.

    Days and times of day are those of ``zone_name``. Only the first days with free slots are used (twice ``count`` of
    them), so that an offer stays near. No two of the chosen overlap.
    """
    by_day: dict[date, list[Span]] = {}
    for slot in sorted(slots):
        by_day.setdefault(local(slot.start, zone_name).date(), []).append(slot)
    days = list(by_day)[: 2 * count]
    pool = [(number, slot) for number, day in enumerate(days) for slot in by_day[day]]
    chosen: list[tuple[int, Span]] = []
    for turn in range(count):
        wanted = turn * (len(days) - 1) / max(1, count - 1)
        left = [each for each in pool if not any(each[1].overlaps(slot) for _, slot in chosen)]
        if not left:
            break
        chosen.append(min(left, key=lambda each: _awkwardness(each, chosen, wanted, turn, zone_name)))
    return sorted(slot for _, slot in chosen)


def _awkwardness(
    candidate: tuple[int, Span], chosen: list[tuple[int, Span]], wanted: float, turn: int, zone_name: str
) -> tuple[float, ...]:
    """Return how ill a slot completes the chosen ones; the smallest is the best."""
    number, slot = candidate
    part = _part(slot, zone_name)
    used_parts = [_part(each, zone_name) for _, each in chosen]
    nearest = min((abs(slot.start - each.start) for _, each in chosen), default=timedelta(0))
    return (
        sum(number == other for other, _ in chosen),
        used_parts.count(part),
        abs(number - wanted),
        (part - turn) % 3,
        -nearest.total_seconds(),
        slot.start.timestamp(),
    )


def _part(slot: Span, zone_name: str) -> int:
    clock = local(slot.start, zone_name).time()
    return (clock >= _MIDDAY) + (clock >= _LATE)


def check_slot(
    span: Span, availability: Availability, busy: Sequence[Span], booked: Sequence[Span], now: datetime
) -> str | None:
    """Return in one sentence why a wanted time cannot be booked, None when it can.

    The rules are those of ``free_slots``, but any length and any start will do: whoever names a time means it.
    """
    now = as_utc(now)
    day = availability.day_of(span.start)
    when = say_span(span, availability.zone_on(day))
    reason = _too_soon_or_late(span, availability, now, day)
    reason = reason or _outside_hours(span, availability, day)
    reason = reason or _collides(span, availability, busy, booked)
    reason = reason or _Full(booked, availability).reason(day)
    return f"{when} cannot be booked: {reason}." if reason else None


def _too_soon_or_late(span: Span, availability: Availability, now: datetime, day: date) -> str:
    last = availability.day_of(now) + timedelta(days=availability.horizon_days)
    if span.start <= now:
        return "it has already begun"
    if span.start < now + availability.notice:
        hours = availability.notice.total_seconds() / 3600
        return f"meetings need {hours:g} hours' notice"
    if day > last:
        return f"meetings are booked at most {availability.horizon_days} days ahead, up to {say_day(last)}"
    return ""


def _outside_hours(span: Span, availability: Availability, day: date) -> str:
    if off := availability.why_off(day):
        return f"{say_day(day)} is {off}"
    hours, zone_name = availability.spans_on(day), availability.zone_on(day)
    for opens, closes in hours:
        for each in wall_spans(day, opens, closes, zone_name):
            if each.start <= span.start and span.end <= each.end:
                return ""
    if not hours:
        return f"there are no hours for meetings on {say_day(day)}"
    shown = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours)
    return f"the hours for meetings on {say_day(day)} are {shown} ({zone_name})"


def _collides(span: Span, availability: Availability, busy: Sequence[Span], booked: Sequence[Span]) -> str:
    widened = span.widened(availability.buffer_before, availability.buffer_after)
    zone_name = availability.whereabouts.zone_at(span.start)
    for spans, what in ((booked, "another meeting"), (busy, "something in the calendar")):
        near = min((each for each in spans if each.overlaps(widened)), default=None)
        if near is not None:
            there = say_span(near, zone_name)
            return f"{what} is then, {there}" if near.overlaps(span) else f"it is too close to {what}, {there}"
    return ""
