"""Every method of the calendar against the sandbox, and each of its faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.calendar.ids import event_id, uid_of
from outreach.clock import FixedClock
from outreach.edge import AccessLost, CalendarEvent, EdgeError, Gone, NotDone, Refused
from outreach.google import event_json
from outreach.google.calendar import GoogleCalendar, merged
from outreach.google.client import GoogleClient
from outreach.google.credentials import AuthorizedUser
from outreach.google.transport import Timeouts
from outreach.rules.instants import Span
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME = "ada@student.example.com"
GRACE = "Grace.Lindqvist@planning.example.com"
HOUR = timedelta(hours=1)


Open = Callable[..., GoogleCalendar]


@pytest.fixture
def opened(sandbox: Sandbox, clock: FixedClock) -> Open:
    def open_calendar(*scopes: str, read: float = 15.0) -> GoogleCalendar:
        more = {"scopes": scopes} if scopes else {}
        user = AuthorizedUser.from_json(json.dumps(sandbox.add_account(ME, name="Ada Okafor", **more)).encode())
        return GoogleClient(
            api_root=sandbox.root,
            credentials_of=lambda _: user,
            now=clock.now,
            timeouts=Timeouts(connect=5.0, read=read),
        ).calendar("ada")

    return open_calendar


@pytest.fixture
def calendar(opened: Open) -> GoogleCalendar:
    return opened()


def meeting(seed: str = "one", **changes: Any) -> CalendarEvent:
    made = CalendarEvent(
        id=event_id(seed),
        uid=uid_of(event_id(seed)),
        sequence=0,
        span=Span(START + 24 * HOUR, START + 24 * HOUR + timedelta(minutes=25)),
        summary="Ada Okafor and Grace Lindqvist",
        description="25 minutes\nabout urban planning",
        location="City Hall",
        attendees=(("Grace Lindqvist", GRACE),),
        organizer=("Ada Okafor", ME),
    )
    return replace(made, **changes)


def changes_made(sandbox: Sandbox) -> list[str]:
    return [str(entry["kind"]) for entry in sandbox.ledger.entries if str(entry["kind"]).startswith("event_")]


# Meetings.


def test_own_events_are_those_whose_ids_are_ours_on_every_page(
    calendar: GoogleCalendar, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.google.calendar._PAGE", 2)
    week = Span(START, START + 7 * 24 * HOUR)
    for number in range(5):
        calendar.put_event(meeting(f"number {number}"), notify=False)
    sandbox.busy(ME, START + HOUR, START + 2 * HOUR)
    late = Span(week.end + HOUR, week.end + 2 * HOUR)
    calendar.put_event(meeting("later", span=late), notify=False)
    calendar.delete_event(event_id("number 4"), notify=False)
    found = calendar.own_events(week)
    assert {event.id for event in found} == {event_id(f"number {number}") for number in range(4)}
    assert found[0].span == meeting().span
    assert calendar.own_events(late) == [
        replace(found[0], id=event_id("later"), uid=uid_of(event_id("later")), span=late)
    ]


def test_a_meeting_is_stored_under_our_id_and_the_uid_that_follows_from_it(calendar: GoogleCalendar) -> None:
    calendar.put_event(meeting(), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert stored.updated is not None
    assert stored == replace(
        meeting(),
        updated=stored.updated,
        organizer=("", ME),
        answers={GRACE.lower(): "NEEDS-ACTION"},
    )


def test_putting_it_again_changes_nothing_and_tells_nobody(calendar: GoogleCalendar, sandbox: Sandbox) -> None:
    for _ in range(3):
        calendar.put_event(meeting(), notify=True)
    assert changes_made(sandbox) == ["event_inserted"]
    assert sandbox.requests["events.patch"] == 0


@pytest.mark.parametrize("notify", [True, False])
def test_who_is_told_is_what_was_asked(calendar: GoogleCalendar, sandbox: Sandbox, notify: bool) -> None:
    calendar.put_event(meeting(), notify=notify)
    calendar.put_event(meeting(location="Elsewhere"), notify=notify)
    calendar.delete_event(event_id("one"), notify=notify)
    told = [entry["send_updates"] for entry in sandbox.ledger.entries if str(entry["kind"]).startswith("event_")]
    assert told == ["all" if notify else "none"] * 3


@pytest.mark.parametrize(
    "changed",
    [
        {"span": Span(START + 30 * HOUR, START + 31 * HOUR), "sequence": 1},
        {"summary": "Another title"},
        {"description": ""},
        {"location": "", "sequence": 4},
        {"attendees": (("Bo Ek", "bo@example.com"),)},
        {"attendees": ()},
        {"sequence": 3},
    ],
)
def test_a_changed_meeting_is_patched_to_match(
    calendar: GoogleCalendar, sandbox: Sandbox, changed: dict[str, Any]
) -> None:
    calendar.put_event(meeting(), notify=False)
    calendar.put_event(meeting(**changed), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    for name, value in changed.items():
        assert getattr(stored, name) == value
    calendar.put_event(meeting(**changed), notify=False)
    assert changes_made(sandbox) == ["event_inserted", "event_patched"]


def test_guests_keep_their_answers_when_the_meeting_changes(calendar: GoogleCalendar, sandbox: Sandbox) -> None:
    calendar.put_event(meeting(), notify=False)
    for given, word in (("TENTATIVE", "TENTATIVE"), ("DECLINED", "DECLINED"), ("ACCEPTED", "ACCEPTED")):
        sandbox.world.calendar(ME, "primary").answer(uid_of(event_id("one")), GRACE.lower(), given, START)
        stored = calendar.event(event_id("one"))
        assert stored is not None
        assert stored.answers == {GRACE.lower(): word}
    calendar.put_event(meeting(attendees=(("Grace", GRACE.lower()), ("Bo Ek", "bo@example.com"))), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert stored.answers == {GRACE.lower(): "ACCEPTED", "bo@example.com": "NEEDS-ACTION"}


def test_a_sequence_number_never_sinks(calendar: GoogleCalendar) -> None:
    calendar.put_event(meeting(sequence=5), notify=False)
    calendar.put_event(meeting(sequence=2, summary="Changed"), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert (stored.sequence, stored.summary) == (5, "Changed")


def test_a_change_between_our_look_and_our_patch_is_not_overwritten(
    calendar: GoogleCalendar, sandbox: Sandbox, monkeypatch: Any
) -> None:
    calendar.put_event(meeting(), notify=False)
    changes = event_json.changes

    def meanwhile(stored: Any, event: CalendarEvent) -> dict[str, Any]:
        sandbox.world.calendar(ME, "primary").change(event.id, {"location": "by hand"}, START, whole=False)
        return changes(stored, event)

    monkeypatch.setattr(event_json, "changes", meanwhile)
    with pytest.raises(NotDone) as caught:
        calendar.put_event(meeting(summary="Changed"), notify=False)
    assert caught.value.reason == "conditionNotMet"
    monkeypatch.undo()
    calendar.put_event(meeting(summary="Changed"), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert (stored.summary, stored.location) == ("Changed", "City Hall")


def test_a_meeting_made_a_whole_day_by_hand_gets_its_times_back(calendar: GoogleCalendar, sandbox: Sandbox) -> None:
    calendar.put_event(meeting(), notify=False)
    stored = sandbox.world.calendar(ME, "primary").events[event_id("one")]
    stored["start"], stored["end"] = {"date": "2026-03-03"}, {"date": "2026-03-04"}
    day = datetime(2026, 3, 3, tzinfo=UTC)
    shown = calendar.event(event_id("one"))
    assert shown is not None
    assert shown.span == Span(day, day + 24 * HOUR)
    calendar.put_event(meeting(), notify=False)
    shown = calendar.event(event_id("one"))
    assert shown is not None
    assert shown.span == meeting().span


def test_a_deleted_meeting_is_shown_as_cancelled_and_its_id_is_burned(calendar: GoogleCalendar) -> None:
    calendar.put_event(meeting(), notify=False)
    for _ in range(2):
        calendar.delete_event(event_id("one"), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert stored.cancelled
    with pytest.raises(Gone):
        calendar.put_event(meeting(), notify=False)


def test_a_meeting_that_is_cancelled_is_deleted_by_putting_it(calendar: GoogleCalendar) -> None:
    calendar.put_event(meeting(), notify=False)
    calendar.put_event(meeting(cancelled=True), notify=False)
    stored = calendar.event(event_id("one"))
    assert stored is not None
    assert stored.cancelled
    calendar.put_event(meeting(cancelled=True), notify=False)


def test_what_was_never_there_is_none_and_deleting_it_is_fine(calendar: GoogleCalendar) -> None:
    assert calendar.event(event_id("never")) is None
    assert calendar.event("outreach0doctor") is None
    calendar.delete_event(event_id("never"), notify=True)


def test_an_event_of_which_nothing_is_left_but_its_id_is_none() -> None:
    assert event_json.from_json({"id": "abcde", "status": "cancelled"}) is None
    with pytest.raises(ValueError, match="without times"):
        event_json.from_json({"id": "abcde", "status": "confirmed"})


def test_the_owner_and_rooms_are_no_guests() -> None:
    stored = event_json.to_json(meeting()) | {"etag": '"1"'}
    listed = [
        {"email": ME, "self": True, "organizer": True, "responseStatus": "accepted"},
        {"email": "room@resource.calendar.google.com", "resource": True},
        *stored["attendees"],
    ]
    stored["attendees"] = listed
    shown = event_json.from_json(stored)
    assert shown is not None
    assert list(shown.answers) == [GRACE.lower()]
    assert event_json.changes(stored, meeting()) == {}
    patch = event_json.changes(stored, meeting(attendees=(("Bo", "bo@example.com"),)))
    assert [each["email"] for each in patch["attendees"]] == [listed[0]["email"], listed[1]["email"], "bo@example.com"]


# Busy time.


def test_busy_time_is_merged_and_sorted_over_calendars(calendar: GoogleCalendar, sandbox: Sandbox) -> None:
    sandbox.add_calendar(ME, "team@group.calendar.google.com")
    for begins, ends, where in ((10, 11, "primary"), (2, 3, "primary"), (3, 4, "team"), (3.5, 3.75, "primary")):
        name = where if where == "primary" else "team@group.calendar.google.com"
        sandbox.busy(ME, START + begins * HOUR, START + ends * HOUR, calendar=name)
    span = Span(START, START + 24 * HOUR)
    expected = [Span(START + 2 * HOUR, START + 4 * HOUR), Span(START + 10 * HOUR, START + 11 * HOUR)]
    assert calendar.busy(span, ["primary", "team@group.calendar.google.com", "primary"]) == expected
    assert calendar.busy(span, []) == []


def test_a_long_span_and_many_calendars_are_asked_for_in_pieces(calendar: GoogleCalendar, sandbox: Sandbox) -> None:
    for number in range(52):
        sandbox.add_calendar(ME, f"c{number}@group.calendar.google.com")
    names = [f"c{number}@group.calendar.google.com" for number in range(52)]
    seam = START + timedelta(weeks=8)
    sandbox.busy(ME, seam - HOUR, seam + HOUR, calendar=names[51])
    found = calendar.busy(Span(START, START + timedelta(days=365)), names)
    assert found == [Span(seam - HOUR, seam + HOUR)]
    assert sandbox.requests["freebusy.query"] == 2 * 7


def test_a_calendar_that_answers_with_an_error_is_unknown_never_free(
    calendar: GoogleCalendar, sandbox: Sandbox
) -> None:
    span = Span(START, START + HOUR)
    sandbox.fault("freebusy.query", "calendar_error", times=1)
    with pytest.raises(NotDone, match="primary is unknown"):
        calendar.busy(span, ["primary"])
    with pytest.raises(NotDone, match=r"stranger@example\.com is unknown"):
        calendar.busy(span, ["primary", "stranger@example.com"])
    assert calendar.busy(span, ["primary"]) == []


def test_merging_keeps_what_only_touches_together() -> None:
    spans = [Span(START + n * HOUR, START + (n + 1) * HOUR) for n in (3, 0, 1, 5)]
    assert merged(spans) == [Span(START, START + 2 * HOUR), spans[0], spans[3]]
    assert merged([Span(START, START + 5 * HOUR), Span(START + HOUR, START + 2 * HOUR)]) == [
        Span(START, START + 5 * HOUR)
    ]


# Each fault.

CALLS: dict[str, tuple[str, Callable[[GoogleCalendar], object]]] = {
    "busy": ("freebusy.query", lambda each: each.busy(Span(START, START + HOUR), ["primary"])),
    "put_event": ("events.insert", lambda each: each.put_event(meeting("new"), notify=False)),
    "change": ("events.patch", lambda each: each.put_event(meeting(summary="Changed"), notify=False)),
    "delete_event": ("events.delete", lambda each: each.delete_event(event_id("one"), notify=False)),
    "event": ("events.get", lambda each: each.event(event_id("one"))),
}
EXPECTED: dict[FaultKind, type[EdgeError]] = {
    FaultKind.POLICY: Refused,
    FaultKind.BAD_REQUEST: Refused,
    FaultKind.UNAUTHORIZED: AccessLost,
}


@pytest.mark.parametrize(
    "kind", [kind for kind in FaultKind if kind not in (FaultKind.CALENDAR_ERROR, FaultKind.NOT_FOUND, FaultKind.SLOW)]
)
@pytest.mark.parametrize("name", CALLS)
def test_each_fault_is_what_the_table_says_and_repeating_heals_it(
    opened: Open, sandbox: Sandbox, kind: FaultKind, name: str
) -> None:
    method, call = CALLS[name]
    calendar = opened(read=0.2 if "hang" in kind else 15.0)
    calendar.put_event(meeting(), notify=False)
    sandbox.fault(method, kind, seconds=0.3)
    with pytest.raises(EXPECTED.get(kind, NotDone)):
        call(calendar)
    sandbox.clear_faults()
    call(calendar)
    inserted = [entry["event_id"] for entry in sandbox.ledger.entries if entry["kind"] == "event_inserted"]
    assert len(inserted) == len(set(inserted)), "inserted twice"


def test_revoked_stale_and_too_narrow_consents(opened: Open, sandbox: Sandbox) -> None:
    calendar = opened("gmail.compose", "gmail.readonly", "calendar.events.owned", "calendar.freebusy")
    calendar.put_event(meeting(), notify=False)
    sandbox.expire_tokens(ME)
    assert calendar.busy(Span(START, START + 48 * HOUR), ["primary"]) == [meeting().span]
    calendar.delete_event(event_id("one"), notify=False)
    with pytest.raises(AccessLost, match=r"calendar\.freebusy"):
        opened("gmail.compose", "gmail.readonly", "calendar.events").event("abcde")
    sandbox.revoke(ME)
    for _, call in CALLS.values():
        with pytest.raises(AccessLost):
            call(calendar)
