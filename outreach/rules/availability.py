"""When somebody can meet: hours of the week, single dates, days off, trips, and how much room is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

from outreach.errors import BadInput
from outreach.rules.holidays_near import is_holiday
from outreach.rules.whereabouts import Trip, Whereabouts

Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True, kw_only=True)
class Availability:
    """When somebody can meet. Wall times are those of ``zone``, on a trip those of the place.

    Raises BadInput for figures that make no sense.
    """

    #: Hours for each day of the week, Monday 0.
    weekly: Mapping[int, Hours]
    zone: str
    trips: tuple[Trip, ...] = ()
    buffer_before: timedelta = timedelta(minutes=15)
    buffer_after: timedelta = timedelta(minutes=15)
    #: No meeting sooner than this from now.
    notice: timedelta = timedelta(hours=24)
    #: No meeting later than so many days after today.
    horizon_days: int = 21
    most_a_day: int = 3
    #: In a week from Monday to Sunday; None for no limit.
    most_a_week: int | None = None
    length: timedelta = timedelta(minutes=25)
    #: Slots start at whole steps of the wall clock, counted from midnight.
    step: timedelta = timedelta(minutes=30)
    #: Hours of single dates, which stand in place of all else that is said of them.
    dates: Mapping[date, Hours] = field(default_factory=dict)
    #: First and last of days without meetings, both included.
    days_off: tuple[tuple[date, date], ...] = ()
    #: Whether public holidays where they are that day count as days off.
    holidays_off: bool = False

    def __post_init__(self) -> None:
        if self.step < timedelta(minutes=1) or self.length < timedelta(minutes=1):
            raise BadInput("A slot's length and step must be a minute or more.")
        if min(self.buffer_before, self.buffer_after, self.notice) < timedelta(0) or self.horizon_days < 0:
            raise BadInput("Buffers, notice and horizon cannot be negative.")

    @cached_property
    def whereabouts(self) -> Whereabouts:
        """Return where they are on which day."""
        return Whereabouts(self.zone, self.trips)

    def day_of(self, moment: datetime) -> date:
        """Return the date that an instant falls on where they are then."""
        return self.whereabouts.day_of(moment)

    def zone_on(self, day: date) -> str:
        """Return the zone in which a day's hours are meant."""
        return self.whereabouts.zone_on(day)

    def spans_on(self, day: date) -> Hours:
        """Return the hours of one date, in order; none on a day off."""
        if day in self.dates:
            return tuple(sorted(self.dates[day]))
        return () if self.why_off(day) else tuple(sorted(self.weekly.get(day.weekday(), ())))

    def why_off(self, day: date) -> str:
        """Return what keeps a date free of meetings, "" where nothing but the hours of its weekday does."""
        if day in self.dates:
            return ""
        if any(first <= day <= last for first, last in self.days_off):
            return "a day off"
        return "a public holiday" if self.holidays_off and is_holiday(self.zone_on(day), day) else ""
