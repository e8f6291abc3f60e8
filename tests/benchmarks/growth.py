"""(d) What a letter costs as the tables grow, and how much faster several workers are."""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path

from outreach.app import App
from tests.benchmarks import fill, stage
from tests.benchmarks.contenders.clock import Stopwatch
from tests.benchmarks.crew import crew
from tests.benchmarks.figures import Series, Table, over

_ACCOUNTS, _WARM = 20, 20
_LONG_AGO = stage.MONDAY - timedelta(days=90)


def bench(*, rounds: int, quick: bool) -> list[Table]:
    """Return both tables."""
    return [_rows(rounds, quick=quick), _workers(rounds, quick=quick)]


def _rows(rounds: int, *, quick: bool) -> Table:
    sizes = (1_000, 10_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    letters = 20 if quick else 200
    found: dict[tuple[str, int], tuple[Series, Series]] = {}
    for size in sizes:
        for backend, url in stage.backends():
            with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder), database_url=url) as app:
                fill.bystanders(app, size, _LONG_AGO, sent=True)
                found[backend, size] = _cost(app, letters, rounds)
    rows = []
    for backend, size in sorted(found):
        queueing, sending = found[backend, size]
        first = found[backend, sizes[0]]
        whole, least = (a.median + b.median for a, b in ((queueing, sending), first))
        rows.append((backend, f"{size:,}", queueing, sending, f"{whole / least:.2f}"))
    method = (
        f"Letters sent long ago by other accounts, 1,000 each; then {letters} letters, {rounds} rounds, null mailbox."
    )
    columns = ("", "rows", "CPU ms a letter: queue", "claim, send, record", "to the smallest (at most 1.2)")
    return Table("(d) Growth with the rows", method, columns, rows)


def _cost(app: App, letters: int, rounds: int) -> tuple[Series, Series]:
    """Return CPU milliseconds a letter for queueing and for sending; a round has an account of its own."""
    queueing, sending = Series(), Series()
    accounts = stage.add_accounts(app, [None] * (rounds + 1))
    for number, account in enumerate(accounts):
        with Stopwatch() as first:
            stage.queue(app, account, letters)
        with Stopwatch() as second:
            stage.deliver_all(app, letters)
        if number:  # the first only warms
            queueing.values.append(first.cpu * 1000 / letters)
            sending.values.append(second.cpu * 1000 / letters)
    return queueing, sending


def _workers(rounds: int, *, quick: bool) -> Table:
    letters = 60 if quick else 1000
    rates, again = ({count: Series() for count in (1, 2, 4)} for _ in range(2))
    for backend, url in stage.backends():
        if backend != "PostgreSQL":
            continue
        with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder), database_url=url) as app:
            for number, count in enumerate([*rates] * rounds):
                seconds, missed = _with_workers(app, Path(folder), url, count, letters, number)
                rates[count].values.append(letters / seconds)
                again[count].values.append(100 * missed / letters)
    rows = [
        (str(count), rate, over(rate, rates[1]), {2: "1.7"}.get(count, "–"), again[count])
        for count, rate in rates.items()
    ]
    method = (
        f"{letters} letters of {_ACCOUNTS} accounts shared out among worker processes, PostgreSQL and null mailbox; "
        f"{rounds} rounds. The server needs a share of the same cores. A letter whose account another worker held at "
        "that moment is tried again."
    )
    columns = ("workers", "letters a second", "times one", "to reach", "tried again, %")
    return Table("(d) Growth with the workers", method, columns, rows)


def _with_workers(app: App, home: Path, url: str, count: int, letters: int, number: int) -> tuple[float, float]:
    """Return the seconds that so many workers took, and how many letters could not be had at first."""
    accounts = stage.add_accounts(app, [None] * _ACCOUNTS, first=_ACCOUNTS * number)
    fill.scheduled(app, accounts, letters + _WARM * count, stage.MONDAY, name=f"{number}.")
    ids = stage.due_letters(app, letters + _WARM * count)
    with crew(home, url, count) as workers:
        for at, worker in enumerate(workers):
            worker.tell(ids[at * _WARM : (at + 1) * _WARM])
        for worker in workers:
            worker.answer()
        began = time.perf_counter()
        for at, worker in enumerate(workers):
            worker.tell(ids[_WARM * count + at :: count])
        missed = sum(worker.answer()["again"] for worker in workers)
        return time.perf_counter() - began, missed
