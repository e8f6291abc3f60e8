"""How often an inbox is looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.poll_pace import poll_interval

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("silence", "minutes"),
    [(0 * DAY, 1), (3 * DAY, 1), (4 * DAY, 2), (10 * DAY, 5), (30 * DAY, 15), (100 * DAY, 30), (None, 30)],
)
def test_the_longer_the_silence_the_rarer_the_look(silence: timedelta | None, minutes: int) -> None:
    assert poll_interval(MINUTE, 30 * MINUTE, silence) == minutes * MINUTE


def test_a_usual_interval_longer_than_the_longest_stands() -> None:
    assert poll_interval(180 * MINUTE, 30 * MINUTE, None) == 180 * MINUTE


@given(
    usual=st.timedeltas(timedelta(seconds=1), DAY),
    longest=st.timedeltas(timedelta(seconds=1), DAY),
    silence=st.lists(st.timedeltas(timedelta(0), 1000 * DAY), min_size=2, max_size=2),
)
def test_it_never_falls_with_silence_and_keeps_its_bounds(
    usual: timedelta, longest: timedelta, silence: list[timedelta]
) -> None:
    short, long = (poll_interval(usual, longest, each) for each in sorted(silence))
    assert usual <= short <= long <= max(usual, longest)
