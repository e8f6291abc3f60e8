"""The zone of a person: as written, from the number, from the city; never a guess between two."""

from __future__ import annotations

import pytest

from outreach.rules.people_file import read_people
from outreach.rules.people_zones import zone_named, zone_of_city, zone_of_phone


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("ET", "America/New_York"),
        ("EST", "America/New_York"),
        ("Pacific time", "America/Los_Angeles"),
        ("CET", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("Berlin", "Europe/Berlin"),
        ("Mars", None),
        ("Europe/Mars", None),
        ("+02:00", None),
        ("", None),
    ],
)
def test_a_zone_as_people_write_it(written: str, zone: str | None) -> None:
    assert zone_named(written) == zone


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+49 30 1234567", "Europe/Berlin"),
        ("0049 30 1234567", "Europe/Berlin"),
        ("+44 20 7946 0000", "Europe/London"),
        ("+1 212 555 0100", "America/New_York"),
        ("+1 800 555 0100", None),  # anywhere in North America
        ("030 1234567", None),  # no country
        ("+999 1234567", None),
        ("call me", None),
        ("", None),
        ("+" + "1" * 5000, None),
    ],
)
def test_a_number_tells_the_zone_only_when_all_its_places_keep_one_time(number: str, zone: str | None) -> None:
    assert zone_of_phone(number) == zone


@pytest.mark.parametrize(
    ("city", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("Köln", "Europe/Berlin"),
        ("Paris, France", "Europe/Paris"),
        ("Greater Boston Area", "America/New_York"),
        ("Paris, Texas", None),
        ("Springfield", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_a_city_tells_the_zone_only_when_its_name_means_one_place(city: str, zone: str | None) -> None:
    assert zone_of_city(city) == zone


@pytest.mark.parametrize(
    ("row", "zone", "source"),
    [
        ("Asia/Tokyo,+49 30 1234567,Paris", "Asia/Tokyo", "file"),
        (",+49 30 1234567,Paris", "Europe/Berlin", "phone"),
        ("Mars,+49 30 1234567,Paris", "Europe/Berlin", "phone"),
        (",030 1234567,Paris", "Europe/Paris", "city"),
        (",,Springfield", None, None),
    ],
)
def test_what_is_written_comes_before_the_number_and_the_number_before_the_city(
    row: str, zone: str | None, source: str | None
) -> None:
    [person] = read_people(f"name,zone,phone,city\nAna Silva,{row}\n".encode()).people
    assert (person.zone, person.zone_source) == (zone, source)
