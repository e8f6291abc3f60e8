"""What a row of a people file changes about a contact that is known."""

from __future__ import annotations

from typing import Any

from outreach.rules.contact_merge import clipped, merged
from outreach.rules.kinds import Source
from outreach.rules.people_values import Person


def known(**more: Any) -> dict[str, Any]:
    empty = clipped(Person(line=1)) | {"address_key": None, "address_dead": False}
    return empty | {"first_name": "Ana", "last_name": "Silva"} | more


def test_nothing_new_changes_nothing() -> None:
    assert merged(known(), Person(line=2, first_name="Ana", last_name="Silva")) == {}


def test_blanks_are_filled_and_texts_replaced() -> None:
    changes = merged(known(title="Planner"), Person(line=2, title="Head planner", city="Porto", source=Source.ALUMNI))
    assert changes == {"title": "Head planner", "city": "Porto", "source": Source.ALUMNI}


def test_nothing_is_never_written_over_something() -> None:
    assert merged(known(title="Planner", local=True, why_you="x"), Person(line=2, title=None, why_you="")) == {}


def test_a_name_stays_as_it_was() -> None:
    assert merged(known(), Person(line=2, first_name="Anna", last_name="Sylva")) == {}


def test_a_zone_that_was_written_down_is_not_replaced_by_a_guess() -> None:
    guessed = Person(line=2, zone="Europe/Madrid", zone_source="city")
    assert merged(known(zone="Europe/Lisbon", zone_source="file"), guessed) == {}
    assert merged(known(zone="Europe/Lisbon", zone_source="phone"), guessed)["zone"] == "Europe/Madrid"
    written = Person(line=2, zone="Europe/Madrid", zone_source="file")
    assert merged(known(zone="Europe/Lisbon", zone_source="person"), written)["zone"] == "Europe/Madrid"


def test_a_living_address_stays_and_a_dead_one_goes() -> None:
    row = Person(line=2, email="new@example.com")
    alive = known(email="old@example.com", address_key="old@example.com")
    assert merged(alive, row) == {}
    changes = merged(alive | {"address_dead": True}, row)
    assert changes == {"email": "new@example.com", "address_key": "new@example.com", "address_dead": False}


def test_texts_are_kept_to_the_length_of_their_column() -> None:
    assert len(clipped(Person(line=1, phone="1" * 300))["phone"]) == 60
