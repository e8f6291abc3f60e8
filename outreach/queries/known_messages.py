"""Which messages of the mailbox were dealt with before."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Inbound, Letter

_CHUNK = 300


def unknown_messages(app: App, account_id: str, gmail_ids: Iterable[str]) -> list[str]:
    """Return those ids, each once and in order, that are neither handled already nor letters that we sent."""
    ids = list(dict.fromkeys(gmail_ids))
    known: set[str | None] = set()
    waiting = iter(ids)
    with app.database.read(account_id) as session:
        while chunk := list(islice(waiting, _CHUNK)):
            known |= _known(session, chunk)
    return [message_id for message_id in ids if message_id not in known]


def _known(session: Session, ids: list[str]) -> set[str | None]:
    handled = session.scalars(select(Inbound.gmail_id).where(Inbound.gmail_id.in_(ids)))
    sent = session.scalars(select(Letter.gmail_id).where(Letter.gmail_id.in_(ids)))
    return {*handled, *sent}
