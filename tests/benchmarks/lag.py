"""(c) How late letters leave that are all due at one minute, by the whole product: ``outreach run`` and the sandbox."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from outreach.app import App
from outreach.clock import SystemClock
from outreach.database import EVERYBODY
from outreach.model import Letter
from outreach.rules.kinds import LetterState
from tests.benchmarks import fill, stage
from tests.benchmarks.figures import Series, Table
from tests.benchmarks.serving import PROJECT, sandbox

#: So few letters a mailbox stay within Gmail's quota of a minute, whatever else holds them back.
_OF_ONE_ACCOUNT = 40
_AHEAD = timedelta(seconds=20)
_PATIENCE = 1800.0


def bench(*, rounds: int, quick: bool) -> list[Table]:
    """Return the table: lag, and what the throughput of a backlog of the same size allows."""
    letters = 200 if quick else 10_000
    rounds = min(rounds, 3)
    rates, middles, lasts = Series(), Series(), Series()
    for _ in range(rounds):
        backlog = _lags(letters, due_in=timedelta(seconds=-1))
        rate = letters / (backlog[-1] - backlog[0])
        lags = _lags(letters, due_in=_AHEAD)
        rates.values.append(rate)
        middles.values.append(_at(lags, 0.5) / (0.5 * letters / rate))
        lasts.values.append(_at(lags, 0.99) / (0.99 * letters / rate))
    rows = [
        ("letters a second, from a backlog", rates, "–"),
        ("p50 of the lag, to what that allows", middles, "–"),
        ("p99 of the lag, to what that allows", lasts, "1.2"),
    ]
    method = (
        f"{letters:,} letters of {-(-letters // _OF_ONE_ACCOUNT)} accounts, due at one instant; `outreach run` on "
        f"SQLite, the sandbox over HTTP; {rounds} rounds. Lag is from due to recorded as sent."
    )
    return [Table("(c) Lag past due", method, ("", "", "to reach"), rows)]


def _lags(letters: int, *, due_in: timedelta) -> list[float]:
    """Return by how many seconds each letter was late, in order."""
    addresses = [stage.address_of(number) for number in range(-(-letters // _OF_ONE_ACCOUNT))]
    with tempfile.TemporaryDirectory() as folder, sandbox(addresses) as google:
        home = Path(folder)
        with stage.opened(home, root=google.root, clock=SystemClock()) as app:
            accounts = stage.add_accounts(app, google.consents)
            due_at = app.now() + due_in
            fill.scheduled(app, accounts, letters, due_at, name="g")
            with _running(home, google.root):
                _wait(app, letters)
            with app.database.read(EVERYBODY) as session:
                sent = session.scalars(select(Letter.sent_at).where(Letter.state == LetterState.SENT)).all()
    return sorted((moment - due_at).total_seconds() for moment in sent if moment is not None)


def _wait(app: App, letters: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with app.database.read(EVERYBODY) as session:
            if session.scalar(select(func.count(Letter.id)).where(Letter.state == LetterState.SENT)) == letters:
                return
        time.sleep(1)
    raise TimeoutError(f"not all of {letters} letters were sent in {_PATIENCE:g} seconds")


@contextmanager
def _running(home: Path, root: str) -> Iterator[None]:
    environment = _without_ours(os.environ) | {"OUTREACH_HOME": str(home), "OUTREACH_GOOGLE__API_ROOT": root}
    environment |= {f"OUTREACH_SENDING__{name.upper()}": _said(value) for name, value in stage.LIFTED.items()}
    with (home / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "outreach", "run"], cwd=PROJECT, env=environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("OUTREACH_")}


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _at(lags: list[float], share: float) -> float:
    return lags[min(len(lags) - 1, int(share * len(lags)))]
