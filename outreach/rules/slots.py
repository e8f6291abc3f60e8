"""When the account owner can meet: free slots, a good spread of them, and why a wanted time is not free."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from outreach.errors import BadInput
from outreach.rules.instants import Span, as_utc
from outreach.rules.windows import Window, open_span
from outreach.rules.zones import local, readings, say_day, say_span, stretches, wall_spans

_MIDDAY, _LATE = time(12), time(15)


@dataclass(frozen=True, kw_only=True)
class Availability:
    """When somebody can meet. Wall times are those of ``zone``. Raises BadInput for figures that make no sense."""

    #: Hours for each day of the week, Monday 0.
    weekly: Mapping[int, tuple[tuple[time, time], ...]]
    zone: str
    buffer_before: timedelta = timedelta(minutes=15)
    buffer_after: timedelta = timedelta(minutes=15)
    #: No meeting sooner than this from now.
    notice: timedelta = timedelta(hours=24)
    #: No meeting later than so many days after today.
    horizon_days: int = 21
    most_a_day: int = 3
    length: timedelta = timedelta(minutes=25)
    #: Slots start at whole steps of the wall clock, counted from midnight.
    step: timedelta = timedelta(minutes=30)
    dates_off: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.step < timedelta(minutes=1) or self.length < timedelta(minutes=1):
            raise BadInput("A slot's length and step must be a minute or more.")
        if min(self.buffer_before, self.buffer_after, self.notice) < timedelta(0) or self.horizon_days < 0:
            raise BadInput("Buffers, notice and horizon cannot be negative.")

    def spans_on(self, day: date) -> tuple[tuple[time, time], ...]:
        """Return the hours of one date, in order; none on a date off."""
        return () if day in self.dates_off else tuple(sorted(self.weekly.get(day.weekday(), ())))


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
    hours. Raises BadInput for an unknown zone.
    """
    now = as_utc(now)
    taken = Taken([*busy, *booked], availability.buffer_after, availability.buffer_before)
    meetings = _a_day(booked, availability.zone)
    found: list[Span] = []
    for day in _days(availability, now):
        if meetings[day] >= availability.most_a_day:
            continue
        for slot in _slots_on(day, availability):
            if slot.start < now + availability.notice or taken.overlaps(slot):
                continue
            if not _inside(slot, recipient_zone, recipient_window):
                continue
            found.append(slot)
            if limit is not None and len(found) >= limit:
                return found[:limit]
    return found


def _a_day(booked: Sequence[Span], zone_name: str) -> Counter[date]:
    return Counter(local(each.start, zone_name).date() for each in booked)


def _days(availability: Availability, now: datetime) -> Iterator[date]:
    today = local(now, availability.zone).date()
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
    ends = wall + availability.length
    pieces = stretches(wall.date(), availability.zone)
    if len(pieces) == 1 and ends.date() == wall.date():
        start = wall.replace(tzinfo=UTC) - pieces[0].offset
        return Span(start, start + availability.length)
    starting, ending = readings(wall, availability.zone), readings(ends, availability.zone)
    if len(starting) != 1 or len(ending) != 1 or ending[0] - starting[0] != availability.length:
        return None
    return Span(starting[0], ending[0])


def _inside(slot: Span, zone_name: str | None, window: Window | None) -> bool:
    if zone_name is None or window is None:
        return True
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
    when = say_span(span, availability.zone)
    day = local(span.start, availability.zone).date()
    reason = _too_soon_or_late(span, availability, now, day)
    reason = reason or _outside_hours(span, availability, day)
    reason = reason or _collides(span, availability, busy, booked)
    if not reason and _a_day(booked, availability.zone)[day] >= availability.most_a_day:
        reason = f"there are already {availability.most_a_day} meetings on {say_day(day)}, the most for a day"
    return f"{when} cannot be booked: {reason}." if reason else None


def _too_soon_or_late(span: Span, availability: Availability, now: datetime, day: date) -> str:
    last = local(now, availability.zone).date() + timedelta(days=availability.horizon_days)
    if span.start <= now:
        return "it has already begun"
    if span.start < now + availability.notice:
        hours = availability.notice.total_seconds() / 3600
        return f"meetings need {hours:g} hours' notice"
    if day > last:
        return f"meetings are booked at most {availability.horizon_days} days ahead, up to {say_day(last)}"
    return ""


def _outside_hours(span: Span, availability: Availability, day: date) -> str:
    if day in availability.dates_off:
        return f"{say_day(day)} is a day off"
    hours = availability.spans_on(day)
    for opens, closes in hours:
        for each in wall_spans(day, opens, closes, availability.zone):
            if each.start <= span.start and span.end <= each.end:
                return ""
    if not hours:
        return f"there are no hours for meetings on {say_day(day)}"
    shown = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours)
    return f"the hours for meetings on {say_day(day)} are {shown} ({availability.zone})"


def _collides(span: Span, availability: Availability, busy: Sequence[Span], booked: Sequence[Span]) -> str:
    widened = span.widened(availability.buffer_before, availability.buffer_after)
    for spans, what in ((booked, "another meeting"), (busy, "something in the calendar")):
        near = min((each for each in spans if each.overlaps(widened)), default=None)
        if near is not None:
            there = say_span(near, availability.zone)
            return f"{what} is then, {there}" if near.overlaps(span) else f"it is too close to {what}, {there}"
    return ""
