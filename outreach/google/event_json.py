"""Meetings as Google Calendar's JSON, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from outreach.calendar.ids import uid_of
from outreach.edge import CalendarEvent
from outreach.rules.instants import Span, as_utc

Json = dict[str, Any]
_PARTSTATS = {
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
    "needsAction": "NEEDS-ACTION",
}
_TEXTS = ("summary", "description", "location")


def to_json(event: CalendarEvent) -> Json:
    """Return the event as Google takes it. Its iCalUID follows from its id; only one of the two may be said."""
    return {
        "id": event.id,
        "status": "confirmed",
        "sequence": event.sequence,
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "start": _time(event.span.start),
        "end": _time(event.span.end),
        "attendees": [_guest(name, address) for name, address in event.attendees],
    }


def with_video(event: CalendarEvent) -> Json:
    """Return the event as Google takes it, with the wish for a Meet link; asked again, it is the same wish."""
    request = {"requestId": event.id, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    return {**to_json(event), "conferenceData": {"createRequest": request}}


def changes(stored: Mapping[str, Any], event: CalendarEvent) -> Json:
    """Return what has to be patched for ``stored`` to match ``event``; empty when nothing has.

    Guests keep the answers that they have given, and a sequence number never sinks.
    """
    wanted = to_json(event)
    made: Json = {name: wanted[name] for name in _TEXTS if str(stored.get(name) or "").strip() != wanted[name].strip()}
    if any(_instant(stored.get(name)) != _instant(wanted[name]) or "date" in stored[name] for name in ("start", "end")):
        made |= {name: {"date": None, **wanted[name]} for name in ("start", "end")}
    if stored.get("status") != wanted["status"]:
        made["status"] = wanted["status"]
    if {_key(guest) for guest in _guests(stored)} != {_key(guest) for guest in wanted["attendees"]}:
        made["attendees"] = _with_answers(stored, wanted["attendees"])
    if event.sequence > int(stored.get("sequence") or 0):
        made["sequence"] = event.sequence
    return made


def from_json(stored: Mapping[str, Any]) -> CalendarEvent | None:
    """Return the event as stored; None for a deleted one of which nothing but its id is left."""
    cancelled = is_cancelled(stored)
    span = _span(stored)
    if span is None:
        if cancelled:
            return None
        raise ValueError("an event without times")
    organizer, guests = stored.get("organizer") or {}, _guests(stored)
    return CalendarEvent(
        id=str(stored["id"]),
        uid=str(stored.get("iCalUID") or uid_of(str(stored["id"]))),
        sequence=int(stored.get("sequence") or 0),
        span=span,
        summary=str(stored.get("summary") or ""),
        description=str(stored.get("description") or ""),
        location=str(stored.get("location") or ""),
        attendees=tuple((str(each.get("displayName") or ""), str(each["email"])) for each in guests),
        organizer=(str(organizer.get("displayName") or ""), str(organizer.get("email") or "")),
        cancelled=cancelled,
        updated=_instant({"dateTime": stored["updated"]}) if stored.get("updated") else None,
        video_link=str(stored.get("hangoutLink") or ""),
        answers={_key(each): _PARTSTATS.get(str(each.get("responseStatus")), "NEEDS-ACTION") for each in guests},
    )


def is_cancelled(stored: Mapping[str, Any]) -> bool:
    """Return whether the event was deleted: its id is burned then."""
    return stored.get("status") == "cancelled"


def _with_answers(stored: Mapping[str, Any], wanted: list[Json]) -> list[Json]:
    known = {_key(guest): guest for guest in _guests(stored)}
    own = [guest for guest in stored.get("attendees", []) if guest not in _guests(stored)]
    return own + [{**known.get(_key(guest), {}), **guest} for guest in wanted]


def _guests(stored: Mapping[str, Any]) -> list[Json]:
    """Return the people invited: neither the calendar's owner, whom Google may list, nor rooms."""
    return [
        each
        for each in stored.get("attendees", [])
        if each.get("email") and not (each.get("self") or each.get("organizer") or each.get("resource"))
    ]


def _guest(name: str, address: str) -> Json:
    return {"email": address, **({"displayName": name} if name else {})}


def _key(guest: Mapping[str, Any]) -> str:
    return str(guest["email"]).lower()


def _time(moment: datetime) -> Json:
    return {"dateTime": rfc3339(moment), "timeZone": "UTC"}


def rfc3339(moment: datetime) -> str:
    """Return the instant as Google's JSON writes it."""
    return as_utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _span(stored: Mapping[str, Any]) -> Span | None:
    start, end = (_instant(stored.get(name)) for name in ("start", "end"))
    return Span(start, end) if start and end and start < end else None


def _instant(when: Any) -> datetime | None:
    """Return an event's time in UTC; of a whole day its midnight in UTC, for the calendar's zone is not said there."""
    if not isinstance(when, Mapping):
        return None
    if "dateTime" in when:
        return as_utc(datetime.fromisoformat(str(when["dateTime"])))
    return datetime.combine(date.fromisoformat(str(when["date"])), time(), UTC) if "date" in when else None
