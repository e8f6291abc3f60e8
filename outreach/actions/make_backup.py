"""Make a backup: the whole database at one moment in one file, while others go on writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from outreach import backup_postgresql, backup_sqlite
from outreach.app import App
from outreach.database import Database
from outreach.errors import BadInput, Misconfigured, Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Backup:
    """The file, the instant that it holds (aware UTC), its size in bytes, and the key that is not in it."""

    path: Path
    made_at: datetime
    size: int
    key_file: Path


def make_backup(app: App, path: Path | None = None) -> Backup:
    """Write a backup to ``path``, or to a dated file in the home's ``backups``, and return what was written.

    Raises BadInput where the file is there already, Unavailable when it cannot be written.
    """
    now = app.now()
    target = path if path is not None else app.settings.home / "backups" / dated("outreach", now)
    write_backup(app.database, target, now)
    log.info("backup_made", path=str(target))
    return Backup(target, now, target.stat().st_size, app.settings.resolved_key_file)


def write_backup(database: Database, target: Path, made_at: datetime) -> None:
    """Write a backup of the database, whichever kind it is. Raises BadInput and Unavailable as ``make_backup`` does."""
    if target.exists():
        raise BadInput(f"{target} is there already: name another file, or move that one away.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(f"{target.parent} cannot be written: {error.strerror}.") from error
    if database.is_sqlite:
        backup_sqlite.write_backup(file_of(database), target, made_at)
    else:
        backup_postgresql.write_backup(database, target, made_at)


def file_of(database: Database) -> Path:
    """Return where a SQLite database lies. Raises Misconfigured for one that is kept in memory only."""
    name = database.url.database or ""
    if name in {"", ":memory:"}:
        raise Misconfigured("OUTREACH_DATABASE_URL names a database in memory: there is no file to back up.")
    return Path(name)


def dated(name: str, now: datetime) -> str:
    """Return a file name with the instant in it, in UTC: ``outreach-20260302T090000Z.backup``."""
    return f"{name}-{now:%Y%m%dT%H%M%SZ}.backup"
