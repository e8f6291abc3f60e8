"""How fast letters leave: a daily cap that grows with use, gaps, and the recipients' working hours.

Two separate things: ``plan`` gives every letter a send time beforehand, and ``admit`` guards the moment of sending.
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from outreach.errors import BadInput
from outreach.rules.instants import Span, as_utc
from outreach.rules.windows import Window, open_span
from outreach.rules.zones import WEEKDAY_NAMES, city, day_begins, local, say_day

A_DAY = timedelta(hours=24)
_A_SECOND = timedelta(seconds=1)


def cap_for_day(n_th_sending_day: int, ramp_start: int, daily_cap: int, ramp_step: int) -> int:
    """Return how many letters may leave on a sending day, counted from 0: ``ramp_start``, growing to ``daily_cap``."""
    return min(daily_cap, ramp_start + max(0, n_th_sending_day) * ramp_step)


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """How fast one account may send. Raises BadInput for figures with which nothing would ever leave."""

    daily_cap: int
    ramp_start: int
    ramp_step: int
    gap_seconds: int
    #: At most so much is added to a gap, so that letters do not leave like clockwork.
    jitter_seconds: int = 0

    def __post_init__(self) -> None:
        if self.daily_cap < 1 or self.ramp_start < 1:
            raise BadInput("At least one letter a day has to be allowed (daily_cap and ramp_start, 1 or more).")
        if min(self.ramp_step, self.gap_seconds, self.jitter_seconds) < 0:
            raise BadInput("ramp_step, gap_seconds and jitter_seconds cannot be negative.")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A letter that needs a send time: not before an aware instant, within the recipient's hours."""

    letter_id: str
    not_before: datetime
    zone: str
    window: Window
    days_off: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The send time of a letter (aware UTC), and why then, in words."""

    letter_id: str
    send_at: datetime
    reason: str


def plan(
    requests: Sequence[Wanted],
    taken: Sequence[datetime],
    *,
    now: datetime,
    account_zone: str,
    pacing: Pacing,
    sending_days_so_far: int,
) -> list[Planned]:
    """Return a send time for every letter, in the order of ``requests``.

    Each is the first moment, not before ``now``, that lies in the recipient's window and keeps the gap and the cap,
    in any 24 hours and in any calendar day of ``account_zone``. Of letters that could go at one moment the one that
    comes first in ``requests`` goes. ``taken`` are instants at which the account already sent or will send: give at
    least those of the last 24 hours. ``sending_days_so_far`` counts the days before today on which it sent.
    The same input gives the same plan. Raises BadInput for an unknown zone.
    """
    road = _Road(taken, as_utc(now), account_zone, pacing, sending_days_so_far)
    line = _Line(requests, as_utc(now))
    found: dict[int, Planned] = {}
    moment = as_utc(now)
    while line.waits():
        moment = road.free_from(moment)
        index = line.next_at(moment)
        if index is None:
            moment = max(moment, line.next_change())
            continue
        send_at = _with_jitter(requests[index].letter_id, moment, line.closes(index), road)
        reason = _reason(requests[index], line.opened[index], send_at, as_utc(now), road)
        road.take(send_at)
        found[index] = Planned(letter_id=requests[index].letter_id, send_at=send_at, reason=reason)
        moment = send_at
    return [found[index] for index in range(len(requests))]


def jitter(letter_id: str, at_most: int) -> timedelta:
    """Return 0 to ``at_most`` whole seconds, always the same for one letter."""
    digest = hashlib.sha256(letter_id.encode("utf-8", "surrogatepass")).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % (at_most + 1))


def _with_jitter(letter_id: str, moment: datetime, closes: datetime, road: _Road) -> datetime:
    """Return ``moment`` a little later where that keeps all the rules, else ``moment``, which does."""
    later = moment + jitter(letter_id, road.pacing.jitter_seconds)
    return later if later < closes and road.free_from(later) == later else moment


class _Road:
    """What the account has sent and will send, in order; says when the next letter may leave."""

    def __init__(
        self, taken: Sequence[datetime], now: datetime, account_zone: str, pacing: Pacing, sending_days_so_far: int
    ) -> None:
        self.pacing = pacing
        self.zone = account_zone
        self._so_far = sending_days_so_far
        self._gap = timedelta(seconds=pacing.gap_seconds)
        self._taken = sorted(as_utc(each) for each in taken)
        today = local(now, account_zone).date()
        self._days = sorted({day for each in self._taken if (day := self.day_of(each)) >= today})
        #: Days of the account's zone that were full when a letter wanted them, in order.
        self.full: list[date] = []

    def day_of(self, moment: datetime) -> date:
        return local(moment, self.zone).date()

    def cap_on(self, day: date) -> int:
        ordinal = self._so_far + bisect_left(self._days, day)
        return cap_for_day(ordinal, self.pacing.ramp_start, self.pacing.daily_cap, self.pacing.ramp_step)

    def take(self, moment: datetime) -> None:
        insort(self._taken, moment)
        day = self.day_of(moment)
        at = bisect_left(self._days, day)
        if self._days[at : at + 1] != [day]:
            self._days.insert(at, day)

    def free_from(self, moment: datetime) -> datetime:
        """Return the first instant at or after ``moment`` at which one more letter keeps gap and cap."""
        while True:
            later = max(self._after_gap(moment), self._after_cap(moment))
            if later == moment:
                return moment
            moment = later

    def _after_gap(self, moment: datetime) -> datetime:
        if not self._gap:
            return moment
        for near in self._taken[bisect_right(self._taken, moment - self._gap) :]:
            if near - moment >= self._gap:
                break
            moment = near + self._gap
        return moment

    def _after_cap(self, moment: datetime) -> datetime:
        day = self.day_of(moment)
        cap = self.cap_on(day)
        morrow = day_begins(day + timedelta(days=1), self.zone)
        first = bisect_left(self._taken, day_begins(day, self.zone))
        upto = bisect_right(self._taken, moment)
        later = moment
        if bisect_left(self._taken, morrow) - first >= cap:
            later = morrow
        # A second more than a day, so that 24 hours hold no more than the cap even with both their ends counted.
        elif upto >= cap and (clear := self._taken[upto - cap] + A_DAY + _A_SECOND) > moment:
            later = clear
        elif (crowded := self._crowded_later(moment, upto, cap)) is not None:
            later = crowded + _A_SECOND
        if later > moment:
            self._note_full(day)
        return later

    def _crowded_later(self, moment: datetime, upto: int, cap: int) -> datetime | None:
        """Return a later letter, already promised, whose own last 24 hours have no room for one at ``moment``."""
        end = bisect_right(self._taken, moment + A_DAY)
        if end - bisect_left(self._taken, moment - A_DAY) < cap:
            return None
        for at in range(upto, end):
            each = self._taken[at]
            held = at + 1 - bisect_left(self._taken, each - A_DAY)
            if held >= self.cap_on(self.day_of(each)):
                return each
        return None

    def _note_full(self, day: date) -> None:
        at = bisect_left(self.full, day)
        if self.full[at : at + 1] != [day]:
            self.full.insert(at, day)


@dataclass
class _Bucket:
    """The released letters that share one window in one zone, and that window's present or next opening."""

    example: Wanted
    released: list[int] = field(default_factory=list)
    span: Span | None = None

    def span_at(self, moment: datetime) -> Span:
        if self.span is None or self.span.end <= moment:
            self.span = open_span(moment, self.example.zone, self.example.window, self.example.days_off)
        return self.span


class _Line:
    """The letters that wait. Three heaps, so that a plan for n letters takes about n log n steps.

    Letters not yet released by time; buckets whose window is shut, by its opening; and buckets that are open, by
    their first letter. Entries of the last may be stale and are checked when they come up.
    """

    def __init__(self, requests: Sequence[Wanted], now: datetime) -> None:
        self._requests = requests
        self._unreleased = [(max(now, as_utc(each.not_before)), index) for index, each in enumerate(requests)]
        heapq.heapify(self._unreleased)
        self._buckets: dict[tuple[str, Window, frozenset[date]], _Bucket] = {}
        self._shut: list[tuple[datetime, int, _Bucket]] = []
        self._open: list[tuple[int, _Bucket]] = []
        self._left = len(requests)
        #: When each released letter could first have gone, were it the only one.
        self.opened: dict[int, datetime] = {}

    def waits(self) -> bool:
        return self._left > 0

    def next_change(self) -> datetime:
        """Return when the next letter is released or the next window opens."""
        return min(heap[0][0] for heap in (self._unreleased, self._shut) if heap)

    def closes(self, index: int) -> datetime:
        """Return when the window closes that the letter was taken in."""
        span = self._bucket(index).span
        assert span is not None
        return span.end

    def next_at(self, moment: datetime) -> int | None:
        """Take out and return the first letter that may go at ``moment``, None when there is none."""
        self._release(moment)
        while self._shut and self._shut[0][0] <= moment:
            self._offer(heapq.heappop(self._shut)[2], moment)
        while self._open:
            index, bucket = heapq.heappop(self._open)
            if not bucket.released or bucket.released[0] != index:
                continue
            if bucket.span_at(moment).start > moment:
                self._offer(bucket, moment)
                continue
            heapq.heappop(bucket.released)
            self._left -= 1
            self._offer(bucket, moment)
            return index
        return None

    def _release(self, moment: datetime) -> None:
        while self._unreleased and self._unreleased[0][0] <= moment:
            since, index = heapq.heappop(self._unreleased)
            bucket, each = self._bucket(index), self._requests[index]
            self.opened[index] = max(since, open_span(since, each.zone, each.window, each.days_off).start)
            heapq.heappush(bucket.released, index)
            if bucket.released[0] == index:
                self._offer(bucket, moment)

    def _bucket(self, index: int) -> _Bucket:
        each = self._requests[index]
        return self._buckets.setdefault((each.zone, each.window, each.days_off), _Bucket(each))

    def _offer(self, bucket: _Bucket, moment: datetime) -> None:
        if not bucket.released:
            return
        span, first = bucket.span_at(moment), bucket.released[0]
        if span.start > moment:
            heapq.heappush(self._shut, (span.start, first, bucket))
        else:
            heapq.heappush(self._open, (first, bucket))


def _reason(wanted: Wanted, opened: datetime, send_at: datetime, now: datetime, road: _Road) -> str:
    here = local(send_at, wanted.zone)
    soon = (here.date() - local(now, wanted.zone).date()).days < 7
    day = WEEKDAY_NAMES[here.weekday()] if soon else say_day(here.date())
    why = ""
    if send_at > opened + timedelta(seconds=road.pacing.jitter_seconds):
        why = _say_full(road, road.day_of(opened), road.day_of(send_at))
        why = why or f", {road.pacing.gap_seconds} seconds or more after the letter before it"
    return f"{day} {here:%H:%M} in {city(wanted.zone)}: first free moment in working hours{why}"


def _say_full(road: _Road, first: date, last: date) -> str:
    """Return which full days, ``first`` to ``last``, kept a letter back; the last one did if 24 hours were full."""
    full = road.full[bisect_left(road.full, first) : bisect_left(road.full, last)]
    if len(full) > 1:
        return f", cap reached on {len(full)} days before, {say_day(full[0])} to {say_day(full[-1])}"
    if full:
        return f", cap of {road.cap_on(full[0])} that day reached for {WEEKDAY_NAMES[full[0].weekday()]}"
    at = bisect_left(road.full, last)
    return f", cap of {road.cap_on(last)} in 24 hours reached until then" if last in road.full[at : at + 1] else ""


def admit(now: datetime, tat: datetime | None, gap: timedelta, tolerance: timedelta) -> tuple[bool, datetime]:
    """Return whether a letter may leave at ``now``, and the theoretical arrival time to keep for the next one.

    This is GCRA, a leaky bucket in one number: one letter a ``gap``, at most ``tolerance`` early. ``tat`` is what the
    last call returned, None at first. A ``tat`` further ahead than any admission could have left it means that the
    clock went back: it is drawn in, so the wait is one gap at most. Time that a clock skipped earns nothing.
    """
    now = as_utc(now)
    tat = now if tat is None else min(as_utc(tat), now + gap + tolerance)
    if now < tat - tolerance:
        return False, tat
    return True, max(now, tat) + gap
