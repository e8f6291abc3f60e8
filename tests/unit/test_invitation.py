"""Invitations out and answers in: bytes that every calendar reads alike, whatever the names are."""

from __future__ import annotations

import base64
import re
import time as stopwatch
import unicodedata
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.calendar.answers import read_answer
from outreach.calendar.ids import event_id, uid_of
from outreach.calendar.invitation import Invitation, cancel, lint, request
from outreach.errors import BadInput
from outreach.rules.instants import Span

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
SPAN = Span(START, START + timedelta(minutes=25))
UID = uid_of(event_id("meeting 1"))


def invitation(**changes: object) -> Invitation:
    given_: dict[str, object] = {
        "uid": UID,
        "sequence": 2,
        "span": SPAN,
        "summary": "Ana Silva and Zoë Müller: urban planning",
        "description": "Video call.\n\nI look forward to it; thank you, Zoë.",
        "location": "Praça do Comércio 1, Lisboa",
        "organizer": ("Ana Silva", "ana@example.com"),
        "attendee": ("Müller; Zoë, Dr.", "zoe.mueller@example.org"),
        "stamp": START - timedelta(days=3),
    }
    return Invitation(**{**given_, **changes})  # type: ignore[arg-type]


def unfolded(raw: bytes) -> list[str]:
    return raw.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_request_holds_one_event_with_everything_that_a_guest_needs() -> None:
    assert unfolded(request(invitation(attendee=("Müller; Zoë, Dr.", "zoe@example.org")))) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Outreach//Informational interviews//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{UID}",
        "DTSTAMP:20260228T090000Z",
        "SEQUENCE:2",
        "DTSTART:20260303T090000Z",
        "DTEND:20260303T092500Z",
        "SUMMARY:Ana Silva and Zoë Müller: urban planning",
        r"DESCRIPTION:Video call.\n\nI look forward to it\; thank you\, Zoë.",
        r"LOCATION:Praça do Comércio 1\, Lisboa",
        'ORGANIZER;CN="Ana Silva":mailto:ana@example.com',
        'ATTENDEE;CN="Müller; Zoë, Dr.";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:zoe@example.org',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_cancel_is_about_the_same_meeting_and_asks_for_nothing() -> None:
    lines = unfolded(cancel(invitation(sequence=3)))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3", f"UID:{UID}", "DTSTART:20260303T090000Z"} <= set(lines)
    assert not any("RSVP=TRUE" in line for line in lines)


def test_both_pass_the_lint_and_only_with_their_own_method() -> None:
    assert lint(request(invitation()), "REQUEST") == []
    assert lint(cancel(invitation()), "CANCEL") == []
    assert any("METHOD" in each for each in lint(request(invitation()), "CANCEL"))


def test_icalendar_and_vobject_read_the_same_start_end_organizer_and_guest() -> None:
    raw = request(invitation())
    [one] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    other = vobject.readOne(raw.decode()).vevent
    expected = (SPAN.start, SPAN.end, "mailto:ana@example.com", "Ana Silva")
    guest = ("mailto:zoe.mueller@example.org", "Müller; Zoë, Dr.", "TRUE")
    assert (one.start, one.end, str(one["ORGANIZER"]), one["ORGANIZER"].params["CN"]) == expected
    assert (str(one["ATTENDEE"]), one["ATTENDEE"].params["CN"], one["ATTENDEE"].params["RSVP"]) == guest
    start, end = other.dtstart.value.astimezone(UTC), other.dtend.value.astimezone(UTC)
    assert (start, end, other.organizer.value, other.organizer.cn_param) == expected
    assert (other.attendee.value, other.attendee.cn_param, other.attendee.rsvp_param) == guest
    assert str(one["SUMMARY"]) == other.summary.value == invitation().summary


HOSTILE = st.text(
    st.one_of(
        st.sampled_from(list('\r\n"\\;:,^=?<>@\t\0\x0b\x0c\x1c\x1e\x7f\x85\u2028\u2029\u202e\u200d\ufeff\ud800')),
        st.characters(),
    ),
    max_size=120,
)


@settings(max_examples=400, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
@example("x\r\nATTENDEE:mailto:evil@example.net", "a\nEND:VEVENT", "^nATTENDEE:mailto:e@x.test", '";RSVP=FALSE;X="')
@example("=?utf-8?q?=0ABcc=3A_e=40x?=", "\\", "\\n\\", '"')
@example("😀" * 60, "ü" * 100, "\ud800" * 5, " " * 80)
def test_no_text_from_outside_adds_a_line_a_person_or_a_broken_character(
    summary: str, name: str, description: str, location: str
) -> None:
    inv = invitation(
        summary=summary,
        description=description,
        location=location,
        organizer=(location, "ana@example.com"),
        attendee=(name, "zoe@example.org"),
    )
    for raw, method in ((request(inv), "REQUEST"), (cancel(inv), "CANCEL")):
        assert lint(raw, method) == []
        [event] = icalendar.Calendar.from_ical(raw).walk("VEVENT")
        assert str(event["ATTENDEE"]) == "mailto:zoe@example.org"
        # Not isprintable(): to an older Python, a letter of a newer Unicode is none yet, and a name keeps its letters.
        breaking = {"Cc", "Cf", "Cs", "Zl", "Zp"}
        shown = event["ATTENDEE"].params["CN"]
        assert not {unicodedata.category(each) for each in shown if each not in "\u200c\u200d"} & breaking
        assert sorted(event["ATTENDEE"].params) == ["CN", "PARTSTAT", "ROLE", "RSVP"]
        other = vobject.readOne(raw.decode()).vevent
        assert other.attendee.value == "mailto:zoe@example.org"
        assert other.dtstart.value.astimezone(UTC) == SPAN.start
        assert "\n" not in str(event["SUMMARY"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "a b@example.org",
        "a@b@example.org",
        "a\r\nB:c@example.org",
        "<a@example.org>",
        "a;b@example.org",
        "a@x\u2028y",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="not an address"):
        invitation(attendee=("Zoë", address))


@pytest.mark.parametrize("changes", [{"uid": "a\r\nb"}, {"uid": ""}, {"sequence": -1}])
def test_a_uid_or_sequence_that_no_calendar_takes_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        invitation(**changes)


def test_signs_with_a_meaning_in_a_uri_are_encoded_and_read_back() -> None:
    raw = request(invitation(attendee=("Zoë", "a+b%c?d#e@example.org")))
    assert "mailto:a+b%25c%3Fd%23e@example.org" in unfolded(raw)[14]
    answer = read_answer(raw.replace(b"METHOD:REQUEST", b"METHOD:REPLY"))
    assert answer is not None
    assert answer.attendee == "a+b%c?d#e@example.org"


GOOD = request(invitation())


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (GOOD.replace(b"\r\n", b"\n"), "without CRLF"),
        (GOOD[:-2], "does not end with CRLF"),
        (GOOD.replace(b"\r\n ", b""), "octets, more than 75"),
        (GOOD.replace("ë".encode(), b"\xc3\r\n \xab"), "folding split a character"),
        (GOOD.replace(b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n"), "frame"),
        (GOOD.replace(b"Z\r\nDTEND", b"\r\nDTEND"), "DTSTART is not a UTC time"),
        (GOOD.replace(b"DTEND:20260303T0925", b"DTEND:20260303T0825"), "DTEND is not after DTSTART"),
        (GOOD.replace(b"UID:", b"X-UID:"), "UID is there 0 times"),
        (GOOD.replace(b"UID:", b"X-UID:"), "unexpected property X-UID"),
        (GOOD.replace(b"mailto:ana", b"ana"), "ORGANIZER is not a mailto address"),
        (GOOD.replace(b"CONFIRMED", b"CANCELLED"), "does not go with METHOD:REQUEST"),
        (GOOD.replace(b"SEQUENCE:2", b"SEQUENCE:x"), "not a count"),
        (GOOD.replace(b"STATUS", b"ATTENDEE:mailto:evil@example.net\r\nSTATUS"), "ATTENDEE is there 2 times"),
        (GOOD.replace(b"Praa", b"\x07"), None),
        (GOOD.replace(b"METHOD:REQUEST\r\n", b""), "METHOD should be there once"),
    ],
)
def test_the_lint_finds_what_is_broken(broken: bytes, why: str | None) -> None:
    problems = lint(broken, "REQUEST")
    if why is None:
        assert broken == GOOD
        assert problems == []
    else:
        assert any(why in each for each in problems), problems


def test_an_event_id_is_base32hex_and_always_the_same() -> None:
    assert event_id("meeting 1") == event_id("meeting 1") != event_id("meeting 2")
    assert re.fullmatch("[a-v0-9]{52}", event_id("meeting 1"))
    assert len(base64.b32hexdecode(event_id("x").upper() + "====")) == 32
    assert uid_of("abc12") == "abc12@google.com"


# Answers.


def answer_bytes(
    *lines: str, method: str = "REPLY", attendee: str = "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Zoe@Example.ORG"
) -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", f"METHOD:{method}", "BEGIN:VEVENT"]
    middle = [f"UID:{UID}", "SEQUENCE:2", "DTSTAMP:20260301T101112Z", attendee]
    return "\r\n".join([*head, *filter(None, middle), *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def test_a_reply_is_read_with_mailto_in_any_case() -> None:
    answer = read_answer(answer_bytes())
    assert answer is not None
    assert (answer.method, answer.uid, answer.sequence) == ("REPLY", UID, 2)
    assert answer.stamp == datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)
    assert (answer.attendee, answer.partstat, answer.proposed) == ("zoe@example.org", "ACCEPTED", None)


@pytest.mark.parametrize(
    ("written", "understood"),
    [("declined", "DECLINED"), ("TENTATIVE", "TENTATIVE"), ("X-PERHAPS", "NEEDS-ACTION"), ("", "NEEDS-ACTION")],
)
def test_the_answer_is_one_of_the_known_words(written: str, understood: str) -> None:
    answer = read_answer(answer_bytes(attendee=f"ATTENDEE;PARTSTAT={written}:mailto:zoe@example.org"))
    assert answer is not None
    assert answer.partstat == understood


@pytest.mark.parametrize(
    "times",
    [
        ("DTSTART:20260305T100000Z", "DTEND:20260305T102500Z"),
        ("DTSTART:20260305T100000Z", "DURATION:PT25M"),
        ("DTSTART;TZID=Europe/Berlin:20260305T110000", "DTEND;TZID=Europe/Berlin:20260305T112500"),
        ("DTSTART;TZID=W. Europe Standard Time:20260305T110000", "DTEND;TZID=W. Europe Standard Time:20260305T112500"),
    ],
)
def test_a_counter_proposes_a_time(times: tuple[str, ...]) -> None:
    answer = read_answer(answer_bytes(*times, method="COUNTER"))
    start = datetime(2026, 3, 5, 10, tzinfo=UTC)
    assert answer is not None
    assert answer.proposed == Span(start, start + timedelta(minutes=25))


@pytest.mark.parametrize(
    "times",
    [
        (),
        ("DTSTART;VALUE=DATE:20260305",),
        ("DTSTART:20260305T100000", "DTEND:20260305T102500"),
        ("DTSTART:20260305T100000Z", "DTEND:20260305T090000Z"),
        ("DTSTART:yesterday", "DTEND:20260305T090000Z"),
    ],
)
def test_a_counter_without_a_certain_time_proposes_none(times: tuple[str, ...]) -> None:
    answer = read_answer(answer_bytes(*times, method="COUNTER"))
    assert answer is not None
    assert answer.proposed is None


def test_of_several_guests_the_one_who_decided_is_the_one_who_answers() -> None:
    answer = read_answer(answer_bytes("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@example.com", method="COUNTER"))
    assert answer is not None
    assert answer.attendee == "zoe@example.org"


def test_what_is_no_answer_is_none() -> None:
    assert read_answer(GOOD) is None
    assert read_answer(b"") is None
    assert read_answer(b"Dear Ana, Tuesday is fine.") is None


@pytest.mark.parametrize(
    "hostile",
    [
        answer_bytes() + b" " * 1_000_000,
        answer_bytes(*["COMMENT:x"] * 30_000),
        answer_bytes(*["BEGIN:VALARM", "END:VALARM"] * 2000),
        answer_bytes(*["BEGIN:X-A"] * 20, *["END:X-A"] * 20),
        answer_bytes("ATTENDEE;PARTSTAT=DECLINED:mailto:other@example.org"),
        answer_bytes(attendee=""),
        answer_bytes(attendee="ATTENDEE;PARTSTAT=ACCEPTED:tel:+123"),
        answer_bytes().replace(b"DTSTAMP:20260301T101112Z", b"DTSTAMP:soon"),
        answer_bytes().replace(UID.encode(), b""),
        answer_bytes().replace(b"END:VEVENT", b""),
        b"METHOD:REPLY\r\n",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n" * 2,
    ],
)
def test_a_hostile_or_broken_answer_is_refused_quickly(hostile: bytes) -> None:
    began = stopwatch.process_time()
    with pytest.raises(BadInput):
        read_answer(hostile)
    assert stopwatch.process_time() - began < 20


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_do_more_than_be_refused(junk: bytes, at: int) -> None:
    raw = answer_bytes()
    for hostile in (junk, raw[:at] + junk + raw[at:], b"METHOD:REPLY\r\n" + junk):
        try:
            answer = read_answer(hostile)
        except BadInput:
            continue
        assert answer is None or answer.method in ("REPLY", "COUNTER")
