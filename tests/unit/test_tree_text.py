"""The chain in a terminal."""

from __future__ import annotations

import unicodedata

import pytest

from outreach.rules.chain import Chain, ChainLink, ChainPerson, Standing
from outreach.rules.kinds import Stage
from outreach.rules.tree_text import SIGNS, draw_text

PEOPLE = (
    ChainPerson(id="a", name="Grace Lindqvist", organization="City of Example", stage=Stage.THANKED, met=True),
    ChainPerson(id="b", name="Bo Nakamura", organization="Transit Lab", stage=Stage.SENT),
    ChainPerson(id="c", name="Cy Diaz", stage=Stage.DECLINED),
    ChainPerson(id="d", name="Dee Park", organization="Open Maps"),
)


def links(*pairs: tuple[str, str]) -> tuple[ChainLink, ...]:
    return tuple(ChainLink(introducer=one, introduced=other) for one, other in pairs)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1 for letter in line)


def test_the_forest_is_drawn_with_organization_standing_and_legend() -> None:
    drawn = draw_text(Chain(people=PEOPLE, links=links(("a", "b"), ("b", "c"))), width=60)
    assert drawn.splitlines() == [
        "● Grace Lindqvist, City of Example (met)",
        "└─ ▷ Bo Nakamura, Transit Lab (asked)",
        "   └─ ✕ Cy Diaz (declined)",
        "○ Dee Park, Open Maps (not written to yet)",
        "",
        "○ not written to yet   ▷ asked   ● met   ✕ declined",
    ]


def test_a_name_that_may_not_be_used_is_a_dashed_branch_with_its_own_legend() -> None:
    hidden = ChainLink(introducer="a", introduced="b", may_use_name=False)
    drawn = draw_text(Chain(people=PEOPLE, links=(hidden,)))
    assert "└╌ ▷ Bo Nakamura" in drawn
    assert "╌ not to be named" in drawn


def test_second_introducers_and_circles_are_named_below_the_person() -> None:
    drawn = draw_text(Chain(people=PEOPLE, links=links(("a", "b"), ("a", "d"), ("b", "d"), ("d", "a"))))
    assert drawn.count("Dee Park, Open Maps") == 1
    assert "↖ also introduced by Bo Nakamura" in drawn
    assert "↖ also introduced by Dee Park" in drawn


@pytest.mark.parametrize("width", [24, 40, 80])
def test_no_line_is_wider_than_asked_however_long_or_deep(width: int) -> None:
    people = tuple(
        ChainPerson(
            id=str(number),
            name="山田太郎 " * 3 + "Featherstonehaugh-Cholmondeley-of-Northumberland",
            organization="x" * 90,
        )
        for number in range(40)
    )
    chain = Chain(people=people, links=links(*((str(number), str(number + 1)) for number in range(39))))
    lines = draw_text(chain, width=width).splitlines()
    assert max(columns(line) for line in lines) <= width
    assert sum("○" in line for line in lines) == 41


def test_what_strangers_typed_cannot_drive_the_terminal() -> None:
    evil = ChainPerson(id="a", name="\x1b[2JEve\r\nRoot", organization="\u202eegnahcxe\u200b")
    drawn = draw_text(Chain(people=(evil,)))
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    assert "○ [2JEve Root, egnahcxe" in drawn


def test_nobody_at_all_is_said_in_words() -> None:
    assert draw_text(Chain()) == "Nobody has introduced anybody yet."


def test_every_standing_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Standing)
    assert len(set(SIGNS.values())) == len(Standing)
