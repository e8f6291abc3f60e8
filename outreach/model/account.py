"""An account: whose mailbox and calendar we use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import Base, by_value, primary_id


class AccountState(StrEnum):
    """Whether letters may leave."""

    ACTIVE = "active"
    NO_CONSENT = "no_consent"  # never connected, or the token is dead: only the owner can mend that
    STOPPED = "stopped"  # by its owner


class Account(Base):
    """Whose letters these are. ``credentials`` is ciphertext bound to this row's id; the key lies elsewhere."""

    __tablename__ = "account"
    __table_args__ = (
        Index("ix_account_poll_due", "state", "poll_due_at"),
        Index(
            "ix_account_events_due",
            "events_due_at",
            sqlite_where=text("events_due_at IS NOT NULL"),
            postgresql_where=text("events_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = primary_id()
    address: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    name_source: Mapped[str] = mapped_column(String(20), default="")
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    state: Mapped[AccountState] = mapped_column(by_value(AccountState), default=AccountState.NO_CONSENT)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    paused_until: Mapped[datetime | None]
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Theoretical arrival time of the pacing rule: no ordinary letter leaves before it.
    next_letter_at: Mapped[datetime | None]
    #: Days on which ordinary letters left so far, for the ramp, and the last of them (account's zone, ISO date).
    sending_days: Mapped[int] = mapped_column(default=0)
    last_sending_day: Mapped[str] = mapped_column(String(10), default="")
    #: Gmail's history id up to which the inbox was handled.
    history_id: Mapped[str | None] = mapped_column(String(40))
    poll_due_at: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    #: Google's token of how far the calendar's changes were read, and when they are read next; NULL when nobody meets.
    events_token: Mapped[str | None] = mapped_column(Text)
    events_due_at: Mapped[datetime | None]
    #: Theoretical arrival time of Gmail's quota units: what this mailbox may still spend.
    units_at: Mapped[datetime | None]
    #: Who reads this mailbox now: one at a time beside the letters that are leaving.
    visit_token: Mapped[str | None] = mapped_column(String(32))
    visit_until: Mapped[datetime | None]
    #: The tables were restored from a backup of this instant: nothing leaves until Sent has been compared with them.
    reconcile_from: Mapped[datetime | None]
    #: By Google's clock, when its search shows all that was sent before a restore; NULL where history shows it. It is
    #: kept by a further restore, for history is read on from the first look after it.
    search_shows_at: Mapped[datetime | None]
    #: What `outreach account probe` found out about this mailbox, by name of the question.
    findings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    probed_at: Mapped[datetime | None]
    #: Part of the link to the feed of meetings; NULL where there is none. Another one makes the old link worthless.
    feed_secret: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
