"""The link under which the owner says how a meeting went; it stands in letters to the owner only."""

from __future__ import annotations

from sqlalchemy import select

from outreach.actions.secret_token import is_genuine, row_named, secret_token
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Meeting

_PURPOSE = "after"


def after_link(app: App, meeting_id: str) -> str:
    """Return the link for letters to the owner, "" where no page is reached from outside."""
    base = app.settings.web.base_url
    return f"{base}/m/{after_token(app, meeting_id)}" if base else ""


def after_token(app: App, meeting_id: str) -> str:
    """Return the part of the link that nobody can guess."""
    return secret_token(app, _PURPOSE, meeting_id)


def find_after(app: App, token: str) -> tuple[str, str] | None:
    """Return account and meeting that the token names, None for one that we did not make."""
    if not is_genuine(app, _PURPOSE, token):
        return None
    with app.database.read(EVERYBODY) as session:
        account_id = session.scalar(select(Meeting.account_id).where(Meeting.id == row_named(token)))
    return (account_id, row_named(token)) if account_id else None
