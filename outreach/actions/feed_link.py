"""The secret link to the feed of an account's meetings: made, renewed, revoked."""

from __future__ import annotations

import secrets

from outreach.actions.secret_token import is_genuine, row_named, secret_token
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Account

_PURPOSE = "feed"


def feed_link(app: App, account_id: str, *, renew: bool = False) -> str:
    """Return the link, which is made if there is none; ``renew`` makes another one, and the old opens nothing.

    Without web.base_url only its path is returned.
    """
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        if renew or account.feed_secret is None:
            account.feed_secret = secrets.token_hex(16)
        token = secret_token(app, _PURPOSE, account_id, account.feed_secret)
    return f"{app.settings.web.base_url}/feed/{token}.ics"


def revoke_feed(app: App, account_id: str) -> bool:
    """Let the link open nothing any more. Return whether there was one."""
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        before, account.feed_secret = account.feed_secret, None
    return before is not None


def find_feed(app: App, token: str) -> str | None:
    """Return the account whose feed the token names, None for one that is not, or not any more, ours."""
    with app.database.read(EVERYBODY) as session:
        account = session.get(Account, row_named(token))
        secret = account.feed_secret if account is not None else None
    return row_named(token) if secret is not None and is_genuine(app, _PURPOSE, token, secret) else None
