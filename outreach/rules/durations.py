"""Lengths of time as people write them: 20h, 3d, 90m, 1w, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

from outreach.errors import BadInput

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([wdhms])", re.ASCII)
_LONGEST = timedelta(days=3660)


def parse_duration(text: str) -> timedelta:
    """Return the length of time. Raises BadInput for anything else, for nothing, and for more than ten years."""
    plain = text.strip().lower()
    parts = _PART.findall(plain)
    if len(plain) > 40 or not parts or _PART.sub("", plain).strip():
        raise BadInput(f"{text[:40]!r} is no length of time: write it like 20h, 3d, 90m, 1w or 1h30m.")
    total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
    if not timedelta() < total <= _LONGEST:
        raise BadInput(f"{text[:40]!r} must be longer than nothing and at most ten years.")
    return total
