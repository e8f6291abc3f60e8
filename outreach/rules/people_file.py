"""A file of people, as anybody would keep it, read into persons: forgiving in form, exact about what was left out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from outreach.errors import BadInput
from outreach.rules.people_bytes import Bounds, find_encoding, table_bytes
from outreach.rules.people_cells import export_cell, one_line
from outreach.rules.people_headers import Headers, read_headers
from outreach.rules.people_merge import Merging
from outreach.rules.people_persons import Unusable, read_person
from outreach.rules.people_rows import DELIMITERS, Record, Shape, read_records, sample_records
from outreach.rules.people_values import Person, Skipped

__all__ = ["Limits", "PeopleFile", "Person", "Skipped", "export_cell", "read_people"]

_HEADERS_WITHIN = 15


@dataclass(frozen=True)
class PeopleFile:
    """What a file held. ``merged`` pairs each doubled row's line with the line that it was merged into.

    ``columns`` maps headers as written to canonical names; ``unknown_columns`` were not used; ``warnings`` are remarks
    on people who were kept; ``format`` is "linkedin", "google" or "csv".
    """

    people: tuple[Person, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Skipped, ...]
    merged: tuple[tuple[int, int], ...]
    columns: dict[str, str]
    unknown_columns: tuple[str, ...]
    encoding: str
    delimiter: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one file may cost: bytes, rows, columns, characters of a cell, growth of an archive, seconds of work."""

    size: int = 50_000_000
    rows: int = 250_000
    columns: int = 512
    cell: int = 65_536
    ratio: int = 20
    seconds: float = 120.0


@dataclass
class _Reading:
    """What has been gathered so far."""

    merging: Merging = field(default_factory=Merging)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Skipped] = field(default_factory=list)


def read_people(data: bytes, *, name: str = "people.csv", limits: Limits | None = None) -> PeopleFile:
    """Return the people of a CSV (LinkedIn and Google exports too, also as the ZIP archive LinkedIn sends).

    Encoding, delimiter and header row are found out; two rows with one address become one person; rows that name
    nobody, or whose address is broken, are in ``skipped`` with line and reason. Raises BadInput with one sentence when
    the file as a whole cannot be used: empty, no table, no column for a name or an address, beyond the limits.
    """
    limits = limits or Limits()
    table, name = table_bytes(data, name, Bounds(limits.size, limits.ratio))
    encoding = find_encoding(table, name)
    delimiter, row, headers = _find_headers(table, encoding, name, limits)
    records = read_records(table, encoding, delimiter, limits.cell, _shape(headers))
    reading = _read_rows(_after(row, records, name), headers, name, limits)
    people, merged = reading.merging.result()
    if not people and not reading.skipped:
        raise BadInput(f"{name} has headers but nobody under them: add a row for each person.")
    return PeopleFile(
        people=people,
        skipped=tuple(sorted(reading.skipped, key=lambda row: row.line)),
        warnings=tuple(sorted([*reading.warnings, *reading.merging.warnings], key=lambda remark: remark.line)),
        merged=merged,
        columns=headers.columns,
        unknown_columns=headers.unknown,
        encoding=encoding.replace("_", "-"),
        delimiter=delimiter,
        format=headers.format,
    )


def _find_headers(data: bytes, encoding: str, name: str, limits: Limits) -> tuple[str, list[str], Headers]:
    """Return delimiter, header row and its meaning: the reading under which most headers make sense."""
    best: tuple[int, str, list[str], Headers] | None = None
    first: list[str] = []
    for delimiter in DELIMITERS:
        rows = sample_records(data, encoding, delimiter, _HEADERS_WITHIN)
        first = first or next((row for row in rows if any(cell.strip() for cell in row)), [])
        for row in rows:
            if len(row) > limits.columns:
                raise BadInput(f"{name} has more than {limits.columns} columns: keep those about the people.")
            headers = read_headers(row)
            if headers and (best is None or headers.score > best[0]):
                best = (headers.score, delimiter, row, headers)
    if best is None:
        shown = one_line(", ".join(first))[:80]
        raise BadInput(
            f"{name} has no header for a name or an address in its first {_HEADERS_WITHIN} rows (it begins with "
            f'"{shown}"): add a row such as first_name,last_name,email.'
        )
    return best[1:]


def _shape(headers: Headers) -> Shape:
    names = [i for key in ("first_name", "last_name", "full_name") for i in headers.places.get(key, ())]
    return Shape(headers.width, frozenset(names), frozenset(headers.places.get("email", ())))


def _after(headers: list[str], records: Iterator[Record], name: str) -> Iterator[Record]:
    for record in records:
        if record.cells == headers and not record.problem:
            return records
    raise BadInput(f"{name} cannot be read as a table: save the list as CSV again and import that file.")


def _read_rows(records: Iterator[Record], headers: Headers, name: str, limits: Limits) -> _Reading:
    reading = _Reading()
    # A stopwatch for the bound on work, not the time of day, so no business of the clock.
    give_up_at = time.monotonic() + limits.seconds
    for count, record in enumerate(records, start=1):
        if count > limits.rows:
            raise BadInput(f"{name} has more than {limits.rows:,} rows: split it into smaller files.")
        if count % 500 == 0 and time.monotonic() > give_up_at:
            raise BadInput(f"{name} took longer than {limits.seconds:g} seconds to read: split it into smaller files.")
        try:
            if len(record.cells) > limits.columns:
                raise Unusable(f"more than {limits.columns} columns")
            person, remarks = read_person(record, headers)
        except Unusable as unusable:
            reading.skipped.append(Skipped(record.line, str(unusable), _excerpt(record)))
            continue
        reading.warnings.extend(Skipped(record.line, remark, _excerpt(record)) for remark in remarks)
        reading.merging.add(person)
    return reading


def _excerpt(record: Record) -> str:
    return one_line(" · ".join(cell[:60] for cell in record.cells[:12] if cell.strip()))[:120]
