"""Cleans what strangers typed before it comes near a header or a letter.

Python before 3.11.15 and 3.12.13 decodes an encoded word inside a display name while serialising, so a contact
called ``=?utf-8?q?=0ABcc=3A_e=40x?=`` adds a Bcc line (CVE-2024-6923). A check for line breaks does not see it: the
name has none. So the opener of encoded words goes too.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from outreach.errors import OutreachError

NAME_LIMIT = 100
SUBJECT_LIMIT = 250
_ENCODED_WORD = re.compile(r"=\?|\?=")
# What structures an address list: a reader that decodes before it splits must still see one mailbox.
_STRUCTURE = str.maketrans(dict.fromkeys('<>"\\,;:()[]', " ") | {"@": " at "})
# Cf holds bidi and zero-width characters, Cs lone surrogates, Co and Cn what no font shows.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


class UnsafeLetter(OutreachError):
    """The bytes of a letter would say something else than intended; such a letter never leaves."""

    exit_code = 65


def clean_line(text: str) -> str:
    """Return ``text`` on one line: no control, bidi, zero-width or unassigned characters, no runs of blanks."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = (" " if ch.isspace() else ch for ch in unicodedata.normalize("NFC", text) if _is_shown(ch))
    return " ".join("".join(seen).split())


def clean_block(text: str) -> str:
    """Return ``text`` with its line breaks kept and each line cleaned as ``clean_line`` does."""
    return "\n".join(clean_line(line) for line in text.splitlines()).strip()


def clean_name(name: str) -> str:
    """Return ``name`` fit for a display name: at most 100 characters, no encoded words, brackets, commas or quotes.

    A name of which nothing is left comes back as ``""``, never as blanks: the header then shows the bare address.
    """
    # Cleaned before as well as after: the Greek question mark, for one, only becomes a ";" by being composed (NFC).
    plain = clean_line(clean_line(name).translate(_STRUCTURE))
    return _without_encoded_words(plain)[:NAME_LIMIT].strip()


def clean_subject(subject: str) -> str:
    """Return ``subject`` fit for a header: one line of at most 250 characters, without encoded words."""
    return _without_encoded_words(clean_line(subject))[:SUBJECT_LIMIT].strip()


@lru_cache(maxsize=4096)
def plain_address(address: str) -> str:
    """Return ``address`` as an ASCII ``local@domain`` (RFC 5321 limits), an international domain as IDNA.

    Raises UnsafeLetter for anything else, such as two addresses, a quoted local part or an encoded word.
    """
    local, at, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    plain = f"{local}{at}{domain}"
    if len(local) > 64 or len(plain) > 254 or not _ADDRESS.fullmatch(plain) or _ENCODED_WORD.search(plain):
        shown = clean_line(address)[:80]
        raise UnsafeLetter(f"{shown!r} is no address that a letter can go to: mend it in the contact.")
    return plain


def _is_shown(ch: str) -> bool:
    return ch.isspace() or unicodedata.category(ch) not in _UNSEEN


def _without_encoded_words(text: str) -> str:
    # Repeated, since "=" + "=?" + "?" shows a new opener once the inner one is gone.
    while _ENCODED_WORD.search(text):
        text = " ".join(_ENCODED_WORD.sub("", text).split())
    return text
