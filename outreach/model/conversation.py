"""A conversation: everything between one request and its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import Answer, Stage


class Conversation(AccountOwned, Base):
    """The road of one request; a contact has at most one that is open."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        same_account("contact_id", "contact"),
        Index(
            "uq_conversation_open",
            "account_id",
            "contact_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_conversation_follow_up", "stage", "follow_up_due_at"),
        Index("ix_conversation_thread", "account_id", "thread_id"),
    )

    id: Mapped[str] = primary_id()
    contact_id: Mapped[str] = mapped_column(String(20))
    stage: Mapped[Stage] = mapped_column(by_value(Stage), default=Stage.DRAFTED)
    #: Gmail's thread of the first letter.
    thread_id: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(500), default="")
    #: When the other side last wrote (a person, not a machine).
    replied_at: Mapped[datetime | None]
    last_answer: Mapped[Answer | None] = mapped_column(by_value(Answer))
    #: What the account owner should look at, in words; empty when nothing waits.
    needs_you: Mapped[str] = mapped_column(String(500), default="")
    follow_up_due_at: Mapped[datetime | None]
    follow_ups_sent: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SlotOffer(AccountOwned, Base):
    """One of the times offered by letter; released by age, by booking, or by a new offer."""

    __tablename__ = "slot_offer"
    __table_args__ = (
        same_account("conversation_id", "conversation"),
        Index("ix_slot_offer_open", "account_id", "released_at", "starts_at"),
    )

    id: Mapped[str] = primary_id()
    conversation_id: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
