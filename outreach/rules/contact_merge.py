"""What a row of a people file changes about a contact that is already known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outreach.rules.addresses import address_key
from outreach.rules.people_values import Person

#: How much of each text a contact keeps; the file may hold more.
LENGTHS: Mapping[str, int | None] = {
    "first_name": 100,
    "last_name": 100,
    "organization": 200,
    "title": 200,
    "phone": 60,
    "city": 100,
    "referred_by": 320,
    "why_you": None,
    "notes": None,
    "linkedin_url": 500,
}
_NAMES = ("first_name", "last_name")
#: A zone that somebody wrote down says more than one found out from a number or a city.
_WRITTEN = frozenset({"file", "person"})


def clipped(person: Person) -> dict[str, Any]:
    """Return the person as columns of a contact: texts no longer than kept, nothing as an empty text."""
    values: dict[str, Any] = {name: (getattr(person, name) or "")[:length] for name, length in LENGTHS.items()}
    return values | {
        "email": person.email,
        "zone": person.zone,
        "zone_source": person.zone_source,
        "source": person.source,
        "local": person.local,
    }


def merged(known: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """Return the columns that change when ``person`` meets the contact ``known``; empty when nothing does.

    Blanks are filled, and what the row says replaces what was known. Names stay, and so does a living address.
    """
    says = clipped(person)
    changes = {name: says[name] for name in LENGTHS if says[name] and (name not in _NAMES or not known[name])}
    changes |= {name: says[name] for name in ("source", "local") if says[name] is not None}
    if says["zone"] and (says["zone_source"] in _WRITTEN or known["zone_source"] not in _WRITTEN):
        changes |= {"zone": says["zone"], "zone_source": says["zone_source"]}
    if person.email and (not known["address_key"] or known["address_dead"]):
        key = address_key(person.email)
        if key != known["address_key"]:
            changes |= {"email": person.email, "address_key": key, "address_dead": False}
    return {name: value for name, value in changes.items() if known[name] != value}
