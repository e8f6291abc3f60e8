"""When a letter's worker was last found dead, and which process it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CRASHED = sa.text("crashed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("letter", sa.Column("crashed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letter", sa.Column("crashed_mark", sa.String(length=32), nullable=True))
    op.create_index("ix_letter_crashed", "letter", ["crashed_at"], sqlite_where=CRASHED, postgresql_where=CRASHED)


def downgrade() -> None:
    op.drop_index("ix_letter_crashed", "letter")
    for name in ("crashed_at", "crashed_mark"):
        op.drop_column("letter", name)
