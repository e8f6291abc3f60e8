"""Workers that stop (SIGSTOP) and go on later, as on a machine that sleeps or swaps: nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from outreach.rules.kinds import LetterState
from tests.chaos import crew
from tests.chaos.conftest import BACKENDS, Backend, Open
from tests.chaos.judge import judge
from tests.chaos.stage import Stage, stage
from tests.chaos.team import RUN, SWEEP, TICKER, Team, is_stopped, stop, team, workers

#: All of it must be done so long after the last stop.
PATIENCE = 300.0


@pytest.mark.parametrize(
    ("letters", "at_once"),
    [
        pytest.param(4, 4, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
        pytest.param(200, 20, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_worker_stopped_before_the_post_for_longer_than_its_lease_sends_nothing_twice(
    tmp_path: Path, backend_called: Open, name: str, letters: int, at_once: int
) -> None:
    began, dice = time.monotonic(), random.Random(7)
    with (
        backend_called(name) as backend,
        judge(tmp_path) as google,
        stage(tmp_path, google, database_url=backend.database_url, lease=crew.LEASE) as scene,
    ):
        stopped = 0
        while stopped < letters:
            queued = scene.queue(min(at_once, letters - stopped))
            asleep = _stopped_before_the_post(scene, len(queued))
            assert not queued & set(google.sent())
            stopped += len(asleep)
            _let_others_notice(scene, len(asleep))
            assert not queued & set(google.sent())
            _finish_while_they_wake(scene, asleep, dice)
        print(scene.figures(f"stopped before the POST on {name}", began, stops=stopped))
        assert google.verdict(scene.wanted).is_clean, google.verdict(scene.wanted)
        assert scene.states() == {LetterState.SENT: len(scene.wanted)}


def _stopped_before_the_post(scene: Stage, count: int) -> list[ForkServerProcess]:
    """Return workers that were stopped, each with a letter of its own that is marked as being sent."""
    return [_one_stopped(scene) for _ in range(count)]


def _one_stopped(scene: Stage) -> ForkServerProcess:
    """Start a worker and return it when it has stopped; one after the other, for a start must not eat up its lease."""
    end = time.monotonic() + 60
    process = crew.start(scene, "deliver_letter", OUTREACH_STOP_AT="sending")
    while not is_stopped(process.pid or 0):
        assert time.monotonic() < end, scene.states()
        if not process.is_alive():  # the machine was so slow that the lease ran out on the way: it sent nothing
            crew.work(scene, "release_leases", once=True)
            process = crew.start(scene, "deliver_letter", OUTREACH_STOP_AT="sending")
        time.sleep(0.05)
    return process


def _let_others_notice(scene: Stage, count: int) -> None:
    """Wait until the leases have run out and nobody claims to know any more what became of the letters."""
    end = time.monotonic() + crew.LEASE + 30
    while scene.states()[LetterState.UNKNOWN] < count:
        assert time.monotonic() < end, scene.states()
        crew.work(scene, "release_leases", once=True)
        time.sleep(0.3)


def _finish_while_they_wake(scene: Stage, asleep: Sequence[ForkServerProcess], dice: random.Random) -> None:
    """Let others look after the letters; meanwhile the sleepers wake one by one, before, during and after that.

    Whoever goes on may take another letter, and stops with that one too; then it is woken again.
    """
    began = time.monotonic()
    wake_at = [(process, dice.uniform(0, 12)) for process in asleep]
    while scene.on_the_way() or any(process.is_alive() for process in asleep):
        assert time.monotonic() - began < 180, scene.states()
        crew.work(scene)
        for process, at in wake_at:
            if time.monotonic() - began > at and is_stopped(process.pid or 0):
                os.kill(process.pid or 0, signal.SIGCONT)
        time.sleep(0.3)
    assert {process.exitcode for process in asleep} == {0}


@pytest.mark.parametrize(
    ("letters", "times", "seconds"),
    [
        pytest.param(60, 1, 5, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(400)]),
        pytest.param(2000, 20, 10, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
@pytest.mark.parametrize("name", BACKENDS)
def test_with_three_of_four_workers_stopped_again_and_again_all_letters_leave_once(
    tmp_path: Path, backend_called: Open, name: str, letters: int, times: int, seconds: float
) -> None:
    dice = random.Random(3)
    with (
        backend_called(name) as backend,
        judge(tmp_path, 4) as google,
        stage(tmp_path, google, database_url=backend.database_url, broker_url=backend.broker_url) as scene,
        team(scene) as crew_of_four,
    ):
        scene.queue(letters, over=times * (seconds + 1))
        began = time.monotonic()
        four = _four_workers(backend, crew_of_four)
        time.sleep(3)
        for _ in range(times):
            stop([pid for number in dice.sample(four, 3) for pid in crew_of_four.those_of(number)], seconds)
            time.sleep(1)
        after = scene.settled_within(PATIENCE)
        print(scene.figures(f"three of four stopped on {name}", began, stops=times, done_after_the_last_stop=after))
        assert google.verdict(scene.wanted).is_clean, f"{google.verdict(scene.wanted)}\n{scene.log()}"
        assert after is not None, f"{scene.states()}\n{scene.log()}"


def _four_workers(backend: Backend, crew_of_four: Team) -> list[int]:
    """Return the numbers of the four in their team. On SQLite one ``outreach run`` holds the home; others sweep."""
    if not backend.is_shared:
        return [crew_of_four.hire(command) for command in (RUN, SWEEP, SWEEP, SWEEP)]
    crew_of_four.hire(TICKER)
    return [crew_of_four.hire(workers(1)) for _ in range(4)]
