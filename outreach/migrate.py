"""Brings the tables up to date, whichever database holds them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from outreach.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

#: The revision that this program needs; said here too, because importing Alembic costs a command a third of a second.
NEWEST = "0007"
_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest_script() -> str | None:
    """Return the newest revision among the scripts; a test compares it with NEWEST."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


def known_revisions() -> frozenset[str]:
    """Return every revision that this program can bring up to date."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def present(database: Database) -> str | None:
    """Return the revision that the database is at, None for an empty one."""
    with database.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the tables up to ``to``; does nothing where they are. Safe to run from two processes at once."""
    if to == "head" and present(database) == NEWEST:
        return
    from alembic import command

    with database.connect(write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6873234)")
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Take the tables back to revision ``to``."""
    from alembic import command

    with database.connect(write=True) as connection, connection.begin():
        command.downgrade(_config(connection), to)


def write_revision(database: Database, message: str, revision: str) -> None:
    """Write a new migration from the difference between model and database (for developers)."""
    from alembic import command

    with database.connect() as connection:
        command.revision(_config(connection), message=message, rev_id=revision, autogenerate=True)
