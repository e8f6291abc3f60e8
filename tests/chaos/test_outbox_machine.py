"""Whatever people, Google, clocks and crashes do in whatever order: no letter lost, none sent twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.outbox_machine import Ground, OutboxMachine, Statistics, ground
from tests.chaos.quick import quick_database

#: How many examples make the full figure, and into how many parts they are cut.
EXAMPLES = int(os.environ.get("OUTREACH_TEST_EXAMPLES", "10000"))
PARTS = 4
FEW = 20
COMMON = settings(
    stateful_step_count=50,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


@pytest.fixture
def stand(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """What the examples stand on."""
    with quick_database(request.config.getoption("--backend"), database_url) as url, ground(tmp_path, url) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_order_of_events_breaks_a_promise(stand: Ground) -> None:
    _run(stand, settings(COMMON, max_examples=FEW, derandomize=True))


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_breaks_a_promise_in_full(stand: Ground, part: int) -> None:
    del part  # each draws anew
    _run(stand, settings(COMMON, max_examples=EXAMPLES // PARTS))


def _run(stand: Ground, how: settings) -> None:
    OutboxMachine.ground, OutboxMachine.statistics = stand, (counted := Statistics())
    began, worked = time.monotonic(), time.process_time()
    run_state_machine_as_test(OutboxMachine, settings=how)
    took, worked = time.monotonic() - began, time.process_time() - worked
    pace = f"{counted.examples / took:.1f} examples/s, {counted.examples / worked:.1f} a CPU second"
    print(
        f"\n{counted.examples} examples, {counted.steps} looks, {counted.accepted} letters accepted, "
        f"{took:.0f} s, {pace}; how approved letters ended: {counted.ends}"
    )


@pytest.fixture
def machine(stand: Ground) -> OutboxMachine:
    OutboxMachine.ground, OutboxMachine.statistics = stand, Statistics()
    return OutboxMachine()


@pytest.mark.slow
def test_a_clock_set_forward_while_search_may_lag_after_a_restore_repeats_no_letter(machine: OutboxMachine) -> None:
    """Found by it: history was gone, and a day that had not passed was taken for the wait for Gmail's search."""
    machine.begin(start=datetime(2027, 3, 1, 9, 30, tzinfo=UTC), lag=90, approved=2)
    machine.time_passes_and_work(span="a day", times=1)
    machine.approve_all()
    machine.back_up()
    machine.time_passes_and_work(span="six minutes", times=1)
    machine.restore()
    machine.forget_history()
    machine.work()
    machine.clock_jumps(jump="+1 day")
    machine.work()
    machine.teardown()
    assert max(machine.gmail.accepted().values()) == 1


@pytest.mark.slow
def test_a_backup_made_while_search_is_waited_for_does_not_end_the_wait_when_it_is_restored(
    machine: OutboxMachine,
) -> None:
    """Found by it: history was read on from the first look, as if what had been sent before were known."""
    machine.begin(start=datetime(2027, 3, 1, 9, 30, tzinfo=UTC), lag=400, approved=2)
    machine.back_up()
    machine.time_passes_and_work(span="six minutes", times=1)
    machine.restore()
    machine.forget_history()
    machine.work()
    machine.back_up()
    machine.restore()
    machine.work()
    machine.teardown()
    assert max(machine.gmail.accepted().values()) == 1


@pytest.mark.slow
def test_a_draft_of_the_backup_that_had_left_is_known_for_sent_once_search_shows_it(machine: OutboxMachine) -> None:
    """Found by it: its own end did not wait for the look that a restore without history leaves to be done."""
    machine.begin(start=datetime(2027, 3, 1, 9, 30, tzinfo=UTC), lag=90, approved=0)
    machine.back_up()
    machine.approve(pick=0)
    machine.clock_jumps(jump="+1 day")
    machine.forget_history()
    machine.work()
    machine.restore()
    machine.teardown()
    assert max(machine.gmail.accepted().values()) == 1
