"""One row of a people file read as a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from outreach.errors import BadInput
from outreach.rules.addresses import Mailbox, address_key, parse_mailboxes
from outreach.rules.kinds import Source
from outreach.rules.people_cells import day_named, is_nothing, many_lines, one_line, source_named, unguarded, yes_or_no
from outreach.rules.people_headers import Headers
from outreach.rules.people_names import clean_first_name, clean_last_name, split_name
from outreach.rules.people_rows import Record
from outreach.rules.people_values import Person
from outreach.rules.people_zones import zone_named, zone_of_city, zone_of_phone

_PROFILE = re.compile(r"linkedin\.com/(?:mwlite/)?in/([^/?#\s]{1,120})", re.IGNORECASE)
_LONGEST_NAME = 120
_LONGEST_LINE = 300


class Unusable(Exception):
    """The row names nobody who could be written to; the text is the reason."""


class _Row:
    """The cells of a row by canonical name, with remarks gathered on the way."""

    def __init__(self, record: Record, headers: Headers) -> None:
        cells, count = record.cells, len(record.cells)
        self._filled: dict[str, list[str]] = {}
        for canonical, places in headers.places.items():
            for index in places:
                if index < count and (cell := cells[index].strip()):
                    self._filled.setdefault(canonical, []).append(unguarded(cell))
        self.remarks: list[str] = []

    def all(self, canonical: str) -> Sequence[str]:
        """Return every cell of that name that holds anything, as written."""
        return self._filled.get(canonical, ())

    def text(self, canonical: str, longest: int = _LONGEST_LINE) -> str:
        """Return the first filled cell on one line, cut (with a remark) when it is endless."""
        cells = self._filled.get(canonical)
        if not cells:
            return ""
        for cell in cells:
            plain = unguarded(one_line(cell))
            if is_nothing(plain) and canonical not in {"first_name", "last_name"}:
                continue
            if len(plain) > longest:
                self.remarks.append(f"{canonical} is cut after {longest} characters")
            if plain:
                return plain[:longest]
        return ""

    def long_text(self, canonical: str) -> str:
        """Return the first filled cell with its line breaks."""
        return next((text for cell in self.all(canonical) if not is_nothing(text := many_lines(cell))), "")


def read_person(record: Record, headers: Headers) -> tuple[Person, tuple[str, ...]]:
    """Return the person of a row and remarks on it. Raises Unusable with the reason when nobody is named."""
    if record.problem:
        raise Unusable(record.problem)
    width = headers.width
    if len(record.cells) > width and any(cell.strip() for cell in record.cells[width:]):
        raise Unusable(
            f"{len(record.cells)} cells under {width} headers: put quotation marks around cells with a delimiter"
        )
    row = _Row(record, headers)
    mailboxes = _mailboxes(row)
    first, last = _names(row, mailboxes)
    if not (first or last or mailboxes):
        raise Unusable("neither a name nor an address")
    phone = row.text("phone")
    city = row.text("city")
    zone, zone_source = _zone(row, phone, city)
    referred_by = row.text("referred_by")
    notes, source = _notes_and_source(row, mailboxes, referred_by)
    person = Person(
        line=record.line,
        first_name=first,
        last_name=last,
        email=mailboxes[0].email if mailboxes else None,
        organization=row.text("organization") or None,
        title=row.text("title") or None,
        phone=phone or None,
        zone=zone,
        zone_source=zone_source,
        city=city or None,
        source=source,
        referred_by=referred_by or None,
        why_you=row.long_text("why_you") or None,
        local=_local(row),
        notes=notes or None,
        linkedin_url=_profile(row.text("linkedin_url")),
        connected_on=day_named(row.text("connected_on")),
    )
    return person, tuple(row.remarks)


def _mailboxes(row: _Row) -> tuple[Mailbox, ...]:
    """Every valid address of the row. A row whose only address is broken cannot be used."""
    found: dict[str, Mailbox] = {}
    problem: BadInput | None = None
    for cell in row.all("email"):
        if "@" not in cell and is_nothing(one_line(cell)):
            continue
        try:
            for mailbox in parse_mailboxes(cell):
                found.setdefault(address_key(mailbox.email), mailbox)
        except BadInput as error:
            problem = problem or error
    if problem and not found:
        raise Unusable(problem.message)
    return tuple(found.values())


def _names(row: _Row, mailboxes: tuple[Mailbox, ...]) -> tuple[str, str]:
    first, last = row.text("first_name"), row.text("last_name")
    full = row.text("full_name") or (one_line(mailboxes[0].name) if mailboxes else "")
    if first or last:
        first, last = clean_first_name(first), clean_last_name(last)
    elif full and "@" not in full:
        first, last = split_name(full)
    if len(first) > _LONGEST_NAME or len(last) > _LONGEST_NAME:
        raise Unusable(f"the name is longer than {_LONGEST_NAME} characters")
    return first, last


def _zone(row: _Row, phone: str, city: str) -> tuple[str | None, str | None]:
    written = row.text("zone")
    if written:
        zone = zone_named(written)
        if zone:
            return zone, "file"
        row.remarks.append(f'"{written[:60]}" is not a time zone; write it as Europe/Berlin or America/New_York')
    if zone := zone_of_phone(phone):
        return zone, "phone"
    if zone := zone_of_city(city):
        return zone, "city"
    return None, None


def _notes_and_source(row: _Row, mailboxes: tuple[Mailbox, ...], referred_by: str) -> tuple[str, Source | None]:
    notes = [row.long_text("notes")]
    written = row.text("source")
    source = source_named(written) if written else None
    if written and source is None:
        row.remarks.append(f'how the name was learned is not clear from "{written[:60]}"; it is kept in the notes')
        notes.append(written)
    if source is None and referred_by:
        source = Source.REFERRAL
    if len(mailboxes) > 1:
        notes.append("Other addresses: " + ", ".join(mailbox.email for mailbox in mailboxes[1:]))
    return "\n".join(note for note in notes if note), source


def _local(row: _Row) -> bool | None:
    written = row.text("local")
    answer = yes_or_no(written) if written else None
    if written and answer is None:
        row.remarks.append(f'local says "{written[:60]}", which is neither yes nor no')
    return answer


def _profile(text: str) -> str | None:
    match = _PROFILE.search(text)
    return "https://www.linkedin.com/in/" + unquote(match[1]).lower() if match else None
