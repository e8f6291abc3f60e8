"""Who led to whom, and what is owed for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import Debt


class Referral(AccountOwned, Base):
    """One edge of the chain: ``introducer`` gave the name of ``introduced``."""

    __tablename__ = "referral"
    __table_args__ = (
        UniqueConstraint("account_id", "introducer_id", "introduced_id"),
        CheckConstraint("introducer_id <> introduced_id", name="no_self"),
        same_account("introducer_id", "contact"),
        same_account("introduced_id", "contact"),
        same_account("meeting_id", "meeting"),
        same_account("letter_id", "letter"),
        Index("ix_referral_introduced", "account_id", "introduced_id"),
        Index("ix_referral_debt", "debt", "account_id"),
    )

    id: Mapped[str] = primary_id()
    introducer_id: Mapped[str] = mapped_column(String(20))
    introduced_id: Mapped[str] = mapped_column(String(20))
    #: The meeting at which the name was given; NULL when it came by mail or file.
    meeting_id: Mapped[str | None] = mapped_column(String(20))
    may_use_name: Mapped[bool] = mapped_column(default=True)
    #: The sentence it came from.
    said: Mapped[str] = mapped_column(String(500), default="")
    debt: Mapped[Debt] = mapped_column(by_value(Debt), default=Debt.NONE)
    #: What came of it, once something did: met or declined.
    outcome: Mapped[str] = mapped_column(String(20), default="")
    letter_id: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
