"""Something came of an introduction: now the introducer is owed a word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.actions.end_letter import end_letter
from outreach.model import Letter, Referral
from outreach.rules.kinds import WAITING, Debt, LetterState

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


def withdraw_reports(session: Session, contact_id: str, now: datetime) -> None:
    """Take back what was owed for having met this contact: it turned out that the two did not meet.

    A letter that tells of it and has not begun to leave is cancelled; what was told stays told.
    """
    edges = session.scalars(
        select(Referral).where(
            Referral.introduced_id == contact_id,
            Referral.outcome == "met",
            Referral.debt.in_((Debt.OWED, Debt.DRAFTED)),
        )
    ).all()
    for edge in edges:
        letter = session.get(Letter, edge.letter_id, with_for_update=True) if edge.letter_id else None
        if letter is not None and letter.state not in WAITING:
            continue
        if letter is not None:
            end_letter(session, letter, LetterState.CANCELLED, "not sent: the meeting did not take place", now)
            letter.dedupe_key = f"{letter.dedupe_key}/{letter.id}"  # should they meet after all, that is told anew
        edge.debt, edge.outcome, edge.letter_id = Debt.NONE, "", None
