"""The link under which a guest books: it names a conversation, and nobody without the key can make one up.

Nothing about it is stored, so that a link in a letter of last month still leads to what became of the conversation.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.errors import Misconfigured
from outreach.model import Conversation

log = structlog.get_logger(__name__)

_TOKEN = re.compile(r"([0-9a-f]{20})([a-z2-7]{26})")


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
    return conversation_id + app.tokens.mark("booking", conversation_id)


def _mark(app: App, conversation_id: str) -> str:
    try:
        return app.tokens.mark("booking", conversation_id, make=False)
    except Misconfigured as error:  # no key, so no link of ours
        log.error("no_key", error=error.message)
        return ""


def find_booking(app: App, token: str) -> Named | None:
    """Return the conversation that the token names, None for one that we did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(found[2], _mark(app, found[1])):
        return None
    with app.database.read(EVERYBODY) as session:
        query = select(Conversation.account_id).where(Conversation.id == found[1])
        account_id = session.scalar(query)
    return Named(account_id, found[1]) if account_id else None
