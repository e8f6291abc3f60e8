"""Calendars and their events: own ids, etags, sequence numbers, sync tokens, busy time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from outreach.sandbox.clock import iso
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.refusals import Refusal, calendar_refusal

EventJson = dict[str, Any]
Busy = tuple[datetime, datetime]

_ID = re.compile(r"[a-v0-9]{5,1024}")
_ANSWERS = frozenset({"needsAction", "declined", "tentative", "accepted"})
_STATUSES = frozenset({"confirmed", "tentative", "cancelled"})
#: What the server decides; a client's words about it are passed over.
_READ_ONLY = frozenset({"kind", "etag", "htmlLink", "created", "updated", "creator", "id"})
#: A change in one of these is a new version of the meeting.
_RESCHEDULES = ("start", "end", "location", "recurrence")


def _bad(reason: str, message: str) -> Refusal:
    return calendar_refusal(400, reason, message)


def is_zone(name: object) -> bool:
    """Return whether ``name`` is an IANA zone."""
    try:
        return isinstance(name, str) and bool(name) and ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def instant_of(text: object, zone: object = None) -> datetime:
    """Return an RFC 3339 time in UTC; a time without offset is read in ``zone``. Raises ValueError."""
    moment = datetime.fromisoformat(str(text))
    if "T" not in str(text):
        raise ValueError("a day is not an instant")
    if moment.tzinfo is None:
        if not is_zone(zone):
            raise ValueError("no zone")
        moment = moment.replace(tzinfo=ZoneInfo(str(zone)))
    return moment.astimezone(UTC)


@dataclass
class Calendar:
    """One calendar. ``version`` counts changes; each event remembers the version in which it last changed."""

    id: str
    owner: str
    summary: str
    zone: str
    events: dict[str, EventJson] = field(default_factory=dict)
    changed_in: dict[str, int] = field(default_factory=dict)
    version: int = 1
    oldest_sync: int = 0
    #: Shared with the whole sandbox.
    quirks: set[Quirk] = field(default_factory=set)

    def get(self, event_id: str) -> EventJson:
        """Return an event, a deleted one with status ``cancelled``. Raises Refusal (404)."""
        found = self.events.get(event_id)
        if found is None:
            raise calendar_refusal(404, "notFound", "Not Found")
        return found

    def insert(self, body: EventJson, now: datetime) -> EventJson:
        """File a new event. Raises Refusal: 400 for what cannot be one, 409 for an id used before, even if deleted."""
        event_id = body.get("id")
        if event_id is not None and (not isinstance(event_id, str) or not _ID.fullmatch(event_id)):
            raise _bad("invalid", "Invalid resource id value.")
        if event_id is not None and body.get("iCalUID") not in (None, f"{event_id}@google.com"):
            raise _bad("invalid", "Only one of id and iCalUID can be given.")
        self._check(body)
        if event_id is None:
            event_id = hashlib.sha256(f"{self.id} {self.version}".encode()).hexdigest()[:26]
        if event_id in self.events and not self._taken_again(event_id):
            raise calendar_refusal(409, "duplicate", "The requested identifier already exists.")
        given = {name: value for name, value in body.items() if name not in _READ_ONLY}
        event = self._fresh(event_id, now) | given
        event["iCalUID"] = body.get("iCalUID") or f"{event_id}@google.com"
        return self._file(event, now)

    def _taken_again(self, event_id: str) -> bool:
        deleted = self.events[event_id]["status"] == "cancelled"
        return (Quirk.FREES_EVENT_IDS if deleted else Quirk.TAKES_EVENTS_TWICE) in self.quirks

    def import_(self, body: EventJson, now: datetime) -> EventJson:
        """File a private copy of a meeting kept elsewhere, by its iCalUID; a second import replaces the first."""
        uid = body.get("iCalUID")
        if not isinstance(uid, str) or not uid:
            raise _bad("required", "Missing iCalUID.")
        self._check(body)
        known = self.with_uid(uid)
        event_id = known["id"] if known else "_" + hashlib.sha256(uid.encode()).hexdigest()[:26]
        given = {name: value for name, value in body.items() if name not in _READ_ONLY}
        return self._file((known or self._fresh(event_id, now)) | given, now)

    def change(self, event_id: str, body: EventJson, now: datetime, *, whole: bool) -> EventJson:
        """Change an event: ``whole`` replaces it (update), else only what is named (patch). Raises Refusal."""
        old = self.get(event_id)
        if old["status"] == "cancelled":
            raise calendar_refusal(403, "forbidden", "Forbidden")
        given = {name: value for name, value in body.items() if name not in _READ_ONLY and name != "iCalUID"}
        kept = {name: old[name] for name in (*_READ_ONLY, "iCalUID", "organizer", "status")} if whole else old
        event = kept | given if whole else _patched(kept, given)
        self._check(event)
        sequence = body.get("sequence", old["sequence"])
        if not isinstance(sequence, int) or sequence < old["sequence"]:
            message = "Invalid sequence value. The specified sequence number is below the current sequence number."
            raise _bad("invalid", message)
        moved = any(event.get(name) != old.get(name) for name in _RESCHEDULES)
        event["sequence"] = old["sequence"] + 1 if moved and sequence == old["sequence"] else sequence
        return self._file(event, now)

    def delete(self, event_id: str, now: datetime) -> EventJson:
        """Delete an event; its id is burned. Raises Refusal: 404, and 410 the second time."""
        event = self.get(event_id)
        if event["status"] == "cancelled":
            raise calendar_refusal(410, "deleted", "Resource has been deleted")
        return self._file(event | {"status": "cancelled", "sequence": event["sequence"] + 1}, now)

    def answer(self, uid: str, guest: str, partstat: str, now: datetime) -> bool:
        """Note a guest's answer (ACCEPTED, DECLINED, TENTATIVE) and return whether there was such an event."""
        event = self.with_uid(uid)
        words = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
        if event is None or event["status"] == "cancelled" or partstat not in words:
            return False
        guests = [
            each | {"responseStatus": words[partstat]} if str(each["email"]).lower() == guest else each
            for each in event.get("attendees", [])
        ]
        if guests != event.get("attendees", []):
            self._file(event | {"attendees": guests}, now)
        return True

    def with_uid(self, uid: str) -> EventJson | None:
        """Return the event with this iCalUID, or None."""
        return next((event for event in self.events.values() if event["iCalUID"] == uid), None)

    def busy(self, start: datetime, end: datetime) -> list[Busy]:
        """Return busy time within the span, merged: neither cancelled nor transparent nor declined by the owner."""
        found = sorted(span for event in self.events.values() if self._occupies(event) for span in [self.span(event)])
        merged: list[Busy] = []
        for opens, closes in found:
            if closes <= start or opens >= end or closes <= opens:
                continue
            begins, ends = max(opens, start), min(closes, end)
            if merged and begins <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
            else:
                merged.append((begins, ends))
        return merged

    def span(self, event: EventJson) -> Busy:
        """Return an event's instants; a whole day is that day in the calendar's zone."""
        return self._instant(event["start"]), self._instant(event["end"])

    def _occupies(self, event: EventJson) -> bool:
        own = [each for each in event.get("attendees", []) if str(each["email"]).lower() == self.owner]
        declined = any(each["responseStatus"] == "declined" for each in own)
        return event["status"] != "cancelled" and event.get("transparency") != "transparent" and not declined

    def _instant(self, when: EventJson) -> datetime:
        if "date" in when:
            day = date.fromisoformat(str(when["date"]))
            return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)
        return instant_of(when["dateTime"], when.get("timeZone", self.zone))

    def _fresh(self, event_id: str, now: datetime) -> EventJson:
        owner = {"email": self.owner, "self": True}
        return {
            "kind": "calendar#event",
            "id": event_id,
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={event_id}",
            "created": iso(now),
            "creator": owner,
            "organizer": owner,
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
        }

    def _file(self, event: EventJson, now: datetime) -> EventJson:
        self.version += 1
        filed = event | {"updated": iso(now), "etag": f'"{3_000_000_000_000_000 + self.version}"'}
        if "attendees" in filed:
            filed["attendees"] = [{"responseStatus": "needsAction"} | each for each in filed["attendees"]]
        self.events[filed["id"]] = filed
        self.changed_in[filed["id"]] = self.version
        return filed

    def _check(self, event: EventJson) -> None:
        for name in ("start", "end"):
            self._check_time(event.get(name), name)
        if self._instant(event["end"]) < self._instant(event["start"]):
            raise _bad("timeRangeEmpty", "The specified time range is empty.")
        if ("date" in event["start"]) != ("date" in event["end"]):
            raise _bad("invalid", "Start and end times must either both be date or both be dateTime.")
        if event.get("recurrence"):
            raise _bad("invalid", "The sandbox keeps no recurring events: insert each one.")
        if event.get("status", "confirmed") not in _STATUSES:
            raise _bad("invalid", "Invalid value for status.")
        _check_guests(event.get("attendees", []))

    def _check_time(self, when: Any, name: str) -> None:
        if not isinstance(when, dict) or not ({"date", "dateTime"} & when.keys()):
            raise _bad("required", f"Missing {name} time.")
        if "timeZone" in when and not is_zone(when["timeZone"]):
            raise _bad("invalid", f"Invalid time zone definition for {name} time.")
        try:
            naive = "dateTime" in when and datetime.fromisoformat(str(when["dateTime"])).tzinfo is None
            if naive and "timeZone" not in when:
                raise _bad("required", f"Missing time zone definition for {name} time.")
            self._instant(when)
        except (ValueError, OverflowError) as error:
            raise _bad("invalid", f"Invalid {name} time.") from error


def _check_guests(guests: Any) -> None:
    if not isinstance(guests, list):
        raise _bad("invalid", "Invalid attendees.")
    for guest in guests:
        email = guest.get("email") if isinstance(guest, dict) else None
        if not isinstance(email, str) or not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", email):
            raise _bad("invalid", "Invalid attendee email.")
        if guest.get("responseStatus", "needsAction") not in _ANSWERS:
            raise _bad("invalid", "Invalid attendee response status.")


def _patched(old: EventJson, change: EventJson) -> EventJson:
    """Return ``old`` with ``change`` patched in: objects field by field, lists whole, null takes away."""
    made = dict(old)
    for name, value in change.items():
        if value is None:
            made.pop(name, None)
        elif isinstance(value, dict) and isinstance(old.get(name), dict):
            made[name] = _patched(old[name], value)
        else:
            made[name] = value
    return made
