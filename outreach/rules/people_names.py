"""Names of people: one cell split in two, and what is no name cut off."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nameparser import HumanName

_TITLE_WORDS = "dr prof professor mr mrs ms miss mx sir dame herr frau hr fr mme mlle sr sra srta dipl ing rev hon drs"
_CREDENTIAL_WORDS = (
    "phd dphil md mba ma msc ms bsc ba bs jd llm llb esq cpa cfa pmp csm cspo rn dds dvm edd psyd mph mpa mpp meng "
    "beng pe cissp cfp shrmcp shrmscp phr sphr gphr csw lcsw ceng frcp faia aia leedap emba cissm cipp itil mac bcom "
    "mcom acca aca cima fca ca pgce pmiacp sixsigma cams gisp dba msw mfa bfa rd np pa pharmd dpt otr"
)
_PARTICLE_WORDS = "van von de der den di da del della la le el al bin ibn st ten ter zu zur"
_TITLES, _CREDENTIALS = frozenset(_TITLE_WORDS.split()), frozenset(_CREDENTIAL_WORDS.split())
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_SHOUTED = re.compile(r"^[A-Z][A-Z0-9]{1,7}(?:[-/][A-Z0-9]{1,6})*[®™]?$")
_PARENTHESISED = re.compile(r"\s*[(\[][^()\[\]]{0,100}[)\]]\s*")
_TWO_WORDS = re.compile(r"^[^\W\d_][^\W\d_'’.-]*[^\W\d_] [^\W\d_][\w'’-]*[^\W\d_]$")


def split_name(full: str) -> tuple[str, str]:
    """Return ``(first name, last name)`` of a full name in either order of writing ("Silva, Ana" or "Ana Silva").

    Titles, credentials and nicknames are left out; one word is a first name.
    """
    plain = _without_symbols(full)
    if _TWO_WORDS.match(plain):  # nine in ten, and a hundred times faster than the parser
        first, last = plain.split(" ")
        known = {first.lower(), last.lower()}
        if not known & (_TITLES | _CREDENTIALS | _SUFFIXES | _PARTICLES):
            return first, last
    plain = _PARENTHESISED.sub(" ", plain).strip()
    head, comma, tail = plain.partition(",")
    if comma and tail.strip() and _all_credentials(tail):
        plain = head
    return _parsed(plain[:300])


def _parsed(plain: str) -> tuple[str, str]:
    name = HumanName(plain)
    last = " ".join(part for part in (name.middle, name.last) if part) if name.last else name.middle
    first = name.first
    if not first:
        first, last = last, ""
    return clean_first_name(first), clean_last_name(last)


@lru_cache(maxsize=16_384)
def clean_first_name(text: str) -> str:
    """Return a first name without title ("Dr. Ana" is Ana), nickname in brackets or symbols."""
    plain = _PARENTHESISED.sub(" ", _without_symbols(text))
    head, comma, tail = plain.partition(",")
    words = (head if comma and head.strip() and _all_credentials(tail) else plain).split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words.pop(0)
    return " ".join(words).strip(" ,")


@lru_cache(maxsize=16_384)
def clean_last_name(text: str) -> str:
    """Return a last name without credentials: "Smith, PhD" is Smith; "King, Jr." keeps its Jr."""
    plain = _PARENTHESISED.sub(" ", _without_symbols(text))
    head, comma, tail = plain.partition(",")
    if comma and head.strip() and _all_credentials(tail):
        kept = [word for word in tail.replace(",", " ").split() if _bare(word) in _SUFFIXES]
        plain = " ".join([head, *kept])
    words = plain.split()
    while len(words) > 1 and _bare(words[-1]) in _CREDENTIALS and words[-1] != words[-1].capitalize():
        words.pop()
    return " ".join(words).strip(" ,")


def salutation_of(first: str, last: str) -> str:
    """Return what follows "Dear": the first name, not shouted; with initials only, the whole name; "" without any."""
    known = [clean_first_name(first), clean_last_name(last)]
    shown = [" ".join(map(_spoken, name.split())) for name in known if name and "@" not in name]
    if not shown:
        return ""
    initials = all(len(word.strip(".")) < 2 for word in shown[0].split())
    return " ".join(shown) if initials else shown[0]


def _spoken(word: str) -> str:
    return "-".join(part.capitalize() for part in word.split("-")) if len(word) > 2 and word.isupper() else word


def _all_credentials(text: str) -> bool:
    words = text.replace(",", " ").split()
    return all(_bare(word) in _CREDENTIALS | _SUFFIXES or _SHOUTED.match(word) for word in words)


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


def _without_symbols(text: str) -> str:
    """Drop emoji and the like: they make a greeting look odd. Letters, marks and punctuation stay."""
    if text.isascii():
        return " ".join(text.split())
    kept = "".join(c for c in text if unicodedata.category(c) not in {"So", "Sk", "Cf", "Co", "Cs", "Cn"})
    return " ".join(kept.split())
