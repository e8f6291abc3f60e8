"""Answers in: what a guest's calendar program mails back (iMIP, RFC 6047), read within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from icalendar import Calendar, Event

from outreach.errors import BadInput
from outreach.rules.instants import Span

LARGEST = 1_000_000
# An answer has some twenty lines; one with a long VTIMEZONE some hundreds. The library takes seconds for millions.
_MOST_LINES = 20_000
_MOST_COMPONENTS = 1_000
_DEEPEST = 5
_METHOD = re.compile(rb"^METHOD[^:\r\n]*:\s*([A-Za-z]+)", re.MULTILINE | re.IGNORECASE)
_FRAME = re.compile(rb"^(BEGIN|END)\s*:", re.MULTILINE | re.IGNORECASE)
_PARTSTATS = frozenset({"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f<>\"]{1,250}@[^\s\x00-\x20\x7f<>\"@]{1,250}")


@dataclass(frozen=True, kw_only=True)
class CalendarAnswer:
    """What a guest answered. Who really sent it is for the caller to check: anybody can write such a file."""

    #: REPLY or COUNTER.
    method: str
    uid: str
    #: The version of the invitation that is answered; 0 when not said.
    sequence: int
    #: When the answer was given, aware UTC: the latest one counts.
    stamp: datetime
    #: The guest's address in lower case.
    attendee: str
    #: NEEDS-ACTION, ACCEPTED, DECLINED, TENTATIVE or DELEGATED.
    partstat: str
    #: The time that a COUNTER proposes; None for a REPLY, or when it names no certain instant.
    proposed: Span | None


def read_answer(raw: bytes) -> CalendarAnswer | None:
    """Return the answer in a ``text/calendar`` part, None when its METHOD is not REPLY or COUNTER.

    Raises BadInput for what is too large, cannot be read, or lacks a UID, a time of writing or a guest.
    """
    _check_bounds(raw)
    found = _METHOD.search(raw)
    method = found[1].decode("ascii").upper() if found else ""
    if method not in ("REPLY", "COUNTER"):
        return None
    try:
        return _answer(_only_event(raw), method)
    except BadInput:
        raise
    except Exception as error:  # a hostile file may break the library in any way; it is bad input then
        raise BadInput(f"The calendar answer cannot be read: {str(error)[:200]}") from error


def _check_bounds(raw: bytes) -> None:
    if len(raw) > LARGEST:
        raise BadInput(f"The calendar answer has {len(raw):,} bytes; more than {LARGEST:,} are not read.")
    if raw.count(b"\n") + raw.count(b"\r") > _MOST_LINES:
        raise BadInput(f"The calendar answer has too many lines; more than {_MOST_LINES:,} are not read.")
    frame = [match[1].upper() for match in _FRAME.finditer(raw)]
    depth = deepest = 0
    for each in frame:
        depth += 1 if each == b"BEGIN" else -1
        deepest = max(deepest, depth)
    if len(frame) > 2 * _MOST_COMPONENTS or deepest > _DEEPEST:
        raise BadInput("The calendar answer has too many parts, or parts within parts, to be one.")


def _only_event(raw: bytes) -> Event:
    calendar = Calendar.from_ical(raw.decode("utf-8-sig", "replace"))
    events = [each for each in calendar.subcomponents if isinstance(each, Event)]
    if not events or len({str(each.get("UID", "")) for each in events}) != 1:
        raise BadInput("The calendar answer should be about one meeting.")
    return events[0]


def _answer(event: Event, method: str) -> CalendarAnswer:
    uid = str(event.get("UID", "")).strip()
    stamp = _instant(event, "DTSTAMP")
    if not uid or len(uid) > 1000 or stamp is None:
        raise BadInput("The calendar answer does not say which meeting it is about, or when it was written.")
    attendee, partstat = _guest(event)
    return CalendarAnswer(
        method=method,
        uid=uid,
        sequence=_sequence(event),
        stamp=stamp,
        attendee=attendee,
        partstat=partstat,
        proposed=_proposed(event) if method == "COUNTER" else None,
    )


def _guest(event: Event) -> tuple[str, str]:
    """Return address and answer of the guest who answers: the only one, or the only one who has made up their mind."""
    found = event.get("ATTENDEE", [])
    guests = [_read_guest(each) for each in (found if isinstance(found, list) else [found])]
    decided = [each for each in guests if each[1] != "NEEDS-ACTION"]
    for candidates in (guests, decided):
        if len(candidates) == 1:
            return candidates[0]
    raise BadInput("The calendar answer does not say which one guest it comes from.")


def _read_guest(value: Any) -> tuple[str, str]:
    address = unquote(re.sub(r"(?i)^\s*mailto:", "", str(value))).strip().lower()
    if not _ADDRESS.fullmatch(address):
        raise BadInput("The calendar answer comes from no address that I can read.")
    partstat = str(getattr(value, "params", {}).get("PARTSTAT", "")).upper()
    # RFC 5545, 3.2.12: a word that one does not know counts as no answer yet.
    return address, partstat if partstat in _PARTSTATS else "NEEDS-ACTION"


def _sequence(event: Event) -> int:
    value = event.get("SEQUENCE", 0)
    return int(value) if isinstance(value, int) and 0 <= value < 2**31 else 0


def _proposed(event: Event) -> Span | None:
    start, end = _instant(event, "DTSTART"), _instant(event, "DTEND")
    length = _value(event, "DURATION")
    if start is not None and end is None and isinstance(length, timedelta):
        end = start + length
    return Span(start, end) if start is not None and end is not None and start < end else None


def _instant(event: Event, name: str) -> datetime | None:
    """Return a property as aware UTC, None for a date, for a wall time without a zone, and for what is not there."""
    value = _value(event, name)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        return None
    return value.astimezone(UTC)


def _value(event: Event, name: str) -> object:
    """Return the date, instant or length that a property holds, None for what is not there or cannot be read."""
    try:
        return getattr(event.get(name), "dt", None)
    except ValueError:  # the library keeps a property that it cannot read, and complains only when asked for its value
        return None
