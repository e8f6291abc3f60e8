"""Which contacts the rows of a people file are: an index made in one pass, then two statements for each chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.model import Contact
from outreach.rules.addresses import address_key
from outreach.rules.people_values import Person

#: The columns of a contact by name; kept up to date while a chunk is stored.
Known: TypeAlias = dict[str, Any]
_Name: TypeAlias = tuple[str, str, str]

_COLUMNS = (
    *(Contact.id, Contact.first_name, Contact.last_name, Contact.email, Contact.address_key, Contact.address_dead),
    *(Contact.organization, Contact.title, Contact.phone, Contact.zone, Contact.zone_source, Contact.city),
    *(Contact.source, Contact.referred_by, Contact.why_you, Contact.local, Contact.notes, Contact.linkedin_url),
)
#: So many people of one name and organization are looked at; among more, nobody can be told apart by name.
_NAMESAKES = 20


class PeopleIndex:
    """The ids of contacts by LinkedIn profile and by name with organization, of those that a file may mean.

    Made in one pass over the account's contacts, for there is no index in the database to find them by.
    """

    def __init__(self, session: Session, people: Sequence[Person]) -> None:
        self._profiles: dict[str, str] = {}
        self._names: dict[_Name, list[str]] = {}
        profiles = {person.linkedin_url for person in people if person.linkedin_url}
        names = {name_of(person) for person in people if person.name}
        query = select(
            Contact.id, Contact.first_name, Contact.last_name, Contact.organization, Contact.linkedin_url
        ).execution_options(yield_per=2_000)
        for contact_id, first, last, organization, profile in session.execute(query):
            if profile in profiles:
                self._profiles.setdefault(profile, contact_id)
            name = (first.casefold(), last.casefold(), organization.casefold())
            if name in names:
                self._named(name, contact_id)

    def add(self, person: Person, contact_id: str) -> None:
        """Take in somebody who was just created: a later row may be about the same person."""
        if person.linkedin_url:
            self._profiles.setdefault(person.linkedin_url, contact_id)
        self._named(name_of(person), contact_id)

    def ids(self, person: Person) -> Iterator[str]:
        """Yield the ids of the contacts that the row may be about, going by profile and name."""
        if person.linkedin_url in self._profiles:
            yield self._profiles[person.linkedin_url]
        if person.name:
            yield from self._names.get(name_of(person), ())

    def _named(self, name: _Name, contact_id: str) -> None:
        namesakes = self._names.setdefault(name, [])
        if len(namesakes) < _NAMESAKES:
            namesakes.append(contact_id)


class KnownPeople:
    """The contacts that the rows of one chunk may be about."""

    def __init__(self, index: PeopleIndex) -> None:
        self._index = index
        self._by_address: dict[str, Known] = {}
        self._by_id: dict[str, Known] = {}

    def of(self, person: Person) -> Known | None:
        """Return the contact that the row is about, None for somebody new."""
        key = address_key(person.email) if person.email else None
        if key and key in self._by_address:
            return self._by_address[key]
        known = (self._by_id[contact_id] for contact_id in self._index.ids(person) if contact_id in self._by_id)
        maybe = [one for one in known if _may_be(one, key)]
        same_profile = [one for one in maybe if one["linkedin_url"] and one["linkedin_url"] == person.linkedin_url]
        if same_profile:
            return same_profile[0]
        same_name = [one for one in maybe if _is_namesake(one, person, key)]
        return same_name[0] if len(same_name) == 1 else None

    def take(self, row: Known) -> None:
        """Take in a contact."""
        self._by_id[row["id"]] = row
        if row["address_key"]:
            self._by_address[row["address_key"]] = row


def known_people(session: Session, index: PeopleIndex, people: Sequence[Person]) -> KnownPeople:
    """Return the contacts that the rows of this chunk may be about; at most 500 rows, for each is a bound value."""
    addresses = {address_key(person.email) for person in people if person.email}
    ids = {contact_id for person in people for contact_id in index.ids(person)}
    known = KnownPeople(index)
    # Two statements, for SQLite answers an OR of the two with a walk over the whole table.
    for condition in (Contact.address_key.in_(sorted(addresses)), Contact.id.in_(sorted(ids))):
        for row in session.execute(select(*_COLUMNS).where(condition)).mappings():
            known.take(dict(row))
    return known


def name_of(person: Person) -> _Name:
    """Return name and organization as they are compared, no longer than a contact keeps them."""
    organization = person.organization or ""
    return person.first_name[:100].casefold(), person.last_name[:100].casefold(), organization[:200].casefold()


def _may_be(row: Known, key: str | None) -> bool:
    """Return whether row and contact may be one person: not both with an address, unless the known one is dead."""
    return not key or not row["address_key"] or bool(row["address_dead"])


def _is_namesake(row: Known, person: Person, key: str | None) -> bool:
    """Return whether the two are one by name; with an address on either side, the place of work has to be known."""
    if row["linkedin_url"] and person.linkedin_url:
        return False
    return bool(person.organization) or not (key or row["address_key"])
