"""A letter into RFC 5322 bytes: plain text and HTML, and an invitation where there is one.

The bytes are joined here from encoded pieces rather than by ``email.generator``, which takes several times as long
for the same result. That is safe only because ``check`` reads each result back with the standard library and refuses
whatever is not, header for header and address for address, the letter that was meant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache

from outreach.letters.check import check
from outreach.letters.envelope import CALENDAR_METHODS, Envelope, body_of, fixed_headers
from outreach.letters.names import UnsafeLetter, clean_name, clean_subject, plain_address
from outreach.rules.instants import as_utc

__all__ = ["Envelope", "compose"]

_LINE = 76
_CRLF = b"\r\n"
_ATTACHED = b'Content-Disposition: attachment; filename="invite.ics"\r\n'


def compose(envelope: Envelope) -> bytes:
    """Return the bytes of the letter: CRLF, ASCII, no line over 998 octets; equal envelopes give equal bytes.

    Plain text and HTML are alternatives (RFC 2046); an invitation is a third one, and an attachment (RFC 6047).
    Raises UnsafeLetter where the bytes could not be made, or do not read back as the letter that was meant.
    """
    raw = b"".join((*_headers(envelope), _CRLF, *_content(envelope)))
    check(raw, envelope)
    return raw


def boundary_of(letter_id: str, level: str) -> str:
    """Return the boundary for one level of one letter, one of sixteen for each level.

    ``=_`` occurs in no quoted-printable or base64 text, so none can collide with a body. Few boundaries, because a
    parser compiles a pattern for each new one, and that would cost as much as all the rest.
    """
    return f"=_outreach_{level}_{hashlib.sha256(letter_id.encode()).hexdigest()[0]}"


def _headers(envelope: Envelope) -> Iterator[bytes]:
    fields = {
        "From": _mailbox(envelope.sender_name, envelope.sender_address, "From"),
        "To": _mailbox(envelope.to_name, envelope.to_address, "To"),
        "Subject": _words(clean_subject(envelope.subject), "Subject"),
        "Date": format_datetime(as_utc(envelope.date)),
        **fixed_headers(envelope),
    }
    for name, value in fields.items():
        yield f"{name}: {value}\r\n".encode("ascii")
    level = "alternative" if envelope.calendar is None else "mixed"
    yield _multipart(level, boundary_of(envelope.letter_id, level))


@lru_cache(maxsize=1024)
def _mailbox(name: str, address: str, header: str) -> str:
    shown, plain = clean_name(name), plain_address(address)
    local, _, domain = plain.rpartition("@")
    if shown.isascii():
        mailbox = str(Address(shown, local, domain))
        return mailbox if len(mailbox) + len(header) < _LINE else mailbox.replace(" <", "\r\n <")
    return f"{_words(shown, header)}\r\n <{plain}>"


def _words(text: str, header: str) -> str:
    """Return unstructured words, encoded (RFC 2047) where they must be and folded."""
    if text.isascii() and len(text) + len(header) < _LINE:
        return text
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=_LINE, header_name=header).encode(linesep="\r\n")


def _content(envelope: Envelope) -> Iterator[bytes]:
    if envelope.calendar is None:
        yield from _alternatives(envelope, None)
        return
    method = envelope.calendar_method
    if method not in CALENDAR_METHODS:
        raise UnsafeLetter("An invitation travels as REQUEST or CANCEL; say which in calendar_method.")
    encoded = re.sub(rb"\n", _CRLF, base64.encodebytes(envelope.calendar))
    outer, inner = (boundary_of(envelope.letter_id, level) for level in ("mixed", "alternative"))
    yield f"--{outer}\r\n".encode()
    yield _multipart("alternative", inner) + _CRLF
    yield from _alternatives(envelope, _part(f'text/calendar; charset="utf-8"; method={method}', "base64", encoded))
    yield f"--{outer}\r\n".encode()
    yield _part('application/ics; name="invite.ics"', "base64", encoded, _ATTACHED)
    yield f"--{outer}--\r\n".encode()


def _alternatives(envelope: Envelope, calendar: bytes | None) -> Iterator[bytes]:
    line = f"--{boundary_of(envelope.letter_id, 'alternative')}".encode()
    yield line + _CRLF + _text_part("plain", envelope.text)
    yield line + _CRLF + _text_part("html", envelope.html)
    if calendar is not None:
        yield line + _CRLF + calendar
    yield line + b"--\r\n"


def _multipart(level: str, boundary: str) -> bytes:
    return f'Content-Type: multipart/{level};\r\n boundary="{boundary}"\r\n'.encode()


def _text_part(subtype: str, body: str) -> bytes:
    encoded = binascii.b2a_qp(body_of(body).encode()).replace(b"\n", _CRLF)
    return _part(f'text/{subtype}; charset="utf-8"', "quoted-printable", encoded)


def _part(content_type: str, encoding: str, body: bytes, disposition: bytes = b"") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode()
    return head + disposition + _CRLF + body + _CRLF
