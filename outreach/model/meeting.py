"""A meeting, and the time that it occupies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.kinds import MeetingStatus, PlaceKind

#: Name of the trigger (SQLite) and the exclusion constraint (PostgreSQL) that refuse overlap.
NO_OVERLAP = "meeting_no_overlap"


class Meeting(AccountOwned, Base):
    """A conversation in the calendar. Half-open ``[busy_from, busy_until)`` includes the buffers."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        same_account("contact_id", "contact"),
        same_account("conversation_id", "conversation"),
        CheckConstraint("starts_at < ends_at AND busy_from <= starts_at AND ends_at <= busy_until", name="whole"),
        Index("ix_meeting_busy", "account_id", "status", "busy_from"),
        Index("ix_meeting_contact", "account_id", "contact_id"),
        Index("ix_meeting_after", "status", "next_alarm_at"),
        Index(
            "ix_meeting_calendar_due",
            "calendar_due_at",
            sqlite_where=text("calendar_due_at IS NOT NULL"),
            postgresql_where=text("calendar_due_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = primary_id()
    contact_id: Mapped[str] = mapped_column(String(20))
    conversation_id: Mapped[str] = mapped_column(String(20))
    status: Mapped[MeetingStatus] = mapped_column(by_value(MeetingStatus), default=MeetingStatus.CONFIRMED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_from: Mapped[datetime]
    busy_until: Mapped[datetime]
    #: The contact's zone: the wall time the two agreed on is read in it.
    zone: Mapped[str] = mapped_column(String(64))
    place_kind: Mapped[PlaceKind] = mapped_column(by_value(PlaceKind))
    place: Mapped[str] = mapped_column(String(500), default="")
    uid: Mapped[str] = mapped_column(String(200), unique=True)
    event_id: Mapped[str] = mapped_column(String(100))
    sequence: Mapped[int] = mapped_column(default=0)
    #: mail: our own invitation, event inserted silently; google: Google writes to the guest. Never both.
    invite_channel: Mapped[str] = mapped_column(String(10), default="mail")

    #: When the event in Google's calendar has to be made to match; NULL when it does.
    calendar_due_at: Mapped[datetime | None]
    calendar_attempts: Mapped[int] = mapped_column(default=0)
    calendar_error: Mapped[str] = mapped_column(String(500), default="")

    #: When to ask or alarm next after the end; NULL when nothing is left to ask.
    next_alarm_at: Mapped[datetime | None]
    alarms_sent: Mapped[int] = mapped_column(default=0)
    topics: Mapped[list[Any]] = mapped_column(default=list)
    notes: Mapped[str] = mapped_column(Text, default="")
    #: What the guest wrote when booking; for the owner's eyes, it goes into no letter.
    guest_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    debriefed_at: Mapped[datetime | None]
    partstat: Mapped[str] = mapped_column(String(20), default="NEEDS-ACTION")
    #: When they gave that answer (DTSTAMP): an older one that comes in later does not count.
    answered_at: Mapped[datetime | None]
    #: What the event in the calendar said last; only what differs from it is news.
    event_partstat: Mapped[str] = mapped_column(String(20), default="NEEDS-ACTION", server_default="NEEDS-ACTION")
    booked_at: Mapped[datetime]
