"""Backups of a SQLite database: one file, copied while others write, and put back as one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Executable

from outreach import migrate
from outreach.backup_note import BackupNote, checked_note
from outreach.database import Database
from outreach.errors import BadInput, Unavailable

MAGIC = b"SQLite format 3\x00"
_NOTE = "CREATE TABLE outreach_backup (made_at TEXT NOT NULL)"
_ITS_FILES = ("", "-wal", "-shm", "-journal")


def write_backup(source: Path, target: Path, made_at: datetime) -> None:
    """Copy the database at one moment into ``target``, which says when and is checked before it gets its name.

    Raises Unavailable when it cannot be written; then ``target`` is not there.
    """
    partial = _partial(target)
    with _swept(partial), _in_words(target):
        _copy(source, partial)
        with _opened(partial) as copy:
            copy.execute("DROP TABLE IF EXISTS outreach_backup")
            copy.execute(_NOTE)
            copy.execute("INSERT INTO outreach_backup VALUES (?)", (made_at.isoformat(),))
            _mark_accounts(copy, made_at)
            said = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
        if said != ["ok"]:
            raise Unavailable(f"The copy of {source} is damaged ({said[0]}): run `outreach doctor`.")
        _store(partial, target)


def _mark_accounts(copy: sqlite3.Connection, made_at: datetime) -> None:
    """Switch sending off in the copy itself: somebody may put it back with ``cp``."""
    columns = {row[1] for row in copy.execute("PRAGMA table_info(account)")}
    if "reconcile_from" in columns:
        moment = made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")  # as SQLAlchemy writes it
        copy.execute(
            "UPDATE account SET reconcile_from = ?1 WHERE reconcile_from IS NULL OR reconcile_from > ?1", (moment,)
        )


def read_note(path: Path) -> BackupNote:
    """Return what the backup says of itself. Raises BadInput when it is none, is damaged, or is too new."""
    try:
        with _opened(path, "mode=ro&immutable=1") as file:
            tables = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"outreach_backup", "alembic_version", "account", "letter"} <= tables:
                return checked_note(path, None, None)
            made_at = file.execute("SELECT made_at FROM outreach_backup").fetchone()
            revision = file.execute("SELECT version_num FROM alembic_version").fetchone()
            note = checked_note(path, *(str(row[0]) if row else None for row in (made_at, revision)))
            said = [row[0] for row in file.execute("PRAGMA integrity_check(3)")]
            strays = file.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadInput(f"{path} is damaged ({error}): take another backup.") from error
    if said != ["ok"] or strays:
        raise BadInput(f"{path} is damaged ({said[0] if said != ['ok'] else 'rows are missing'}): take another backup.")
    return note


def put_back(backup: Path, database: Path, ready: Sequence[Executable], kept: Path) -> None:
    """Put the backup's tables, brought up to date and treated with ``ready``, in the place of the database's.

    A database that can be read stays the file that it is: its pages are replaced in one transaction, so that whoever
    has it open sees either the old tables or the new, and a crash or a full disk leaves the old. One that cannot be
    read is moved to ``kept`` as it is. Raises Unavailable, with nothing changed.
    """
    partial = _partial(database)
    with _swept(partial), _in_words(database):
        _copy(backup, partial)
        with _opened(partial) as copy:
            copy.execute("DROP TABLE outreach_backup")
        made = Database(f"sqlite:///{partial}")
        try:
            migrate.upgrade(made)
            with made.connect(write=True) as connection, connection.begin():
                for statement in ready:
                    connection.execute(statement)
        finally:
            made.close()
        if is_usable(database):
            _replace_pages(partial, database)
        else:
            _set_aside(database, kept)
            _store(partial, database)


def is_usable(database: Path) -> bool:
    """Return whether there is a whole SQLite database at the place. Raises Unavailable when it stays locked."""
    if not database.exists() or not database.stat().st_size:
        return False
    try:
        with _opened(database) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise Unavailable(f"{database} is in use and stays so: stop what works on it, and try again.") from error
        return False


def _set_aside(database: Path, kept: Path) -> None:
    for ending in _ITS_FILES:
        with suppress(FileNotFoundError):
            Path(f"{database}{ending}").rename(f"{kept}{ending}")


def _replace_pages(source: Path, database: Path) -> None:
    with _opened(source) as new, _opened(database) as present:
        new.backup(present)
        present.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(source: Path, target: Path) -> None:
    """Copy at one moment, whoever writes meanwhile, into one file that nobody else can read."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with _opened(source, "mode=ro") as old, _opened(target) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def _store(partial: Path, target: Path) -> None:
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _opened(path: Path, how: str = "mode=rw") -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=30, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _swept(partial: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for ending in _ITS_FILES:
            Path(f"{partial}{ending}").unlink(missing_ok=True)


@contextmanager
def _in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        said = str(getattr(error, "strerror", None) or error)
        full = "full" in said.lower() or "no space" in said.lower()
        mend = "Free some space and try again." if full else "Look at its folder's owner and rights."
        raise Unavailable(f"{target} cannot be written ({said}): nothing was changed. {mend}") from error


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.partial")
