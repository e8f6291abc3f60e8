"""Doubled rows of a people file become one person: the first says, later ones fill what is blank."""

from __future__ import annotations

from dataclasses import fields, replace

from outreach.rules.addresses import address_key
from outreach.rules.people_values import Person, Skipped

_FILLED = tuple(field.name for field in fields(Person) if field.name not in {"line", "zone", "zone_source"})


class Merging:
    """Persons in order of their first row, found again by address or by LinkedIn profile."""

    def __init__(self) -> None:
        self._people: list[Person] = []
        self._by_address: dict[str, int] = {}
        self._by_profile: dict[str, int] = {}
        self._merged: list[tuple[int, int]] = []
        self.warnings: list[Skipped] = []

    def add(self, person: Person) -> None:
        """Take a person in, as a new one or into the one that has the same address or profile."""
        key = address_key(person.email) if person.email else None
        index = self._by_address.get(key) if key else None
        if index is None and person.linkedin_url:
            index = self._by_profile.get(person.linkedin_url.lower())
            if index is not None and key and self._people[index].email:
                index = None  # one profile, two addresses: not ours to say which of them is right
        if index is None:
            index = len(self._people)
            self._people.append(person)
        else:
            self._merge(index, person)
        if key:
            self._by_address.setdefault(key, index)
        if person.linkedin_url:
            self._by_profile.setdefault(person.linkedin_url.lower(), index)

    def result(self) -> tuple[tuple[Person, ...], tuple[tuple[int, int], ...]]:
        """Return the people and the pairs (line merged, line it was merged into)."""
        return tuple(self._people), tuple(self._merged)

    def _merge(self, index: int, other: Person) -> None:
        first = self._people[index]
        blanks = {
            name: getattr(other, name)
            for name in _FILLED
            if getattr(first, name) in (None, "") and getattr(other, name) not in (None, "")
        }
        # A zone that somebody wrote down says more than one guessed from a number or a city.
        if other.zone and (not first.zone or (other.zone_source == "file" != first.zone_source)):
            blanks |= {"zone": other.zone, "zone_source": other.zone_source}
        if _names_differ(first, other):
            blanks.pop("first_name", None)
            blanks.pop("last_name", None)
            reason = f"has the address of line {first.line} but another name: {first.name} is kept"
            self.warnings.append(Skipped(other.line, reason, f"{other.name} {other.email or ''}".strip()))
        if blanks:
            self._people[index] = replace(first, **blanks)
        self._merged.append((other.line, first.line))


def _names_differ(one: Person, other: Person) -> bool:
    if not one.name or not other.name:
        return False
    ours, theirs = set(one.name.casefold().split()), set(other.name.casefold().split())
    return not (ours <= theirs or theirs <= ours)
