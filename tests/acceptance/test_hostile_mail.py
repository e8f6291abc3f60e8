"""Whatever lies in a mailbox is read or refused within bounds: nothing raised, nothing slow, no memory eaten."""

from __future__ import annotations

import base64
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.actions.explain_message import explain_message
from outreach.rules.kinds import Answer

CORPUS = Path(__file__).parents[1] / "corpus"
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
HEAD = b"From: Ben Ode <ben@acme.test>\r\nTo: ada@student.example.com\r\nSubject: Re: hello\r\n"
FEW, ALL = 600, int(os.environ.get("OUTREACH_TEST_EXAMPLES", "50000"))
SLOWEST, LARGEST = 2.0, 512


def explained(raw: bytes) -> tuple[Answer, float]:
    began = time.process_time()
    found = explain_message(raw, zone_name="Europe/Berlin", now=NOW)
    return found.answer, time.process_time() - began


def nested(depth: int) -> bytes:
    raw = HEAD
    for number in range(depth):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
    return raw + b"\r\nhello\r\n"


def parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nyes, happy to talk\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def calendar(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + body


EVENT = (
    b"BEGIN:VEVENT\r\nUID:u@x.test\r\nDTSTAMP:20270301T100000Z\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@acme.test\r\n"
    b"DTSTART:20270309T140000Z\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
HOSTILE = {
    "empty": b"",
    "no headers": b"hello",
    "30 MB of text": HEAD + b"\r\n" + b"yes happy to talk " * 1_700_000,
    "20 MB of base64": HEAD
    + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"yes " * 3_700_000),
    "1,000 parts": parts(1_000),
    "nested 50 deep": nested(50),
    "nested 5,000 deep": nested(5_000),
    "a charset that is none": HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\nyes\xff\xfe",
    "the wrong charset": HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\nyes, gladly",
    "headers for ever": b"X: y\r\n" * 400_000 + b"\r\nyes",
    "one header of 2 MB": b"Subject: " + b"a" * 2_000_000 + b"\r\n\r\nyes",
    "encoded words": b"Subject: " + b"=?utf-8?b?4pyT?= " * 50_000 + b"\r\n\r\nyes",
    "html for ever": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 300_000 + b"yes",
    "an endless rule": calendar(EVENT % (b"RRULE:FREQ=SECONDLY;COUNT=999999999")),
    "two calendars": calendar(EVENT % b"SEQUENCE:0" + b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + EVENT % b"SEQUENCE:1"),
    "a calendar of nothing": calendar(b"BEGIN:VEVENT\r\n" * 20_000),
    "quotation for ever": HEAD + b"\r\n" + b"On Monday, Ada <ada@student.example.com> wrote:\r\n> yes\r\n" * 20_000,
    "addresses for ever": HEAD + b"\r\n" + b"maria.lopez@studio.test " * 20_000,
    "times for ever": HEAD + b"\r\n" + b"at 1 1/2 14:30-15 Tuesday the 9th or " * 20_000,
    "forged From": b"From: ada@student.example.com, <ben@acme.test>\r\nFrom: x\r\n\r\nyes",
    "zeros": b"\x00" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_or_refused_within_bounds(name: str) -> None:
    answer, seconds = explained(HOSTILE[name])
    assert seconds < SLOWEST, (answer, seconds)


def test_what_cannot_be_read_says_why() -> None:
    found = explain_message(HOSTILE["30 MB of text"], zone_name="UTC", now=NOW)
    assert found.answer is Answer.UNREADABLE
    assert "25 MB" in found.evidence[0]


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(ALL, id="full", marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_fuzzed_messages_stop_nothing(count: int) -> None:
    dice = random.Random(count)
    seeds = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    slowest, unreadable = 0.0, 0
    _forget_the_peak()
    for _ in range(count):
        answer, seconds = explained(_fuzzed(dice, seeds))
        slowest, unreadable = max(slowest, seconds), unreadable + (answer is Answer.UNREADABLE)
    grown = _peak_megabytes()
    print(
        f"\n{count} fuzzed messages: the slowest {slowest:.2f} s of CPU, {unreadable} unreadable, at most "
        f"{grown:.0f} MB"
    )
    assert slowest < SLOWEST
    assert grown < LARGEST


def _forget_the_peak() -> None:
    """Let the highest use of memory count from now on: other tests ran in this process."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _fuzzed(dice: random.Random, seeds: list[bytes]) -> bytes:
    raw = dice.choice(seeds)
    for _ in range(dice.randint(1, 6)):
        raw = dice.choice(_CHANGES)(dice, raw, seeds)
    return raw[:3_000_000]


def _flip(dice: random.Random, raw: bytes, _seeds: list[bytes]) -> bytes:
    changed = bytearray(raw or b"x")
    for _ in range(dice.randint(1, 40)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(dice: random.Random, raw: bytes, _seeds: list[bytes]) -> bytes:
    return raw[: dice.randint(0, len(raw))]


def _repeat(dice: random.Random, raw: bytes, _seeds: list[bytes]) -> bytes:
    start = dice.randint(0, len(raw))
    return raw[:start] + raw[start : start + dice.randint(1, 300)] * dice.randint(2, 300) + raw[start:]


def _cross(dice: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    other = dice.choice(seeds)
    return raw[: dice.randint(0, len(raw))] + other[dice.randint(0, len(other)) :]


def _shuffle(dice: random.Random, raw: bytes, _seeds: list[bytes]) -> bytes:
    lines = raw.split(b"\r\n")
    dice.shuffle(lines)
    return b"\r\n".join(lines)


def _insert(dice: random.Random, raw: bytes, _seeds: list[bytes]) -> bytes:
    place = dice.randint(0, len(raw))
    return raw[:place] + dice.choice(_ODD) + raw[place:]


_ODD = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\r",
        b"\n\n",
        b"=?utf-8?q?=00?=",
        b"\xe2\x80\xae",
        b"Content-Type: multipart/mixed; boundary=\r\n",
    ),
    *(
        b"\r\nContent-Type: message/rfc822\r\n",
        b"charset=utf-7",
        b"Content-Transfer-Encoding: base64\r\n",
        b"--b--",
        b"<div>" * 500,
    ),
    *(
        b"at 1 1/2 " * 400,
        b"9.9.9.9",
        b"31.2.2027 um 25:99 Uhr",
        b"the 99th",
        b"GMT+99",
        b"12:60 pm",
        b"\xf0\x9f\x98\x80" * 300,
    ),
)
_CHANGES: tuple[Callable[[random.Random, bytes, list[bytes]], bytes], ...] = (
    _flip,
    _cut,
    _repeat,
    _cross,
    _shuffle,
    _insert,
)
