"""What a guest sent from the booking page, by the key of the form: the same form sent twice is one request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, primary_id, same_account


class BookingRequest(AccountOwned, Base):
    """One form that was sent."""

    __tablename__ = "booking_request"
    __table_args__ = (
        UniqueConstraint("account_id", "conversation_id", "key"),
        same_account("conversation_id", "conversation"),
    )

    id: Mapped[str] = primary_id()
    conversation_id: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    #: When what it asks for was done; NULL while it is in hand.
    done_at: Mapped[datetime | None]
