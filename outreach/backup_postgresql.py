"""Backups of a PostgreSQL database with its own programs: pg_dump, pg_restore and psql, found on the PATH."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql

from outreach.backup_note import BackupNote, checked_note, what_went_wrong
from outreach.database import Database
from outreach.errors import BadInput, TryLater, Unavailable
from outreach.model import Base

MAGIC = b"PGDMP"
_SAYS = "outreach backup made at "
_NOTE = re.compile(rf"COMMENT ON TABLE \S*account IS '{_SAYS}([^']+)'")
_REVISION = re.compile(r"^COPY [^\n]*alembic_version[^\n]*\n(\S+)$", re.MULTILINE)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Tools:
    """The folder that holds the programs, and the environment with which they find the database."""

    folder: Path
    environment: Mapping[str, str]
    url: str

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return what it said."""
        command = [str(self.folder / program), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)  # noqa: S603


def tools_for(database: Database) -> Tools:
    """Return the programs that fit the server: of its own version, else the next newer ones on the PATH.

    Raises Unavailable, saying what to install, when there are none.
    """
    with database.connect() as connection:
        number = connection.exec_driver_sql("SHOW server_version_num").scalar()
    server = int(str(number)) // 10_000
    found = {version: folder for folder in reversed(_folders()) if (version := _version(folder))}
    fitting = [version for version in found if version >= server]
    if not fitting:
        there = f"only those of version {', '.join(map(str, sorted(found)))} are" if found else "none are"
        raise Unavailable(
            f"The server is PostgreSQL {server}, and backups need its programs pg_dump, pg_restore and psql: {there} "
            f"on the PATH. Install postgresql-client-{server}, or put the folder of the right ones first on the PATH."
        )
    url = database.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    password = {"PGPASSWORD": str(database.url.password)} if database.url.password else {}
    return Tools(found[min(fitting)], os.environ | {"LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"} | password, url)


def write_backup(database: Database, target: Path, made_at: datetime) -> None:
    """Dump the database at one moment, in pg_dump's custom format, with a note of when.

    Raises Unavailable when it cannot be written; then ``target`` is not there.
    """
    tools = tools_for(database)
    with database.connect() as connection, connection.begin():
        # Committed before the dump begins: what it holds is never older than what it says.
        connection.exec_driver_sql(f"COMMENT ON TABLE account IS '{_SAYS}{made_at.isoformat()}'")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        words = ("--format=custom", "--no-owner", "--no-privileges", f"--file={partial}", f"--dbname={tools.url}")
        done = tools.run("pg_dump", *words)
        if done.returncode:
            raise Unavailable(f"{target} cannot be written: {what_went_wrong(done.stderr)}. Nothing was changed.")
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}. Nothing was changed.") from error
    finally:
        partial.unlink(missing_ok=True)


def read_note(tools: Tools, path: Path) -> BackupNote:
    """Return what the backup says of itself. Raises BadInput when it is none, is damaged, or is too new."""
    layout = _read(tools, path, "--section=pre-data", "--file=-")
    version = _read(tools, path, "--data-only", "--table=alembic_version", "--file=-")
    made_at, revision = _NOTE.search(layout), _REVISION.search(version)
    note = checked_note(path, made_at and made_at[1], revision and revision[1])
    _read(tools, path, f"--file={os.devnull}")  # all of it: a half file has a whole table of contents
    return note


def _read(tools: Tools, path: Path, *words: str) -> str:
    done = tools.run("pg_restore", *words, str(path))
    if done.returncode:
        raise BadInput(f"{path} cannot be read as a backup: {what_went_wrong(done.stderr)}. Take another one.")
    return done.stdout


def refuse_others(database: Database) -> None:
    """Raises TryLater when anybody else is connected to the database: tables are not replaced under a worker."""
    with database.connect() as connection:
        others = connection.exec_driver_sql(
            "SELECT count(*), string_agg(DISTINCT coalesce(client_addr::text, 'this computer'), ', ') "
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        ).one()
    if others[0]:
        raise TryLater(
            f"The database is in use: {others[0]} connections from {others[1]}. Stop `outreach run`, the workers and "
            "tickers on every host, and whatever else is connected, and try again."
        )


def put_back(tools: Tools, backup: Path, ready: Sequence[Executable]) -> None:
    """Put the backup's tables, treated with ``ready``, in the place of the database's: all in one transaction.

    Raises Unavailable, with nothing changed.
    """
    drops = [f'DROP TABLE IF EXISTS "{table.name}" CASCADE' for table in Base.metadata.sorted_tables]
    ends = [_as_text(statement) for statement in ready]
    words = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={tools.url}", "--file=-")
    reading = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--file=-", str(backup))
    with tempfile.TemporaryFile() as said:
        psql = _start(tools, "psql", *words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        restore = _start(tools, "pg_restore", *reading, stdout=subprocess.PIPE, stderr=said)
        with suppress(BrokenPipeError):
            _speak(psql, ["BEGIN", "SET LOCAL client_min_messages = warning", "SET LOCAL lock_timeout = '30s'", *drops])
            _pass_on(restore, psql)
            if restore.wait() == 0:  # without COMMIT everything is rolled back
                _speak(psql, ["RESET search_path", *ends, "COMMIT"])
        with suppress(BrokenPipeError):
            _pipe(psql.stdin).close()
        _pipe(restore.stdout).close()
        codes = (restore.wait(), psql.wait())
        said.seek(0)
        if any(codes):
            reason = what_went_wrong(said.read().decode(errors="replace"))
            raise Unavailable(f"The database could not be restored: {reason}. Nothing was changed.")


def _start(tools: Tools, program: str, *words: str, **pipes: int | IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(tools.folder / program), *words], env=tools.environment, **pipes)  # type: ignore[call-overload,no-any-return]  # noqa: S603


def _speak(psql: subprocess.Popen[bytes], statements: Sequence[str]) -> None:
    _pipe(psql.stdin).write("".join(f"{statement};\n" for statement in statements).encode())
    _pipe(psql.stdin).flush()


def _pass_on(restore: subprocess.Popen[bytes], psql: subprocess.Popen[bytes]) -> None:
    while chunk := _pipe(restore.stdout).read(_CHUNK):
        _pipe(psql.stdin).write(chunk)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _as_text(statement: Executable) -> str:
    assert isinstance(statement, sa.ClauseElement)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _folders() -> list[Path]:
    """Return the folders of the PATH that hold all three programs, in its order."""
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    programs = ("pg_dump", "pg_restore", "psql")
    return [folder for folder in folders if all(os.access(folder / name, os.X_OK) for name in programs)]


def _version(folder: Path) -> int | None:
    try:
        said = subprocess.run(  # noqa: S603
            [str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False, timeout=20
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said)
    return int(found[1]) if found else None
