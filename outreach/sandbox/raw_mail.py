"""RFC 5322 bytes as a mail provider treats them: headers read and restamped, recipients checked, parts shown."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.utils import format_datetime, getaddresses, parseaddr
from html import unescape
from typing import Any

from outreach.sandbox.refusals import invalid

Fields = list[tuple[str, str]]

LARGEST_MESSAGE = 25 * 1024 * 1024
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*?)(?=\r\n(?![ \t])|\Z)", re.DOTALL | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\s@<>,;:\"()\[\]\\.]+\.)+[^\s@<>,;:\"()\[\]\\.]+")
_MESSAGE_IDS = re.compile(r"<[^<>\s]{1,900}>")
_REPLY_PREFIX = re.compile(r"^\s*(?:(?:re|aw|sv|fwd?|wg)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def crlf(raw: bytes) -> bytes:
    """Return the message with CRLF line ends throughout; unchanged where it had them."""
    return _BARE_LINE_END.sub(b"\r\n", raw)


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Return ``(head, rest)``: the header block with its last CRLF, and the empty line and body after it."""
    if raw.startswith(b"\r\n"):
        return b"", raw
    end = raw.find(b"\r\n\r\n")
    return (raw, b"") if end < 0 else (raw[: end + 2], raw[end + 2 :])


def fields_of(raw: bytes) -> Fields:
    """Return the header fields in order, unfolded and with encoded words (RFC 2047) decoded, as Gmail shows them."""
    return [(name, _decoded(value)) for name, value in _plain_fields(split(raw)[0])]


def _plain_fields(head: bytes) -> Iterator[tuple[str, str]]:
    for name, value in _FIELD.findall(head):
        unfolded = value.replace(b"\r\n", b"").strip()
        yield name.decode("ascii"), unfolded.decode("utf-8", "replace")


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):
        return value


def first(fields: Fields, name: str) -> str:
    """Return the first value of a header, "" when it is not there."""
    lowered = name.lower()
    return next((value for each, value in fields if each.lower() == lowered), "")


def references_of(fields: Fields) -> set[str]:
    """Return the message ids named in In-Reply-To and References."""
    return set(_MESSAGE_IDS.findall(f"{first(fields, 'In-Reply-To')} {first(fields, 'References')}"))


def message_id_of(fields: Fields) -> str:
    """Return the message's own id with its brackets, or ""."""
    found = _MESSAGE_IDS.search(first(fields, "Message-ID"))
    return found[0] if found else ""


def subject_key(subject: str) -> str:
    """Return what two subjects are compared by: without Re: and its like, blanks and case evened out."""
    return " ".join(_REPLY_PREFIX.sub("", subject).split()).casefold()


def recipients_of(raw: bytes) -> tuple[list[str], list[str]]:
    """Return ``(addresses in To, all addresses)`` in lower case. Raises Refusal as Gmail refuses a send."""
    plain = list(_plain_fields(split(raw)[0]))
    found: dict[str, list[str]] = {}
    for header in ("To", "Cc", "Bcc"):
        values = [value for name, value in plain if name.lower() == header.lower() and value]
        addresses = [address for _, address in getaddresses(values)]
        if any(not _ADDRESS.fullmatch(address) for address in addresses):
            raise invalid(f"Invalid {header} header")
        found[header] = [address.lower() for address in addresses]
    everybody = list(dict.fromkeys(address for group in found.values() for address in group))
    if not everybody:
        raise invalid("Recipient address required")
    return found["To"], everybody


def address_of(value: str) -> str:
    """Return the bare address of a From or Reply-To value, in lower case."""
    return parseaddr(value)[1].lower()


def stamped(raw: bytes, *, message_id: str, owner: tuple[str, str], now: datetime) -> bytes:
    """Return the message as Gmail sends it: under ``message_id``, From the account's, a Date if there was none."""
    head, rest = split(raw)
    kept = _without(head, b"message-id")
    sender = next((value for name, value in _plain_fields(kept) if name.lower() == "from"), "")
    added = [f"Message-ID: {message_id}"]
    if address_of(sender) != owner[0]:
        kept = _without(kept, b"from")
        added.append(f"From: {owner[1]} <{owner[0]}>" if owner[1].isascii() and owner[1] else f"From: {owner[0]}")
    names = {name.lower() for name, _ in _plain_fields(kept)}
    if "date" not in names:
        added.append(f"Date: {format_datetime(now)}")
    if "mime-version" not in names:
        added.append("MIME-Version: 1.0")
    return kept + "".join(f"{line}\r\n" for line in added).encode() + (rest or b"\r\n")


def without_x_headers(raw: bytes) -> bytes:
    """Return the message without the headers whose names begin with X-."""
    head, rest = split(raw)
    return _without(head, b"x-[!-9;-~]*") + rest


def without_bcc(raw: bytes) -> bytes:
    """Return the message as others receive it."""
    head, rest = split(raw)
    return _without(head, b"bcc") + rest


def _without(head: bytes, name: bytes) -> bytes:
    """Return the header block without the headers whose names fit a pattern."""
    return re.sub(rb"(?mi)^(?:" + name + rb")[ \t]*:.*(?:\r\n[ \t].*)*\r\n", b"", head)


def parsed(raw: bytes) -> Parsed:
    """Return the message as the standard library reads it; hostile structure gives defects, not exceptions."""
    return message_from_bytes(raw)


def text_of(message: Parsed) -> str:
    """Return the text a search sees: the text/plain parts, else HTML without its tags."""
    plain = [_body_text(part) for part in message.walk() if part.get_content_type() == "text/plain"]
    if plain:
        return "\n".join(plain)
    html = [_body_text(part) for part in message.walk() if part.get_content_type() == "text/html"]
    return unescape(re.sub(r"<[^>]*>", " ", "\n".join(html)))


def body_of(part: Parsed) -> bytes:
    """Return a part's body with its transfer encoding undone."""
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _body_text(part: Parsed) -> str:
    try:
        return body_of(part).decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return body_of(part).decode("utf-8", "replace")


def calendar_part(message: Parsed) -> tuple[str, str] | None:
    """Return ``(method, text)`` of the first text/calendar part, or None."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            text = _body_text(part)
            named = re.search(r"^METHOD:\s*(\w+)", text, re.MULTILINE | re.IGNORECASE)
            return (named[1].upper() if named else ""), text
    return None


def payload_json(part: Parsed, fields: Fields, part_id: str = "") -> dict[str, Any]:
    """Return a part as messages.get format=full shows it; attachments by id, other bodies as base64url."""
    shown: dict[str, Any] = {
        "partId": part_id,
        "mimeType": part.get_content_type(),
        "filename": _decoded(part.get_filename() or ""),
        "headers": headers_json(fields),
    }
    if part.is_multipart():
        children = [each for each in part.get_payload() if isinstance(each, Parsed)]
        prefix = f"{part_id}." if part_id else ""
        shown["body"] = {"size": 0}
        shown["parts"] = [
            payload_json(each, [(n, _decoded(str(v))) for n, v in each.items()], f"{prefix}{index}")
            for index, each in enumerate(children)
        ]
        return shown
    body = body_of(part)
    if shown["filename"]:
        shown["body"] = {"attachmentId": f"ANGjdJ_{part_id or '0'}", "size": len(body)}
    else:
        shown["body"] = {"size": len(body), "data": base64.urlsafe_b64encode(body).decode()}
    return shown


def attachment(message: Parsed, attachment_id: str) -> bytes | None:
    """Return the bytes of the part that ``payload_json`` gave this id, or None."""
    path = attachment_id.removeprefix("ANGjdJ_").split(".")
    part: Any = message
    for step in path:
        if not part.is_multipart():
            break
        children = part.get_payload()
        if not step.isdecimal() or int(step) >= len(children):
            return None
        part = children[int(step)]
    return body_of(part) if part.get_filename() else None


def headers_json(fields: Fields, only: Sequence[str] = ()) -> list[dict[str, str]]:
    """Return headers as JSON; ``only`` keeps those named."""
    wanted = {name.lower() for name in only}
    return [{"name": name, "value": value} for name, value in fields if not wanted or name.lower() in wanted]
