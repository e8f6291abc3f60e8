"""kill -9 of whatever process, while letters go out and Google misbehaves: none lost, none twice, says the judge."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.conftest import BACKENDS, Backend, Open
from tests.chaos.judge import Judge, judge
from tests.chaos.stage import stage
from tests.chaos.team import RUN, TICKER, team, workers

#: Nothing may be stuck so long after the last kill.
PATIENCE = 600.0


@dataclass(frozen=True)
class Size:
    """How much of it."""

    letters: int
    accounts: int
    kills: int
    every: float
    lease: float | None
    everywhere: bool


SHORT = Size(letters=150, accounts=3, kills=5, every=2, lease=8, everywhere=False)
LAPTOP = Size(letters=500, accounts=3, kills=30, every=2, lease=None, everywhere=True)
FULL = Size(letters=10_000, accounts=8, kills=50, every=2, lease=None, everywhere=True)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(SHORT, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(400)]),
        pytest.param(LAPTOP, id="laptop", marks=[pytest.mark.long, pytest.mark.timeout(1200)]),
        pytest.param(FULL, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
def test_no_letter_is_lost_or_sent_twice(tmp_path: Path, backend_called: Open, name: str, size: Size) -> None:
    with (
        backend_called(name) as backend,
        judge(tmp_path, size.accounts) as google,
        stage(
            tmp_path, google, database_url=backend.database_url, broker_url=backend.broker_url, lease=size.lease
        ) as scene,
    ):
        _misbehave(google, everywhere=size.everywhere)
        scene.queue(size.letters, over=size.kills * size.every)
        began, dice, killed = time.monotonic(), random.Random(5), Counter[str]()
        with team(scene, *_commands(backend, size)) as crew:
            while killed.total() < size.kills:
                time.sleep(size.every)
                if victim := crew.kill_one(dice):
                    killed[_kind(victim)] += 1
            after = scene.settled_within(PATIENCE)
            time.sleep(2)  # long enough for a letter to be sent once more, if it ever were
        done = "never" if after is None else f"{after:.0f} s"
        print(scene.figures(f"kill -9 on {name}", began, kills=killed.total(), done_after_the_last_kill=done))
        print("  killed:", ", ".join(f"{kind} {count}" for kind, count in sorted(killed.items())))
        assert google.verdict(scene.wanted).is_clean, f"{google.verdict(scene.wanted)}\n{scene.log()}"
        assert after is not None, f"{scene.states()}\n{scene.log()}"


def _commands(backend: Backend, size: Size) -> Sequence[Sequence[str]]:
    if not backend.is_shared:
        return (RUN,)
    few = (workers(2), TICKER)
    return (*few, workers(1), TICKER, RUN) if size.everywhere else few


def _kind(command: str) -> str:
    return next(word for word in ("dramatiq", "ticker", "run", "python") if word in command)


def _misbehave(google: Judge, *, everywhere: bool) -> None:
    google.misbehave("drafts.send", "429", "503", "500_after", "lost_after", "hang_after")
    if everywhere:
        google.misbehave("drafts.create", "503", "lost_after", "hang_after")
        google.misbehave("history.list", "503")
        google.misbehave("messages.get", "429")
