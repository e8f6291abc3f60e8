"""Lengths of time, as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.errors import BadInput
from outreach.rules.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20h", timedelta(hours=20)),
        ("3d", timedelta(days=3)),
        ("90m", timedelta(minutes=90)),
        ("1w", timedelta(weeks=1)),
        ("1h30m", timedelta(minutes=90)),
        (" 1D 12H ", timedelta(hours=36)),
        ("0.5h", timedelta(minutes=30)),
    ],
)
def test_a_length_of_time_is_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "20", "h", "-3h", "3x", "1h and more", "0h", "999999w", "٣h", "9h" * 90])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_duration(text)
