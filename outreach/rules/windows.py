"""The hours in which a letter may reach somebody: wall times in the recipient's own zone."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from outreach.errors import BadInput
from outreach.rules.instants import Span, as_utc
from outreach.rules.zones import local, wall_spans

WORKING_WEEK = frozenset(range(5))


@dataclass(frozen=True)
class Window:
    """Wall times ``[start, end)`` on some days of the week (Monday is 0). Raises BadInput for one that never opens."""

    start: time
    end: time
    weekdays: frozenset[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", frozenset(self.weekdays))
        if self.start.tzinfo or self.end.tzinfo or self.end <= self.start:
            raise BadInput(f"Hours must end after they start: {self.start:%H:%M} to {self.end:%H:%M}.")
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise BadInput("Hours need at least one day of the week, numbered 0 (Monday) to 6 (Sunday).")


@lru_cache(maxsize=65_536)
def _spans_on(day: date, zone_name: str, window: Window) -> tuple[Span, ...]:
    return tuple(wall_spans(day, window.start, window.end, zone_name))


def open_span(moment: datetime, zone_name: str, window: Window, days_off: AbstractSet[date] = frozenset()) -> Span:
    """Return the open stretch that holds ``moment``, else the next one, aware UTC.

    ``days_off`` are local days on which the window stays shut. Raises BadInput for an unknown zone.
    """
    moment = as_utc(moment)
    day = local(moment, zone_name).date()
    # A window opens again within a week of the last day off; the rest is room for a night that swallows it.
    for _ in range(7 * (len(days_off) + 3)):
        if day.weekday() in window.weekdays and day not in days_off:
            for span in _spans_on(day, zone_name, window):
                if moment < span.end:
                    return span
        day += timedelta(days=1)
    raise BadInput(f"These hours never open in {zone_name}.")


def next_open(moment: datetime, zone_name: str, window: Window, days_off: AbstractSet[date] = frozenset()) -> datetime:
    """Return the first instant at or after ``moment`` at which the window is open, aware UTC."""
    return max(as_utc(moment), open_span(moment, zone_name, window, days_off).start)


def is_open(moment: datetime, zone_name: str, window: Window, days_off: AbstractSet[date] = frozenset()) -> bool:
    """Return whether the wall clock in the zone stands inside the window at ``moment``."""
    here = local(moment, zone_name)
    if here.weekday() not in window.weekdays or here.date() in days_off:
        return False
    return window.start <= here.time() < window.end


def close_of(moment: datetime, zone_name: str, window: Window, days_off: AbstractSet[date] = frozenset()) -> datetime:
    """Return when the stretch that is open at ``moment`` closes, aware UTC; when shut, the close of the next one."""
    return open_span(moment, zone_name, window, days_off).end


def add_working_days(
    day: date, n: int, days_off: AbstractSet[date] = frozenset(), weekdays: AbstractSet[int] = WORKING_WEEK
) -> date:
    """Return the ``n``-th working day after ``day``; for 0 the day itself, or the first working day after it.

    Raises ValueError for a negative count or a week without working days.
    """
    if n < 0 or not weekdays:
        raise ValueError("working days are counted forward, in a week that has some")
    while n or day.weekday() not in weekdays or day in days_off:
        day += timedelta(days=1)
        if n and day.weekday() in weekdays and day not in days_off:
            n -= 1
    return day
