"""Brings the tables up to date, whichever database holds them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from outreach.database import Database
from outreach.errors import Misconfigured

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """Return the revision that this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise Misconfigured(f"The migrations are missing from this installation: looked in {_SCRIPTS}.")
    return head


def present(database: Database) -> str | None:
    """Return the revision that the database is at, None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the tables up to ``to``; does nothing where they are. Safe to run from two processes at once."""
    if to == "head" and present(database) == newest():
        return
    with database.engine.execution_options(outreach_write=True).connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6873234)")
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Take the tables back to revision ``to``."""
    with database.engine.execution_options(outreach_write=True).connect() as connection, connection.begin():
        command.downgrade(_config(connection), to)


def write_revision(database: Database, message: str, revision: str) -> None:
    """Write a new migration from the difference between model and database (for developers)."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message=message, rev_id=revision, autogenerate=True)
