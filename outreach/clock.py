"""The only place that knows what time it is.

``OUTREACH_CLOCK=simulated`` keeps the time in the database, where web, workers and ticker all read it and
``outreach clock advance`` moves it; everything else runs on the machine's clock.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.database import Database
from outreach.model.clock import ClockRow

HOUR = timedelta(hours=1)


class Clock(Protocol):
    """Tells the time. ``step`` is how coarse it is: zero for a running clock, an hour for one moved by hand."""

    step: timedelta

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait for real."""


class SystemClock:
    """The machine's clock."""

    step = timedelta(0)

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place

    def sleep(self, seconds: float) -> None:
        """Wait for real."""
        time.sleep(seconds)


class SimulatedClock:
    """Time that stands in the database and moves only when told to."""

    step = HOUR

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Return the simulated instant, aware UTC; the machine's time on first use, which then stands."""
        with self._database.read() as session:
            stored = session.scalar(select(ClockRow.now))
        return stored if stored is not None else self.set(datetime.now(UTC))  # noqa: TID251

    def set(self, moment: datetime) -> datetime:
        """Move the clock to ``moment`` and return it."""
        with self._database.write() as session:
            _store(session, moment)
        return moment

    def advance(self, by: timedelta) -> datetime:
        """Move the clock by ``by`` and return the new instant."""
        return self.set(self.now() + by)

    def sleep(self, seconds: float) -> None:
        """Return at once: simulated time does not pass by waiting."""
        del seconds
        time.sleep(0.001)


def _store(session: Session, moment: datetime) -> None:
    if not session.execute(update(ClockRow).values(now=moment)).rowcount:  # type: ignore[attr-defined]
        session.add(ClockRow(id=1, now=moment))


class FixedClock:
    """A clock for tests and rehearsals, held in memory and moved by hand."""

    def __init__(self, moment: datetime, step: timedelta = timedelta(0)) -> None:
        self._now = moment
        self.step = step

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self._now

    def set(self, moment: datetime) -> datetime:
        """Move to ``moment`` and return it."""
        self._now = moment
        return moment

    def advance(self, by: timedelta) -> datetime:
        """Move by ``by`` and return the new instant."""
        return self.set(self._now + by)

    def sleep(self, seconds: float) -> None:
        """Return at once."""
        del seconds
