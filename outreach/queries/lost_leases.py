"""Letters whose worker died or hangs."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Letter, is_in_flight
from outreach.rules.kinds import IN_HAND
from outreach.rules.leases import IMPOSSIBLE


def lost_leases(app: App, session: Session, now: datetime) -> list[str]:
    """Return the ids of letters whose lease ran out, or whose worker is surely gone."""
    rows = session.connection().execute(_held())
    return [row.id for row in rows if is_lost(app, row.lease_token, row.lease_until, now)]


def is_lost(app: App, token: str | None, until: datetime | None, now: datetime) -> bool:
    """Return whether a lease ran out, or its worker is surely gone; False where there is no lease.

    One that ends further ahead than any lease reaches was written before the clock was set back: it is lost too.
    """
    if token is None or until is None:
        return False
    return not now < until <= now + IMPOSSIBLE or app.mark.is_dead(token)


@cache
def _held() -> Select[str, str | None, datetime | None]:
    return select(Letter.id, Letter.lease_token, Letter.lease_until).where(
        is_in_flight(Letter.state), Letter.state.in_(IN_HAND)
    )
