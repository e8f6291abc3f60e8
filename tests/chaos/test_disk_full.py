"""The disk fills while letters leave, again and again: none lost, none twice, and work goes on when there is space."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.run_job import run_job
from outreach.app import App, open_app
from outreach.database import EVERYBODY
from outreach.errors import Unavailable
from outreach.model import Account, AccountState, Contact, Letter
from outreach.queries.due_jobs import due_jobs
from outreach.rules.addresses import address_key
from outreach.rules.kinds import LetterState
from outreach.settings import load_settings
from tests import services
from tests.chaos.gmail_in_memory import GmailInMemory, TrueTime

ME = "ada@student.example.com"
BEGINS = datetime(2027, 3, 1, 9, tzinfo=UTC)
MEGABYTES = 16
THREADS = 4
#: Seconds of the test's clock in a real one: leases run out and looks are taken without long waits.
SPEED = 30
PATIENCE = 120


class FastClock:
    """A clock that runs, only faster."""

    step = timedelta(0)

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the instant, aware UTC."""
        return BEGINS + timedelta(seconds=(time.monotonic() - self._began) * SPEED)

    def sleep(self, seconds: float) -> None:
        """Wait for as long as this clock takes."""
        time.sleep(seconds / SPEED)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of a few megabytes."""
    with services.small_disk(MEGABYTES) as folder:
        yield folder


@pytest.mark.parametrize(
    ("letters", "times"),
    [
        pytest.param(40, 4, marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(500, 40, marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_a_disk_that_fills_loses_no_letter_and_sends_none_twice(small_disk: Path, letters: int, times: int) -> None:
    clock = FastClock()
    gmail = GmailInMemory(ME, TrueTime(BEGINS), clock.now)
    app = _open(small_disk, clock, gmail)
    said: Counter[str] = Counter()
    try:
        wanted = _queue(app, letters)
        began = time.monotonic()
        with _workers(app, said):
            for _ in range(times):
                with _full(small_disk):
                    time.sleep(0.4)
                time.sleep(0.4)
            before = len(gmail.accepted())
            freed = time.monotonic()
            done = _wait_until_sent(app, wanted)
        accepted = gmail.accepted()
        lost, twice = wanted - set(accepted), [each for each, count in accepted.items() if count > 1]
        print(
            f"\n{letters} letters, disk of {MEGABYTES} MB (tmpfs) filled {times} times, {said.total()} refusals; "
            f"{before} had left by then, the rest within {time.monotonic() - freed:.0f} s "
            f"({time.monotonic() - began:.0f} s in all): {len(lost)} lost, {len(twice)} twice"
        )
        assert done, f"not sent after {PATIENCE} s: {sorted(lost)[:5]}"
        assert (lost, twice) == (set(), [])
        assert said, "the disk was never full when it mattered"
        assert all("disk is full" in words or "disk I/O error" in words for words in said), said
    finally:
        app.close()
    with contextlib.closing(sqlite3.connect(small_disk / "home" / "outreach.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _open(disk: Path, clock: FastClock, gmail: GmailInMemory) -> App:
    settings = load_settings(
        home=disk / "home",
        me={"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
        sending={
            "daily_cap": 2000,
            "ramp_start": 2000,
            "gap_seconds": 0,
            "undo_seconds": 0,
            "settle_seconds": 30,
            "window_start": "00:00",
            "window_end": "23:59:59",
            "window_days": [0, 1, 2, 3, 4, 5, 6],
        },
    )
    return open_app(settings, clock=clock, google=gmail)


def _queue(app: App, count: int) -> set[str]:
    """Approve so many letters, all due now; return their ids."""
    account = Account(
        id="0" * 20,
        address=ME,
        name="Ada Okafor",
        zone="Europe/London",
        state=AccountState.ACTIVE,
        credentials=b"consent",
        created_at=BEGINS,
        poll_due_at=BEGINS,
        history_id="0",
    )
    with app.database.write(EVERYBODY) as session:
        session.add(account)
        session.flush()
        for number in range(count):
            email = f"p{number}@city.example.com"
            session.add(
                Contact(
                    account_id=account.id,
                    first_name=f"Person{number}",
                    last_name="Example",
                    email=email,
                    address_key=address_key(email),
                    zone="Europe/London",
                    why_you=f"Your talk number {number} on pocket parks changed how I look at my own street.",
                    created_at=BEGINS,
                    updated_at=BEGINS,
                )
            )
    letters = draft_letters(app, account.id)
    approve_letters(app, account.id, letters)
    assert len(letters) == count
    return set(letters)


@contextlib.contextmanager
def _workers(app: App, said: Counter[str]) -> Iterator[None]:
    """Let threads do what is due until the block ends; what the database says when it refuses is counted."""
    stop = threading.Event()
    taken: set[object] = set()
    guard = threading.Lock()

    def work() -> None:
        while not stop.is_set():
            try:
                due = due_jobs(app, 50)
            except Unavailable as error:
                said[error.message] += 1
                due = []
            for item in due:
                with guard:  # as a queue hands each job to one worker
                    if item in taken:
                        continue
                    taken.add(item)
                try:
                    run_job(app, item.job)
                except Unavailable as error:
                    said[error.message] += 1
                finally:
                    with guard:
                        taken.discard(item)
            stop.wait(0.05)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Fill what is left of the disk with ballast, and keep filling what becomes free; take it away at the end.

    The log that SQLite writes first is cut before, for as long as it has room in itself it needs none of the disk.
    """
    ballast, stop = disk / "ballast", threading.Event()
    with contextlib.closing(sqlite3.connect(disk / "home" / "outreach.db", timeout=5)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fill() -> None:
        with ballast.open("ab", buffering=0) as file:
            while not stop.is_set():
                try:
                    file.write(b"x" * 65_536)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    stop.wait(0.01)

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        while _left(disk) > 0:
            time.sleep(0.01)
        yield
    finally:
        stop.set()
        filler.join()
        ballast.unlink()


def _left(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def _wait_until_sent(app: App, wanted: set[str]) -> bool:
    end = time.monotonic() + PATIENCE
    query = select(Letter.id).where(Letter.state == LetterState.SENT)
    while time.monotonic() < end:
        with app.database.read(EVERYBODY) as session:
            if wanted <= set(session.scalars(query)):
                return True
        time.sleep(0.2)
    return False
