"""A letter: drafted, frozen, and delivered at most once. This table is the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, validates

from outreach.model.base import AccountOwned, Base, by_value, primary_id, same_account
from outreach.rules.addresses import address_key
from outreach.rules.kinds import LetterKind, LetterState

#: A meeting has one thank-you that may leave or has left; those that ended otherwise do not count.
_THE_THANK_YOU = "kind IN ('thank_you', 'thank_you_short') AND state NOT IN ('cancelled', 'expired', 'failed')"

_CRASHED = "crashed_at IS NOT NULL"
_IN_FLIGHT = "state IN ('leased', 'sending', 'unknown')"


_HAS_LEFT_A_DRAFT = "attempts > 0 AND state IN ('cancelled', 'expired')"


def has_left_a_draft(letter: Any) -> ColumnElement[bool]:
    """Return that an ended letter was tried, said as the index says it, so that it serves."""
    ended: ColumnElement[bool] = letter.state.in_([literal_column(f"'{each}'") for each in ("cancelled", "expired")])
    return and_(letter.attempts > literal_column("0"), ended)


def is_in_flight(state: Any) -> ColumnElement[bool]:
    """Return that a worker has the letter or nobody knows its fate: said as the index says it, so that it serves."""
    found: ColumnElement[bool] = state.in_([literal_column(f"'{each}'") for each in ("leased", "sending", "unknown")])
    return found


class Letter(AccountOwned, Base):
    """One letter on its way. ``frozen`` is the message, byte for byte what was previewed and what leaves."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "dedupe_key"),
        same_account("contact_id", "contact"),
        same_account("conversation_id", "conversation"),
        same_account("meeting_id", "meeting"),
        CheckConstraint(
            "state IN ('drafted', 'cancelled', 'expired', 'failed') OR frozen IS NOT NULL", name="frozen_when_approved"
        ),
        CheckConstraint("state NOT IN ('sending', 'unknown') OR draft_id IS NOT NULL", name="sending_has_draft"),
        CheckConstraint("(lease_token IS NOT NULL) = (state IN ('leased', 'sending'))", name="lease_while_working"),
        Index("ix_letter_due", "state", "priority", "due_at"),
        Index("ix_letter_in_flight", "account_id", sqlite_where=text(_IN_FLIGHT), postgresql_where=text(_IN_FLIGHT)),
        Index("ix_letter_crashed", "crashed_at", sqlite_where=text(_CRASHED), postgresql_where=text(_CRASHED)),
        Index(
            "ix_letter_left_draft",
            "due_at",
            sqlite_where=text(_HAS_LEFT_A_DRAFT),
            postgresql_where=text(_HAS_LEFT_A_DRAFT),
        ),
        Index("ix_letter_account_sent", "account_id", "sent_at"),
        Index("ix_letter_meeting", "account_id", "meeting_id"),
        Index("ix_letter_conversation", "account_id", "conversation_id"),
        Index("ix_letter_to_key", "account_id", "to_key"),
        Index("ix_letter_gmail", "account_id", "message_id"),
        Index(
            "uq_letter_thank_you",
            "account_id",
            "meeting_id",
            unique=True,
            sqlite_where=text(_THE_THANK_YOU),
            postgresql_where=text(_THE_THANK_YOU),
        ),
        Index(
            "ix_letter_read_back",
            # With the state in front, SQLite prefers it to every other index that begins with a state.
            "state",
            "due_at",
            sqlite_where=text("state = 'sent' AND message_id IS NULL"),
            postgresql_where=text("state = 'sent' AND message_id IS NULL"),
        ),
    )

    id: Mapped[str] = primary_id()
    contact_id: Mapped[str | None] = mapped_column(String(20))
    conversation_id: Mapped[str | None] = mapped_column(String(20))
    meeting_id: Mapped[str | None] = mapped_column(String(20))
    #: SEQUENCE of the meeting that the words tell of; a letter about an earlier one must not leave any more.
    meeting_sequence: Mapped[int | None]
    kind: Mapped[LetterKind] = mapped_column(by_value(LetterKind))
    #: Unique within the account: contact, conversation and step. Two rows with one key cannot be.
    dedupe_key: Mapped[str] = mapped_column(String(120))
    state: Mapped[LetterState] = mapped_column(by_value(LetterState), default=LetterState.DRAFTED)
    to_name: Mapped[str] = mapped_column(String(200), default="")
    to_address: Mapped[str] = mapped_column(String(320), default="")
    #: ``to_address`` in the form that is compared; set together with it.
    to_key: Mapped[str] = mapped_column(String(320), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    subject: Mapped[str] = mapped_column(String(500), default="")
    body_text: Mapped[str] = deferred(mapped_column(Text, default=""))
    body_html: Mapped[str] = deferred(mapped_column(Text, default=""))
    #: Facts that a person must supply before this can be approved; JSON list of names.
    missing: Mapped[list[Any]] = mapped_column(default=list)
    findings: Mapped[list[Any]] = mapped_column(default=list)
    frozen: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    sha256: Mapped[str | None] = mapped_column(String(64))
    #: Thread and parent that the frozen bytes answer to.
    reply_to_thread: Mapped[str | None] = mapped_column(String(40))

    #: Smaller goes first: 0 thank-yous, 1 about a meeting, 5 outreach, 7 follow-ups.
    priority: Mapped[int] = mapped_column(default=5)
    approved_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    why_then: Mapped[str] = mapped_column(String(300), default="")
    #: A promise to keep: quiet hours and caps yield to it.
    deadline_at: Mapped[datetime | None]
    #: After this instant it is not sent any more.
    expires_at: Mapped[datetime | None]

    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: How many workers in a row died with it in hand; an attempt that ends otherwise begins the count anew.
    recoveries: Mapped[int] = mapped_column(default=0)
    #: When its worker was last found to have died, and the mark of that process.
    crashed_at: Mapped[datetime | None]
    crashed_mark: Mapped[str | None] = mapped_column(String(32))
    draft_id: Mapped[str | None] = mapped_column(String(60))
    draft_thread_id: Mapped[str | None] = mapped_column(String(40))
    #: The mailbox's history id from before the send: where settling begins to look.
    history_before: Mapped[str | None] = mapped_column(String(40))
    sending_at: Mapped[datetime | None]
    looks: Mapped[int] = mapped_column(default=0)
    #: First look that found the letter nowhere though its draft was still there.
    missed_at: Mapped[datetime | None]

    sent_at: Mapped[datetime | None]
    gmail_id: Mapped[str | None] = mapped_column(String(40))
    thread_id: Mapped[str | None] = mapped_column(String(40))
    #: The Message-ID that Gmail stamped (it rewrites ours); what replies refer to.
    message_id: Mapped[str | None] = mapped_column(String(500))
    last_error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]

    @property
    def is_in_doubt(self) -> bool:
        """Whether it may have been sent without our knowing: it was looked for, or was seen to leave."""
        return bool(self.looks) or self.missed_at is not None or self.gmail_id is not None

    @validates("to_address")
    def _compare_as(self, _name: str, address: str) -> str:
        self.to_key = address_key(address)
        return address
