"""Messages that came in and concern us; each handled once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Index,
    SQLColumnExpression,
    String,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import Answer

#: Messages after which something is still to be done; ``is_next`` says the same in a query.
_NEXT = "done >= 'next: ' AND done < 'next;'"


def is_next(done: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Return the condition that the partial index is for, written as it is there: only so does it serve."""
    return and_(done >= literal_column("'next: '"), done < literal_column("'next;'"))


class Inbound(AccountOwned, Base):
    """One message in, with what was understood and why."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("account_id", "gmail_id"),
        same_account("contact_id", "contact"),
        same_account("conversation_id", "conversation"),
        Index("ix_inbound_received", "account_id", "received_at"),
        Index("ix_inbound_next", "done", sqlite_where=text(_NEXT), postgresql_where=text(_NEXT)),
    )

    id: Mapped[str] = primary_id()
    gmail_id: Mapped[str] = mapped_column(String(40))
    thread_id: Mapped[str] = mapped_column(String(40), default="")
    contact_id: Mapped[str | None] = mapped_column(String(20))
    conversation_id: Mapped[str | None] = mapped_column(String(20))
    from_address: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(String(500), default="")
    message_id: Mapped[str] = mapped_column(String(500), default="")
    received_at: Mapped[datetime]
    answer: Mapped[Answer] = mapped_column(by_value(Answer))
    confidence: Mapped[float] = mapped_column(default=0.0)
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    #: The new words only, without quotes and signature.
    said: Mapped[str] = mapped_column(Text, default="")
    #: What was done about it, in words.
    done: Mapped[str] = mapped_column(String(500), default="")
    handled_at: Mapped[datetime]
