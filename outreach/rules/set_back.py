"""A clock that was set back: how it is noticed, and what waits are then too long."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Clocks are corrected by seconds all the time; that is no setting back.
SLACK = timedelta(minutes=1)
#: So far back the inbox counts as read after the clock was set back: not lately.
LOOK_BACK = timedelta(days=1)


def was_set_back(noted: datetime | None, now: datetime) -> bool:
    """Return whether the clock shows less than it did when ``noted`` was written; both aware UTC."""
    return noted is not None and noted > now + SLACK


def wait_anew(due: datetime, since: datetime | None, now: datetime) -> datetime:
    """Return when to do what was due at ``due`` as it was decided at ``since``, an instant that is still to come.

    The wait that was meant begins now, for nobody knows how much of it has passed: never too early, and late by no
    more than that. What was decided in the past, by this clock, stays as it is.
    """
    if since is None or since <= now or due <= now:
        return due
    return now + max(due - since, timedelta(0))
