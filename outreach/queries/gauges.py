"""The figures that an operator watches: how deep the queue is, how late it runs, how near a deadline is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, Letter
from outreach.model.base import UtcDateTime
from outreach.rules.kinds import THANK_YOUS, LetterState
from outreach.rules.priorities import PRIORITIES

#: States in which a thank-you is still owed.
_OWED = (
    *(LetterState.DRAFTED, LetterState.APPROVED, LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING),
    *(LetterState.UNKNOWN, LetterState.FAILED),
)
#: For one priority after the other, as the index has them.
_LATE = select(func.count(), func.min(Letter.due_at)).where(
    Letter.state == LetterState.SCHEDULED,
    Letter.priority == bindparam("priority"),
    Letter.due_at <= bindparam("now", type_=UtcDateTime()),
)


@dataclass(frozen=True)
class Gauges:
    """Figures over all accounts. Spans are in seconds.

    ``due`` counts the letters whose time has come, by priority. ``oldest_due`` is how long ago the longest waiting
    of them fell due, 0 when none is; ``thank_you_slack`` is how long until the nearest deadline of a thank-you that
    is owed (negative: missed), None when none is.
    """

    letters: dict[str, int]
    accounts: dict[str, int]
    due: dict[str, int]
    oldest_due: float
    thank_you_slack: float | None


def gauges(app: App) -> Gauges:
    """Return the figures of this moment, each by one statement that an index serves."""
    now = app.now()
    with app.database.read(EVERYBODY) as session:
        letters = session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all()
        accounts = session.execute(select(Account.state, func.count()).group_by(Account.state)).all()
        late = [
            (priority, *session.execute(_LATE, {"priority": priority, "now": now}).one()) for priority in PRIORITIES
        ]
        nearest = session.scalar(
            select(func.min(Letter.deadline_at)).where(
                Letter.state.in_(_OWED), Letter.kind.in_(THANK_YOUS), Letter.deadline_at.is_not(None)
            )
        )
    return Gauges(
        letters={str(state): count for state, count in letters},
        accounts={str(state): count for state, count in accounts},
        due={str(priority): count for priority, count, _ in late},
        oldest_due=max((_seconds(now, oldest) for _, _, oldest in late if oldest), default=0.0),
        thank_you_slack=_seconds(nearest, now) if nearest else None,
    )


def _seconds(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds()
