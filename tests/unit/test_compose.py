"""Bytes that leave: exactly one sender, one recipient and the headers that were meant, whatever anybody is called."""

from __future__ import annotations

import email
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outreach.letters.check import PLAIN_MAILBOX, check
from outreach.letters.compose import Envelope, boundary_of, compose
from outreach.letters.envelope import REFERENCES_LIMIT
from outreach.letters.names import UnsafeLetter, clean_name

LETTER = Envelope(
    letter_id="7f3a90b2c4d5e6f70812",
    sender_name="Ana Silva",
    sender_address="ana@example.com",
    to_name="Maria Okafor",
    to_address="maria@acme.test",
    subject="A question about urban planning",
    text="Dear Maria,\n\nA line.\n",
    html="<p>Dear Maria,</p>\n<p>A line.</p>\n",
    date=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
INVITING = replace(LETTER, calendar=CALENDAR, calendar_method="REQUEST")
THREADED = replace(
    LETTER,
    message_id_hint="<one@mail.example.com>",
    in_reply_to="<b@mail.test>",
    references=("<a@mail.test>", "<b@mail.test>"),
    list_unsubscribe="<mailto:ana@example.com>",
)
BARE = Counter(["From", "To", "Subject", "Date", "X-Outreach-Id", "MIME-Version", "Content-Type"])

#: The name that adds a Bcc line to what Python before 3.11.15 and 3.12.13 serialises (CVE-2024-6923).
CVE = "=?utf-8?q?=0ABcc=3A_e=40x?="
WORDS = (CVE, "=?utf-8?b?CkJjYzogZUB4?=", "=?utf-8*en?q?=0D=0ABcc:_e@x?=", "=?us-ascii?q?=22=3Ce=40x=3E?=")
BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\r\n ",
    "\n\t",
    "%0d%0a",
    "\\r\\n",
)
TRICKS = (
    *(*WORDS, "=?", "?=", "=?=?", "=", "=3D", "=\r\n", "=0A"),
    *(f"{line_break}{header}: e@x" for line_break in BREAKS for header in ("Bcc", "To")),
    *("\0", "\x1b[2J", "\x7f", "\x00\r\x00\n", " ", "\t", "\u00a0", "\u3000", ""),
    *(", e@x.test", "; e@x.test", "<e@x.test>", " e@x.test>", '" <e@x.test>, "', "group: e@x.test;", "undisclosed:;"),
    *(*"\"'\\()[]<>,;:@.", '\\"', "(a (b)", "<>", "..", "e@x.test", "a@b@c", "@e,@f:g@x"),
    *("name*0*=utf-8''%0d%0aBcc", "name*=us-ascii'en'e%40x", "filename*1=", ";boundary=a", "charset*=''"),
    *("\u202eevil\u202c", "\u200b", "\ufeff", "\u2066", "\ud800", "\udfff\ud83d", "\udce9", "\U000e0042", "\U0010ffff"),
    *("＜e＠x＞", "\uff0c", "é", "ß", "山田 太郎", "Ünïcödé Näme", "😀", "e\u0301" * 5, "\u0300", "İ", "ﬁ", "\u037e"),
    *("a", "Ana Silva", "O'Neill-Smith", "Dr. A. B. Ccc", "a" * 80, "a" * 3000, "é" * 200, "b c " * 60),
    *("--", "-- ", "--=_outreach_mixed_a--", "From ana", "X: y", "Bcc:", "Subject: a"),
)
NAMES = st.one_of(
    st.text(st.characters(), max_size=40),
    st.lists(st.sampled_from(TRICKS), min_size=1, max_size=4).map("".join),
    st.lists(st.one_of(st.sampled_from(TRICKS), st.text(st.characters(), max_size=4)), max_size=5).map(" ".join),
    st.from_regex(r"\A=\?(utf-8|us-ascii|iso-8859-1|x)(\*en)?\?[qQbB]\?[ -~]{0,24}\?=\Z"),
    st.from_regex(r"\A[=?\r\n,<>\"@ a:_]{1,24}\Z"),
)


def composed(envelope: Envelope) -> bytes | None:
    """Return the bytes, None when the letter is refused."""
    try:
        return compose(envelope)
    except UnsafeLetter:
        return None


def is_as_meant(raw: bytes, envelope: Envelope, wanted: Counter[str] = BARE) -> None:
    """Require the intended headers and one recipient, in three readings that owe nothing to our own check."""
    head = raw.split(b"\r\n\r\n")[0]
    by_hand = re.split(r"\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n", head.decode("ascii"))
    legacy = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    modern = BytesParser(policy=policy.default).parsebytes(raw, headersonly=True)
    assert Counter(line.partition(":")[0] for line in by_hand) == wanted
    assert Counter(legacy.keys()) == wanted
    assert Counter(modern.keys()) == wanted
    for header, address in (("From", envelope.sender_address), ("To", envelope.to_address)):
        assert [found for _, found in getaddresses([legacy[header]])] == [address]
        decoded = str(make_header(decode_header(legacy[header])))
        assert [found for _, found in getaddresses([decoded])] == [address]
        assert [each.addr_spec for each in modern[header].addresses] == [address]
    for value in legacy.values():  # whoever decodes all encoded words sees no line that was not there
        assert not {"\r", "\n"} & set(str(make_header(decode_header(re.sub(r"\r\n(?=[ \t])", "", value)))))


# Nobody gets in by their name.


def test_a_name_that_python_would_turn_into_a_bcc_line_becomes_harmless() -> None:
    raw = compose(replace(LETTER, to_name=CVE, sender_name=CVE))
    is_as_meant(raw, LETTER)
    assert b"Bcc:" not in raw


@settings(max_examples=400, deadline=None)
@given(name=NAMES)
@example(name=CVE)
def test_a_hostile_recipient_cannot_add_a_header_or_a_second_recipient(name: str) -> None:
    envelope = replace(LETTER, to_name=name)
    if (raw := composed(envelope)) is not None:
        is_as_meant(raw, envelope)


@settings(max_examples=150, deadline=None)
@given(sender=NAMES, name=NAMES, subject=NAMES)
def test_nor_can_a_hostile_sender_recipient_and_subject_together(sender: str, name: str, subject: str) -> None:
    envelope = replace(LETTER, sender_name=sender, to_name=name, subject=subject)
    if (raw := composed(envelope)) is not None:
        is_as_meant(raw, envelope)


def test_every_trick_alone_and_with_every_other_still_gives_a_letter_that_can_leave() -> None:
    for number, (one, other) in enumerate(itertools.product(TRICKS, TRICKS)):
        if number % 7:
            continue  # some two thousand names; the rest is left to chance above
        envelope = replace(LETTER, to_name=one + other)
        raw = compose(envelope)
        is_as_meant(raw, envelope)
        to = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0])["To"]
        assert getaddresses([str(make_header(decode_header(to)))]) == [(clean_name(one + other), LETTER.to_address)]


@settings(max_examples=150, deadline=None)
@given(subject=NAMES)
def test_a_hostile_subject_stays_a_subject(subject: str) -> None:
    envelope = replace(LETTER, subject=subject)
    if (raw := composed(envelope)) is not None:
        is_as_meant(raw, envelope)


@pytest.mark.parametrize(
    "address",
    [
        *("maria@acme.test, eve@x.test", "maria@acme.test\r\nBcc: eve@x.test", "Eve <eve@x.test>", "eve@x.test>"),
        *("=?utf-8?q?maria?=@acme.test", "maria@acme.test;eve@x.test", '"m a"@acme.test', "g:maria@acme.test;"),
        *("", "maria", "m@a@b.c"),
    ],
)
def test_a_letter_to_anything_but_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(UnsafeLetter):
        compose(replace(LETTER, to_address=address))
    with pytest.raises(UnsafeLetter):
        compose(replace(LETTER, sender_address=address))


@settings(max_examples=50, deadline=None)
@given(hint=NAMES, reply=NAMES, reference=NAMES, letter_id=NAMES, unsubscribe=NAMES)
def test_ids_of_strangers_cannot_add_a_header(
    hint: str, reply: str, reference: str, letter_id: str, unsubscribe: str
) -> None:
    threads = replace(LETTER, in_reply_to=reply, references=(reference, "<a@mail.test>"))
    raw = compose(threads)
    is_as_meant(raw, threads, BARE + Counter(["References"] + ["In-Reply-To"] * (b"In-Reply-To" in raw)))
    for fault in ({"message_id_hint": f"<{hint}"}, {"list_unsubscribe": unsubscribe}, {"letter_id": f" {letter_id}"}):
        with pytest.raises(UnsafeLetter):
            compose(replace(LETTER, **fault))  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(body=st.one_of(st.text(st.characters(), max_size=80), NAMES, st.from_regex(r"\A[-=_.\r\n a]{1,40}\Z")))
def test_a_hostile_body_stays_a_body(body: str) -> None:
    boundary = f"\r\n--{boundary_of(LETTER.letter_id, 'alternative')}--\r\n"
    envelope = replace(LETTER, text=body + boundary + body, html=body)
    raw = compose(envelope)
    is_as_meant(raw, envelope)
    assert len(list(email.message_from_bytes(raw).walk())) == 3
    assert max(map(len, raw.split(b"\r\n"))) <= 998


# What is meant arrives.


def test_a_plain_letter_reads_back_as_it_was_written() -> None:
    raw = compose(replace(LETTER, to_name="Zoë Müller", subject="Où est l’été?", text="Grüße,\nzwei Zeilen – so\n"))
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert str(message["To"]) == "Zoë Müller <maria@acme.test>"
    assert message["Subject"] == "Où est l’été?"
    assert message["X-Outreach-Id"] == LETTER.letter_id
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().replace("\r\n", "\n") == "Grüße,\nzwei Zeilen – so\n"
    assert page.get_content().replace("\r\n", "\n") == LETTER.html
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_equal_letters_are_equal_bytes_and_the_date_is_said_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    raw = compose(replace(INVITING, date=LETTER.date.astimezone(berlin)))
    assert raw == compose(INVITING)
    assert parsedate_to_datetime(email.message_from_bytes(raw)["Date"]) == LETTER.date


@pytest.mark.parametrize(
    "name",
    [
        "Александра Константиновна Преображенская-Воскресенская",
        "María José de la Concepción Fernández-Álvarez y Gutiérrez de los Ríos Échegaray",
        "山田 太郎" * 12,
        "Ὀδυσσεύς\u037e Λαερτιάδης",
    ],
)
def test_long_names_in_any_script_are_written_to_and_shown_whole(name: str) -> None:
    raw = compose(replace(LETTER, to_name=name, subject=name))
    is_as_meant(raw, LETTER)
    (shown, address), *others = getaddresses([str(make_header(decode_header(email.message_from_bytes(raw)["To"])))])
    assert (shown, address, others) == (clean_name(name), "maria@acme.test", [])


def test_a_name_of_which_nothing_is_left_shows_the_bare_address() -> None:
    assert b"\r\nTo: maria@acme.test\r\n" in compose(replace(LETTER, to_name="\u202e ,;"))


def test_an_answer_carries_its_thread_and_long_threads_keep_their_first_letter() -> None:
    ids = tuple(f"<{number}@mail.test>" for number in range(60))
    message = email.message_from_bytes(compose(replace(THREADED, references=ids)))
    found = message["References"].split()
    assert (found[0], found[-1], len(found)) == (ids[0], ids[-1], REFERENCES_LIMIT)
    assert message["In-Reply-To"] == "<b@mail.test>"
    assert message["Message-ID"] == "<one@mail.example.com>"


def test_an_invitation_travels_beside_the_texts_and_as_a_file_with_one_method() -> None:
    message = email.message_from_bytes(compose(INVITING))
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics")
    ]
    inline, attached = list(message.walk())[-2:]
    assert inline.get_param("method") == "REQUEST"
    assert inline.get_payload(decode=True) == attached.get_payload(decode=True) == CALENDAR
    assert attached.get_filename() == "invite.ics"


@pytest.mark.parametrize(
    "fault",
    [
        {"calendar_method": None},
        {"calendar_method": "REPLY"},
        {"calendar_method": "CANCEL"},
        {"calendar": CALENDAR.replace(b"METHOD:REQUEST\r\n", b"")},
        {"calendar": CALENDAR.replace(b"VERSION", b"METHOD:CANCEL\r\nVERSION")},
    ],
)
def test_an_invitation_whose_method_is_not_the_one_said_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(UnsafeLetter):
        compose(replace(INVITING, **fault))  # type: ignore[arg-type]


# The check finds what was planted.

Plant = Callable[[bytes], bytes]


def swap(old: bytes, new: bytes, count: int = 1) -> Plant:
    def _swap(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, count)

    return _swap


TO = b"To: Maria Okafor <maria@acme.test>"
PLANTED: dict[str, Plant] = {
    "a Bcc": swap(b"Subject:", b"Bcc: eve@x.test\r\nSubject:"),
    "a Bcc at the end": swap(b"\r\n\r\n", b"\r\nBcc: eve@x.test\r\n\r\n"),
    "a Bcc after a bare LF": swap(b"Subject: A", b"Subject: A\nBcc: eve@x.test"),
    "a Bcc after a bare CR": swap(b"Subject: A", b"Subject: A\rBcc: eve@x.test"),
    "a Bcc in an encoded word": swap(TO, b"To: =?utf-8?q?M=0ABcc=3A_e=40x?= <maria@acme.test>"),
    "a Cc": swap(b"Date:", b"Cc: eve@x.test\r\nDate:"),
    "a Reply-To": swap(b"Date:", b"Reply-To: eve@x.test\r\nDate:"),
    "a second To": swap(TO, TO + b"\r\nTo: eve@x.test"),
    "a second recipient": swap(TO, TO + b", eve@x.test"),
    "a second recipient once decoded": swap(TO, b"To: =?utf-8?q?M=2C_eve=40x=2Etest=2C?= <maria@acme.test>"),
    "a group": swap(TO, b"To: a: maria@acme.test, eve@x.test;"),
    "another recipient": swap(TO, b"To: Maria Okafor <eve@x.test>"),
    "another name": swap(TO, b"To: Mario Okafor <maria@acme.test>"),
    "no recipient": swap(TO + b"\r\n", b""),
    "another sender": swap(b"<ana@example.com>", b"<eve@x.test>"),
    "another subject": swap(b"urban", b"rural"),
    "another day": swap(b"02 Mar 2026", b"03 Mar 2026"),
    "a date that is none": swap(b"Mon, 02 Mar 2026", b"Mon, 92 Mar 2026"),
    "another id": swap(b"7f3a90b2", b"7f3a90b3"),
    "a changed text": swap(b"A line.", b"A lime."),
    "a changed HTML": swap(b"<p>A line", b"<p>A lime"),
    "a longer text": swap(b"A line.\r\n", b"A line.\r\nAnother.\r\n"),
    "another encoding": swap(b"quoted-printable", b"base64"),
    "another charset": swap(b'"utf-8"', b'"latin-1"'),
    "another kind of part": swap(b"text/html", b"text/enriched"),
    "a header in a part": swap(
        b"Content-Type: text/html", b"Content-Disposition: attachment\r\nContent-Type: text/html"
    ),
    "words before the parts": swap(b"\r\n\r\n--", b"\r\n\r\nhello\r\n--"),
    "words after the parts": lambda raw: raw + b"hello\r\n",
    "a missing end": lambda raw: raw[: raw.rindex(b"--=_")],
    "bare line ends": lambda raw: raw.replace(b"\r\n", b"\n"),
    "a letter cut short": lambda raw: raw[:-40],
    "bytes beyond ASCII": swap(b"A line.", b"A l\xc3\xadne."),
    "a NUL": swap(b"A line.", b"A line.\0"),
    "a line without end": swap(b"Subject: A", b"X-Long: " + b"a" * 999 + b"\r\nSubject: A"),
    "no words at all": lambda _: b"",
}


def test_what_was_composed_passes_the_check() -> None:
    for envelope in (LETTER, INVITING, THREADED):
        check(compose(envelope), envelope)


@pytest.mark.parametrize("what", PLANTED)
def test_the_check_finds(what: str) -> None:
    changed = PLANTED[what](compose(LETTER))
    with pytest.raises(UnsafeLetter) as caught:
        check(changed, LETTER)
    assert caught.value.problems


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<a@mail.test>", b"<c@mail.test>"),
        (b"In-Reply-To: <b@mail.test>\r\n", b""),
        (b"<mailto:ana@example.com>", b"<mailto:eve@example.com>"),
        (b"<one@mail.example.com>", b"<two@mail.example.com>"),
    ],
)
def test_the_check_finds_another_thread(old: bytes, new: bytes) -> None:
    with pytest.raises(UnsafeLetter):
        check(swap(old, new)(compose(THREADED)), THREADED)


@given(st.from_regex(PLAIN_MAILBOX, fullmatch=True))
def test_a_mailbox_that_the_check_reads_by_hand_is_read_alike_by_every_parser(value: str) -> None:
    plain = PLAIN_MAILBOX.fullmatch(value)
    assert plain is not None
    person = (plain[1], plain[2])
    header = email.message_from_bytes(f"To: {value}\r\n\r\n".encode("ascii"), policy=policy.default)["To"]
    assert [(one.display_name, one.addr_spec) for one in header.addresses] == [person]
    assert not header.defects
    assert getaddresses([value]) == [person]
    assert str(make_header(decode_header(value))) == value


def test_the_check_holds_a_letter_to_its_own_envelope_only() -> None:
    for change in ({"to_address": "mara@acme.test"}, {"text": "Dear Mara\n"}, {"html": "<p>b</p>"}, {"subject": "b"}):
        with pytest.raises(UnsafeLetter):
            check(compose(LETTER), replace(LETTER, **change))  # type: ignore[arg-type]
    with pytest.raises(UnsafeLetter):
        check(compose(LETTER), INVITING)
    with pytest.raises(UnsafeLetter):
        check(compose(INVITING), LETTER)
