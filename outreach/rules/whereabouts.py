"""Where somebody is on which day: at home, or on a trip. Wall times of a day are those of the place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from outreach.rules.zones import local, parse_when

_NEAR = (timedelta(days=-1), timedelta(0), timedelta(days=1))


@dataclass(frozen=True)
class Trip:
    """The days from ``first`` to ``last``, both included, that are spent in another zone."""

    first: date
    last: date
    zone: str


@dataclass(frozen=True)
class Whereabouts:
    """The zone at ``home``, and the trips; where two overlap, the one named first counts."""

    home: str
    trips: tuple[Trip, ...] = ()

    def zone_on(self, day: date) -> str:
        """Return the zone in which that day is spent."""
        return next((trip.zone for trip in self.trips if trip.first <= day <= trip.last), self.home)

    def day_of(self, moment: datetime) -> date:
        """Return the date that an aware instant falls on, where they are then.

        Between leaving one zone and arriving in another an instant may lie on no date, or on two: then the earlier one
        counts, for a day is not over before it is over there.
        """
        at_home = local(moment, self.home).date()
        if not self.trips:
            return at_home
        days = (at_home + near for near in _NEAR)
        return next((day for day in days if local(moment, self.zone_on(day)).date() == day), at_home)

    def zone_at(self, moment: datetime) -> str:
        """Return the zone in which they are at an aware instant."""
        return self.zone_on(self.day_of(moment))

    def parse(self, text: str, now: datetime) -> datetime:
        """Return the future instant that the owner wrote: ``parse_when`` with the zone where they are that day.

        Raises BadInput for what is no time, and for the past.
        """
        try:
            zone_name = self.zone_on(date.fromisoformat(text.strip()[:10]))
        except ValueError:
            zone_name = self.home
        return parse_when(text, zone_name, now)
