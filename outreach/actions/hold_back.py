"""Put a letter that surely was not sent back into the queue, and the account on hold for as long as Google asked."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, update

from outreach.actions.claim_letters import Claim, end_lease
from outreach.actions.crash_points import crash_point
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, NotDone
from outreach.model import Account, AccountState
from outreach.queries.thank_yous_at_risk import thank_yous_at_risk
from outreach.rules.kinds import LetterState

log = structlog.get_logger(__name__)

_LONGEST = timedelta(minutes=30)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling from two seconds, with jitter, half an hour at most."""
    seconds = min(2.0 ** min(attempts, 12), _LONGEST.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))


def hold_back(app: App, claim: Claim, error: EdgeError) -> None:
    """Schedule the claimed letter again; pause its account (or every account) when Google named a time."""
    now = app.now()
    asked = error.retry_at if isinstance(error, NotDone) else None
    again = max(asked or now, now + backoff(claim.attempts))
    log.warning("letter_held_back", letter=claim.letter_id, account=claim.account_id, error=error.message)
    crash_point("refused")
    with app.database.write(EVERYBODY) as session:
        session.execute(
            end_lease(claim).values(
                state=LetterState.SCHEDULED, recoveries=0, due_at=again, last_error=error.message[:500]
            )
        )
        if isinstance(error, NotDone) and (asked or error.sending_limit or error.whole_project):
            until = _pause_until(error, now)
            shorter = or_(Account.paused_until.is_(None), Account.paused_until < until)
            pause = update(Account).where(shorter).values(paused_until=until)
            session.execute(pause if error.whole_project else pause.where(Account.id == claim.account_id))


def _pause_until(error: NotDone, now: datetime) -> datetime:
    # Without a time named, a sending limit lasts hours and a daily one until the quota's day ends.
    unnamed = timedelta(hours=6) if error.whole_project else timedelta(hours=1)
    return error.retry_at or now + unnamed


def lose_access(app: App, claim: Claim, error: AccessLost) -> None:
    """Stop the account until its owner mends the consent; the letter waits, unsent."""
    log.error("access_lost", account=claim.account_id, reason=error.reason or error.message)
    with app.database.write(EVERYBODY) as session:
        waits = end_lease(claim).values(state=LetterState.SCHEDULED, recoveries=0, last_error=error.message[:500])
        session.execute(waits)
    stop_account(app, claim.account_id, error, claim.credentials)


def stop_account(app: App, account_id: str, error: AccessLost, used: bytes | None = None) -> None:
    """Mark the account as one whose owner has to consent again; one that its owner paused stays paused.

    ``used`` are the account's credentials as they were before Google was asked: where the owner has consented anew
    since, the failure says nothing about the present consent.
    """
    stop = update(Account).where(Account.id == account_id, Account.state == AccountState.ACTIVE)
    if used is not None:
        stop = stop.where(Account.credentials == used)
    with app.database.write(EVERYBODY) as session:
        stopped = session.execute(stop.values(state=AccountState.NO_CONSENT, state_reason=error.message[:500]))
        if stopped.rowcount:  # type: ignore[attr-defined]
            at_risk, first = thank_yous_at_risk(session, account_id)
            deadline = first.isoformat() if first else None
            log.error("account_stopped", account=account_id, thank_yous_at_risk=at_risk, first_deadline=deadline)
