"""Reads the final bytes of a letter back and requires exactly the letter that was meant.

Three readings, since a trick that fools one parser may not fool another: by hand, line by line; with the legacy
policy; and with the structured one. Nothing is trusted because of how the bytes were made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from typing import TypeAlias

from outreach.letters.envelope import Envelope, body_of, fixed_headers
from outreach.letters.names import UnsafeLetter, clean_name, clean_subject, plain_address
from outreach.rules.instants import as_utc

_ADDRESSED = ("From", "To", "Subject", "Date", "Content-Type")
_HEADER_LINE = re.compile(rb"([!-9;-~]+):")
_METHOD_LINE = re.compile(rb"(?im)^METHOD[:;][^\r\n]*")
_LINE_LIMIT = 998
#: A mailbox that leaves nothing to read differently: words of letters and digits, then one address of nothing odd.
PLAIN_MAILBOX = re.compile(
    r"([A-Za-z0-9]+(?: [A-Za-z0-9]+)*) "
    r"<([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)*)>"
)
_TEXT_HEADERS = ["Content-Transfer-Encoding", "Content-Type"]

#: The structured policy with its parsed headers kept: sender, subject and content types come again and again.
_MODERN = policy.default.clone(header_factory=lru_cache(maxsize=1024)(policy.default.header_factory))

Legacy: TypeAlias = "Message[str, str]"


def check(raw: bytes, envelope: Envelope) -> None:
    """Return nothing when ``raw`` is the letter that ``envelope`` means. Raises UnsafeLetter with every difference.

    Required: the exact multiset of header names, one sender and one recipient with exactly these addresses and
    names, the subject, date and ids, the parts in their order with their texts, a METHOD that agrees, CRLF, ASCII
    and no line over 998 octets (RFC 5322, 2045, 6047).
    """
    problems = list(_differences(raw, envelope))
    if problems:
        raise UnsafeLetter(
            "This letter is not sent, because its bytes would not say what you approved: look at names, subject and "
            "address of the contact.",
            problems=problems,
        )


def _differences(raw: bytes, envelope: Envelope) -> Iterator[str]:
    yield from _about_bytes(raw)
    head = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    fixed = fixed_headers(envelope)
    wanted = sorted([*_ADDRESSED, *fixed])
    legacy: Legacy = BytesParser(policy=policy.compat32).parsebytes(raw)
    modern = BytesParser(policy=_MODERN).parsebytes(head, headersonly=True)
    for reading, names in (
        ("by hand", _names_by_hand(head)),
        ("compat32", sorted(legacy.keys())),
        ("default", sorted(modern.keys())),
    ):
        if names != wanted:
            yield f"headers read {reading}: {_odd(names, wanted)}"
            return  # what follows would only repeat it
    values = {name: _unfold(value) for name, value in legacy.items()}
    yield from _about_people(values, modern, envelope)
    yield from _about_words(values, modern, envelope)
    for name, value in fixed.items():
        if values[name] != _unfold(value):
            yield f"{name}: {values[name]!r} instead of {value!r}"
    yield from _about_parts(legacy, envelope)


def _about_bytes(raw: bytes) -> Iterator[str]:
    if not raw.isascii():
        yield "characters beyond ASCII stand unencoded"
    if not raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r") or not raw.endswith(b"\r\n"):
        yield "a line does not end with CRLF"
    if max(map(len, raw.split(b"\r\n"))) > _LINE_LIMIT:
        yield "a line is over 998 octets"
    if b"\0" in raw:
        yield "a NUL octet"


def _names_by_hand(head: bytes) -> list[str]:
    names = []
    for line in head.splitlines():  # of bytes: CRLF, CR and LF, and nothing else
        match = _HEADER_LINE.match(line)
        if match:
            names.append(match[1].decode("ascii"))
        elif line.strip() and line[:1] not in (b" ", b"\t"):
            names.append("(no header)")
    return sorted(names)


def _odd(names: list[str], wanted: list[str]) -> str:
    extra = [name for name in names if names.count(name) > wanted.count(name)]
    lacking = [name for name in wanted if wanted.count(name) > names.count(name)]
    return f"not meant {sorted(set(extra))}, lacking {sorted(set(lacking))}"


def _about_people(values: dict[str, str], modern: EmailMessage, envelope: Envelope) -> Iterator[str]:
    people = {
        "From": (clean_name(envelope.sender_name), plain_address(envelope.sender_address)),
        "To": (clean_name(envelope.to_name), plain_address(envelope.to_address)),
    }
    for header, person in people.items():
        for reading, found in _readings(values[header], modern, header).items():
            if found != [person] and not (reading == "default" and _is_same_but_for_blanks(found, person)):
                yield f"{header} read {reading}: {found!r} instead of {person!r}"


def _readings(value: str, modern: EmailMessage, header: str) -> dict[str, list[tuple[str, str]]]:
    if plain := PLAIN_MAILBOX.fullmatch(value):
        return {"by hand": [(plain[1], plain[2])]}  # as all others would, in a twentieth of the time; a test compares
    return {
        "compat32": [(_decode(name), address) for name, address in getaddresses([value])],
        "decoded first": getaddresses([_decode(value)]),
        "default": _structured(modern, header),
    }


def _is_same_but_for_blanks(found: list[tuple[str, str]], person: tuple[str, str]) -> bool:
    """Return whether only blanks differ: some Pythons (3.11.7) show one between two encoded words of a long name."""
    return [("".join(name.split()), address) for name, address in found] == [("".join(person[0].split()), person[1])]


def _structured(modern: EmailMessage, name: str) -> list[tuple[str, str]]:
    try:
        header = modern[name]
    except (ValueError, IndexError, AttributeError, HeaderParseError) as error:
        # The library raises for what it dislikes inside an encoded word, such as a line break.
        return [("(unreadable)", str(error))]
    assert isinstance(header, AddressHeader)
    if getattr(header, "defects", ()):
        return [("(malformed)", str(header))]
    return [(address.display_name, address.addr_spec) for address in header.addresses]


def _about_words(values: dict[str, str], modern: EmailMessage, envelope: Envelope) -> Iterator[str]:
    subject = clean_subject(envelope.subject)
    for reading, found in (("compat32", _decode(values["Subject"])), ("default", str(modern["Subject"]))):
        if found != subject:
            yield f"Subject read {reading}: {found!r} instead of {subject!r}"
    if _moment(values["Date"]) != as_utc(envelope.date).replace(microsecond=0):
        yield f"Date: {values['Date']!r}"


def _about_parts(legacy: Legacy, envelope: Envelope) -> Iterator[str]:
    parts = list(legacy.walk())
    wanted = ["multipart/alternative", "text/plain", "text/html"]
    if envelope.calendar is not None:
        wanted = ["multipart/mixed", *wanted, "text/calendar", "application/ics"]
    found = [part.get_content_type() for part in parts]
    if found != wanted:
        yield f"parts {found} instead of {wanted}"
        return
    if any(part.defects or part.preamble or part.epilogue for part in parts):
        yield "a part is malformed"
    by_type = dict(zip(found, parts, strict=True))
    yield from _about_texts(by_type, envelope)
    if envelope.calendar is not None:
        yield from _about_calendar(by_type, envelope.calendar, envelope.calendar_method)


def _about_texts(by_type: dict[str, Legacy], envelope: Envelope) -> Iterator[str]:
    for kind, body in (("text/plain", envelope.text), ("text/html", envelope.html)):
        part = by_type[kind]
        if sorted(part.keys()) != _TEXT_HEADERS or part.get_content_charset() != "utf-8":
            yield f"headers of {kind}: {part.items()}"
        if _payload(part).replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n" != body_of(body).encode():
            yield f"{kind} does not read back as it was approved"


def _about_calendar(by_type: dict[str, Legacy], calendar: bytes, method: str | None) -> Iterator[str]:
    inline, attached = by_type["text/calendar"], by_type["application/ics"]
    if sorted(inline.keys()) != _TEXT_HEADERS or inline.get_param("method") != method:
        yield f"headers of the invitation: {inline.items()}"
    if sorted(attached.keys()) != ["Content-Disposition", *_TEXT_HEADERS] or attached.get_filename() != "invite.ics":
        yield f"headers of the attached invitation: {attached.items()}"
    if _payload(inline) != calendar or _payload(attached) != calendar:
        yield "the invitation does not read back as it was made"
    if [line.strip().upper() for line in _METHOD_LINE.findall(calendar)] != [f"METHOD:{method}".encode()]:
        yield f"the invitation's own METHOD is not {method}"


def _payload(part: Legacy) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _unfold(value: str) -> str:
    if "\n" not in value:
        return value
    return re.sub(r"\r?\n(?=[ \t])", "", value)


def _decode(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError):
        return value


def _moment(value: str) -> datetime | None:
    try:
        return as_utc(parsedate_to_datetime(value))
    except ValueError:
        return None
