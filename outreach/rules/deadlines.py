"""The promise of thanks within 24 hours: elapsed time, reckoned in UTC, whatever the clocks do that night."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from outreach.rules.instants import as_utc
from outreach.rules.windows import Window, next_open, open_span
from outreach.rules.zones import day_begins, local, wall_spans

FIRST_ALARM = timedelta(hours=3)
LAST_ALARM = timedelta(hours=18)
SHORT_DUE = timedelta(hours=22)
DEADLINE = timedelta(hours=24)
MARGIN = timedelta(minutes=30)
MORNING = time(8, 30)
#: When mail disturbs nobody, on any day of the week.
DAYTIME = Window(time(8), time(21), frozenset(range(7)))


@dataclass(frozen=True, kw_only=True)
class ThankYouPlan:
    """What happens after a meeting; all aware UTC."""

    #: When the account owner is asked what was talked about.
    ask_at: datetime
    #: When to remind the owner that topics are still missing, in order, all before the deadline.
    alarms: tuple[datetime, ...]
    #: When a thank-you whose topics are known at once would best go.
    polite_at: datetime
    #: When the short thank-you goes if there are still no topics.
    short_due: datetime
    #: The promise.
    deadline: datetime


def thank_you_times(
    end: datetime,
    *,
    account_zone: str,
    recipient_zone: str,
    window: Window,
    days_off: AbstractSet[date] = frozenset(),
    margin: timedelta = MARGIN,
) -> ThankYouPlan:
    """Return when to ask, to remind, to fall back on the short letter, and the deadline, for a meeting's ``end``.

    ``window`` and ``days_off`` are the recipient's working hours and free days. Raises BadInput for an unknown zone.
    """
    end = as_utc(end)
    deadline = end + DEADLINE
    alarms = {end + FIRST_ALARM, next_morning(end + FIRST_ALARM, account_zone), end + LAST_ALARM}
    return ThankYouPlan(
        ask_at=end,
        alarms=tuple(sorted(each for each in alarms if each < deadline)),
        polite_at=polite_moment(end, recipient_zone, window, deadline, margin, days_off=days_off),
        short_due=end + SHORT_DUE,
        deadline=deadline,
    )


def thanks_moment(now: datetime, end: datetime, zone: str, window: Window) -> tuple[datetime, str]:
    """Return when thanks that are ready go best (aware UTC, never before the meeting's ``end``), and why then."""
    earliest, deadline = max(as_utc(now), as_utc(end)), as_utc(end) + DEADLINE
    due = polite_moment(earliest, zone, window, deadline, MARGIN)
    if due > earliest:
        return due, "their next polite moment before the 24 hours are over"
    return due, "at once: within 24 hours of the end" if due <= deadline else "at once: it is late"


def reminder_moment(start: datetime, zone: str, window: Window) -> datetime:
    """Return when to remind somebody of a meeting that begins at ``start``: on their last working day before it.

    At the meeting's own time of day, or as near to it as the window allows; aware UTC. Raises BadInput for an unknown
    zone.
    """
    start = as_utc(start)
    today = local(start, zone).date()
    for back in range(1, 8):
        span = open_span(day_begins(today - timedelta(days=back), zone), zone, window)
        if local(span.start, zone).date() == today - timedelta(days=back):
            return max(span.start, min(start - timedelta(days=back), span.end - timedelta(minutes=1)))
    return start - timedelta(days=1)


def next_morning(moment: datetime, zone_name: str) -> datetime:
    """Return the first 8:30 in the zone that is at least an hour after ``moment``, aware UTC."""
    earliest = as_utc(moment) + timedelta(hours=1)
    day = local(earliest, zone_name).date()
    while True:
        for span in wall_spans(day, MORNING, time.max, zone_name):
            if span.start >= earliest:
                return span.start
        day += timedelta(days=1)


def polite_moment(
    now: datetime,
    zone: str,
    window: Window,
    deadline: datetime,
    margin: timedelta,
    *,
    days_off: AbstractSet[date] = frozenset(),
) -> datetime:
    """Return the next polite moment (aware UTC, never before ``now``) to send something that is due by ``deadline``.

    Inside the recipient's window if it opens no later than ``margin`` before the deadline; else in daytime, 8 to 21
    o'clock there; else now, since a promise kept at night is better than one broken politely.
    """
    now, latest = as_utc(now), as_utc(deadline) - margin
    for opens in (next_open(now, zone, window, days_off), next_open(now, zone, DAYTIME)):
        if opens <= latest:
            return opens
    return now
