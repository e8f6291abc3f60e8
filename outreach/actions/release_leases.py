"""Release leases that ran out: their worker died or hangs.

A letter that kills its worker must not do so for ever, and one that was merely there must not suffer for it: it is set
aside when it was in hand at three deaths in a row, unless a worker has died without it meanwhile or another suspect was
in the same hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Letter, is_in_flight
from outreach.process_mark import ProcessMark
from outreach.queries.lost_leases import is_lost, lost_leases
from outreach.rules.kinds import LetterState
from outreach.rules.leases import POISON, is_poison, is_suspect, kept_aside
from outreach.rules.stages import move_letter

log = structlog.get_logger(__name__)


def release_leases(app: App, _id: str = "") -> int:
    """Put leased letters back and make ``sending`` ones unknown. Return how many leases had run out."""
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        held = select(Letter).where(Letter.id.in_(lost_leases(app, session, now))).with_for_update(skip_locked=True)
        # Looked at once more, now that they are locked: another process may have released them, and one leased anew.
        lost = [row for row in session.scalars(held) if is_lost(app, row.lease_token, row.lease_until, now)]
        explained = {letter.id for letter in lost if _is_explained(session, letter, now)}
        _release(session, lost, explained, now)
    if lost:
        log.warning("leases_released", count=len(lost))
    return len(lost)


def _is_explained(session: Session, letter: Letter, now: datetime) -> bool:
    """Return whether something else than the letter may have killed its worker this time; asked of suspects only."""
    if not is_suspect(letter.recoveries) or letter.lease_token is None:
        return False
    mark = ProcessMark.of_token(letter.lease_token)
    since = min(letter.crashed_at or now, now)  # the clock may have been set back
    died_without_it = select(Letter.id).where(
        Letter.id != letter.id, Letter.crashed_at > since, Letter.crashed_mark != mark
    )
    in_the_same_hands = select(Letter.id).where(
        Letter.id != letter.id,
        Letter.recoveries >= POISON - 1,
        or_(is_in_flight(Letter.state) & Letter.lease_token.startswith(mark), Letter.crashed_mark == mark),
    )
    return any(session.scalar(each.limit(1)) is not None for each in (died_without_it, in_the_same_hands))


def _release(session: Session, lost: Sequence[Letter], explained: set[str], now: datetime) -> None:
    suspects = 0
    for letter in lost:
        letter.crashed_at, letter.crashed_mark = now, ProcessMark.of_token(letter.lease_token or "")
        letter.recoveries += 1
        letter.lease_token = letter.lease_until = None
        letter.due_at = now
        if letter.state is LetterState.SENDING:
            letter.state = move_letter(letter.state, LetterState.UNKNOWN)
            letter.last_error = "the worker died while sending"
        elif is_poison(letter.recoveries, explained=letter.id in explained):
            reason = f"its worker died {letter.recoveries} times; look at the log, then `outreach letter retry`"
            end_letter(session, letter, LetterState.FAILED, reason, now)
        else:
            letter.state = move_letter(letter.state, LetterState.SCHEDULED)
            if is_suspect(letter.recoveries):
                letter.due_at, suspects = now + kept_aside(suspects), suspects + 1
