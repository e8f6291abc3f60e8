"""Writes many contacts at once: one prepared statement for all rows of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import DeclarativeBase, Session

from outreach.model import Contact


def insert_rows(session: Session, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that name their account themselves; all of them have the same columns."""
    if rows:
        session.execute(insert(table).execution_options(render_nulls=True), list(rows))


def update_contacts(session: Session, account_id: str, changed: Sequence[dict[str, Any]]) -> None:
    """Write ``{"id": …, column: value …}`` to contacts of the account, those with the same columns together."""
    contact = Contact.__table__
    assert isinstance(contact, Table)
    by_shape: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for changes in changed:
        shape = tuple(sorted(set(changes) - {"id"}))
        by_shape.setdefault(shape, []).append({f"new_{name}": changes[name] for name in shape} | {"row": changes["id"]})
    for shape, rows in by_shape.items():
        # The ORM's own bulk update asks SQLite row by row; this is scoped by hand instead.
        statement = (
            update(contact)
            .where(contact.c.account_id == account_id, contact.c.id == bindparam("row"))
            .values({name: bindparam(f"new_{name}") for name in shape})
        )
        session.execute(statement, rows)
