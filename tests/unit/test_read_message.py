"""Reading a message that was made to do harm."""

from __future__ import annotations

import time

import pytest

from outreach.letters.inbound import read_message, storable


def raw(charset: str, body: bytes) -> bytes:
    return b'From: a@b.example.com\nContent-Type: text/plain; charset="' + charset.encode() + b'"\n\n' + body


@pytest.mark.parametrize("charset", ["punycode", "PunyCode", "idna"])
def test_a_charset_that_would_take_minutes_is_not_tried(charset: str) -> None:
    began = time.monotonic()
    read_message(raw(charset, b"a-" + b"99" * 400_000))
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-7", b"Yes +2AA- please"),
        ("unicode_escape", rb"Yes \ud800 please"),
        ("utf-16-le", "Yes \x00 \ud800 please".encode("utf-16-le", "surrogatepass")),
        ("utf-8\x00", b"Yes \x00 please"),
    ],
)
def test_nothing_comes_out_that_no_database_holds(charset: str, body: bytes) -> None:
    message = read_message(raw(charset, body))
    assert "please" in message.text.replace("\u2400", "") or charset == "utf-16-le"
    assert message.text == storable(message.text)


def test_a_header_with_a_lone_surrogate_is_read() -> None:
    assert read_message(b"From: a@b.example.com\nSubject: =?utf-7?q?Yes_+2AA-?=\n\nYes").subject == "Yes \ufffd"


def test_storable_leaves_everything_else_alone() -> None:
    assert storable("Gr\u00fc\u00dfe \U0001f600\n\x00\ud800") == "Gr\u00fc\u00dfe \U0001f600\n\ufffd"
