"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OCCUPIES = "('hold', 'confirmed', 'held')"
# The rule is written out in both dialects: PostgreSQL excludes by index, SQLite by triggers on insert and update.
EXCLUDE = f"""
ALTER TABLE meeting ADD CONSTRAINT meeting_no_overlap
EXCLUDE USING gist (account_id WITH =, tstzrange(busy_from, busy_until, '[)') WITH &&)
WHERE (status IN {OCCUPIES})
"""
TRIGGER = """
CREATE TRIGGER meeting_no_overlap_{event} BEFORE {event} ON meeting
WHEN NEW.status IN {occupies} AND EXISTS (
    SELECT 1 FROM meeting AS other
    WHERE other.account_id = NEW.account_id AND other.status IN {occupies} AND other.id <> NEW.id
      AND other.busy_from < NEW.busy_until AND NEW.busy_from < other.busy_until
)
BEGIN SELECT RAISE(ABORT, 'meeting_no_overlap'); END
"""


def _refuse_overlap() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(EXCLUDE)
        return
    for event in ("insert", "update"):
        op.execute(TRIGGER.format(event=event, occupies=OCCUPIES))


def _allow_overlap() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE meeting DROP CONSTRAINT meeting_no_overlap")
        return
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER meeting_no_overlap_{event}")


# The closed lists, as text: a new value needs no change of type.
ACCOUNTSTATE = sa.Enum("active", "no_consent", "stopped", name="accountstate", native_enum=False, length=32)
SOURCE = sa.Enum(
    "referral", "alumni", "association", "colleague", "friend", "found", name="source", native_enum=False, length=32
)
STAGE = sa.Enum(
    "drafted",
    "queued",
    "sent",
    "followed_up",
    "replied",
    "slots_offered",
    "booked",
    "held",
    "thanked",
    "closed",
    "declined",
    "no_response",
    "bounced",
    "opted_out",
    "cancelled",
    "no_show",
    name="stage",
    native_enum=False,
    length=32,
)
ANSWER = sa.Enum(
    "bounce",
    "bounce_soft",
    "auto_reply",
    "calendar",
    "opt_out",
    "no",
    "no_with_name",
    "yes_with_time",
    "yes",
    "question",
    "other",
    "unreadable",
    name="answer",
    native_enum=False,
    length=32,
)
MEETINGSTATUS = sa.Enum(
    "hold", "confirmed", "held", "not_held", "cancelled", name="meetingstatus", native_enum=False, length=32
)
PLACEKIND = sa.Enum("office", "phone", "video", name="placekind", native_enum=False, length=32)
LETTERKIND = sa.Enum(
    "request_referral",
    "request_shared",
    "request_no_link",
    "follow_up",
    "ask_for_name",
    "slots_offered",
    "meeting_confirmed",
    "meeting_moved",
    "meeting_cancelled",
    "reminder",
    "thank_you",
    "thank_you_short",
    "report_back",
    "debrief_request",
    "thank_you_alarm",
    name="letterkind",
    native_enum=False,
    length=32,
)
LETTERSTATE = sa.Enum(
    "drafted",
    "approved",
    "scheduled",
    "leased",
    "sending",
    "sent",
    "unknown",
    "failed",
    "cancelled",
    "expired",
    name="letterstate",
    native_enum=False,
    length=32,
)
DEBT = sa.Enum("none", "owed", "drafted", "told", name="debt", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_source", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            ACCOUNTSTATE,
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(length=500), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("next_letter_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending_days", sa.Integer(), nullable=False),
        sa.Column("last_sending_day", sa.String(length=10), nullable=False),
        sa.Column("history_id", sa.String(length=40), nullable=True),
        sa.Column("poll_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("address", name=op.f("uq_account_address")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index("ix_account_poll_due", ["state", "poll_due_at"], unique=False)

    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("now", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("address_key", sa.String(length=320), nullable=True),
        sa.Column("address_dead", sa.Boolean(), nullable=False),
        sa.Column("organization", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("zone_source", sa.String(length=20), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column(
            "source",
            SOURCE,
            nullable=True,
        ),
        sa.Column("referred_by", sa.String(length=320), nullable=False),
        sa.Column("referrer_id", sa.String(length=20), nullable=True),
        sa.Column("why_you", sa.Text(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("linkedin_url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "referrer_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_contact_account_id_referrer_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contact_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("account_id", "address_key", name=op.f("uq_contact_account_id_address_key")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_contact_account_id_id")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_name", ["account_id", "last_name", "first_name"], unique=False)

    op.create_table(
        "do_not_contact",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_do_not_contact_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_contact")),
        sa.UniqueConstraint("account_id", "address_key", name=op.f("uq_do_not_contact_account_id_address_key")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=20), nullable=False),
        sa.Column(
            "stage",
            STAGE,
            nullable=False,
        ),
        sa.Column("thread_id", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "last_answer",
            ANSWER,
            nullable=True,
        ),
        sa.Column("needs_you", sa.String(length=500), nullable=False),
        sa.Column("follow_up_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_ups_sent", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_conversation_account_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_conversation_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_conversation_account_id_id")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_follow_up", ["stage", "follow_up_due_at"], unique=False)
        batch_op.create_index("ix_conversation_thread", ["account_id", "thread_id"], unique=False)
        batch_op.create_index(
            "uq_conversation_open",
            ["account_id", "contact_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "inbound",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("gmail_id", sa.String(length=40), nullable=False),
        sa.Column("thread_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=20), nullable=True),
        sa.Column("conversation_id", sa.String(length=20), nullable=True),
        sa.Column("from_address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            ANSWER,
            nullable=False,
        ),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("done", sa.String(length=500), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_inbound_account_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "conversation_id"],
            ["conversation.account_id", "conversation.id"],
            name=op.f("fk_inbound_account_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_inbound_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("account_id", "gmail_id", name=op.f("uq_inbound_account_id_gmail_id")),
    )
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_received", ["account_id", "received_at"], unique=False)

    op.create_table(
        "meeting",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=20), nullable=False),
        sa.Column(
            "status",
            MEETINGSTATUS,
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column(
            "place_kind",
            PLACEKIND,
            nullable=False,
        ),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("uid", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invite_channel", sa.String(length=10), nullable=False),
        sa.Column("calendar_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calendar_attempts", sa.Integer(), nullable=False),
        sa.Column("calendar_error", sa.String(length=500), nullable=False),
        sa.Column("next_alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarms_sent", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("debriefed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("partstat", sa.String(length=20), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "starts_at < ends_at AND busy_from <= starts_at AND ends_at <= busy_until", name=op.f("ck_meeting_whole")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_meeting_account_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "conversation_id"],
            ["conversation.account_id", "conversation.id"],
            name=op.f("fk_meeting_account_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_meeting_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_meeting_account_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_meeting_uid")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_after", ["status", "next_alarm_at"], unique=False)
        batch_op.create_index("ix_meeting_busy", ["account_id", "status", "busy_from"], unique=False)
        batch_op.create_index(
            "ix_meeting_calendar_due",
            ["calendar_due_at"],
            unique=False,
            sqlite_where=sa.text("calendar_due_at IS NOT NULL"),
            postgresql_where=sa.text("calendar_due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_meeting_contact", ["account_id", "contact_id"], unique=False)

    op.create_table(
        "slot_offer",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "conversation_id"],
            ["conversation.account_id", "conversation.id"],
            name=op.f("fk_slot_offer_account_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_slot_offer_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_offer")),
    )
    with op.batch_alter_table("slot_offer", schema=None) as batch_op:
        batch_op.create_index("ix_slot_offer_open", ["account_id", "released_at", "starts_at"], unique=False)

    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=20), nullable=True),
        sa.Column("conversation_id", sa.String(length=20), nullable=True),
        sa.Column("meeting_id", sa.String(length=20), nullable=True),
        sa.Column("meeting_sequence", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            LETTERKIND,
            nullable=False,
        ),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            LETTERSTATE,
            nullable=False,
        ),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("to_key", sa.String(length=320), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=True),
        sa.Column("body_html", sa.Text(), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("frozen", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("reply_to_thread", sa.String(length=40), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_then", sa.String(length=300), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("recoveries", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.String(length=60), nullable=True),
        sa.Column("draft_thread_id", sa.String(length=40), nullable=True),
        sa.Column("history_before", sa.String(length=40), nullable=True),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gmail_id", sa.String(length=40), nullable=True),
        sa.Column("thread_id", sa.String(length=40), nullable=True),
        sa.Column("message_id", sa.String(length=500), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(lease_token IS NOT NULL) = (state IN ('leased', 'sending'))", name=op.f("ck_letter_lease_while_working")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sending', 'unknown') OR draft_id IS NOT NULL", name=op.f("ck_letter_sending_has_draft")
        ),
        sa.CheckConstraint(
            "state IN ('drafted', 'cancelled', 'expired', 'failed') OR frozen IS NOT NULL",
            name=op.f("ck_letter_frozen_when_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_letter_account_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "conversation_id"],
            ["conversation.account_id", "conversation.id"],
            name=op.f("fk_letter_account_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "meeting_id"],
            ["meeting.account_id", "meeting.id"],
            name=op.f("fk_letter_account_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_letter_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("account_id", "dedupe_key", name=op.f("uq_letter_account_id_dedupe_key")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_letter_account_id_id")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index("ix_letter_account_sent", ["account_id", "sent_at"], unique=False)
        batch_op.create_index("ix_letter_conversation", ["account_id", "conversation_id"], unique=False)
        batch_op.create_index("ix_letter_due", ["state", "priority", "due_at"], unique=False)
        batch_op.create_index("ix_letter_gmail", ["account_id", "message_id"], unique=False)
        batch_op.create_index("ix_letter_lease", ["state", "lease_until"], unique=False)
        batch_op.create_index("ix_letter_meeting", ["account_id", "meeting_id"], unique=False)
        batch_op.create_index("ix_letter_to_key", ["account_id", "to_key"], unique=False)
        batch_op.create_index(
            "uq_letter_thank_you",
            ["account_id", "meeting_id"],
            unique=True,
            sqlite_where=sa.text(
                "kind IN ('thank_you', 'thank_you_short') AND state NOT IN ('cancelled', 'expired', 'failed')"
            ),
            postgresql_where=sa.text(
                "kind IN ('thank_you', 'thank_you_short') AND state NOT IN ('cancelled', 'expired', 'failed')"
            ),
        )
        batch_op.create_index(
            "ix_letter_read_back",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'sent' AND message_id IS NULL"),
            postgresql_where=sa.text("state = 'sent' AND message_id IS NULL"),
        )

    op.create_table(
        "referral",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("introducer_id", sa.String(length=20), nullable=False),
        sa.Column("introduced_id", sa.String(length=20), nullable=False),
        sa.Column("meeting_id", sa.String(length=20), nullable=True),
        sa.Column("may_use_name", sa.Boolean(), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column(
            "debt",
            DEBT,
            nullable=False,
        ),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("letter_id", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.CheckConstraint("introducer_id <> introduced_id", name=op.f("ck_referral_no_self")),
        sa.ForeignKeyConstraint(
            ["account_id", "introduced_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_referral_account_id_introduced_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "introducer_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_referral_account_id_introducer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "letter_id"],
            ["letter.account_id", "letter.id"],
            name=op.f("fk_referral_account_id_letter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "meeting_id"],
            ["meeting.account_id", "meeting.id"],
            name=op.f("fk_referral_account_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_referral_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint(
            "account_id",
            "introducer_id",
            "introduced_id",
            name=op.f("uq_referral_account_id_introducer_id_introduced_id"),
        ),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index("ix_referral_debt", ["debt", "account_id"], unique=False)
        batch_op.create_index("ix_referral_introduced", ["account_id", "introduced_id"], unique=False)
    _refuse_overlap()


def downgrade() -> None:
    _allow_overlap()
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index("ix_referral_introduced")
        batch_op.drop_index("ix_referral_debt")

    op.drop_table("referral")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_letter_thank_you",
            sqlite_where=sa.text(
                "kind IN ('thank_you', 'thank_you_short') AND state NOT IN ('cancelled', 'expired', 'failed')"
            ),
            postgresql_where=sa.text(
                "kind IN ('thank_you', 'thank_you_short') AND state NOT IN ('cancelled', 'expired', 'failed')"
            ),
        )
        batch_op.drop_index(
            "ix_letter_read_back",
            sqlite_where=sa.text("state = 'sent' AND message_id IS NULL"),
            postgresql_where=sa.text("state = 'sent' AND message_id IS NULL"),
        )
        batch_op.drop_index("ix_letter_to_key")
        batch_op.drop_index("ix_letter_meeting")
        batch_op.drop_index("ix_letter_lease")
        batch_op.drop_index("ix_letter_gmail")
        batch_op.drop_index("ix_letter_due")
        batch_op.drop_index("ix_letter_conversation")
        batch_op.drop_index("ix_letter_account_sent")

    op.drop_table("letter")
    with op.batch_alter_table("slot_offer", schema=None) as batch_op:
        batch_op.drop_index("ix_slot_offer_open")

    op.drop_table("slot_offer")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_meeting_contact")
        batch_op.drop_index(
            "ix_meeting_calendar_due",
            sqlite_where=sa.text("calendar_due_at IS NOT NULL"),
            postgresql_where=sa.text("calendar_due_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_meeting_busy")
        batch_op.drop_index("ix_meeting_after")

    op.drop_table("meeting")
    with op.batch_alter_table("inbound", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_received")

    op.drop_table("inbound")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_conversation_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index("ix_conversation_thread")
        batch_op.drop_index("ix_conversation_follow_up")

    op.drop_table("conversation")
    op.drop_table("do_not_contact")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_name")

    op.drop_table("contact")
    op.drop_table("clock")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_poll_due")

    op.drop_table("account")
