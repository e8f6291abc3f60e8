"""(b) Claim what is due among a million letters that wait, and find that nothing is."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from outreach.actions.claim_letters import claim_letters
from outreach.app import App
from outreach.model import Letter
from outreach.queries.due_jobs import due_jobs
from outreach.rules.kinds import LetterState
from tests.benchmarks import fill, stage
from tests.benchmarks.figures import Series, Table

_ACCOUNTS = 500
_BATCH = 50
_LATER = stage.MONDAY + timedelta(days=30)
_FIGURES = ("claim 50", "claim 1,000, 50 at a time", "claim when nothing is due", "find that nothing is due (due_jobs)")
_TO_REACH = {"SQLite": ("1", "–", "0.1", "0.1"), "PostgreSQL": ("5", "–", "1", "1")}


def bench(*, rounds: int, quick: bool) -> list[Table]:
    """Return one table for both backends."""
    pending = 10_000 if quick else 1_000_000
    rows: list[tuple[object, ...]] = []
    for backend, url in stage.backends():
        with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder), database_url=url) as app:
            fill.bystanders(app, pending, _LATER, sent=False)
            found = _measure(app, rounds)
        for name, to_reach in zip(_FIGURES, _TO_REACH[backend], strict=True):
            rows.append((backend, name, found[name], to_reach))
    method = f"Among {pending:,} letters that wait; {rounds} rounds, {_ACCOUNTS} accounts. The claim is committed."
    return [Table("(b) Claims", method, ("", "", "ms", "to reach"), rows)]


def _measure(app: App, rounds: int) -> dict[str, Series]:
    accounts = stage.add_accounts(app, [None] * _ACCOUNTS)
    found = {name: Series() for name in _FIGURES}
    fill.scheduled(app, accounts, _BATCH, stage.MONDAY, name="warm")
    _claim(app, _BATCH)
    for number in range(rounds):
        for name, letters in zip(_FIGURES, (_BATCH, 1000), strict=False):
            fill.scheduled(app, accounts, letters, stage.MONDAY, name=f"{letters}.{number}.")
            found[name].values.append(_milliseconds(lambda letters=letters: _claim(app, letters)))
            _put_away(app)
        found[_FIGURES[2]].values.append(
            _milliseconds(lambda: [claim_letters(app, limit=_BATCH) for _ in range(100)]) / 100
        )
        found[_FIGURES[3]].values.append(_milliseconds(lambda: [due_jobs(app) for _ in range(100)]) / 100)
    return found


def _claim(app: App, letters: int) -> None:
    claimed = 0
    while claimed < letters:
        more = len(claim_letters(app, limit=_BATCH))
        assert more, f"{letters - claimed} letters are not claimed"
        claimed += more


def _put_away(app: App) -> None:
    """Let what was claimed be sent, so that the next claim meets nothing in flight."""
    table = fill.table_of(Letter)
    with app.database.connect(write=True) as connection:
        sent = {
            "state": LetterState.SENT,
            "lease_token": None,
            "lease_until": None,
            "message_id": "<a@mail.example.com>",
        }
        connection.execute(update(table).where(table.c.state == LetterState.LEASED).values(**sent))
        connection.commit()


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
