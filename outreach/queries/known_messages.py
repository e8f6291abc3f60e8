"""Which messages of the mailbox were dealt with before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.app import App
from outreach.model import Inbound, Letter

_CHUNK = 300


def unknown_messages(app: App, account_id: str, gmail_ids: Iterable[str]) -> list[str]:
    """Return those ids, each once and in order, that are neither handled already nor letters that we sent."""
    ids = list(dict.fromkeys(gmail_ids))
    with app.database.read(account_id) as session:
        known = {each for chunk in _chunks(ids) for each in (*_handled(session, chunk), *_sent(session, chunk))}
    return [message_id for message_id in ids if message_id not in known]


def recorded_as_sent(app: App, account_id: str, gmail_ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are the messages of letters recorded as sent."""
    with app.database.read(account_id) as session:
        return {each for chunk in _chunks(gmail_ids) for each in _sent(session, chunk) if each}


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(ids)
    while chunk := list(islice(waiting, _CHUNK)):
        yield chunk


def _handled(session: Session, ids: list[str]) -> Iterable[str]:
    return session.scalars(select(Inbound.gmail_id).where(Inbound.gmail_id.in_(ids)))


def _sent(session: Session, ids: list[str]) -> Iterable[str | None]:
    return session.scalars(select(Letter.gmail_id).where(Letter.gmail_id.in_(ids)))
