"""Queueing people is interrupted at every place between two commits, and done again: everybody gets one letter."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.crash_points import QUEUE_POINTS
from outreach.database import EVERYBODY
from outreach.model import Letter
from outreach.rules.kinds import LetterState
from tests.chaos import crew
from tests.chaos.conftest import Open
from tests.chaos.judge import judge
from tests.chaos.stage import Stage, stage

PEOPLE = 3
TIMES = [
    pytest.param(2, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
    pytest.param(200, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_queueing_that_was_interrupted_is_done_again_and_nobody_gets_two_letters(
    tmp_path: Path, backend_called: Open, name: str, times: int
) -> None:
    began = time.monotonic()
    with (
        backend_called(name) as backend,
        judge(tmp_path, accounts=3) as google,
        stage(tmp_path, google, database_url=backend.database_url, lease=crew.LEASE) as scene,
    ):
        for point in QUEUE_POINTS:
            for number in range(times):
                account = scene.accounts[number % len(scene.accounts)]
                people = scene.people(PEOPLE)
                assert crew.queue(scene, account, people, OUTREACH_CRASH_AT=point) == crew.CRASHED
                assert crew.queue(scene, account, people) == 0
        letters = _letters(scene)
        assert set(letters.values()) == {1}
        assert len(letters) == len(QUEUE_POINTS) * times * PEOPLE
        crew.finish(scene)
        print(scene.figures(f"{times} crashes at each of {', '.join(QUEUE_POINTS)} on {name}", began))
        assert google.verdict(scene.wanted).is_clean, google.verdict(scene.wanted)
        assert scene.states() == {LetterState.SENT: len(scene.wanted)}


def _letters(scene: Stage) -> Counter[str]:
    """Return how many letters each person has; from now on they are wanted."""
    with scene.desk.database.read(EVERYBODY) as session:
        rows = session.execute(select(Letter.id, Letter.to_address)).all()
    scene.wanted.update(row.id for row in rows)
    return Counter(row.to_address for row in rows)
