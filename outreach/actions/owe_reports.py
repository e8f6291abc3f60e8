"""Something came of an introduction: now the introducer is owed a word."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.model import Referral
from outreach.rules.kinds import Debt

#: What can come of an introduction.
OUTCOMES = ("met", "declined")


def owe_reports(session: Session, contact_id: str, outcome: str) -> list[str]:
    """Open the debt to everybody who introduced this contact; once, for ``outcome`` met or declined. Return the ids.

    Somebody who declined first and was met after all is reported as met, if the letter is not written yet. What was
    drafted or told stays as it is. Raises ValueError for another outcome.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is no outcome of an introduction: {', '.join(OUTCOMES)}")
    fresh = (Referral.debt == Debt.NONE) & (Referral.outcome == "")
    edges = session.scalars(
        select(Referral).where(Referral.introduced_id == contact_id, or_(fresh, Referral.debt == Debt.OWED))
    ).all()
    for edge in edges:
        edge.debt = Debt.OWED
        edge.outcome = "met" if edge.outcome == "met" else outcome
    return [edge.id for edge in edges]
