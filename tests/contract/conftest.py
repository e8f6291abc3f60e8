"""What the contracts with Google share: a clock that stands still, and a sandbox that had no error of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from outreach.clock import FixedClock
from outreach.sandbox.server import Sandbox

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def sandbox(clock: FixedClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock.now) as running:
        yield running
        assert running.errors == []
