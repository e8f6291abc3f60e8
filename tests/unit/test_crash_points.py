"""Crash points: those that are named are there, and a process ends or stops at the one that was asked for only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from outreach.actions.crash_points import FURTHER_POINTS, POINTS, QUEUE_POINTS

ACTIONS = Path(__file__).resolve().parents[2] / "outreach" / "actions"
PASS_TWO = "from outreach.actions.crash_points import crash_point as p; p('looked'); p('settled'); print('through')"


def test_every_point_that_is_named_stands_in_an_action_and_the_other_way_round() -> None:
    calls = [name for path in ACTIONS.glob("*.py") for name in re.findall(r'crash_point\("(\w+)"\)', path.read_text())]
    assert set(calls) == {*POINTS, *FURTHER_POINTS, *QUEUE_POINTS}
    assert max(Counter(calls).values()) == 1


@pytest.mark.parametrize(
    ("asked_for", "code"),
    [
        ("", 0),
        ("looked", 137),
        ("settled:1", 137),
        ("elsewhere,settled:1", 137),
        ("settled:0", 0),
        ("settle", 0),
    ],
)
def test_a_process_ends_at_the_point_that_was_asked_for(asked_for: str, code: int) -> None:
    environment = os.environ | {"OUTREACH_CRASH_AT": asked_for}
    done = subprocess.run(
        [sys.executable, "-c", PASS_TWO], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (code, "" if code else "through")


def test_a_process_stops_at_a_point_and_goes_on_when_it_is_let() -> None:
    environment = os.environ | {"OUTREACH_STOP_AT": "settled"}
    process = subprocess.Popen([sys.executable, "-c", PASS_TWO], env=environment, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 20
    while "T (stopped)" not in Path(f"/proc/{process.pid}/status").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=20)[0].strip() == "through"
