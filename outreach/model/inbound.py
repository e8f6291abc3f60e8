"""Messages that came in and concern us; each handled once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import Answer


class Inbound(AccountOwned, Base):
    """One message in, with what was understood and why."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("account_id", "gmail_id"),
        same_account("contact_id", "contact"),
        same_account("conversation_id", "conversation"),
        Index("ix_inbound_received", "account_id", "received_at"),
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
