"""What is owed to introducers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import aliased

from outreach.app import App
from outreach.errors import NotAllowed, NotFound
from outreach.model import Contact, Letter, Referral
from outreach.rules.kinds import Debt


@dataclass(frozen=True)
class DebtLine:
    """One introduction of which something came: to whom it is owed, about whom, and how far it is."""

    id: str
    debt: str
    introducer: str
    introducer_address: str | None
    introduced: str
    outcome: str
    letter_id: str | None
    letter_state: str
    created_at: datetime


def debts(app: App, account_id: str, *, told_too: bool = True) -> list[DebtLine]:
    """Return the debts: owed ones first, then drafted, then told."""
    introducer, introduced = aliased(Contact), aliased(Contact)
    order = case({Debt.OWED: 0, Debt.DRAFTED: 1, Debt.TOLD: 2}, value=Referral.debt, else_=3)
    wanted = (Debt.OWED, Debt.DRAFTED, Debt.TOLD) if told_too else (Debt.OWED, Debt.DRAFTED)
    query = (
        select(Referral, introducer, introduced, Letter.state)
        .join(introducer, introducer.id == Referral.introducer_id)
        .join(introduced, introduced.id == Referral.introduced_id)
        .outerjoin(Letter, Letter.id == Referral.letter_id)
        .where(Referral.debt.in_(wanted))
        .order_by(order, Referral.created_at)
    )
    with app.database.read(account_id) as session:
        return [
            DebtLine(
                id=edge.id,
                debt=str(edge.debt),
                introducer=giver.full_name,
                introducer_address=giver.email,
                introduced=given.full_name,
                outcome=edge.outcome,
                letter_id=edge.letter_id,
                letter_state=str(state) if state else "",
                created_at=edge.created_at,
            )
            for edge, giver, given, state in session.execute(query)
        ]


def report_back_letter(app: App, account_id: str, referral_id: str) -> str:
    """Return the id of the letter that tells the introducer. Raises NotFound, NotAllowed while there is none."""
    with app.database.read(account_id) as session:
        found = session.execute(select(Referral.letter_id, Referral.debt).where(Referral.id == referral_id)).first()
    if found is None:
        raise NotFound(f"There is no referral {referral_id!r}. `outreach referral debts` shows them.")
    letter_id, debt = found.tuple()
    if letter_id is None:
        reason = "it is drafted with the next round of `outreach run`" if debt is Debt.OWED else "nothing is owed"
        raise NotAllowed(f"There is no letter to approve for this introduction: {reason}.")
    return letter_id
