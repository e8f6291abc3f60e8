"""Gmail's quota: so many units a minute for each mailbox, and what a letter costs of them.

Units as documented since May 2026: ``developers.google.com/workspace/gmail/api/reference/quota``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from outreach.rules.pacing import admit

#: Of a Google project that began after April 2026; older ones have 15,000 for now.
UNITS_A_MINUTE = 6_000
#: A draft (10), its sending (100), a look at history (1), and reading back what Gmail stamped (20).
LETTER_UNITS = 131
_MINUTE = timedelta(minutes=1)
#: This much of the minute's allowance is kept for thank-yous and for reading the inbox.
_RESERVE = timedelta(seconds=15)


def spend(
    now: datetime, tat: datetime | None, a_minute: int, *, urgent: bool, units: int = LETTER_UNITS
) -> tuple[bool, datetime, datetime]:
    """Return whether ``units`` may be spent at ``now``, the figure to keep, and from when on they may.

    Google counts any minute, so only half of the allowance is had at once and the other half flows in over the
    minute: no sixty seconds see more than ``a_minute``. What is not ``urgent`` leaves a reserve.
    """
    cost = _MINUTE * units / max(1, a_minute / 2)
    tolerance = max(timedelta(0), _MINUTE - cost - (timedelta(0) if urgent else _RESERVE))
    admitted, kept = admit(now, tat, cost, tolerance)
    return admitted, kept, now if admitted else kept - tolerance
