"""What guests send from the booking page, each form once; and what they would like to say beforehand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEXT = sa.text("done >= 'next: ' AND done < 'next;'")


def upgrade() -> None:
    op.create_table(
        "booking_request",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.String(length=20), nullable=False),
        sa.Column("conversation_id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_booking_request_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "conversation_id"],
            ["conversation.account_id", "conversation.id"],
            name=op.f("fk_booking_request_account_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_request")),
        sa.UniqueConstraint(
            "account_id", "conversation_id", "key", name=op.f("uq_booking_request_account_id_conversation_id_key")
        ),
    )
    op.create_index("ix_inbound_next", "inbound", ["done"], sqlite_where=NEXT, postgresql_where=NEXT)
    op.add_column("meeting", sa.Column("guest_note", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("meeting", "guest_note")
    op.drop_index("ix_inbound_next", "inbound")
    op.drop_table("booking_request")
