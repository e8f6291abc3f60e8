"""Restore a backup: its tables take the place of the present ones, and nothing leaves until Sent was compared.

What the tables believe is as old as the backup; what was sent since stands in the mailboxes only. So each account's
``reconcile_from`` is set before the tables are put into place, in the same file or transaction; ``reconcile_account``
takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Executable, delete, or_, update

from outreach import backup_postgresql, backup_sqlite, migrate
from outreach.actions.make_backup import dated, file_of, write_backup
from outreach.backup_note import BackupNote
from outreach.clock import SimulatedClock, SystemClock
from outreach.database import Database
from outreach.errors import BadInput, OutreachError, TryLater
from outreach.model import Account, Host, Letter
from outreach.model.clock import ClockRow
from outreach.process_mark import ProcessMark, marks_folder
from outreach.rules.kinds import LetterState
from outreach.run_lock import run_lock
from outreach.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Restored:
    """What was put back: the file, the instant that its tables hold, and where the tables that were there are kept.

    ``kept`` is None where there were none.
    """

    path: Path
    made_at: datetime
    revision: str
    kept: Path | None


def restore_backup(settings: Settings, path: Path) -> Restored:
    """Put the backup's tables into the place of the present ones, with all sending off. Return what was done.

    Takes settings and no app: the present database may be missing, damaged or another program's. Raises BadInput for a
    file that cannot be restored, TryLater while something works on the home or database, Unavailable when writing
    fails; in each case nothing was changed.
    """
    database = Database(settings.resolved_database_url)
    try:
        with run_lock(settings.home), _nobody_works(settings, database):
            restored = (_restore_sqlite if database.is_sqlite else _restore_postgresql)(settings, database, path)
    finally:
        database.close()
    log.warning("backup_restored", path=str(path), made_at=restored.made_at.isoformat())
    return restored


@contextmanager
def _nobody_works(settings: Settings, database: Database) -> Iterator[None]:
    if others := ProcessMark(marks_folder(settings.home, database)).others():
        raise TryLater(f"A worker (process {', '.join(others)}) works on {settings.home}: stop it first.")
    yield


def _restore_sqlite(settings: Settings, database: Database, path: Path) -> Restored:
    _refuse_kind(path, backup_sqlite.MAGIC, "SQLite")
    note = backup_sqlite.read_note(path)
    present = file_of(database)
    usable = backup_sqlite.is_usable(present)
    now = _now(settings, database, note, usable=usable)
    kept = _free(present.with_name(dated(f"{present.name}-before-restore", now)))
    if usable:
        write_backup(database, kept, now)
    database.close()
    present.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    backup_sqlite.put_back(path, present, made_ready(note.made_at, now), kept)
    return Restored(path, note.made_at, note.revision, kept if kept.exists() else None)


def _restore_postgresql(settings: Settings, database: Database, path: Path) -> Restored:
    _refuse_kind(path, backup_postgresql.MAGIC, "PostgreSQL")
    tools = backup_postgresql.tools_for(database)
    note = backup_postgresql.read_note(tools, path)
    usable = migrate.present(database) is not None
    now = _now(settings, database, note, usable=usable)
    kept = _free(settings.home / "backups" / dated("before-restore", now))
    if usable:
        write_backup(database, kept, now)
    backup_postgresql.refuse_others(database)
    database.close()
    backup_postgresql.put_back(tools, path, made_ready(note.made_at, now))
    migrate.upgrade(database)
    return Restored(path, note.made_at, note.revision, kept if usable else None)


def _refuse_kind(path: Path, magic: bytes, kind: str) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(16)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    if begins.startswith(magic):
        return
    other = {backup_sqlite.MAGIC: "SQLite", backup_postgresql.MAGIC: "PostgreSQL"}
    for known, name in other.items():
        if begins.startswith(known):
            raise BadInput(f"{path} is a backup of {name}, and OUTREACH_DATABASE_URL names a database of {kind}.")
    raise BadInput(f"{path} is no backup of this program: name a file that `outreach backup` has written.")


def _now(settings: Settings, database: Database, note: BackupNote, *, usable: bool) -> datetime:
    """Return the present instant; simulated time stands in the tables that are about to go."""
    if settings.clock != "simulated":
        return SystemClock().now()
    if not usable:
        return note.made_at
    try:
        return SimulatedClock(database).now()
    except OutreachError:
        return note.made_at


def _free(path: Path) -> Path:
    """Return the path, or one like it that is not taken."""
    names = (path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, 1000)))
    return next(name for name in names if not name.exists())


def made_ready(made_at: datetime, now: datetime) -> list[Executable]:
    """Return what is done to restored tables before anybody sees them: sending off, dead leases ended, time kept."""
    freed = {"lease_token": None, "lease_until": None, "due_at": now}
    unfinished = or_(Account.reconcile_from.is_(None), Account.reconcile_from > made_at)
    return [
        update(Account).where(unfinished).values(reconcile_from=made_at),
        update(Account).values(poll_due_at=now, paused_until=None, visit_token=None, visit_until=None, units_at=None),
        update(Letter).where(Letter.state == LetterState.LEASED).values(state=LetterState.SCHEDULED, **freed),
        update(Letter)
        .where(Letter.state == LetterState.SENDING)
        .values(state=LetterState.UNKNOWN, last_error="was being sent when the backup was made", **freed),
        delete(Host),
        update(ClockRow).where(ClockRow.now < now).values(now=now),
    ]
