"""The link under which a guest books: it names a conversation.

A link in a letter of last month still leads to what became of the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from outreach.actions.secret_token import is_genuine, row_named, secret_token
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.model import Conversation

_PURPOSE = "booking"


@dataclass(frozen=True)
class Named:
    """The conversation that a link names, and whose it is."""

    account_id: str
    conversation_id: str


def booking_link(app: App, conversation_id: str) -> str:
    """Return the link for letters of this conversation, "" where no booking page is reached from outside."""
    base = app.settings.web.base_url
    return f"{base}/b/{booking_token(app, conversation_id)}" if base else ""


def booking_token(app: App, conversation_id: str) -> str:
    """Return the part of the link that nobody can guess."""
    return secret_token(app, _PURPOSE, conversation_id)


def find_booking(app: App, token: str) -> Named | None:
    """Return the conversation that the token names, None for one that we did not make."""
    if not is_genuine(app, _PURPOSE, token):
        return None
    with app.database.read(EVERYBODY) as session:
        query = select(Conversation.account_id).where(Conversation.id == row_named(token))
        account_id = session.scalar(query)
    return Named(account_id, row_named(token)) if account_id else None
