"""Invitations out: one meeting as iCalendar bytes (RFC 5545), to be mailed by iTIP and iMIP (RFC 5546, RFC 6047).

Times are UTC, so that no VTIMEZONE is needed and no program can misread one. Every text that comes from outside is
cleaned before it enters, and ``lint`` checks the bytes without the help of the library that wrote them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from outreach.errors import BadInput
from outreach.rules.instants import Span, as_utc

PRODID = "-//Outreach//Informational interviews//EN"
LONGEST_LINE = 75

_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f<>()\[\]\",;:\\@]+@[^\s\x00-\x20\x7f<>()\",;:\\@]+")
_UID = re.compile(r"[\x21-\x7e]{1,255}")
_NO_ESCAPES = str.maketrans("^\\", "  ")


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """One meeting as the guest's calendar is to show it. Raises BadInput for what no calendar would take."""

    #: For ever the same for one meeting.
    uid: str
    #: Rises with every change that is mailed, the cancelling one too.
    sequence: int
    span: Span
    summary: str
    description: str
    location: str
    #: Name and address of the sender, who is the organizer.
    organizer: tuple[str, str]
    #: Name and address of the guest.
    attendee: tuple[str, str]
    #: When this version was written; aware.
    stamp: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamp", as_utc(self.stamp))
        if not _UID.fullmatch(self.uid):
            raise BadInput(f"{self.uid[:80]!r} cannot be a meeting's UID: use up to 255 printable ASCII characters.")
        if not 0 <= self.sequence < 2**31:
            raise BadInput(f"A meeting's sequence counts up from 0; {self.sequence} is no such count.")
        for _, address in (self.organizer, self.attendee):
            if len(address) > 320 or not _ADDRESS.fullmatch(address) or cleaned(address, 320) != address:
                raise BadInput(f"{address[:80]!r} is not an address that an invitation can go to.")


def request(inv: Invitation) -> bytes:
    """Return the METHOD:REQUEST that invites the guest, or tells of a change when its sequence has risen."""
    return _calendar_bytes(inv, "REQUEST", "CONFIRMED")


def cancel(inv: Invitation) -> bytes:
    """Return the METHOD:CANCEL that takes the meeting out of the guest's calendar. It asks for no answer."""
    return _calendar_bytes(inv, "CANCEL", "CANCELLED")


def _calendar_bytes(inv: Invitation, method: str, status: str) -> bytes:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("method", method)
    event = described(inv.uid, inv.sequence, inv.stamp, inv.span, inv.summary, inv.description, inv.location)
    event.add("organizer", _person(*inv.organizer))
    event.add("attendee", _guest(inv.attendee, wants_answer=method == "REQUEST"))
    event.add("status", status)
    event.add("transp", "OPAQUE")
    calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


def described(
    uid: str, sequence: int, stamp: datetime, span: Span, summary: str, description: str, location: str
) -> Event:
    """Return a VEVENT that says which meeting it is, when, and what about; every text is cleaned."""
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("sequence", sequence)
    event.add("dtstart", span.start)
    event.add("dtend", span.end)
    event.add("summary", cleaned(summary, 255) or "Meeting")
    for name, text in (("description", _cleaned_lines(description, 4000)), ("location", cleaned(location, 500))):
        if text:
            event.add(name, text)
    return event


def _person(name: str, address: str) -> vCalAddress:
    # RFC 6068: what has a meaning in a URI is percent-encoded; letters beyond ASCII stay as they are.
    plain = "".join(quote(each) if each in "%?#&/`{|}^" else each for each in address)
    person = vCalAddress(f"mailto:{plain}")
    person.params["CN"] = _cleaned_name(name) or _cleaned_name(address)
    return person


def _guest(attendee: tuple[str, str], *, wants_answer: bool) -> vCalAddress:
    guest = _person(*attendee)
    guest.params["ROLE"] = "REQ-PARTICIPANT"
    guest.params["PARTSTAT"] = "NEEDS-ACTION"
    guest.params["RSVP"] = "TRUE" if wants_answer else "FALSE"
    return guest


def _cleaned_name(text: str) -> str:
    """Return a name fit for a CN parameter: quotes cannot stand in one, and ``^`` starts an escape (RFC 6868).

    A backslash means nothing there by the standard, but icalendar takes it for an escape: at the end of a name it would
    swallow the next parameter.
    """
    return cleaned(text.replace('"', "'").translate(_NO_ESCAPES), 200)


def cleaned(text: str, longest: int) -> str:
    """Return one line of text without control characters, cut to ``longest`` characters."""
    return " ".join("".join(_harmless(each) for each in text[: 8 * longest]).split())[:longest].strip()


def _cleaned_lines(text: str, longest: int) -> str:
    lines = re.split(r"\r\n|\r|\n", text[: 8 * longest])
    return "\n".join(cleaned(line, longest) for line in lines)[:longest].strip()


def _harmless(character: str) -> str:
    """Return a blank for control, line-breaking, direction-changing and unpaired characters, others as they are.

    Joiners stay, since some scripts and emoji need them.
    """
    if character in "\u200c\u200d":
        return character
    return " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character


# Checking what was written.

_ONCE = ("UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "STATUS", "TRANSP")
_AT_MOST_ONCE = ("DESCRIPTION", "LOCATION")
_STATUS = {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}
_UTC_TIME = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_CONTENT_LINE = re.compile(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.DOTALL)


def lint(raw: bytes, method: str) -> list[str]:
    """Return what is wrong with an invitation's bytes, in words; an empty list when nothing is.

    ``method`` is that of the mail part that carries them, with which METHOD inside must agree (RFC 6047, 2.4).
    """
    problems = _lint_bytes(raw)
    lines = raw.replace(b"\r\n ", b"").decode("utf-8", "replace").split("\r\n")[:-1]
    properties: list[tuple[str, str, str]] = []
    for line in lines:
        match = _CONTENT_LINE.fullmatch(line)
        if match is None:
            problems.append(f"not a content line: {line[:60]!r}")
        else:
            properties.append((match[1], match[2], match[3]))
    return problems + _lint_frame(properties, method) + _lint_event(properties, method)


def _lint_bytes(raw: bytes) -> list[str]:
    problems = []
    if not raw.endswith(b"\r\n"):
        problems.append("the last line does not end with CRLF")
    if re.search(rb"\r(?!\n)|(?<!\r)\n", raw):
        problems.append("a line ends without CRLF")
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw):
        problems.append("there is a control character")
    for line in raw.split(b"\r\n"):
        if len(line) > LONGEST_LINE:
            problems.append(f"a line has {len(line)} octets, more than {LONGEST_LINE}")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            problems.append("a line is not UTF-8 by itself: folding split a character")
    return problems


def _lint_frame(properties: list[tuple[str, str, str]], method: str) -> list[str]:
    problems = []
    frame = [f"{name}:{value}" for name, _, value in properties if name in ("BEGIN", "END")]
    if frame != ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR"]:
        problems.append(f"the frame is not one VEVENT in one VCALENDAR: {', '.join(frame)[:200]}")
    for name, wanted in (("VERSION", "2.0"), ("PRODID", None), ("METHOD", method)):
        values = [value for each, _, value in properties if each == name]
        if len(values) != 1 or wanted not in (None, values[0]):
            problems.append(f"{name} should be there once{f' as {wanted}' if wanted else ''}, found {values}")
    known = {"BEGIN", "END", "VERSION", "PRODID", "METHOD", *_ONCE, *_AT_MOST_ONCE}
    problems.extend(f"unexpected property {name}" for name, _, _ in properties if name not in known)
    return problems


def _lint_event(properties: list[tuple[str, str, str]], method: str) -> list[str]:
    counts = Counter(name for name, _, _ in properties)
    problems = [f"{name} is there {counts[name]} times, not once" for name in _ONCE if counts[name] != 1]
    problems += [f"{name} is there {counts[name]} times" for name in _AT_MOST_ONCE if counts[name] > 1]
    for name, params, value in properties:
        if name in ("DTSTAMP", "DTSTART", "DTEND") and (params or not _UTC_TIME.fullmatch(value)):
            problems.append(f"{name} is not a UTC time")
        if name in ("ORGANIZER", "ATTENDEE") and not re.fullmatch(r"mailto:[^\s:]+@[^\s:]+", value):
            problems.append(f"{name} is not a mailto address")
        if name == "ATTENDEE":
            problems += _lint_guest(params, method)
        if name == "STATUS" and value != _STATUS.get(method):
            problems.append(f"STATUS:{value} does not go with METHOD:{method}")
        if name == "SEQUENCE" and not value.isdecimal():
            problems.append("SEQUENCE is not a count")
    times = {name: value for name, _, value in properties}
    if times.get("DTEND", "9") <= times.get("DTSTART", "0"):
        problems.append("DTEND is not after DTSTART")
    return problems


def _lint_guest(params: str, method: str) -> list[str]:
    wanted = ("ROLE=REQ-PARTICIPANT", "PARTSTAT=NEEDS-ACTION", *(("RSVP=TRUE",) if method == "REQUEST" else ()))
    there = re.sub(r'"[^"]*"', "", params).split(";")
    return [f"ATTENDEE lacks {each}" for each in wanted if each not in there]
