"""kill -9 of ``outreach run`` while letters go out and Google misbehaves: none lost, none twice, says the judge."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.chaos.stage import Judge, judge, queue_letters, wait_for, worker


@pytest.mark.parametrize(
    ("letters", "kills", "patience"),
    [
        pytest.param(120, 5, 120, marks=[pytest.mark.slow, pytest.mark.timeout(400)]),
        pytest.param(500, 30, 600, marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_no_letter_is_lost_or_sent_twice(tmp_path: Path, letters: int, kills: int, patience: float) -> None:
    began = time.monotonic()
    with judge(tmp_path) as google:
        wanted = queue_letters(tmp_path / "home", google, letters)
        _misbehave(google)
        _kill(tmp_path, google, kills)
        google.clear_faults()
        with worker(tmp_path / "home", google, tmp_path / "log"):
            all_there = wait_for(google, wanted, patience)
            time.sleep(5)  # long enough for a letter to be sent once more, if it ever were
        sent = google.sent()
    lost, twice = wanted - set(sent), {letter for letter, times in sent.items() if times > 1}
    print(
        f"\n{letters} letters, {kills} kills, {time.monotonic() - began:.0f} s: "
        f"{len(lost)} lost, {len(twice)} twice, by the judge's ledger"
    )
    assert all_there, f"lost: {sorted(lost)[:5]}"
    assert twice == set()
    assert set(sent) == wanted


def _misbehave(google: Judge) -> None:
    after = {"500_after": 0.04, "lost_after": 0.04, "hang_after": 0.04}
    google.faults("drafts.send", **after, **{"429": 0.04, "503": 0.04})
    google.faults("drafts.create", lost_after=0.04, hang_after=0.02, **{"503": 0.04})
    google.faults("history.list", **{"503": 0.04})
    google.faults("messages.get", **{"429": 0.04})


def _kill(tmp_path: Path, google: Judge, kills: int) -> None:
    dice = random.Random(5)
    for _ in range(kills):
        with worker(tmp_path / "home", google, tmp_path / "log") as process:
            # A start takes about a second and a half; the kill falls into the work that follows.
            time.sleep(1.5 + dice.uniform(0.1, 2.5))
            assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
