"""The product on a stage for figures: a home of its own, accounts, people, and a mailbox that takes everything."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from outreach.actions.deliver_letter import deliver_due
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.app import App, open_app
from outreach.clock import Clock, FixedClock
from outreach.database import EVERYBODY, Database
from outreach.edge import DraftRef, HistoryPage, MessageHead, Profile, SentRef
from outreach.model import Account, AccountState
from outreach.model.base import new_id
from outreach.queries.due_jobs import due_jobs
from outreach.settings import Settings, load_settings
from tests import services
from tests.benchmarks.contenders import letter

#: A Monday morning on which everybody works.
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
#: As many letters as one account may have in a day; with more, further accounts are added.
MOST_OF_ONE = 2000

#: Sending settings in which nothing holds a letter back.
LIFTED = {
    "daily_cap": MOST_OF_ONE,
    "ramp_start": MOST_OF_ONE,
    "gap_seconds": 0,
    "undo_seconds": 0,
    "window_start": "00:00",
    "window_end": "23:59:59",
    "window_days": list(range(7)),
}


def settings(home: Path, *, database_url: str = "", root: str = "") -> Settings:
    """Return settings in which nothing holds a letter back: caps, gaps and undo lifted, every hour a working hour.

    Whatever else comes to limit how fast letters leave has to be lifted here.
    """
    me = {"name": letter.MY_NAME, "field": "urban planning", "background": "I am in my last year of geography"}
    return load_settings(
        home=home, database_url=database_url, google={"api_root": root, "units_a_minute": 0}, me=me, sending=LIFTED
    )


class NullMailbox:
    """Takes every letter and keeps none; so what is measured is ours alone."""

    units = 0
    answered_at = None

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        #: When each draft was sent, by ``time.time``.
        self.sent: dict[str, float] = {}

    def mailbox(self, _account_id: str) -> NullMailbox:
        """Return itself: all accounts share it."""
        return self

    calendar = mailbox

    def profile(self) -> Profile:
        """Return a history id."""
        return Profile(letter.ME, "1")

    def display_name(self) -> str:
        """Return the name on outgoing mail."""
        return letter.MY_NAME

    def create_draft(self, raw: bytes, _thread_id: str | None) -> DraftRef:
        """Take a draft."""
        assert raw
        number = next(self._ids)
        return DraftRef(f"r{number}", f"d{number}", f"t{number}")

    def draft_exists(self, draft_id: str) -> bool:
        """Return whether a draft was not sent."""
        return draft_id not in self.sent

    def find_drafts(self, _letter_id: str, _since: datetime) -> list[DraftRef]:
        """Return no orphans."""
        return []

    def delete_draft(self, draft_id: str) -> None:
        """Forget a draft."""

    def send_draft(self, draft_id: str) -> SentRef:
        """Take the letter."""
        self.sent[draft_id] = time.time()
        return SentRef(f"s{draft_id}", f"t{draft_id}")

    def head(self, message_id: str) -> MessageHead:
        """Return what Gmail would have stamped."""
        headers = {"message-id": f"<{message_id}@mail.example.com>"}
        return MessageHead(message_id, message_id, frozenset({"SENT"}), MONDAY, headers)

    def history(self, since: str, _page: str | None = None) -> HistoryPage:
        """Return that nothing came in."""
        return HistoryPage((), since, None)

    def list_messages(self, _query: str, _page: str | None = None) -> tuple[list[tuple[str, str]], str | None]:
        """Return that nothing is there."""
        return [], None


@contextmanager
def opened(home: Path, *, database_url: str = "", root: str = "", clock: Clock | None = None) -> Iterator[App]:
    """Yield the product in ``home``: with the Google at ``root``, without one with the null mailbox."""
    parts: dict[str, Any] = {} if root else {"google": NullMailbox()}
    clock = clock or FixedClock(MONDAY, step=timedelta(hours=1))
    app = open_app(settings(home, database_url=database_url, root=root), clock=clock, **parts)
    try:
        yield app
    finally:
        app.close()


def address_of(number: int) -> str:
    """Return the address of an account."""
    local, _, domain = letter.ME.partition("@")
    return f"{local}{number}@{domain}"


def add_accounts(app: App, consents: Sequence[bytes | None], *, first: int = 0) -> list[str]:
    """Add an account for each consent (None: it has none, for the null mailbox); return their ids.

    ``first`` is the number of the first: no two have the same address.
    """
    rows = []
    for number, consent in enumerate(consents, first):
        row = Account(
            id=new_id(),
            address=address_of(number),
            name=letter.MY_NAME,
            zone="Europe/London",
            state=AccountState.ACTIVE,
            created_at=app.now(),
            polled_at=app.now(),
            poll_due_at=app.now() + timedelta(days=1),
            history_id="1",  # the inbox was read once, when the account was connected
        )
        row.credentials = app.tokens.seal(row.id, "google", consent) if consent else None
        rows.append(row)
    with app.database.write(EVERYBODY) as session:
        session.add_all(rows)
    return [row.id for row in rows]


def backends() -> Iterator[tuple[str, str]]:
    """Yield name and database URL of SQLite ("": the one in the home) and of an empty PostgreSQL database."""
    yield "SQLite", ""
    with services.postgresql(durable=True) as server, services.fresh_database(server) as url:
        yield "PostgreSQL", url


def queue(app: App, account_id: str, letters: int, *, start: int = 0) -> None:
    """Queue letters to so many people, from the one of that number on."""
    queued = queue_people(app, account_id, PeopleFileBytes(letter.people_file(letters, start), "people.csv"))
    assert len(queued.planned) == letters, queued.waiting[:1]


def due_letters(app: App, limit: int) -> list[str]:
    """Return the ids of letters that are due now, as a worker is told them."""
    return [due.job.id for due in due_jobs(app, limit) if due.job.name == "deliver_letter"]


def deliver_all(app: App, letters: int) -> None:
    """Deliver all that is due, in this thread, as a worker would."""
    if isinstance(app.clock, FixedClock):
        app.clock.advance(timedelta(minutes=1))  # not all fall due at the very instant of planning
    done = deliver_due(app, lambda: True)
    assert done == letters, f"{letters - done} letters are not due"


@contextmanager
def counted(database: Database) -> Iterator[list[int]]:
    """Yield a list whose one number becomes the count of statements that the block sent to the database."""
    count = [0]

    def one_more(*_: object) -> None:
        count[0] += 1

    event.listen(database.engine, "before_cursor_execute", one_more)
    try:
        yield count
    finally:
        event.remove(database.engine, "before_cursor_execute", one_more)
