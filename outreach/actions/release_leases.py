"""Release leases that ran out: their worker died or hangs."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Letter
from outreach.queries.lost_leases import lost_leases
from outreach.rules.kinds import LetterState
from outreach.rules.leases import POISON
from outreach.rules.stages import move_letter

log = structlog.get_logger(__name__)


def release_leases(app: App, _id: str = "") -> int:
    """Put leased letters back and make ``sending`` ones unknown. Return how many leases had run out."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        rows = session.scalars(
            select(Letter).where(Letter.id.in_(lost_leases(app, session, now))).with_for_update(skip_locked=True)
        ).all()
        for letter in rows:
            _release(letter)
            letter.due_at = now
    if rows:
        log.warning("leases_released", count=len(rows))
    return len(rows)


def _release(letter: Letter) -> None:
    letter.lease_token = letter.lease_until = None
    letter.recoveries += 1
    if letter.state is LetterState.SENDING:
        letter.state = move_letter(letter.state, LetterState.UNKNOWN)
        letter.last_error = "the worker died while sending"
    elif letter.recoveries >= POISON:
        letter.state = move_letter(letter.state, LetterState.FAILED)
        letter.last_error = f"its worker died {letter.recoveries} times; look at the log, then `outreach letter retry`"
    else:
        letter.state = move_letter(letter.state, LetterState.SCHEDULED)
