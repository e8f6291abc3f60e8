"""One computer for one SQLite file: note that this one works on it, and refuse beside another."""

from __future__ import annotations

import socket
from datetime import timedelta

from sqlalchemy import delete, select

from outreach.app import App
from outreach.errors import NotAllowed
from outreach.model import Host

#: A computer that has not said so for as long is not at work any more.
_FORGOTTEN = timedelta(minutes=2)


def stay_on_host(app: App) -> None:
    """Note that workers of this computer are at work on the database; does nothing on PostgreSQL.

    Raises NotAllowed when another computer is at work on a SQLite file: its locks hold on one computer only, and over
    a network two of them would send one letter twice.
    """
    if not app.database.is_sqlite:
        return
    here, now = socket.gethostname(), app.now()
    with app.database.write() as session:
        at_work = Host.seen_at > now - _FORGOTTEN, Host.seen_at < now + _FORGOTTEN
        other = session.scalar(select(Host.name).where(Host.name != here, *at_work).limit(1))
        if other is not None:
            raise NotAllowed(
                f"The computer {other!r} is at work on this SQLite file, which only one may be: over a network its "
                f"locks do not hold, and a letter could leave twice. Stop Outreach there and wait "
                f"{_FORGOTTEN.seconds // 60} minutes, or set OUTREACH_DATABASE_URL to a PostgreSQL for several of them."
            )
        session.merge(Host(name=here, seen_at=now))


def leave_host(app: App) -> None:
    """Take the note back: no worker of this computer is left."""
    if app.database.is_sqlite:
        with app.database.write() as session:
            session.execute(delete(Host).where(Host.name == socket.gethostname()))
