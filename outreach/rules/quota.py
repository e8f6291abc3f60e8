"""Gmail's quota: so many units a minute for each mailbox, and what a letter costs of them.

Units as documented since May 2026: ``developers.google.com/workspace/gmail/api/reference/quota``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from outreach.rules.pacing import admit

#: Of a Google project that began after April 2026; older ones have 15,000 for now.
UNITS_A_MINUTE = 6_000
#: What each method costs of them, by Google's names.
UNITS = {
    "gmail.users.getProfile": 1,
    "gmail.users.settings.sendAs.list": 1,
    "gmail.users.drafts.create": 10,
    "gmail.users.drafts.send": 100,
    "gmail.users.drafts.get": 20,
    "gmail.users.drafts.list": 5,
    "gmail.users.drafts.delete": 10,
    "gmail.users.messages.get": 20,
    "gmail.users.messages.list": 5,
    "gmail.users.messages.trash": 20,
    "gmail.users.threads.get": 40,
    "gmail.users.history.list": 2,
}
#: A draft, its sending, and a look at history; what Gmail stamped is read back later, and paid then.
LETTER_UNITS = 111
#: One that was tried before has its drafts swept first, or its one draft looked for.
RETRY_UNITS = LETTER_UNITS + 65
_MINUTE = timedelta(minutes=1)
#: Room for what is paid a little after it was spent.
_LEEWAY = 0.95
#: This much of the minute's allowance is kept for thank-yous and for reading the inbox.
_RESERVE = timedelta(seconds=15)
#: Whoever reads a mailbox waits until so much is there that a thank-you can leave in between.
_FOR_THANKS = timedelta(seconds=10)
#: A figure that lies further ahead was kept before the clock was set back.
_FURTHEST = timedelta(minutes=3)


def spend(
    now: datetime, tat: datetime | None, a_minute: int, *, urgent: bool, units: int = LETTER_UNITS
) -> tuple[bool, datetime, datetime]:
    """Return whether ``units`` may be spent at ``now``, the figure to keep, and from when on they may.

    Google counts any minute, so only half of the allowance is had at once and the other half flows in over the
    minute: no sixty seconds see more than ``a_minute``. What is not ``urgent`` leaves a reserve.
    """
    cost = _cost(units, a_minute)
    tolerance = max(timedelta(0), _MINUTE - cost - (timedelta(0) if urgent else _RESERVE))
    if tat is not None and now < tat <= now + _FURTHEST:
        # What was paid afterwards may reach further than any admission; it is waited for, not forgiven.
        admitted, kept = (True, tat + cost) if tat - tolerance <= now else (False, tat)
    else:
        admitted, kept = admit(now, tat, cost, tolerance)
    return admitted, kept, now if admitted else kept - tolerance


def pay(now: datetime, tat: datetime | None, a_minute: int, units: int) -> tuple[datetime, datetime]:
    """Return the figure to keep once ``units`` have been spent already, and from when on more should be."""
    begin = now if tat is None or not now < tat <= now + _FURTHEST else tat
    kept = min(begin + _cost(units, a_minute), now + _FURTHEST)
    return kept, max(now, kept - _MINUTE + _FOR_THANKS)


def _cost(units: int, a_minute: int) -> timedelta:
    return _MINUTE * units / max(1, _LEEWAY * a_minute / 2)
