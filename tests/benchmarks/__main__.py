"""``make bench``: how fast the main path is on this machine, in figures that compare within one run."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from outreach.actions.add_account import add_account
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.app import open_app
from outreach.clock import FixedClock
from outreach.logs import log_to_stderr
from outreach.queries.due_jobs import due_jobs
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings, load_settings

LETTERS = 300
ROUNDS = 5
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
T = TypeVar("T")
ME = "ada@student.example.com"


def main() -> None:
    """Print the median of each figure over some rounds, with the lowest and the highest."""
    log_to_stderr()
    figures: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for name, value in _round(Path(folder), number).items():
                figures.setdefault(name, []).append(value)
    print(f"{LETTERS} letters a round, {ROUNDS} rounds: median (lowest to highest)")
    for name, values in figures.items():
        print(f"  {name:<58} {statistics.median(values):9.2f}  ({min(values):.2f} to {max(values):.2f})")


def _round(folder: Path, number: int) -> dict[str, float]:
    clock = FixedClock(MONDAY, step=timedelta(hours=1))
    with Sandbox(clock=clock.now, ledger=folder / "ledger.jsonl", seed=number) as sandbox:
        app = open_app(_settings(folder, sandbox), clock=clock)
        try:
            consent = json.dumps(sandbox.add_account(ME, name="Ada Okafor")).encode()
            account = add_account(app, consent, address=ME, zone_name="Europe/London")
            data = _people()
            queueing, queued = _timed(lambda: queue_people(app, account.id, PeopleFileBytes(data, "people.csv")))
            assert len(queued.planned) == LETTERS
            clock.advance(timedelta(minutes=5))
            looking, due = _timed(lambda: due_jobs(app, LETTERS * 2))
            sending, _ = _timed(lambda: [deliver_letter(app, each.job.id) for each in due])
            assert len(sandbox.sent) == LETTERS
            idle, _ = _timed(lambda: [due_jobs(app) for _ in range(100)])
        finally:
            app.close()
    return {
        "import, draft, lint, plan, freeze, store: ms a letter": queueing * 1000 / LETTERS,
        "claim, draft, send over HTTP, record, one thread: ms a letter": sending * 1000 / LETTERS,
        "find what is due, all of them: ms": looking * 1000,
        "find that nothing is due: ms": idle * 10,
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def _settings(folder: Path, sandbox: Sandbox) -> Settings:
    return load_settings(
        home=folder / "home",
        google={"api_root": sandbox.root},
        me={"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
        sending={"daily_cap": 2000, "ramp_start": 2000, "gap_seconds": 0, "undo_seconds": 0},
    )


def _people() -> bytes:
    rows = [
        f"Person{number},Example,p{number}@city.example.com,Europe/London,"
        f"Your talk number {number} on pocket parks changed how I look at my own street every morning"
        for number in range(LETTERS)
    ]
    return "\n".join(["first_name,last_name,email,zone,why_you", *rows]).encode()


if __name__ == "__main__":
    main()
