"""Alembic's entry: runs on the connection that ``outreach.migrate`` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from outreach.model import __all__ as _all_tables  # noqa: F401 - importing loads every table
from outreach.model.base import Base, UtcDateTime


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration must not change when the model's types do, so it names plain SQLAlchemy types.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
