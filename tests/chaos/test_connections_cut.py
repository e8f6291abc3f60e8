"""Connections to PostgreSQL cut again and again, in the midst of a COMMIT too: nothing is lost, work resumes by itself.

A COMMIT whose answer is cut off leaves the client without knowledge of what was done; both are tried.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.chaos.conftest import RABBITMQ, REDIS, Open
from tests.chaos.cutter import cutter
from tests.chaos.judge import judge
from tests.chaos.stage import stage
from tests.chaos.team import TICKER, team, workers

#: Seconds between two cuts.
EVERY = 3.0
#: All of it must be done so long after the last cut.
PATIENCE = 600.0


@pytest.mark.parametrize(
    ("name", "letters", "seconds", "lease"),
    [
        pytest.param(RABBITMQ, 60, 9, 8, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(800)]),
        *(
            pytest.param(name, 3000, 300, None, id=f"{name}-full", marks=[pytest.mark.long, pytest.mark.timeout(3600)])
            for name in (REDIS, RABBITMQ)
        ),
    ],
)
def test_cut_connections_lose_and_double_nothing(
    tmp_path: Path, backend_called: Open, name: str, letters: int, seconds: float, lease: float | None
) -> None:
    with (
        backend_called(name) as backend,
        cutter(backend.database_url, share=0.03) as relay,
        judge(tmp_path, 4) as google,
        stage(
            tmp_path,
            google,
            database_url=backend.database_url,
            workers_database_url=relay.url,
            broker_url=backend.broker_url,
            lease=lease,
        ) as scene,
        team(scene, workers(2), TICKER) as crew,
    ):
        scene.queue(4)
        assert scene.settled_within(120) is not None, scene.log()
        scene.queue(letters, over=seconds)
        began, at_work = time.monotonic(), set(crew.processes())
        while time.monotonic() - began < seconds:
            time.sleep(EVERY)
            relay.cut_all()
        relay.share = 0.0
        after = scene.settled_within(PATIENCE)
        cut = f"{relay.cuts} times and in {relay.commits_done} commits done, {relay.commits_not_done} not done"
        print(scene.figures(f"connections cut on {name}", began, cut=cut, done_after_the_last_cut=after))
        assert google.verdict(scene.wanted).is_clean, f"{google.verdict(scene.wanted)}\n{scene.log()}"
        assert after is not None, f"{scene.states()}\n{scene.log()}"
        assert relay.commits_done
        assert relay.commits_not_done
        # By itself: no process had to be started again for it.
        assert at_work <= set(crew.processes()), scene.log()
