"""A broker that forgets, dies, stays away: nothing is lost or sent twice, and what fell due leaves on its return."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.conftest import RABBITMQ, REDIS, Open
from tests.chaos.judge import Judge, judge
from tests.chaos.stage import Stage, stage
from tests.chaos.team import TICKER, team, workers
from tests.services import RabbitmqServer, RedisServer

#: Letters that fell due while the broker was away have left so many seconds after its return.
PROMISE = 30.0
#: All of it must be done so long after the last trouble.
PATIENCE = 300.0


@dataclass(frozen=True)
class Size:
    """How much of it. Times are seconds."""

    letters: int
    flushes: int
    kills: int
    between: float
    away: float


SHORT = Size(letters=20, flushes=2, kills=1, between=2, away=20)
FULL = Size(letters=300, flushes=10, kills=10, between=10, away=300)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        # The short one is slow with RabbitMQ, which takes half a minute to come back; it does its part elsewhere.
        pytest.param(REDIS, SHORT, id=f"{REDIS}-short", marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
        *(
            pytest.param(name, FULL, id=f"{name}-full", marks=[pytest.mark.long, pytest.mark.timeout(3600)])
            for name in (REDIS, RABBITMQ)
        ),
    ],
)
def test_a_broker_that_forgets_dies_and_stays_away_costs_no_letter(
    tmp_path: Path,
    backend_called: Open,
    server_called: Callable[[str], RedisServer | RabbitmqServer],
    name: str,
    size: Size,
) -> None:
    with (
        server_called(name) as broker,
        backend_called("postgresql") as backend,
        judge(tmp_path, 4) as google,
        stage(tmp_path, google, database_url=backend.database_url, broker_url=broker.url) as scene,
        team(scene, workers(2), TICKER),
    ):
        began = time.monotonic()
        scene.queue(4)
        assert scene.settled_within(60) is not None, scene.log()
        scene.queue(size.letters, over=size.flushes * size.between)
        for _ in range(size.flushes):
            time.sleep(size.between)
            broker.flush()
        scene.queue(size.letters, over=size.kills * size.between)
        for _ in range(size.kills):
            time.sleep(size.between)
            broker.kill()
            broker.start()
        assert scene.settled_within(PATIENCE) is not None, f"{scene.states()}\n{scene.log()}"
        lag = _away(scene, google, broker, size)
        after = scene.settled_within(PATIENCE)
        print(
            scene.figures(
                f"broker {name}", began, flushes=size.flushes, kills=size.kills, away=f"{size.away:g} s", out_after=lag
            )
        )
        assert google.verdict(scene.wanted).is_clean, f"{google.verdict(scene.wanted)}\n{scene.log()}"
        assert after is not None, f"{scene.states()}\n{scene.log()}"
        assert lag is not None, "letters that fell due in between did not leave"
        assert lag <= PROMISE, f"what fell due in between left {lag:.1f} s after the broker's return\n{scene.log()}"


def _away(scene: Stage, google: Judge, broker: RedisServer | RabbitmqServer, size: Size) -> float | None:
    """Keep the broker away while letters fall due; return how long after its return all of them had left."""
    broker.kill()
    due = scene.queue(size.letters, over=size.away)
    time.sleep(size.away)
    broker.start()
    return google.wait_for(due, PATIENCE)
