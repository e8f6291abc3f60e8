"""Names in one cell or in two, and what is no part of a name."""

from __future__ import annotations

import pytest

from outreach.rules.people_names import clean_first_name, clean_last_name, split_name


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Ana Silva", "Ana", "Silva"),
        ("Silva, Ana", "Ana", "Silva"),
        ("Dr. Ana Silva", "Ana", "Silva"),
        ("Ana Silva PhD", "Ana", "Silva"),
        ("Ana Silva, PhD, MBA", "Ana", "Silva"),
        ("Prof. Dr. Jan van der Berg", "Jan", "van der Berg"),
        ("Ana Silva (she/her)", "Ana", "Silva"),
        ("Ana Silva 🚀", "Ana", "Silva"),
        ("Madonna", "Madonna", ""),
        ("Jean-Luc O'Neill", "Jean-Luc", "O'Neill"),
        ("José Peña", "José", "Peña"),
        ("Иван Петров", "Иван", "Петров"),
        ("", "", ""),
    ],
)
def test_a_full_name_is_split_in_two(full: str, first: str, last: str) -> None:
    assert split_name(full) == (first, last)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Silva, PhD", "Silva"),
        ("Silva, PhD, MBA", "Silva"),
        ("Silva MBA PMP", "Silva"),
        ("Müller (She/Her) MBA", "Müller"),
        ("Silva, CPA®", "Silva"),
        ("King, Jr.", "King Jr."),
        ("MA", "MA"),
        ("Ma", "Ma"),
        ("Yo-Yo Ma", "Yo-Yo Ma"),
        ("van der Berg", "van der Berg"),
        ("Silva 🚀🌍", "Silva"),
    ],
)
def test_credentials_are_no_part_of_a_last_name(written: str, name: str) -> None:
    assert clean_last_name(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Dr. Ana", "Ana"),
        ("Prof. Dr. Ana", "Ana"),
        ("Ana (Annie)", "Ana"),
        ("Dr", "Dr"),
        ("✨ Ana", "Ana"),
        ("F.", "F."),
    ],
)
def test_titles_are_no_part_of_a_first_name(written: str, name: str) -> None:
    assert clean_first_name(written) == name


def test_an_endless_name_is_split_in_no_time() -> None:
    first, last = split_name("Ana " * 20_000)
    assert len(first) + len(last) <= 400
