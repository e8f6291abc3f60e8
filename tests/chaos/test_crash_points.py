"""Every place between two commits, again and again: the process ends there, and nothing is lost or sent twice.

No broker plays a part between two commits, so each database is tried once. A process ends at the point with its first
letter; the next one takes the next letter, until each has lost a process.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from outreach.actions.crash_points import POINTS
from outreach.rules.kinds import LetterState
from tests.chaos import crew
from tests.chaos.conftest import Open
from tests.chaos.judge import judge
from tests.chaos.stage import Stage, stage

#: What becomes of a letter whose process ended at the point, by what is known then: only where the request may have
#: left, nobody knows.
AFTERWARDS = {
    "claimed": LetterState.SCHEDULED,
    "drafted": LetterState.SCHEDULED,
    "sending": LetterState.UNKNOWN,
    "accepted": LetterState.UNKNOWN,
    "recorded": LetterState.SENT,
}
#: Letters that the judge has by then.
HAS_LEFT = frozenset({"accepted", "recorded"})
TIMES = [
    pytest.param(3, id="short", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
    pytest.param(200, id="full", marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_process_that_ends_at_a_point_of_a_delivery_loses_and_doubles_nothing(
    tmp_path: Path, backend_called: Open, name: str, times: int
) -> None:
    assert set(AFTERWARDS) == set(POINTS)
    began = time.monotonic()
    with (
        backend_called(name) as backend,
        judge(tmp_path, accounts=times) as google,
        stage(tmp_path, google, database_url=backend.database_url, lease=crew.LEASE) as scene,
    ):
        for point in POINTS:
            letters = _crash_at(scene, point, times)
            has_left = letters & set(google.sent())
            _release(scene)
            assert scene.states(letters) == {AFTERWARDS[point]: times}, point
            assert has_left == (letters if point in HAS_LEFT else set()), point
            crew.finish(scene)
        print(scene.figures(f"{times} crashes at each of {', '.join(POINTS)} on {name}", began))
        assert google.verdict(scene.wanted).is_clean, google.verdict(scene.wanted)
        assert scene.states() == {LetterState.SENT: len(scene.wanted)}


def _crash_at(scene: Stage, point: str, times: int) -> set[str]:
    """Let as many processes end at the point, each with a letter of its own; return these letters.

    Each is of another account: what a dead process holds counts, until that is known, as in hand.
    """
    letters = scene.queue(times)
    crashes = 0
    while crew.work(scene, "deliver_letter", OUTREACH_CRASH_AT=point) == crew.CRASHED:
        crashes += 1
    assert crashes == times, point
    return letters


def _release(scene: Stage) -> None:
    """Take back what the dead processes hold: at once where that can be known, else when their leases have run out."""
    end = time.monotonic() + crew.LEASE + 5
    held = {LetterState.LEASED, LetterState.SENDING}
    while held & set(scene.states()) and time.monotonic() < end:
        crew.work(scene, "release_leases", once=True)
        time.sleep(0.2)
