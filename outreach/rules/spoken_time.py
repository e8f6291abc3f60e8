"""A day and a time of day as people speak of them: constraints, which many instants may satisfy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

HOUR = 60


@dataclass(frozen=True)
class Day:
    """What is known of a day: some of weekday (Monday is 0), month, day of the month, year; or the day itself.

    ``each`` says that every working day of a week is meant, ``next_week`` which.
    """

    weekday: int | None = None
    month: int | None = None
    day: int | None = None
    year: int | None = None
    on: date | None = None
    each: bool = False
    next_week: bool = False

    def allows(self, day: date) -> bool:
        """Return whether this may be the day that is meant."""
        return (
            self.weekday in (None, day.weekday())
            and self.month in (None, day.month)
            and self.day in (None, day.day)
            and self.year in (None, day.year)
            and self.on in (None, day)
        )


@dataclass(frozen=True)
class Clock:
    """Minutes since midnight: an instant where ``end`` is None, else a stretch.

    ``either_half`` says of an instant that the same hand of the clock may mean the other half of the day; ``open_end``
    that a stretch goes on: "after 2" ends with the working day for want of anything better.
    """

    start: int
    end: int | None = None
    either_half: bool = False
    open_end: bool = False

    def allows(self, start: int, end: int) -> bool:
        """Return whether a meeting from ``start`` to ``end`` is what may be meant."""
        if self.end is not None:
            return self.start <= start and end <= self.end
        return start == self.start or (self.either_half and start == self.start + 12 * HOUR)

    def likely(self) -> Clock:
        """Return it in the half of the day in which people work."""
        return Clock(self.start + 12 * HOUR) if self.either_half and self.start < 8 * HOUR else self
