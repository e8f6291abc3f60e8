"""A scratch copy of one account's rows: what really happens there is what a dry run shows, and nothing is changed.

A preview that was computed another way than the deed would sooner or later differ from it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from outreach import migrate
from outreach.app import App
from outreach.database import EVERYBODY, Database
from outreach.model import Account, Base
from outreach.queue import NoQueue

_CHUNK = 500
#: Left out of the copy: secrets, and the bytes of letters where only a plan is wanted.
_SECRETS: dict[tuple[str, str], Any] = {("account", "credentials"): None, ("account", "feed_secret"): None}
_BYTES: dict[tuple[str, str], Any] = {("letter", "frozen"): b""}


@contextmanager
def rehearsal(app: App, account_id: str, *, with_letters: bool = False) -> Iterator[App]:
    """Yield an app on a throw-away SQLite copy of the account's rows, whatever database they come from.

    The bytes of letters are copied ``with_letters`` only: a plan does not look at them.
    """
    left_out = _SECRETS if with_letters else _SECRETS | _BYTES
    with tempfile.TemporaryDirectory(prefix="outreach-") as folder:
        scratch = Database(f"sqlite:///{Path(folder) / 'rehearsal.db'}")
        try:
            migrate.upgrade(scratch)
            with app.database.read(EVERYBODY) as source, scratch.write(EVERYBODY) as target:
                # References among contacts point forward and back; they are checked when all rows are there.
                target.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                for table in Base.metadata.sorted_tables:
                    _copy(source, target, table, account_id, left_out)
            yield replace(app, database=scratch, queue=NoQueue())
        finally:
            scratch.close()


def _copy(
    source: Session, target: Session, table: Table, account_id: str, left_out: dict[tuple[str, str], Any]
) -> None:
    if "account_id" in table.c:
        query = select(table).where(table.c.account_id == account_id)
    elif table is Account.__table__:
        query = select(table).where(table.c.id == account_id)
    else:
        return
    result = source.execute(query.execution_options(yield_per=_CHUNK))
    for rows in result.mappings().partitions(_CHUNK):
        target.execute(insert(table), [_without(table.name, dict(row), left_out) for row in rows])


def _without(table: str, row: dict[str, Any], left_out: dict[tuple[str, str], Any]) -> dict[str, Any]:
    return {
        column: left_out[table, column] if (table, column) in left_out and value is not None else value
        for column, value in row.items()
    }
