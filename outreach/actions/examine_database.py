"""Look over the database: reachable, as new as the program, whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from outreach import migrate
from outreach.database import Database
from outreach.errors import OutreachError
from outreach.rules.checkup import Check, CheckState, broken, fine, note
from outreach.settings import Settings


def examine_database(settings: Settings, *, mend: bool = False) -> tuple[list[Check], bool]:
    """Return what was found, and whether the tables can be read; with ``mend`` they are brought up to date."""
    try:
        database = Database(settings.resolved_database_url)
    except OutreachError as error:
        return [broken("database", error.message, "Mend OUTREACH_DATABASE_URL.")], False
    try:
        if not mend and _is_missing(database):
            return [fine("database", f"{database.url.database} is made at first use")], False
        checks = list(_look(database, mend=mend))
    except OutreachError as error:
        checks = [broken("database", error.message, "See docs/cli.md, or restore a copy.")]
    except (SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", error)).splitlines()[0]
        checks = [broken("database", f"it cannot be used: {said}", _advice(database))]
    finally:
        database.close()
    usable = len(checks) > 1 and all(check.state is not CheckState.MEND for check in checks)
    return checks, usable


def _is_missing(database: Database) -> bool:
    name = database.url.database or ""
    return database.is_sqlite and name not in {"", ":memory:"} and not Path(name).exists()


def _look(database: Database, *, mend: bool) -> Iterator[Check]:
    place = database.url.database if database.is_sqlite else database.url.render_as_string(hide_password=True)
    present, wanted = migrate.present(database), migrate.NEWEST
    if present != wanted and (mend or present is None):
        migrate.upgrade(database)
        yield fine("database", f"{place}, tables brought up to date")
    elif present != wanted:
        yield note("database", f"{place} is at {present}, this program at {wanted}", "outreach doctor --mend")
        return
    else:
        yield fine("database", f"{place}, tables up to date")
    yield _integrity(database)


def _integrity(database: Database) -> Check:
    if not database.is_sqlite:
        return fine("integrity", "PostgreSQL looks after itself")
    with database.engine.connect() as connection:
        said = connection.execute(text("PRAGMA quick_check(3)")).scalars().all()
    if said == ["ok"]:
        return fine("integrity", "quick check passed")
    return broken("integrity", "; ".join(map(str, said))[:300], _advice(database))


def _advice(database: Database) -> str:
    if database.is_sqlite:
        return f"Stop everything, keep a copy of {database.url.database}, and put back a backup."
    return "Look whether the server runs and OUTREACH_DATABASE_URL is right."
