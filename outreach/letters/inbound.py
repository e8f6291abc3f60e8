"""Inbound bytes to a value: parsed within bounds, whoever wrote them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import collapse_rfc2231_value, parseaddr

from outreach.errors import BadInput
from outreach.letters.desk_comments import desk_comment
from outreach.letters.html_text import html_to_text
from outreach.letters.quoted import between_quotes, newly_written
from outreach.rules.addresses import find_addresses, normalise_address
from outreach.rules.inbound import DeliveryField, Inbound

LARGEST = 25_000_000
#: The second is how some programs attach an answer, beside the first or in its place.
_CALENDAR = frozenset({"text/calendar", "application/ics"})
_MOST_PARTS = 500
_MOST_CONTAINERS = 100
_LONGEST_HEADERS = 1_000_000
_LONGEST_VALUE = 4_000
_LONGEST_TEXT = 200_000
_LARGEST_CALENDAR = 1_000_000
_CONTAINER = re.compile(rb"content-type:\s{0,20}(?:multipart|message)/", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
#: Not for mail: the first two take minutes for a long text, the others make what no database can hold.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
_SURROGATES = re.compile("[\ud800-\udfff]")
_LONE_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_message(raw: bytes) -> Inbound:
    """Return an RFC 5322 message as a value: sender, decoded headers, new text, calendar parts, delivery fields.

    Raises BadInput, and nothing else, for bytes that are too large, too deep or no message.
    """
    _refuse_oversized(raw)
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        parts = list(_parts(message))
        return _inbound(message, parts, len(raw))
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise BadInput(f"The message cannot be read ({type(error).__name__}); look at it in the mailbox.") from error


def storable(text: str) -> str:
    """Return ``text`` without NUL and lone surrogates, which no database takes."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", ""))


def _refuse_oversized(raw: bytes) -> None:
    if len(raw) > LARGEST:
        raise BadInput(f"The message is larger than {LARGEST // 1_000_000} MB; look at it in the mailbox.")
    if not raw.strip():
        raise BadInput("The message is empty; look at it in the mailbox.")
    end = _END_OF_HEADERS.search(raw, 0, _LONGEST_HEADERS)
    if end is None and len(raw) > _LONGEST_HEADERS:
        raise BadInput("The headers of the message are longer than 1 MB; look at it in the mailbox.")
    if sum(1 for _ in _CONTAINER.finditer(raw)) > _MOST_CONTAINERS:
        raise BadInput("The message is nested too deeply; look at it in the mailbox.")


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts in order, without looking inside attached messages (a quoted original is not the answer)."""
    waiting, count = [message], 0
    while waiting:
        part = waiting.pop(0)
        count += 1
        if count > _MOST_PARTS:
            raise BadInput(f"The message has more than {_MOST_PARTS} parts; look at it in the mailbox.")
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting[:0] = [inner for inner in payload if isinstance(inner, Message)]


def _inbound(message: Message, parts: list[Message], size: int) -> Inbound:
    headers = _headers(message)
    name, address = _sender(headers.get("from", ""))
    full_text = _text(parts)
    reader = parseaddr(headers.get("to", ""))
    comment = desk_comment(full_text, reader[0] or reader[1])
    # Where nothing new is written in the letter itself, the answer may lie beside it, as a text of its own.
    text = newly_written(comment.text if comment else full_text, (comment and comment.author) or name)
    text = text or newly_written(_attached_text(parts), name)
    return Inbound(
        from_address=address,
        from_name=name,
        subject=headers.get("subject", ""),
        headers=headers,
        text=text,
        commented_by=comment.author if comment else "",
        between=between_quotes(comment.text if comment else full_text),
        full_text=full_text,
        calendar_parts=tuple(_bytes(part) for part in parts if part.get_content_type() in _CALENDAR),
        delivery=tuple(field for part in parts for field in _delivery(part)),
        original_headers=next((found for part in parts if (found := _original(part))), {}),
        content_type=message.get_content_type(),
        report_type=_parameter(message, "report-type"),
        attachments=tuple(_cleaned(str(called)) for part in parts if (called := part.get_filename()))[:100],
        raw_size=size,
    )


def _headers(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in message.items():
        found.setdefault(name.strip().lower(), _decoded(str(value)))
        if len(found) >= 1000:
            break
    return found


def _decoded(value: str) -> str:
    """Return a header value without RFC 2047 encoding, controls and folding."""
    value = value[:_LONGEST_VALUE]
    pieces: list[str] = []
    try:
        for piece, charset in decode_header(value):
            pieces.append(piece if isinstance(piece, str) else _as_text(piece, charset))
    except (HeaderParseError, ValueError, LookupError):
        pieces = [value]
    return _cleaned("".join(pieces))


def _cleaned(text: str) -> str:
    # Bytes beyond ASCII come out of the parser as surrogates of their own; any others are a stranger's.
    plain = _LONE_SURROGATES.sub("\ufffd", text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(_CONTROLS.sub("", plain[:_LONGEST_VALUE]).split())


def _as_text(data: bytes, charset: str | None) -> str:
    for name in (charset, "utf-8", "cp1252"):
        try:
            if name and codecs.lookup(name).name not in _NO_CHARSETS:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _sender(value: str) -> tuple[str, str]:
    name, address = parseaddr(value)
    try:
        return name[:200], normalise_address(address)
    except BadInput:
        found = find_addresses(value)
        return name[:200], found[0][2] if len(found) == 1 else address[:320].strip()


def _parameter(message: Message, name: str) -> str:
    value = message.get_param(name)
    return collapse_rfc2231_value(value).strip().lower()[:100] if value else ""


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload[:_LARGEST_CALENDAR] if isinstance(payload, bytes) else b""


def _text(parts: list[Message]) -> str:
    """The plain text of the message, else its HTML as text."""
    inline = [part for part in parts if part.get_content_disposition() != "attachment"]
    plain = [_part_text(part) for part in inline if part.get_content_type() == "text/plain"]
    text = "\n".join(piece for piece in plain if piece.strip())
    if not text:
        html = next((part for part in inline if part.get_content_type() == "text/html"), None)
        text = html_to_text(_part_text(html)) if html is not None else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u202f", " ")
    return storable(_CONTROLS.sub("", text)[:_LONGEST_TEXT])


def _attached_text(parts: list[Message]) -> str:
    attached = [part for part in parts if part.get_content_disposition() == "attachment"]
    texts = [part for part in attached if part.get_content_type() == "text/plain"]
    return storable(_CONTROLS.sub("", _part_text(texts[0]))[:_LONGEST_TEXT]) if len(texts) == 1 else ""


def _part_text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _as_text(payload[: 4 * _LONGEST_TEXT], _parameter(part, "charset") or None)


def _delivery(part: Message) -> Iterator[DeliveryField]:
    """Yield the recipients of a message/delivery-status part: blocks of fields, the first about the message itself."""
    if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
        return
    payload = part.get_payload()
    blocks: list[Mapping[str, str]] = []
    if isinstance(payload, list):
        blocks = [_headers(block) for block in payload[:_MOST_PARTS] if isinstance(block, Message)]
    for block in blocks:
        recipient = block.get("final-recipient") or block.get("original-recipient")
        if recipient:
            yield DeliveryField(
                recipient=recipient.rpartition(";")[2].strip(),
                action=block.get("action", "").strip().lower(),
                status=block.get("status", "").strip()[:20],
                diagnostic=block.get("diagnostic-code", "")[:500],
            )


def _original(part: Message) -> dict[str, str]:
    """The headers of the message that a report is about, from message/rfc822 or text/rfc822-headers."""
    if part.get_content_type() in {"message/rfc822", "message/global"}:
        payload = part.get_payload()
        return _headers(payload[0]) if isinstance(payload, list) and payload and isinstance(payload[0], Message) else {}
    if part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
        return _headers(BytesParser(policy=compat32).parsebytes(_bytes(part), headersonly=True))
    return {}
