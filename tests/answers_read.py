"""Answers as texts: read as if three times had been offered, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.rules.inbound import Inbound, Understood
from outreach.rules.instants import Span
from outreach.rules.replies import understand

BERLIN = ZoneInfo("Europe/Berlin")
SLOTS = [
    Span(start, start + timedelta(minutes=30))
    for start in (
        datetime(2027, 3, 9, 15, tzinfo=BERLIN),
        datetime(2027, 3, 10, 10, 30, tzinfo=BERLIN),
        datetime(2027, 3, 12, 9, tzinfo=BERLIN),
    )
]
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)


def read(
    text: str,
    *,
    offered: bool = False,
    subject: str = "Re: Your work",
    from_address: str = "ben@acme.test",
    between: tuple[tuple[str, str], ...] = (),
    **headers: str,
) -> Understood:
    """Return what an answer of these words is understood as; ``between`` holds answers right below quoted lines."""
    message = Inbound(
        text=text,
        full_text=text,
        subject=subject,
        from_address=from_address,
        between=between,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return understand(message, slots=SLOTS if offered else (), zone_name="Europe/Berlin", now=NOW)
