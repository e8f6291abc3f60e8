"""Send times: caps in every 24 hours and every day, gaps, windows, and the guard at the moment of sending."""

from __future__ import annotations

import itertools
import random
import time as stopwatch
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.errors import BadInput
from outreach.rules.pacing import Pacing, Planned, Wanted, admit, cap_for_day, jitter, plan
from outreach.rules.windows import Window, is_open, next_open
from outreach.rules.zones import local, zone_names

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEK = Window(time(9), time(17), frozenset(range(5)))
ALWAYS = Window(time.min, time.max, frozenset(range(7)))
LISBON = "Europe/Lisbon"
STEADY = Pacing(daily_cap=20, ramp_start=20, ramp_step=0, gap_seconds=90)
GAP, TOLERANCE = timedelta(seconds=90), timedelta(seconds=30)


def wanted(name: str, zone: str = LISBON, not_before: datetime = NOW, window: Window = WEEK) -> Wanted:
    return Wanted(letter_id=name, not_before=not_before, zone=zone, window=window)


def planned(
    requests: Sequence[Wanted], pacing: Pacing = STEADY, taken: Sequence[datetime] = (), so_far: int = 0
) -> list[Planned]:
    return plan(requests, taken, now=NOW, account_zone=LISBON, pacing=pacing, sending_days_so_far=so_far)


def times(found: Sequence[Planned]) -> list[datetime]:
    return [each.send_at for each in found]


@pytest.mark.parametrize(
    ("day", "start", "cap", "step", "expected"),
    [
        (0, 20, 50, 5, 20),
        (1, 20, 50, 5, 25),
        (6, 20, 50, 5, 50),
        (100, 20, 50, 5, 50),
        (0, 60, 50, 5, 50),
        (9, 20, 50, 0, 20),
    ],
)
def test_the_cap_grows_from_its_start_and_never_above_the_daily_cap(
    day: int, start: int, cap: int, step: int, expected: int
) -> None:
    assert cap_for_day(day, start, cap, step) == expected


def test_figures_with_which_nothing_would_leave_are_refused() -> None:
    with pytest.raises(BadInput, match="At least one letter"):
        Pacing(daily_cap=0, ramp_start=1, ramp_step=0, gap_seconds=0)
    with pytest.raises(BadInput, match="negative"):
        Pacing(daily_cap=1, ramp_start=1, ramp_step=0, gap_seconds=-1)


def test_one_letter_goes_when_the_window_opens() -> None:
    [found] = planned([wanted("a")])
    assert found.send_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert found.reason == "Monday 09:00 in Lisbon: first free moment in working hours"


def test_letters_for_one_moment_keep_their_order_and_their_gap() -> None:
    found = times(planned([wanted(name) for name in "abc"]))
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert found == [nine, nine + GAP, nine + 2 * GAP]


def test_a_later_letter_in_the_list_goes_first_where_the_day_has_begun_already() -> None:
    found = times(planned([wanted("west", "America/New_York"), wanted("east", "Asia/Kolkata")]))
    assert found == [datetime(2026, 3, 2, 14, tzinfo=UTC), NOW]


def test_the_next_letter_over_the_cap_goes_a_day_later_and_says_why() -> None:
    *_, last = planned([wanted(str(n)) for n in range(21)])
    assert last.send_at == datetime(2026, 3, 3, 9, 0, 1, tzinfo=UTC)
    assert (
        last.reason
        == "Tuesday 09:00 in Lisbon: first free moment in working hours, cap of 20 that day reached for Monday"
    )


def test_a_gap_is_named_as_the_reason() -> None:
    reason = planned([wanted("a"), wanted("b")])[1].reason
    assert reason.endswith(
        "Monday 09:01 in Lisbon: first free moment in working hours, 90 seconds or more after the letter before it"
    )


def test_what_was_sent_in_the_last_24_hours_counts_across_midnight() -> None:
    yesterday = [NOW - timedelta(hours=14, minutes=n) for n in range(20)]
    [found] = planned([wanted("a", window=ALWAYS)], taken=yesterday)
    assert found.send_at == min(yesterday) + timedelta(hours=24, seconds=1)


def test_a_letter_promised_for_later_keeps_its_place_under_the_cap() -> None:
    pacing = Pacing(daily_cap=1, ramp_start=1, ramp_step=0, gap_seconds=90)
    tomorrow = datetime(2026, 3, 3, 7, tzinfo=UTC)
    [found] = planned([wanted("a", window=ALWAYS)], pacing, taken=[tomorrow])
    assert found.send_at > tomorrow + timedelta(hours=24)


def test_the_ramp_counts_the_days_on_which_something_was_sent() -> None:
    pacing = Pacing(daily_cap=4, ramp_start=2, ramp_step=1, gap_seconds=60)
    days = Counter(each.date() for each in times(planned([wanted(str(n)) for n in range(14)], pacing)))
    assert [days[day] for day in sorted(days)] == [2, 3, 4, 4, 1]
    days = Counter(each.date() for each in times(planned([wanted(str(n)) for n in range(14)], pacing, so_far=2)))
    assert [days[day] for day in sorted(days)] == [4, 4, 4, 2]


def test_not_before_is_kept() -> None:
    later = datetime(2026, 3, 5, 11, 17, tzinfo=UTC)
    assert times(planned([wanted("a", not_before=later)])) == [later]


def test_days_off_of_a_recipient_are_kept() -> None:
    off = frozenset({date(2026, 3, 2)})
    away = Wanted(letter_id="a", not_before=NOW, zone=LISBON, window=WEEK, days_off=off)
    assert times(planned([away, wanted("b")])) == [
        datetime(2026, 3, 3, 9, tzinfo=UTC),
        datetime(2026, 3, 2, 9, tzinfo=UTC),
    ]


def test_jitter_is_small_and_always_the_same_for_one_letter() -> None:
    pacing = Pacing(daily_cap=50, ramp_start=50, ramp_step=0, gap_seconds=90, jitter_seconds=30)
    requests = [wanted(f"letter {n}") for n in range(40)]
    found = times(planned(requests, pacing))
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert all(GAP <= gap <= GAP + timedelta(seconds=30) for gap in gaps)
    assert len(set(gaps)) > 5
    assert found == times(planned(requests, pacing))
    assert jitter("letter 1", 0) == timedelta(0)


def test_nothing_wanted_gives_an_empty_plan() -> None:
    assert planned([]) == []


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="Europe/Berlin"):
        planned([wanted("a", "Berlin")])


SOME_ZONES = (LISBON, "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "Australia/Lord_Howe", "Africa/Casablanca")


@st.composite
def paces(draw: st.DrawFn) -> Pacing:
    return Pacing(
        daily_cap=draw(st.integers(1, 8)),
        ramp_start=draw(st.integers(1, 8)),
        ramp_step=draw(st.integers(0, 3)),
        gap_seconds=draw(st.sampled_from([0, 1, 90, 4000])),
        jitter_seconds=draw(st.sampled_from([0, 45])),
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(SOME_ZONES), st.integers(0, 4000), st.booleans()), max_size=25),
    st.lists(st.integers(-1600, 4000), max_size=6),
    paces(),
    st.sampled_from([NOW, datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 10, 23, 8, tzinfo=UTC)]),
)
def test_every_plan_keeps_window_gap_and_caps(
    raw: list[tuple[str, int, bool]], taken_minutes: list[int], pacing: Pacing, now: datetime
) -> None:
    taken = sorted(now + timedelta(minutes=n) for n in taken_minutes)
    requests = [
        wanted(str(n), zone, now + timedelta(minutes=after), WEEK if working else ALWAYS)
        for n, (zone, after, working) in enumerate(raw)
    ]
    found = plan(requests, taken, now=now, account_zone=LISBON, pacing=pacing, sending_days_so_far=0)
    assert [each.letter_id for each in found] == [each.letter_id for each in requests]
    for request, each in zip(requests, found, strict=True):
        assert each.send_at >= request.not_before
        assert is_open(each.send_at, request.zone, request.window)
        assert len(each.reason) <= 300
    _check_gaps(times(found), taken, pacing)
    _check_caps(times(found), taken, pacing, now)


def _check_gaps(sent: list[datetime], taken: list[datetime], pacing: Pacing) -> None:
    both = sorted([*((each, True) for each in sent), *((each, False) for each in taken)])
    for (earlier, new), (later, also_new) in itertools.pairwise(both):
        # Two that were both taken beforehand are no business of the plan.
        assert not (new or also_new) or later - earlier >= timedelta(seconds=pacing.gap_seconds)


def _check_caps(sent: list[datetime], taken: list[datetime], pacing: Pacing, now: datetime) -> None:
    """Judge by the definition, one send at a time: each ends 24 hours, and has a calendar day."""
    everything = sorted([*sent, *taken])
    today = local(now, LISBON).date()
    days = sorted({day for each in everything if (day := local(each, LISBON).date()) >= today})
    for each in sent:
        day = local(each, LISBON).date()
        cap = cap_for_day(days.index(day), pacing.ramp_start, pacing.daily_cap, pacing.ramp_step)
        rolling = [other for other in everything if each - timedelta(hours=24) <= other <= each]
        in_day = [other for other in everything if local(other, LISBON).date() == day]
        assert max(len(rolling), len(in_day)) <= cap
    for each in taken:
        if each < now:
            continue
        before = bisect_right(taken, each) - bisect_right(taken, each - timedelta(hours=24, microseconds=1))
        rolling = [other for other in everything if each - timedelta(hours=24) <= other <= each]
        assert len(rolling) <= max(before, pacing.daily_cap)


def test_a_single_letter_among_others_goes_at_the_very_first_moment_that_is_free() -> None:
    taken = [datetime(2026, 3, 2, 9, n, tzinfo=UTC) for n in range(0, 19, 2)]
    [found] = planned([wanted("a")], taken=taken)
    candidates = (NOW + timedelta(seconds=n) for n in range(10 * 3600))
    first = next(
        each for each in candidates if is_open(each, LISBON, WEEK) and all(abs(each - other) >= GAP for other in taken)
    )
    assert found.send_at == first


def test_five_thousand_letters_across_all_zones_are_planned_quickly() -> None:
    chance = random.Random(7)
    zones = sorted(zone_names())
    requests = [
        wanted(str(n), chance.choice(zones), NOW + timedelta(minutes=chance.randrange(4000))) for n in range(5000)
    ]
    pacing = Pacing(daily_cap=50, ramp_start=20, ramp_step=5, gap_seconds=90, jitter_seconds=30)
    began = stopwatch.process_time()
    found = planned(requests, pacing)
    assert stopwatch.process_time() - began < 20
    assert max(Counter(local(each, LISBON).date() for each in times(found)).values()) == 50
    assert all(is_open(each.send_at, request.zone, WEEK) for each, request in zip(found, requests, strict=True))


def test_admit_lets_one_letter_through_a_gap() -> None:
    allowed, tat = admit(NOW, None, GAP, timedelta(0))
    assert (allowed, tat) == (True, NOW + GAP)
    assert admit(NOW + GAP - timedelta(seconds=1), tat, GAP, timedelta(0)) == (False, tat)
    assert admit(NOW + GAP, tat, GAP, timedelta(0)) == (True, NOW + 2 * GAP)


def test_admit_allows_a_little_early_but_not_more_over_time() -> None:
    moment, tat, passed = NOW, None, 0
    for second in range(9000):
        allowed, tat = admit(moment + timedelta(seconds=second), tat, GAP, TOLERANCE)
        passed += allowed
    assert passed in (100, 101)


def test_after_the_clock_went_back_admit_waits_one_gap_at_most() -> None:
    _, tat = admit(NOW, None, GAP, TOLERANCE)
    earlier = NOW - timedelta(days=400)
    allowed, tat = admit(earlier, tat, GAP, TOLERANCE)
    assert not allowed
    assert admit(earlier + GAP, tat, GAP, TOLERANCE)[0]


def test_after_the_clock_went_forward_admit_releases_no_burst() -> None:
    _, tat = admit(NOW, None, GAP, timedelta(0))
    later = NOW + timedelta(days=400)
    allowed, tat = admit(later, tat, GAP, timedelta(0))
    assert allowed
    assert [admit(later + timedelta(seconds=n), tat, GAP, timedelta(0))[0] for n in (0, 1, 89)] == [False] * 3


@given(st.lists(st.integers(-1000, 1000), max_size=60))
def test_admit_never_makes_anybody_wait_longer_than_a_gap_whatever_the_clock_does(jumps: list[int]) -> None:
    moment, tat = NOW, None
    for jump in jumps:
        moment += timedelta(seconds=jump)
        _, tat = admit(moment, tat, GAP, TOLERANCE)
        assert admit(moment + GAP, tat, GAP, TOLERANCE)[0]


def test_next_open_is_where_a_lonely_letter_goes_in_every_zone() -> None:
    for name in sorted(zone_names()):
        assert times(planned([wanted("a", name)])) == [next_open(NOW, name, WEEK)]
