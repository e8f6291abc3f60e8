"""Single cells: trimmed on the way in, guarded on the way out, read as yes or no, as a date, as a source."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from outreach.rules.kinds import Source
from outreach.rules.people_headers import normalise_header

_NOTHING = frozenset(
    {"-", "--", "–", "—", "n/a", "na", "n.a.", "none", "null", "nil", "unknown", "tbd", "?", "#n/a", "nan"}
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_FORMULA = tuple("=+-@＝＋－＠")
_YES_WORDS = "yes|y|true|t|1|x|ja|j|oui|o|si|sì|s|sí|wahr|vrai|verdadero|local|nearby|office|✓|✔|in person|vor ort"
_NO_WORDS = "no|n|false|f|0|nein|non|falsch|faux|falso|remote|phone|video"
_YES, _NO = frozenset(_YES_WORDS.split("|")), frozenset(_NO_WORDS.split("|"))
_SOURCES: tuple[tuple[Source, re.Pattern[str]], ...] = (
    (Source.REFERRAL, re.compile(r"referr|introduc|recommend|empfehl|empfohlen|vermittel|recommand|referid|presentad")),
    (Source.ALUMNI, re.compile(r"\balum|classmate|universit|college|school|ehemalig|ancien|kommiliton|exalumn")),
    (Source.ASSOCIATION, re.compile(r"associat|chapter|society|\bclub\b|meetup|verband|verein|asociaci|guild")),
    (
        Source.COLLEAGUE,
        re.compile(r"colleague|co ?worker|worked (with|together)|kolleg|collegue|companer|ex boss|manager"),
    ),
    (Source.FRIEND, re.compile(r"friend|family|relative|cousin|uncle|aunt|neighbo|freund|famil|\bami|amig|verwandt")),
    (
        Source.FOUND,
        re.compile(r"\bfound|linkedin|website|\bweb\b|google|search|research|article|gefunden|trouv|encontr"),
    ),
)
_MONTH_STARTS = (
    "jan ene gen|feb fev fév|mar mär mrz|apr avr abr|may mai mag|jun juin|jul juil|aug aoû aou ago|sep set|"
    "oct okt ott out|nov|dec dez déc dic"
)
_MONTHS = {start: number for number, starts in enumerate(_MONTH_STARTS.split("|"), 1) for start in starts.split()}
_DAY_MONTH_YEAR = re.compile(r"^(\d{1,2})[. ]{1,2}([^\W\d]{3,12})\.?[ ,]{1,2}(\d{4})$")
_MONTH_DAY_YEAR = re.compile(r"^([^\W\d]{3,12})\.? (\d{1,2}),? (\d{4})$")


def one_line(text: str) -> str:
    """Return a text without control and direction characters, blanks collapsed, in NFC."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = _CONTROLS.sub("", unicodedata.normalize("NFC", text))
    return " ".join(plain.encode("utf-8", "replace").decode("utf-8").split())


def many_lines(text: str) -> str:
    """Return a text as :func:`one_line` does, line by line; at most one blank line in a row."""
    if text.isascii() and text.isprintable():
        return one_line(text)
    lines = [one_line(line) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that :func:`export_cell` and spreadsheets put before a formula sign."""
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


def is_nothing(text: str) -> bool:
    """Return whether a cell says that there is nothing: empty, a dash, "n/a"."""
    return not text or text.lower() in _NOTHING


def export_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before a leading sign, tab or CR.

    Telephone numbers (+49 …) are guarded too: the apostrophe makes them text, and reading the file back drops it.
    """
    if text[:1] in {"\t", "\r", "\n"}:
        return "'" + text
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def yes_or_no(text: str) -> bool | None:
    """Return what a cell says, in four languages; None when it says neither."""
    word = text.strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else None


@lru_cache(maxsize=1_024)
def source_named(text: str) -> Source | None:
    """Return how a name was learned, from a word ("alumni") or a phrase ("former colleague"); None if unclear."""
    word = text.strip().lower()
    if word in set(Source):
        return Source(word)
    plain = normalise_header(text)
    found = [source for source, pattern in _SOURCES if pattern.search(plain)]
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=16_384)
def day_named(text: str) -> date | None:
    """Return a date as exports write it: 12 Mar 2024, Mar 12, 2024, 2024-03-12; None for anything ambiguous."""
    plain = text.strip()
    try:
        if match := _DAY_MONTH_YEAR.match(plain):
            return date(int(match[3]), _month(match[2]), int(match[1]))
        if match := _MONTH_DAY_YEAR.match(plain):
            return date(int(match[3]), _month(match[1]), int(match[2]))
        return date.fromisoformat(plain[:10]) if len(plain) >= 10 else None
    except (ValueError, KeyError):
        return None


def _month(word: str) -> int:
    lowered = word.lower()
    return _MONTHS.get(lowered[:4]) or _MONTHS[lowered[:3]]
