"""People one writes to, and those who asked never to be written to again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import Source


class Contact(AccountOwned, Base):
    """One person. ``address_key`` is the address in the form that finds duplicates."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "address_key"),
        same_account("referrer_id", "contact"),
        Index("ix_contact_name", "account_id", "last_name", "first_name"),
    )

    id: Mapped[str] = primary_id()
    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str | None] = mapped_column(String(320))
    address_key: Mapped[str | None] = mapped_column(String(320))
    address_dead: Mapped[bool] = mapped_column(default=False)
    organization: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    zone: Mapped[str | None] = mapped_column(String(64))
    #: Where the zone was learned: file, phone, city, organization, person.
    zone_source: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100), default="")
    source: Mapped[Source | None] = mapped_column(by_value(Source))
    referred_by: Mapped[str] = mapped_column(String(320), default="")
    referrer_id: Mapped[str | None] = mapped_column(String(20))
    why_you: Mapped[str] = mapped_column(Text, default="")
    local: Mapped[bool | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    linkedin_url: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        """Return first and last name as one, or the address where there is no name."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or "somebody"


class DoNotContact(AccountOwned, Base):
    """An address that is never written to again, whatever lists it appears in."""

    __tablename__ = "do_not_contact"
    __table_args__ = (UniqueConstraint("account_id", "address_key"),)

    id: Mapped[str] = primary_id()
    address_key: Mapped[str] = mapped_column(String(320))
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
