"""Take people from a file into the account's contacts: new ones created, known ones filled in, none doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from outreach.actions.resolve_referrers import resolve_referrers
from outreach.actions.store_rows import insert_rows, update_rows
from outreach.app import App
from outreach.model import Account, Contact
from outreach.model.base import new_id
from outreach.queries.known_people import Known, KnownPeople, PeopleIndex, known_people
from outreach.rules.addresses import address_key
from outreach.rules.contact_merge import clipped, merged
from outreach.rules.people_file import PeopleFile, Person, Skipped, read_people

_CHUNK = 500


@dataclass(frozen=True)
class ImportedPerson:
    """One person as understood, and what becomes of them: created, updated, unchanged.

    ``contact_id`` is None for somebody who would be new.
    """

    person: Person
    outcome: str
    contact_id: str | None


@dataclass(frozen=True)
class ImportPreview:
    """A people file as understood: its people, and the rows and columns that were not used."""

    name: str
    format: str
    encoding: str
    columns: dict[str, str]
    unknown_columns: tuple[str, ...]
    people: tuple[ImportedPerson, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Skipped, ...]
    merged: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or in a dry run would do.

    ``skipped`` are rows left out, each with line and reason; ``warnings`` are remarks on rows that were kept;
    ``merged`` pairs a doubled row's line with the line it went into. ``contact_ids`` are in the order of the file.
    """

    name: str
    format: str
    encoding: str
    columns: dict[str, str]
    unknown_columns: tuple[str, ...]
    created: int
    updated: int
    unchanged: int
    without_address: int
    skipped: tuple[Skipped, ...]
    warnings: tuple[Skipped, ...]
    merged: tuple[tuple[int, int], ...]
    contact_ids: tuple[str, ...]


def import_contacts(app: App, account_id: str, data: bytes, *, name: str = "people.csv") -> ImportReport:
    """Store the people of a file, all or none, and return the report.

    A row meets the contact with its address, its LinkedIn profile, or (where one of the two has no address) its name
    and organization. What the row says replaces what was known, but never with nothing, and never a name. Raises
    BadInput, with nothing changed, when the file as a whole cannot be used.
    """
    file = read_people(data, name=name)
    tally = _Tally()
    with app.database.read(account_id) as session:
        own = address_key(session.get_one(Account, account_id).address)
        index = PeopleIndex(session, file.people)
    with app.database.write(account_id) as session:
        for chunk in _chunks(file.people):
            others = [person for person in chunk if not tally.is_own(person, own)]
            _store(session, account_id, index, others, app.now(), tally)
        remarks = resolve_referrers(session, account_id, tally.referrals, app.now())
    return _report(name, file, tally, remarks)


def preview_import(app: App, account_id: str, data: bytes, *, name: str = "people.csv") -> ImportPreview:
    """Return each person of the file as understood and what an import would do with them; change nothing."""
    file = read_people(data, name=name)
    found: list[ImportedPerson] = []
    tally = _Tally()
    rehearsal = _Rehearsal(account_id, app.now())
    with app.database.read(account_id) as session:
        own = address_key(session.get_one(Account, account_id).address)
        index = PeopleIndex(session, file.people)
        for chunk in _chunks(file.people):
            others = [person for person in chunk if not tally.is_own(person, own)]
            known = known_people(session, index, others)
            rehearsal.recall(known, index, others)
            found += [rehearsal.of(person, known, index) for person in others]
    return ImportPreview(
        name=name,
        format=file.format,
        encoding=file.encoding,
        columns=file.columns,
        unknown_columns=file.unknown_columns,
        people=tuple(found),
        skipped=_by_line([*file.skipped, *tally.skipped]),
        warnings=file.warnings,
        merged=file.merged,
    )


class _Tally:
    """What was counted and gathered on the way."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.contact_ids: list[str] = []
        self.referrals: list[tuple[str, str, int]] = []
        self.without_address = 0
        self.skipped: list[Skipped] = []

    def is_own(self, person: Person, own: str) -> bool:
        """Return whether the row is the account's owner, who writes no letters to themselves; such a row is skipped."""
        own_row = bool(person.email) and address_key(person.email or "") == own
        if own_row:
            self.skipped.append(Skipped(person.line, "this is your own address", f"{person.name} {person.email}"))
        return own_row

    def count(self, outcome: str, person: Person, contact_id: str, *, has_address: bool) -> None:
        """Take one stored person into the figures."""
        self.outcomes[outcome] += 1
        self.contact_ids.append(contact_id)
        self.without_address += not has_address
        if person.referred_by:
            self.referrals.append((contact_id, person.referred_by, person.line))


def _store(
    session: Session, account_id: str, index: PeopleIndex, people: Sequence[Person], now: datetime, tally: _Tally
) -> None:
    known = known_people(session, index, people)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for person in people:
        row = known.of(person)
        if row is None:
            values = _new_contact(person, account_id, now)
            new.append(values)
            known.take(values)
            index.add(person, values["id"])
            tally.count("created", person, values["id"], has_address=bool(person.email))
            continue
        changes = merged(row, person)
        if changes:
            changed.append({"id": row["id"], "updated_at": now, **changes})
            row.update(changes)
        has_address = bool(row["address_key"])
        tally.count("updated" if changes else "unchanged", person, row["id"], has_address=has_address)
    insert_rows(session, Contact, new)
    update_rows(session, Contact, account_id, changed)


def _new_contact(person: Person, account_id: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": account_id,
        **clipped(person),
        "address_key": address_key(person.email) if person.email else None,
        "address_dead": False,
        # A line is a microsecond: the order of the file is the order in which letters are drafted.
        "created_at": now + timedelta(microseconds=person.line),
        "updated_at": now,
    }


class _Rehearsal:
    """What an import would have written so far, so that a later row meets the earlier one as it would in earnest."""

    def __init__(self, account_id: str, now: datetime) -> None:
        self._account_id = account_id
        self._now = now
        self._written: dict[str, Known] = {}
        self._new: set[str] = set()

    def recall(self, known: KnownPeople, index: PeopleIndex, people: Sequence[Person]) -> None:
        """Put what would have been written into what the database knows of these people."""
        for contact_id in {contact_id for person in people for contact_id in index.ids(person)}:
            if contact_id in self._written:
                known.take(self._written[contact_id])

    def of(self, person: Person, known: KnownPeople, index: PeopleIndex) -> ImportedPerson:
        """Return what would become of one person."""
        row = known.of(person)
        if row is None:
            row = _new_contact(person, self._account_id, self._now)
            known.take(row)
            index.add(person, row["id"])
            self._written[row["id"]] = row
            self._new.add(row["id"])
            return ImportedPerson(person, "created", None)
        changes = merged(row, person)
        row.update(changes)
        self._written[row["id"]] = row
        contact_id = None if row["id"] in self._new else row["id"]
        return ImportedPerson(person, "updated" if changes else "unchanged", contact_id)


def _by_line(rows: Sequence[Skipped]) -> tuple[Skipped, ...]:
    return tuple(sorted(rows, key=lambda row: row.line))


def _chunks(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), _CHUNK):
        yield people[start : start + _CHUNK]


def _report(name: str, file: PeopleFile, tally: _Tally, remarks: Sequence[Skipped]) -> ImportReport:
    return ImportReport(
        name=name,
        format=file.format,
        encoding=file.encoding,
        columns=file.columns,
        unknown_columns=file.unknown_columns,
        created=tally.outcomes["created"],
        updated=tally.outcomes["updated"],
        unchanged=tally.outcomes["unchanged"],
        without_address=tally.without_address,
        skipped=_by_line([*file.skipped, *tally.skipped]),
        warnings=_by_line([*file.warnings, *remarks]),
        merged=file.merged,
        contact_ids=tuple(dict.fromkeys(tally.contact_ids)),
    )
