"""A secret for the feed of one's own meetings; a link that was made with another one opens nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("feed_secret", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "feed_secret")
