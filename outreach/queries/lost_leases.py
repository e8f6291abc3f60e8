"""Letters whose worker died or hangs."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Letter
from outreach.rules.kinds import LetterState
from outreach.rules.leases import IMPOSSIBLE


def lost_leases(app: App, session: Session, now: datetime) -> list[str]:
    """Return the ids of letters whose lease ran out, or whose worker is surely gone.

    A lease that ends further ahead than any lease reaches was written before the clock was set back: it is lost too.
    """
    return [
        row.id
        for row in session.connection().execute(_held())
        if not now < row.lease_until <= now + IMPOSSIBLE
        or (app.database.is_sqlite and app.mark.is_dead(row.lease_token))
    ]


@cache
def _held() -> Select[str, str | None, datetime | None]:
    return select(Letter.id, Letter.lease_token, Letter.lease_until).where(
        Letter.state.in_((LetterState.LEASED, LetterState.SENDING))
    )
