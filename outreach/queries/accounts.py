"""Whose mailboxes there are, and which one a command means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.errors import BadInput, NotFound
from outreach.model import Account
from outreach.rules.addresses import address_key
from outreach.rules.probing import why_not_alone
from outreach.rules.whereabouts import Whereabouts


@dataclass(frozen=True)
class AccountLine:
    """One account without its secrets. ``connected`` says whether a token is stored, not whether it still works.

    ``probed_at`` is when `outreach account probe` last came to its end; ``why_not_alone`` says why letters in doubt are
    not settled without their owner, empty where they are.
    """

    id: str
    address: str
    name: str
    name_source: str
    zone: str
    state: str
    state_reason: str
    paused_until: datetime | None
    connected: bool
    preferences: dict[str, Any]
    sending_days: int
    polled_at: datetime | None
    probed_at: datetime | None
    why_not_alone: tuple[str, ...]
    reconcile_from: datetime | None
    created_at: datetime


def accounts(app: App) -> list[AccountLine]:
    """Return every account, oldest first."""
    with app.database.read(EVERYBODY) as session:
        return [_line(row) for row in session.scalars(select(Account).order_by(Account.created_at, Account.id))]


def whereabouts_of(app: App, account_id: str) -> Whereabouts:
    """Return where the owner of an account is on which day."""
    with app.database.read(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
    return app.settings_for(account).whereabouts(account.zone)


def choose_account(app: App, named: str | None = None) -> AccountLine:
    """Return the account called by address or beginning of its id, or the only one there is.

    Raises NotFound when there is none, BadInput when it is not clear which one is meant.
    """
    found = accounts(app)
    if not found:
        raise NotFound(
            "There is no account yet: run `outreach account connect`, or `outreach account add --authorized-user FILE`."
        )
    fitting = found if named is None else [line for line in found if _is_called(line, named)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadInput("There are several accounts: say which with --account.", problems=_listed(fitting))
    raise NotFound(f"There is no account {named!r}.", problems=_listed(found))


def _is_called(line: AccountLine, named: str) -> bool:
    if "@" in named:
        return address_key(line.address) == address_key(named)
    return len(named) >= 3 and line.id.startswith(named.lower())


def _listed(found: Sequence[AccountLine]) -> list[str]:
    return [f"{line.id[:6]}  {line.address}" for line in found]


def _line(row: Account) -> AccountLine:
    return AccountLine(
        id=row.id,
        address=row.address,
        name=row.name,
        name_source=row.name_source,
        zone=row.zone,
        state=str(row.state),
        state_reason=row.state_reason,
        paused_until=row.paused_until,
        connected=row.credentials is not None,
        preferences=dict(row.preferences),
        sending_days=row.sending_days,
        polled_at=row.polled_at,
        probed_at=row.probed_at,
        why_not_alone=why_not_alone(row.findings),
        reconcile_from=row.reconcile_from,
        created_at=row.created_at,
    )
