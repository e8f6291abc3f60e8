"""When a letter's worker was last found dead, and which process it was; which ended letters have left a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LEFT_A_DRAFT = sa.text("attempts > 0 AND state IN ('cancelled', 'expired')")
CRASHED = sa.text("crashed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("letter", sa.Column("crashed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letter", sa.Column("crashed_mark", sa.String(length=32), nullable=True))
    op.create_index("ix_letter_crashed", "letter", ["crashed_at"], sqlite_where=CRASHED, postgresql_where=CRASHED)
    op.create_index(
        "ix_letter_left_draft", "letter", ["due_at"], sqlite_where=LEFT_A_DRAFT, postgresql_where=LEFT_A_DRAFT
    )


def downgrade() -> None:
    op.drop_index("ix_letter_left_draft", "letter")
    op.drop_index("ix_letter_crashed", "letter")
    for name in ("crashed_at", "crashed_mark"):
        op.drop_column("letter", name)
