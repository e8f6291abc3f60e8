"""Guests who answer in the calendar itself: how far its changes were read, and which of their answers is the newest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DUE = sa.text("events_due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("account", sa.Column("events_token", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("events_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_account_events_due", "account", ["events_due_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.add_column("meeting", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "meeting",
        sa.Column("event_partstat", sa.String(length=20), nullable=False, server_default="NEEDS-ACTION"),
    )
    # Meetings that are booked already: their events are read too.
    op.execute(
        sa.text(
            "UPDATE account SET events_due_at = poll_due_at WHERE id IN "
            "(SELECT account_id FROM meeting WHERE status = 'confirmed')"
        )
    )


def downgrade() -> None:
    for name in ("answered_at", "event_partstat"):
        op.drop_column("meeting", name)
    op.drop_index("ix_account_events_due", "account")
    for name in ("events_token", "events_due_at"):
        op.drop_column("account", name)
