"""Writes many rows at once: one prepared statement for all of one shape, where the unit of work takes them singly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, insert, inspect, update
from sqlalchemy.orm import DeclarativeBase, Session

_Mapped = TypeVar("_Mapped", bound=DeclarativeBase)


def insert_rows(session: Session, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that name their account themselves; all of them have the same columns."""
    if rows:
        session.execute(insert(table).execution_options(render_nulls=True), list(rows))


def insert_new(session: Session, table: type[_Mapped], made: Sequence[_Mapped]) -> None:
    """Insert mapped objects that name their account themselves; they do not become part of the session."""
    insert_rows(session, table, [dict(inspect(each).dict) for each in made])


def update_rows(
    session: Session, mapped: type[DeclarativeBase], account_id: str, changed: Sequence[dict[str, Any]]
) -> None:
    """Write ``{"id": …, column: value …}`` to rows of the account, those with the same columns together."""
    table = mapped.__table__
    assert isinstance(table, Table)
    by_shape: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for changes in changed:
        shape = tuple(sorted(set(changes) - {"id"}))
        by_shape.setdefault(shape, []).append({f"new_{name}": changes[name] for name in shape} | {"row": changes["id"]})
    for shape, rows in by_shape.items():
        # The ORM's own bulk update asks SQLite row by row; this is scoped by hand instead.
        statement = (
            update(table)
            .where(table.c.account_id == account_id, table.c.id == bindparam("row"))
            .values({name: bindparam(f"new_{name}") for name in shape})
        )
        session.connection().execute(statement, rows)
