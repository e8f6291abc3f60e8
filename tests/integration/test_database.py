"""The database keeps its promises: no lost update, no row of another account, tables up and down with data."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from outreach import migrate
from outreach.database import EVERYBODY, Database
from outreach.errors import Misconfigured
from outreach.model import Account, Base, Contact, Conversation

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate.upgrade(made)
    yield made
    made.close()


def two_accounts(database: Database) -> tuple[str, str]:
    with database.write(EVERYBODY) as session:
        accounts = [Account(address=f"{name}@example.com", created_at=NOW) for name in ("one", "two")]
        session.add_all(accounts)
        session.flush()
        for account in accounts:
            session.add(Contact(account_id=account.id, first_name="Same", created_at=NOW, updated_at=NOW))
        return accounts[0].id, accounts[1].id


def test_a_session_of_one_account_sees_only_its_rows(database: Database) -> None:
    one, _ = two_accounts(database)
    with database.read(one) as session:
        assert [contact.account_id for contact in session.scalars(select(Contact))] == [one]
        assert session.scalar(select(Contact.account_id).where(Contact.account_id != one)) is None
    with database.write(one) as session:
        assert session.execute(update(Contact).values(notes="mine")).rowcount == 1  # type: ignore[attr-defined]


def test_a_foreign_row_is_not_found_by_its_id(database: Database) -> None:
    one, two = two_accounts(database)
    with database.read(two) as session:
        foreign = session.scalars(select(Contact.id)).one()
    with database.read(one) as session:
        assert session.get(Contact, foreign) is None


def test_a_query_on_owned_rows_needs_an_account(database: Database) -> None:
    with database.read() as session, pytest.raises(RuntimeError, match="without an account"):
        session.scalars(select(Contact)).all()


def test_a_row_cannot_be_written_into_another_account(database: Database) -> None:
    one, two = two_accounts(database)
    with pytest.raises(RuntimeError, match="another account"), database.write(one) as session:
        session.add(Contact(account_id=two, created_at=NOW, updated_at=NOW))


def test_a_foreign_key_cannot_cross_accounts(database: Database) -> None:
    one, two = two_accounts(database)
    with database.read(two) as session:
        foreign = session.scalars(select(Contact.id)).one()
    with pytest.raises(IntegrityError), database.write(one) as session:
        session.add(Conversation(contact_id=foreign, opened_at=NOW))


def test_no_update_is_lost_among_many_threads(database: Database) -> None:
    one, _ = two_accounts(database)

    def count_up() -> None:
        for _ in range(40):
            with database.write(one) as session:
                account = session.get_one(Account, one, with_for_update=True)
                account.sending_days = account.sending_days + 1

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read(one) as session:
        assert session.get_one(Account, one).sending_days == 8 * 40


def test_the_migrations_give_the_tables_of_the_model(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_the_tables_go_down_and_up_again_with_data_in_them(database: Database) -> None:
    two_accounts(database)
    migrate.downgrade(database, "base")
    assert migrate.present(database) is None
    migrate.upgrade(database)
    assert migrate.present(database) == migrate.NEWEST == migrate.newest_script()
    two_accounts(database)


def test_going_down_one_step_and_up_again_loses_no_row(database: Database) -> None:
    one, _ = two_accounts(database)
    migrate.downgrade(database, "0001")
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM account").scalar() == 2
    migrate.upgrade(database)
    with database.read(one) as session:
        account = session.get_one(Account, one)
        assert account.findings == {}
        assert account.reconcile_from is None


def test_writers_on_sqlite_begin_immediately_in_write_ahead_mode(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with contextlib.closing(database), database.write() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not a url", "oracle://x"])
def test_other_databases_are_refused_in_words(url: str) -> None:
    with pytest.raises(Misconfigured, match="OUTREACH_DATABASE_URL"):
        Database(url)
