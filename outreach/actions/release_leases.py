"""Release leases that ran out: their worker died or hangs."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Letter
from outreach.queries.lost_leases import is_lost, lost_leases
from outreach.rules.kinds import LetterState
from outreach.rules.leases import POISON
from outreach.rules.stages import move_letter

log = structlog.get_logger(__name__)


def release_leases(app: App, _id: str = "") -> int:
    """Put leased letters back and make ``sending`` ones unknown. Return how many leases had run out."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        held = select(Letter).where(Letter.id.in_(lost_leases(app, session, now))).with_for_update(skip_locked=True)
        # Looked at once more, now that they are locked: another process may have released them, and one leased anew.
        lost = [row for row in session.scalars(held) if is_lost(app, row.lease_token, row.lease_until, now)]
        for letter in lost:
            _release(session, letter, now)
    if lost:
        log.warning("leases_released", count=len(lost))
    return len(lost)


def _release(session: Session, letter: Letter, now: datetime) -> None:
    letter.lease_token = letter.lease_until = None
    letter.recoveries += 1
    letter.due_at = now
    if letter.state is LetterState.SENDING:
        letter.state = move_letter(letter.state, LetterState.UNKNOWN)
        letter.last_error = "the worker died while sending"
    elif letter.recoveries >= POISON:
        reason = f"its worker died {letter.recoveries} times; look at the log, then `outreach letter retry`"
        end_letter(session, letter, LetterState.FAILED, reason, now)
    else:
        letter.state = move_letter(letter.state, LetterState.SCHEDULED)
