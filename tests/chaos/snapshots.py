"""Copies of a whole database: the state in which every example begins, and backups that are put back later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import delete, insert, select, text

from outreach.database import EVERYBODY, Database
from outreach.model import Base

Snapshot: TypeAlias = sqlite3.Connection | dict[str, list[dict[str, Any]]]


def take(database: Database) -> Snapshot:
    """Return a copy of all rows: a copy of the file by SQLite's own backup, or the rows of every table."""
    if database.is_sqlite:
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with _raw(database) as connection:
            connection.backup(copy)
        return copy
    with database.read(EVERYBODY) as session:
        tables = Base.metadata.sorted_tables
        return {table.name: [dict(row) for row in session.execute(select(table)).mappings()] for table in tables}


def put_back(database: Database, snapshot: Snapshot) -> None:
    """Make the database what it was when the snapshot was taken."""
    if isinstance(snapshot, sqlite3.Connection):
        with _raw(database) as connection:
            snapshot.backup(connection)
        return
    with database.write(EVERYBODY) as session:
        # Contacts refer to each other; the checks come at the end.
        session.execute(text("SET session_replication_role = replica"))
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
        for table in Base.metadata.sorted_tables:
            if snapshot[table.name]:
                session.execute(insert(table), snapshot[table.name])
        session.execute(text("SET session_replication_role = DEFAULT"))


@contextmanager
def _raw(database: Database) -> Iterator[sqlite3.Connection]:
    connection = database.engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        yield driver
    finally:
        connection.close()
