"""A clock that was set back is noticed, and waits that were meant begin anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from outreach.rules.set_back import wait_anew, was_set_back

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)


@pytest.mark.parametrize(
    ("noted", "expected"),
    [(None, False), (NOW - WEEK, False), (NOW, False), (NOW + MINUTE, False), (NOW + 2 * MINUTE, True)],
)
def test_only_what_was_noted_in_the_future_shows_it(noted: datetime | None, expected: bool) -> None:
    assert was_set_back(noted, NOW) is expected


@pytest.mark.parametrize(
    ("due", "since", "expected"),
    [
        (NOW + WEEK, NOW - WEEK, NOW + WEEK),  # decided before: the date holds
        (NOW + WEEK, None, NOW + WEEK),
        (NOW + 3 * WEEK + MINUTE, NOW + 3 * WEEK, NOW + MINUTE),  # decided "in three weeks", for a minute later
        (NOW + WEEK, NOW + 3 * WEEK, NOW),  # drawn in once before
        (NOW - MINUTE, NOW + WEEK, NOW - MINUTE),
    ],
)
def test_a_wait_that_was_decided_in_the_future_begins_anew(
    due: datetime, since: datetime | None, expected: datetime
) -> None:
    assert wait_anew(due, since, NOW) == expected
