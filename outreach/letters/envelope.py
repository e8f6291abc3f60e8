"""What a letter is to say, before it is bytes: the yardstick that ``check`` holds the bytes to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from outreach.letters.names import UnsafeLetter, clean_line

CALENDAR_METHODS = frozenset({"REQUEST", "CANCEL"})
REFERENCES_LIMIT = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LETTER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:-]{1,150}@[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:\[\]-]{1,150}>")
_UNSUBSCRIBE = re.compile(r"<(?:https://|mailto:)[A-Za-z0-9@:/.?&=%_~+-]{1,400}>")


@dataclass(frozen=True)
class Envelope:
    """One letter to one person, with everything that its bytes depend on."""

    letter_id: str
    sender_name: str
    sender_address: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    #: Aware; becomes the Date header, in UTC.
    date: datetime
    #: Gmail stamps its own Message-ID whatever we say; "" leaves the header out.
    message_id_hint: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    calendar: bytes | None = None
    #: REQUEST or CANCEL, as METHOD stands in ``calendar``.
    calendar_method: str | None = None
    #: RFC 2369: ``<https://…>`` or ``<mailto:…>``.
    list_unsubscribe: str | None = None


def fixed_headers(envelope: Envelope) -> dict[str, str]:
    """Return the headers that are tokens, by name: ids, threading, unsubscribing. They need no encoding.

    Message ids of strangers that are not plain (RFC 5322 ``msg-id``) are left out: the thread id still threads.
    Raises UnsafeLetter for an id or an unsubscribe link of our own that is not well-formed.
    """
    if not _LETTER_ID.fullmatch(envelope.letter_id):
        raise UnsafeLetter(f"{clean_line(envelope.letter_id)[:80]!r} is no letter id.")
    headers = _threading(envelope)
    if envelope.list_unsubscribe is not None:
        if not _UNSUBSCRIBE.fullmatch(envelope.list_unsubscribe):
            raise UnsafeLetter("The unsubscribe link must be one <https://…> or <mailto:…> address.")
        headers["List-Unsubscribe"] = envelope.list_unsubscribe
    headers["X-Outreach-Id"] = envelope.letter_id
    headers["MIME-Version"] = "1.0"
    return headers


def body_of(text: str) -> str:
    """Return a body as it travels: LF line ends, one at the end, no control characters, no lone surrogates."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    whole = plain if plain.isascii() else plain.encode("utf-8", "replace").decode("utf-8")
    return whole.rstrip("\n") + "\n"


def _threading(envelope: Envelope) -> dict[str, str]:
    headers: dict[str, str] = {}
    if envelope.message_id_hint:
        if not is_message_id(envelope.message_id_hint):
            raise UnsafeLetter("The Message-ID that was asked for is not well-formed.")
        headers["Message-ID"] = envelope.message_id_hint
    if envelope.in_reply_to and is_message_id(envelope.in_reply_to):
        headers["In-Reply-To"] = envelope.in_reply_to
    known = [reference for reference in envelope.references if is_message_id(reference)]
    if known:
        kept = known if len(known) <= REFERENCES_LIMIT else [known[0], *known[1 - REFERENCES_LIMIT :]]
        headers["References"] = "\r\n ".join(kept)
    return headers


def is_message_id(text: str) -> bool:
    """Return whether ``text`` is a plain ``<left@right>`` that no reader could take for an encoded word."""
    return _MESSAGE_ID.fullmatch(text) is not None and "=?" not in text
