"""Read a message of the Sent folder back into a letter: to whom, about what, in which words."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import parseaddr

from outreach.errors import BadInput
from outreach.letters.inbound import read_message, storable
from outreach.letters.names import clean_name
from outreach.rules.addresses import find_addresses


@dataclass(frozen=True)
class SentWords:
    """``to_name`` and ``text`` are empty where they cannot be read; ``to_address`` where there is no single one."""

    to_name: str
    to_address: str
    subject: str
    text: str


def read_sent(headers: dict[str, str], raw: bytes) -> SentWords:
    """Return what a sent message says; ``headers`` are its own, by lower-case name, ``raw`` may be empty."""
    to = headers.get("to", "")[:2_000]
    found = find_addresses(to)
    subject, text = storable(_decoded(headers.get("subject", ""))), ""
    try:
        message = read_message(raw)
        subject, text = message.subject or subject, message.text
    except BadInput:
        pass  # its headers say enough
    address = found[0][2] if len({each[2] for each in found}) == 1 else ""
    return SentWords(_name(to), address, " ".join(subject.split())[:500], storable(text))


def _name(to: str) -> str:
    """Return the display name, decoded after the address was cut off: an encoded one may hold anything."""
    name = clean_name(storable(_decoded(parseaddr(to)[0])))
    return "" if "@" in name or " at " in name else name


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        return value
