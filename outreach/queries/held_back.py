"""What keeps letters from leaving although their time has come: accounts without consent or paused, and failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Letter
from outreach.rules.kinds import LetterState


@dataclass(frozen=True)
class HeldBack:
    """One account whose letters do not leave: why, and how many wait for it."""

    address: str
    reason: str
    letters: int


def held_back(app: App, account_id: str | None = None) -> list[HeldBack]:
    """Return what holds letters back in every account, or in the one named; nothing when all is well."""
    now = app.now()
    with app.database.read(EVERYBODY) as session:
        query = select(Account).order_by(Account.created_at)
        accounts = session.scalars(query if account_id is None else query.where(Account.id == account_id)).all()
        return [found for account in accounts if (found := _account(session, account, now)) is not None]


def _account(session: Session, account: Account, now: datetime) -> HeldBack | None:
    mine = (Letter.account_id == account.id, Letter.state == LetterState.SCHEDULED)
    if reason := _account_trouble(account, now):
        waiting = session.scalar(select(func.count(Letter.id)).where(*mine)) or 0
        return HeldBack(account.address, reason, waiting)
    failing = session.execute(
        select(Letter.last_error, func.count(Letter.id))
        .where(*mine, Letter.attempts > 0, Letter.last_error != "")
        .group_by(Letter.last_error)
        .order_by(func.count(Letter.id).desc())
    ).all()
    return HeldBack(account.address, failing[0][0], sum(count for _, count in failing)) if failing else None


def _account_trouble(account: Account, now: datetime) -> str:
    if account.reconcile_from is not None:
        return (
            f"restored from a backup of {account.reconcile_from:%Y-%m-%d %H:%M} UTC, and not yet compared with what "
            "was sent since: `outreach account reconcile`"
        )
    if account.state is not AccountState.ACTIVE:
        words = "Google's consent is lost" if account.state is AccountState.NO_CONSENT else "paused"
        return f"{words}: {account.state_reason or 'never connected'}"
    if account.paused_until is not None and account.paused_until > now:
        return f"Google asked for a pause until {account.paused_until:%Y-%m-%d %H:%M} UTC"
    return ""
