"""The stage: a home full of approved letters on one of the databases, and how its processes are told of it."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from outreach.actions.add_account import add_account
from outreach.actions.crash_points import ENDED_AT
from outreach.actions.move_clock import set_clock
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.app import App, open_app
from outreach.database import EVERYBODY
from outreach.model import Letter
from outreach.rules.kinds import LetterState
from outreach.settings import load_settings
from tests.chaos.judge import Judge

#: No manners here: the engine is tested, not the pace.
HURRY: Mapping[str, Mapping[str, Any]] = {
    "sending": {
        "daily_cap": 2000,
        "ramp_start": 2000,
        "gap_seconds": 0,
        "undo_seconds": 0,
        "settle_seconds": 2,
        "window_start": "00:00",
        "window_end": "23:59:59",
        "window_days": [0, 1, 2, 3, 4, 5, 6],
    },
    "me": {"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
}
_ON_THE_WAY = (LetterState.SCHEDULED, LetterState.LEASED, LetterState.SENDING, LetterState.UNKNOWN)


@dataclass
class Stage:
    """A home, its database and broker, and the letters that are to leave from it.

    ``lease`` is for how many seconds a worker holds a letter; None leaves it as the product has it.
    ``desk`` is the product opened in this process, which queues letters and looks at rows.
    """

    google: Judge
    folder: Path
    desk: App
    broker_url: str = ""
    lease: float | None = None
    #: Where the workers find the database; the desk may look at it by another way.
    database_url: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    accounts: list[str] = field(default_factory=list)
    _people: int = 0

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a process of this stage."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
        settings: dict[str, str] = {}
        for section, values in self.settings.items():
            named = values.items() if isinstance(values, Mapping) else [("", values)]
            for name, value in named:
                key = f"OUTREACH_{section}__{name}".upper().removesuffix("__")
                settings[key] = value if isinstance(value, str) else json.dumps(value)
        told = {
            "OUTREACH_HOME": str(self.folder / "home"),
            "OUTREACH_GOOGLE__API_ROOT": self.google.root,
            "OUTREACH_DATABASE_URL": self.database_url,
            "OUTREACH_BROKER_URL": self.broker_url,
        }
        lease = {} if self.lease is None else {"OUTREACH_LEASE_SECONDS": str(self.lease)}
        return kept | settings | told | lease | more

    def queue(self, count: int, *, over: float = 0.0) -> set[str]:
        """Queue so many approved letters, shared among the accounts, and return their ids.

        They fall due one after the other within ``over`` seconds from now, or all of them at once.
        """
        letters: list[str] = []
        for number, account_id in enumerate(self.accounts):
            share = len(range(number, count, len(self.accounts)))
            letters += self._queue(account_id, share) if share else []
        if over:
            self._spread(letters, over)
        self.wanted.update(letters)
        return set(letters)

    def states(self, letters: Collection[str] | None = None) -> Counter[LetterState]:
        """Return how many letters are in each state, of those named or of all."""
        query = select(Letter.state, func.count()).group_by(Letter.state)
        if letters is not None:
            query = query.where(Letter.id.in_(letters))
        with self.desk.database.read(EVERYBODY) as session:
            return Counter(dict(session.execute(query).all()))

    def on_the_way(self) -> int:
        """Return how many letters are neither sent nor ended."""
        states = self.states()
        return sum(states[state] for state in _ON_THE_WAY)

    def settled_within(self, seconds: float) -> float | None:
        """Wait until the judge has every letter and none is on its way any more; return after how many seconds.

        None when that is not so in time.
        """
        began = time.monotonic()
        if self.google.wait_for(self.wanted, seconds) is None:
            return None
        while self.on_the_way():
            if time.monotonic() - began > seconds:
                return None
            time.sleep(0.2)
        return time.monotonic() - began

    def figures(self, title: str, began: float, **more: object) -> str:
        """Return the line of figures: letters, seconds, the judge's verdict, and what is still unknown."""
        words = {name: f"{value:.1f} s" if isinstance(value, float) else value for name, value in more.items()}
        further = "".join(f"{name.replace('_', ' ')} {value}, " for name, value in words.items())
        return (
            f"\n{title}: {len(self.wanted)} letters, {further}{time.monotonic() - began:.0f} s: "
            f"{self.google.verdict(self.wanted)}, {self.states()[LetterState.UNKNOWN]} unknown left"
        )

    def ended_at(self) -> Counter[str]:
        """Return how many processes have ended at each crash point."""
        path = self.folder / "log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return Counter(line.removeprefix(ENDED_AT) for line in lines if line.startswith(ENDED_AT))

    def log(self) -> str:
        """Return the end of what the processes said, for a failure's message."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace")[-3000:] if path.exists() else ""

    def people(self, count: int) -> bytes:
        """Return a file of so many people whom nobody has written to."""
        numbers = range(self._people, self._people + count)
        self._people += count
        rows = [
            f"Person{number},Example,p{number}@city.example.com,Europe/London,"
            f"Your talk number {number} on pocket parks changed how I look at my own street every morning"
            for number in numbers
        ]
        return "\n".join(["first_name,last_name,email,zone,why_you", *rows]).encode()

    def _queue(self, account_id: str, count: int) -> list[str]:
        data = self.people(count)
        queued = queue_people(self.desk, account_id, PeopleFileBytes(data, "people.csv"))
        assert len(queued.planned) == count, queued.waiting[:3]
        return [line.letter_id for line in queued.planned]

    def _spread(self, letters: list[str], over: float) -> None:
        now = self.desk.now()
        with self.desk.database.write(EVERYBODY) as session:
            for number, letter in enumerate(session.scalars(select(Letter).where(Letter.id.in_(letters)))):
                letter.due_at = now + timedelta(seconds=over * number / len(letters))


@contextmanager
def stage(
    folder: Path,
    google: Judge,
    *,
    database_url: str = "",
    workers_database_url: str = "",
    broker_url: str = "",
    lease: float | None = None,
    standing_at: datetime | None = None,
    **settings: Any,
) -> Iterator[Stage]:
    """Set the stage: home, database, key and the judge's accounts. ``settings`` are laid over ``HURRY``.

    With ``standing_at`` time is simulated and begins there.
    """
    if standing_at is not None:
        settings["clock"] = "simulated"
    for section, values in HURRY.items():
        settings[section] = {**values, **settings.get(section, {})}
    where = {"home": folder / "home", "database_url": database_url, "google": {"api_root": google.root}}
    app = open_app(load_settings(**where, **settings))
    try:
        if standing_at is not None:
            set_clock(app, standing_at)
        made = Stage(google, folder, app, broker_url, lease, workers_database_url or database_url, settings)
        for consent in google.consents:
            added = add_account(
                app, json.dumps(consent).encode(), address=consent["account"], zone_name="Europe/London"
            )
            made.accounts.append(added.id)
        yield made
    finally:
        app.close()
