"""Many threads that write to one SQLite file at once: no update is lost, and nobody is told that it is locked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach import migrate
from outreach.database import EVERYBODY, Database
from outreach.model import Account, Contact

THREADS = 32
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'outreach.db'}")
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(40, marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_no_update_is_lost_and_none_is_refused(database: Database, each: int) -> None:
    with database.write(EVERYBODY) as session:
        account = Account(address="ada@student.example.com", created_at=NOW)
        session.add(account)
        session.flush()
        account_id = account.id
    errors: list[BaseException] = []
    waits: list[float] = []

    def write(number: int) -> None:
        try:
            for turn in range(each):
                began = time.monotonic()
                _count_up(database, account_id, f"{number}/{turn}")
                waits.append(time.monotonic() - began)
        except BaseException as error:  # noqa: BLE001 - every one of them is what the test is about
            errors.append(error)

    took = _all_at_once(write)
    with database.read(account_id) as session:
        counted = session.get_one(Account, account_id).sending_days
        rows = session.scalar(select(func.count(Contact.id)))
    print(
        f"\n{THREADS} threads x {each} write transactions: {counted} counted, {rows} rows, {len(errors)} errors, "
        f"{took:.1f} s, {len(waits) / took:.0f}/s, the longest took {max(waits):.2f} s"
    )
    assert errors == []
    assert counted == rows == THREADS * each


def _count_up(database: Database, account_id: str, name: str) -> None:
    """Read, add one, write: a later writer that read before an earlier one wrote would lose that one's update."""
    with database.write(account_id) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        session.add(Contact(first_name=name, created_at=NOW, updated_at=NOW))
        account.sending_days = account.sending_days + 1


def _all_at_once(write: Callable[[int], None]) -> float:
    gate = threading.Barrier(THREADS + 1)

    def run(number: int) -> None:
        gate.wait()
        write(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    return time.monotonic() - began
