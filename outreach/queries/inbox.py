"""Messages that came in, and what was understood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from outreach.app import App
from outreach.errors import NotFound
from outreach.model import Contact, Inbound


@dataclass(frozen=True)
class InboxLine:
    """One message. ``said`` holds the new words only; all texts are a stranger's."""

    id: str
    received_at: datetime
    from_name: str
    from_address: str
    subject: str
    answer: str
    confidence: float
    evidence: tuple[str, ...]
    said: str
    done: str


def inbox(app: App, account_id: str, *, limit: int = 50) -> list[InboxLine]:
    """Return the newest messages, newest first."""
    with app.database.read(account_id) as session:
        rows = session.execute(_query().order_by(Inbound.received_at.desc(), Inbound.id).limit(limit))
        return [_line(*row) for row in rows]


def inbox_message(app: App, account_id: str, inbound_id: str) -> InboxLine:
    """Return one message. Raises NotFound."""
    with app.database.read(account_id) as session:
        found = session.execute(_query().where(Inbound.id == inbound_id)).first()
        if found is None:
            raise NotFound(f"There is no message {inbound_id!r}. `outreach inbox list` shows them.")
        return _line(*found.tuple())


def _query() -> Select[Inbound, str]:
    name = func.trim(func.coalesce(Contact.first_name, "") + " " + func.coalesce(Contact.last_name, ""))
    return select(Inbound, name).outerjoin(Contact, Contact.id == Inbound.contact_id)


def _line(message: Inbound, name: str) -> InboxLine:
    return InboxLine(
        id=message.id,
        received_at=message.received_at,
        from_name=name,
        from_address=message.from_address,
        subject=message.subject,
        answer=str(message.answer),
        confidence=message.confidence,
        evidence=tuple(str(item) for item in message.evidence),
        said=message.said,
        done=message.done,
    )
