"""Move simulated time, for rehearsals."""

from __future__ import annotations

from datetime import datetime, timedelta

from outreach.app import App
from outreach.clock import SimulatedClock
from outreach.errors import NotAllowed


def advance_clock(app: App, by: timedelta) -> datetime:
    """Move simulated time on and return the new instant. Raises NotAllowed when real time runs."""
    return _simulated(app).advance(by)


def set_clock(app: App, moment: datetime) -> datetime:
    """Set simulated time, forward or back, and return it. Raises NotAllowed when real time runs."""
    return _simulated(app).set(moment)


def _simulated(app: App) -> SimulatedClock:
    if not isinstance(app.clock, SimulatedClock):
        raise NotAllowed("Real time cannot be moved: for a rehearsal, set OUTREACH_CLOCK=simulated (another --home!).")
    return app.clock
