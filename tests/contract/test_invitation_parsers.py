"""Our invitations, opened by three parsers that share no code: icalendar and vobject (Python), ical.js (JavaScript)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.calendar.ids import event_id, uid_of
from outreach.calendar.invitation import Invitation, cancel, lint, request
from outreach.rules.instants import Span
from tests.three_parsers import VENDORED, Seen, seen_by_icalendar, seen_by_icaljs, seen_by_vobject, vendored_module

START = datetime(2026, 3, 3, 9, tzinfo=UTC)


def invitation(**changes: Any) -> Invitation:
    usual: dict[str, Any] = {
        "uid": uid_of(event_id("meeting 1")),
        "sequence": 2,
        "span": Span(START, START + timedelta(minutes=25)),
        "summary": "Ana Silva and Zoë Müller: urban planning",
        "description": "Video call.\n\nI look forward to it; thank you, Zoë.",
        "location": "Praça do Comércio 1, Lisboa",
        "organizer": ("Ana Silva", "ana@example.com"),
        "attendee": ("Müller; Zoë, Dr.", "zoe.mueller@example.org"),
        "stamp": START - timedelta(days=3),
    }
    return Invitation(**(usual | changes))


INVITATIONS = {
    "as usual": invitation(),
    "across the change to summer time": invitation(
        span=Span(datetime(2026, 3, 29, 0, 50, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC))
    ),
    "over midnight at the end of a year": invitation(
        span=Span(datetime(2026, 12, 31, 23, 45, tzinfo=UTC), datetime(2027, 1, 1, 0, 15, tzinfo=UTC))
    ),
    "without a place": invitation(location="", description=""),
    "without names": invitation(organizer=("", "ana@example.com"), attendee=("", "zoe@example.org")),
    "folded within letters of several bytes": invitation(
        summary="ü" * 100, description="😀" * 60, location="日本語" * 30
    ),
    "a name that ends in a backslash": invitation(attendee=("Zoë \\", "zoe@example.org")),
    "names that would be code": invitation(
        summary="x\r\nATTENDEE:mailto:evil@example.net",
        description="a\r\nEND:VEVENT",
        location="^nATTENDEE:mailto:e@x.test",
        organizer=('";RSVP=FALSE;X="', "ana@example.com"),
        attendee=("a\\nb^'c:d;e,f", "zoe@example.org"),
    ),
    "signs with a meaning in a URI": invitation(attendee=("Zoë", "a+b%c?d#e@example.org")),
}
CASES = [(inv, method) for inv in INVITATIONS.values() for method in ("REQUEST", "CANCEL")]
NAMES = [f"{name}, {method}" for name in INVITATIONS for method in ("REQUEST", "CANCEL")]


def written(inv: Invitation, method: str) -> bytes:
    return request(inv) if method == "REQUEST" else cancel(inv)


@pytest.fixture(scope="module")
def in_javascript(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """All invitations as ical.js understands them, read by one run of node."""
    return seen_by_icaljs([written(inv, method) for inv, method in CASES], tmp_path_factory.mktemp("icaljs"))


def test_the_vendored_module_is_the_one_that_was_reviewed() -> None:
    facts = json.loads((VENDORED / "VENDOR.json").read_text(encoding="utf-8"))
    assert vendored_module().startswith(b"/* This Source Code Form is subject to the terms of the Mozilla Public")
    assert (facts["name"], facts["version"], facts["licence"]) == ("ical.js", "2.2.1", "MPL-2.0")
    assert "Mozilla Public License Version 2.0" in (VENDORED / "LICENSE").read_text(encoding="utf-8")
    assert sorted(path.name for path in VENDORED.iterdir()) == ["LICENSE", "VENDOR.json", facts["file"]]


@pytest.mark.parametrize(("inv", "method"), CASES, ids=NAMES)
def test_two_parsers_in_python_see_the_same_meeting_and_what_was_meant(inv: Invitation, method: str) -> None:
    raw = written(inv, method)
    assert lint(raw, method) == []
    seen = seen_by_icalendar(raw)
    assert seen_by_vobject(raw) == seen
    assert (seen["start"], seen["end"], seen["uid"]) == (inv.span.start, inv.span.end, inv.uid)
    assert (seen["method"], seen["sequence"], seen["events"], seen["guests"]) == (method, inv.sequence, 1, 1)
    assert seen["organizer"] == f"mailto:{inv.organizer[1]}"
    assert re.sub("%(..)", lambda code: chr(int(code[1], 16)), seen["guest"]) == f"mailto:{inv.attendee[1]}"
    assert seen["rsvp"] == ("TRUE" if method == "REQUEST" else "FALSE")


@pytest.mark.parametrize("number", range(len(CASES)), ids=NAMES)
def test_ical_js_sees_the_same_meeting_as_the_parsers_in_python(in_javascript: list[Seen], number: int) -> None:
    inv, method = CASES[number]
    assert in_javascript[number] == seen_by_icalendar(written(inv, method))
