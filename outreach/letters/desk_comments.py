"""What a person wrote in a help desk or a tracker, out of the mail that tells of it.

Such programs put a line above and the whole conversation below: "Ada Byron commented:", or blocks between dashes, each
headed by a name and a date, the newest first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 60_000
_MOST_LINES = 2_000
_LONGEST_HEADING = 200
_DASHES = re.compile(r"^[-_=]{12,}$")
#: "Ada Byron (Mill Lab), Mar 2, 2027, 16:47 GMT+1" below a line of dashes.
_HEADED = re.compile(r"^(?P<name>[^,:<>@]{2,80}), .{0,30}\b(?:\d{4}|\d{1,2}:\d\d)\b.{0,30}$")
_COMMENTED = re.compile(
    r"^(?P<name>\S[^:<>@]{1,80}?) (?:(?:has )?(?:commented|added a comment|left a comment|replied)"
    r"(?: on [\w-]{2,40})?|wrote on [A-Z][A-Z0-9]{1,15}-\d{1,9}|hat (?:kommentiert|einen kommentar hinzugefügt)|"
    r"a (?:commenté|ajouté un commentaire)|(?:ha comentado|ha añadido un comentario|agregó un comentario)) ?:$",
    re.IGNORECASE,
)
#: "2027-03-02 11:05:19 CET - Ada Byron (Additional comments)", and "Author: Ada Byron".
_SIGNED = re.compile(
    r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?(?: \w{2,5})? - (?P<name>[^:<>@(]{2,80}) \((?:additional )?comments?\)|"
    r"(?:auteur|author|autore?|verfasser|comment(?:ed)? by|kommentar von) ?: ?(?P<author>[^:<>@]{2,80}))$",
    re.IGNORECASE,
)
_DATED = re.compile(r"^(date|datum|fecha|sent|added) ?: ?", re.IGNORECASE)
_BY_PROGRAM = re.compile(r"\b(automation|automatic\w*|bot|system|workflow|robot|notifications?)\b", re.IGNORECASE)
_ENDS = re.compile(
    r"^(view (the )?(request|issue|ticket|comment)\b|please do not reply\b|you (are receiving|received) this|"
    r"this is shared with\b|(short description|state|status|statut|estado|priority|ref) ?:|click here to view|"
    r"reply to this (e-?mail|message) to\b|add a comment\b|to add (a|another|additional)\b)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"^[#=\W]*[^.!?]{3,60} (above this line|au-dessus de cette ligne|oberhalb dieser (zeile|linie)|"
    r"(por )?encima de esta línea)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DeskComment:
    """The newest comment: ``author``, "" where nobody but the reader has written, and ``text``, whole."""

    author: str
    text: str


def desk_comment(text: str, reader: str = "") -> DeskComment | None:
    """Return the newest comment in the mail of a help desk or tracker, None where it is an ordinary letter.

    ``reader`` is name or address of whoever gets the mail: what they wrote themselves is no answer.
    """
    lines = [line.strip() for line in text[:_LONGEST].split("\n")[:_MOST_LINES]]
    from_desk = any(_ABOVE.match(line[:_LONGEST_HEADING]) for line in lines[:5])
    for index, line in enumerate(lines):
        # In an ordinary letter "My boss replied:" may stand below what the writer says themselves.
        if (match := _COMMENTED.match(line)) and (from_desk or not any(lines[:index])):
            return _told(match["name"], _up_to_end(lines[index + 1 :]), lines[:index], reader)
        if (match := _SIGNED.match(line)) and (match["name"] or from_desk):
            below = lines[index + 1 :]
            below = below[1:] if below and _DATED.match(below[0]) else below
            return _told(match["name"] or match["author"], _up_to_end(below), lines[:index], reader)
        if from_desk and _DASHES.match(line):
            headed = next((number for number in (index + 1, index + 2) if _is_heading(lines, number)), None)
            if headed is not None and (match := _HEADED.match(lines[headed])):
                return _told(match["name"], _up_to_dashes(lines[headed + 1 :]), lines[:index], reader)
    return None


def _is_heading(lines: list[str], number: int) -> bool:
    return number < len(lines) and bool(_HEADED.match(lines[number]))


def _told(author: str, said: list[str], above: list[str], reader: str) -> DeskComment:
    if _BY_PROGRAM.search(author) or _words(author) & _words(reader):
        return DeskComment("", "\n".join(line for line in above if not _ABOVE.match(line[:_LONGEST_HEADING])).strip())
    return DeskComment(author, "\n".join(said).strip())


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{3,}", re.split(r"[(@]", name)[0].lower()))


def _up_to_dashes(lines: list[str]) -> list[str]:
    end = next((number for number, line in enumerate(lines) if _DASHES.match(line)), len(lines))
    return lines[:end]


def _up_to_end(lines: list[str]) -> list[str]:
    """Return the lines of a comment; one that is quoted as a whole is taken out of its quotation."""
    start = next((number for number, line in enumerate(lines) if line), len(lines))
    if start < len(lines) and lines[start].startswith(">"):
        end = next((n for n, line in enumerate(lines) if n > start and line and not line.startswith(">")), len(lines))
        return [line.removeprefix(">").strip() for line in lines[start:end]]
    end = next((number for number, line in enumerate(lines) if _ENDS.match(line) or _DASHES.match(line)), len(lines))
    return lines[:end]
