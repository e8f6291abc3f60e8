"""Thank-yous that an account owes: what is at risk while its letters cannot leave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.model import Letter
from outreach.rules.kinds import ON_ITS_WAY, THANK_YOUS, LetterState


def thank_yous_at_risk(session: Session, account_id: str) -> tuple[int, datetime | None]:
    """Return how many thank-yous of the account are still to leave, and the first deadline among them (UTC)."""
    count, first = session.execute(
        select(func.count(), func.min(Letter.deadline_at)).where(
            Letter.account_id == account_id,
            Letter.kind.in_(THANK_YOUS),
            Letter.state.in_(ON_ITS_WAY | {LetterState.DRAFTED}),
        )
    ).one()
    return count, first
