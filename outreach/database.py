"""The database: engine, sessions, and the one place where every query is scoped to an account.

``write(account)`` and ``read(account)`` open one transaction each. A session that was opened for an account sees
and writes that account's rows only; a sweep over all accounts says ``EVERYBODY`` in so many words.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import ClauseElement, Engine, Table, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from outreach.errors import Misconfigured, Unavailable
from outreach.model.base import AccountOwned
from outreach.turns import Turns

#: How long a writer waits for the others, in seconds.
_PATIENCE = 30


class Everybody:
    """The scope of sweeps, which look at all accounts."""


EVERYBODY = Everybody()
Scope = str | Everybody | None


class Database:
    """Opens transactions. One engine a process; SQLite writers begin IMMEDIATE, so no update can be lost."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.engine = _engine(self.url)
        self._writer = self.engine.execution_options(outreach_write=True)
        self._turns = Turns()

    @property
    def is_sqlite(self) -> bool:
        """Return whether the truth is kept in a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self, scope: Scope = None) -> Iterator[Session]:
        """Open a transaction that may write; commits at the end, rolls back on any exception.

        Never hold it over the network or over rendering. Raises Unavailable when the disk is full or the
        database cannot be reached; then nothing was changed, unless the connection broke in COMMIT: then nobody
        knows, and whoever goes on looks at the rows.
        """
        session = Session(self._writer, expire_on_commit=False, info={"scope": scope})
        with self._turn(), _translated(), session, session.begin():
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of this process write to SQLite one after the other. Raises Unavailable after 30 seconds."""
        if not self.is_sqlite:
            yield
            return
        with self._turns.turn(_PATIENCE) as had:
            if not had:
                raise Unavailable(_in_words("locked"))
            yield

    @contextmanager
    def read(self, scope: Scope = None) -> Iterator[Session]:
        """Open a read-only look at one moment's state."""
        with _translated(), Session(self.engine, expire_on_commit=False, info={"scope": scope}) as session:
            yield session
            # Rows that were read stay readable as values; a rollback would empty those that are still attached.
            session.expunge_all()
            session.rollback()

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[Connection]:
        """Open a connection below the ORM, for migrations; errors come in words, as from ``write`` and ``read``."""
        with _translated(), (self._writer if write else self.engine).connect() as connection:
            yield connection

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction that may write, below the ORM and its scopes, for a statement that names its one row.

        Commits, rolls back and raises as ``write`` does.
        """
        with self._turn(), _translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"OUTREACH_DATABASE_URL is not a database URL: {url!r}.") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise Misconfigured(
            f"OUTREACH_DATABASE_URL names {parsed.get_backend_name()!r}; only sqlite and postgresql are known."
        )
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=16)
    engine = create_engine(
        url, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, pool_size=8, max_overflow=64
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transaction handling loses updates (measured); we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_PATIENCE * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("outreach_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@event.listens_for(Session, "do_orm_execute")
def _scope_query(state: ORMExecuteState) -> None:
    scope = state.session.info.get("scope", EVERYBODY)
    if isinstance(scope, Everybody) or state.is_column_load or state.is_relationship_load:
        return
    if not _touches_owned(state):
        return
    if scope is None:
        raise RuntimeError("A query on an account's rows came from a session opened without an account.")
    if not state.is_orm_statement:
        raise RuntimeError("A query by tables, not by mapped classes, cannot be kept to one account.")
    state.statement = state.statement.options(
        with_loader_criteria(
            AccountOwned, lambda owner: owner.account_id == scope, include_aliases=True, track_closure_variables=True
        )
    )


def _touches_owned(state: ORMExecuteState) -> bool:
    """Return whether rows of accounts are read or changed, by the statement itself or by one within it.

    What is written with mapped classes is then kept to the account wherever it stands. Tables by themselves, and text,
    within a statement of mapped classes are not: such a thing has to name the account itself.
    """
    if any(issubclass(mapper.class_, AccountOwned) for mapper in state.all_mappers):
        return True
    return any(
        isinstance(part, Table) and part.name != "account" and "account_id" in part.c
        for part in visitors.iterate(cast(ClauseElement, state.statement))
    )


@event.listens_for(Session, "before_flush")
def _own_new_rows(session: Session, _context: UOWTransaction, _instances: object) -> None:
    scope = session.info.get("scope", EVERYBODY)
    for row in session.new:
        if not isinstance(row, AccountOwned):
            continue
        owner: str | None = row.account_id
        if owner is None and isinstance(scope, str):
            row.account_id = owner = scope
        if owner is None or (isinstance(scope, str) and owner != scope):
            raise RuntimeError(f"{type(row).__name__} belongs to another account than its session.")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the driver says into what a person can act upon; programming errors pass unchanged."""
    try:
        yield
    except (DataError, IntegrityError, ProgrammingError):
        raise
    except DatabaseError as error:
        raise Unavailable(_in_words(str(error.orig))) from error


def _in_words(said: str) -> str:
    lowered = said.lower()
    if "disk is full" in lowered or "no space left" in lowered:
        return "The disk is full: nothing was changed. Free some space and try again."
    if "readonly" in lowered or "unable to open" in lowered:
        return f"The database file cannot be opened for writing ({said}). Look at its folder's owner and rights."
    if "no such table" in lowered or "no such column" in lowered:
        return f"The database is older than this program ({said}). Run `outreach doctor --mend`."
    if "malformed" in lowered or "not a database" in lowered:
        return f"The database file is damaged ({said}). Stop everything, keep a copy, and put back a backup."
    if "locked" in lowered:
        return "The database is busy with another process and stayed so for 30 seconds: nothing was changed. Try again."
    return f"The database cannot be used just now ({said.splitlines()[0] if said else 'no reason given'})."


def violates(error: IntegrityError, name: str) -> bool:
    """Return whether an integrity error comes from the constraint or trigger called ``name``."""
    said: Any = error.orig
    diagnosis = getattr(said, "diag", None)
    return name in str(said) or (diagnosis is not None and diagnosis.constraint_name == name)
