"""What many workers need: turns at a mailbox, its quota, restored tables, findings, hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IN_FLIGHT = sa.text("state IN ('leased', 'sending', 'unknown')")
UNREAD = sa.text("state = 'sent' AND message_id IS NULL")
ADDED = ("units_at", "visit_token", "visit_until", "reconcile_from", "findings", "probed_at")


def upgrade() -> None:
    for name in ("units_at", "visit_until", "reconcile_from", "probed_at"):
        op.add_column("account", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("visit_token", sa.String(length=32), nullable=True))
    op.add_column("account", sa.Column("findings", sa.JSON(), nullable=False, server_default="{}"))
    op.create_index("ix_letter_in_flight", "letter", ["account_id"], sqlite_where=IN_FLIGHT, postgresql_where=IN_FLIGHT)
    # One that begins with the state, or SQLite reads every letter that was ever sent; the other served nobody else.
    op.drop_index("ix_letter_read_back", "letter")
    op.create_index("ix_letter_read_back", "letter", ["state", "due_at"], sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.drop_index("ix_letter_lease", "letter")
    op.create_table(
        "host",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )


def downgrade() -> None:
    op.drop_table("host")
    op.create_index("ix_letter_lease", "letter", ["state", "lease_until"])
    op.drop_index("ix_letter_read_back", "letter")
    op.create_index("ix_letter_read_back", "letter", ["due_at"], sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.drop_index("ix_letter_in_flight", "letter")
    # Not by copying the table, as SQLite's batch mode would: dropping the old one takes every row with it.
    for name in ADDED:
        op.drop_column("account", name)
