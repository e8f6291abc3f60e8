"""Take the turn of one account's mailbox: of all workers, on any computer, one reads it at a time.

Together with the letters in hand (``claim_letters``) this bounds the requests that a mailbox has in flight.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import Mailbox
from outreach.model import Account
from outreach.queries.lost_leases import is_lost
from outreach.rules.leases import LEASE
from outreach.rules.quota import pay

#: Seconds for which a worker waits for its turn; afterwards its row is simply found due again.
_PATIENCE = 10.0
#: On a clock that is moved by hand the turn of a dead worker does not run out while one waits.
_PATIENCE_STANDING = 1.0
_PAUSE = 0.05
#: Quota units are paid for when there are so many of them, and at the end.
_WORTH_PAYING = 200


class Visit:
    """A turn at a mailbox, to be kept by whoever is at it for long."""

    def __init__(self, app: App, account_id: str) -> None:
        self._app = app
        self._account_id = account_id
        self._token = app.mark.lease_token()
        self._until: datetime | None = None
        self._mailbox: Mailbox | None = None
        self._paid = 0

    def mailbox(self) -> Mailbox:
        """Return the account's mailbox, the calls on which are paid for by this visit. Raises AccessLost."""
        if self._mailbox is None:
            self._mailbox = self._app.google.mailbox(self._account_id)
        return self._mailbox

    def begin(self) -> bool:
        """Take the turn if it is free. Return whether it was."""
        now = self._app.now()
        with self._app.database.write(EVERYBODY) as session:
            account = session.get(Account, self._account_id, with_for_update=True)
            if account is None or not _is_free(self._app, account, now):
                return False
            account.visit_token, account.visit_until = self._token, now + LEASE
        self._until = now + LEASE
        return True

    def keep(self) -> None:
        """Say that the visit goes on, and wait where it has spent the mailbox's quota units of this minute.

        Costs nothing until half of the visit's time is over or many units are spent.
        """
        now = self._app.now()
        holds = self._until is None or now < self._until - LEASE / 2
        if holds and self._owed() < _WORTH_PAYING:
            return
        wait = self._renew(now)
        while wait > timedelta(0):
            self._app.clock.sleep(min(wait, LEASE / 3).total_seconds())
            wait -= LEASE / 3
            self._renew(self._app.now())

    def _renew(self, now: datetime) -> timedelta:
        """Pay, and keep the turn for another while. Return how long to wait before more is asked."""
        again = now
        with self._app.database.write(EVERYBODY) as session:
            account = session.get(Account, self._account_id, with_for_update=True)
            if account is not None and account.visit_token == self._token:
                account.visit_until = self._until = now + LEASE
                again = self._pay(account, now)
        return again - now

    def _owed(self) -> int:
        return self._mailbox.units - self._paid if self._mailbox is not None else 0

    def _pay(self, account: Account, now: datetime) -> datetime:
        """Pay for the calls since the last payment. Return from when on there are units for more."""
        owed, a_minute = self._owed(), self._app.settings_for(account).units_a_minute
        self._paid += owed
        if not owed or a_minute is None:
            return now
        account.units_at, again = pay(now, account.units_at, a_minute, owed)
        return again

    def end(self) -> None:
        """Leave the mailbox to whoever is next."""
        with self._app.database.write(EVERYBODY) as session:
            account = session.get(Account, self._account_id, with_for_update=True)
            if account is not None and account.visit_token == self._token:
                account.visit_token = account.visit_until = None
                self._pay(account, self._app.now())


@contextmanager
def visit_mailbox(app: App, account_id: str) -> Iterator[Visit | None]:
    """Yield the turn at the account's mailbox, None when it was not to be had: then what was due stays due."""
    visit = Visit(app, account_id)
    latest = time.monotonic() + (_PATIENCE_STANDING if app.clock.step else _PATIENCE)
    while not visit.begin():
        if time.monotonic() > latest:
            yield None
            return
        time.sleep(_PAUSE)
    try:
        yield visit
    finally:
        visit.end()


def _is_free(app: App, account: Account, now: datetime) -> bool:
    return account.visit_token is None or is_lost(app, account.visit_token, account.visit_until, now)
