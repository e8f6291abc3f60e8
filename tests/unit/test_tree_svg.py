"""The picture of the chain."""

from __future__ import annotations

import random
import re
from xml.etree import ElementTree as ET

import pytest

from outreach.rules.chain import Chain, ChainLink, ChainPerson, Standing
from outreach.rules.kinds import Stage
from outreach.rules.tree_svg import draw_svg

SVG = "{http://www.w3.org/2000/svg}"
ONE_OF_EACH = (
    Stage.DRAFTED,
    Stage.SENT,
    Stage.REPLIED,
    Stage.BOOKED,
    Stage.HELD,
    Stage.DECLINED,
    Stage.NO_RESPONSE,
    Stage.BOUNCED,
)


def person(number: int, **more: object) -> ChainPerson:
    facts: dict[str, object] = {"id": str(number), "name": f"Person {number}", "organization": f"Office {number}"}
    return ChainPerson(**(facts | more))  # type: ignore[arg-type]


def crowd(count: int) -> Chain:
    chance = random.Random(count)
    links = [
        ChainLink(introducer=str(int(number * chance.random())), introduced=str(number), may_use_name=number % 7 > 0)
        for number in range(1, count)
        if chance.random() < 0.8
    ]
    return Chain(people=tuple(person(number) for number in range(count)), links=tuple(links))


def drawn(chain: Chain) -> ET.Element:
    return ET.fromstring(draw_svg(chain))


def cards(root: ET.Element) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}rect[@class='c']") is not None]


def corner(card: ET.Element) -> tuple[float, float]:
    found = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", card.attrib["transform"])
    assert found is not None
    return float(found[1]), float(found[2])


def test_the_picture_says_in_words_what_it_shows() -> None:
    root = drawn(Chain(people=(person(0, stage=Stage.THANKED), person(1))))
    assert root.attrib["role"] == "img"
    ids = {element.attrib.get("id") for element in root.iter()}
    assert set(root.attrib["aria-labelledby"].split()) <= ids
    description = root.findtext(f"{SVG}desc")
    assert description is not None
    assert "1 met" in description


@pytest.mark.parametrize("count", [1, 12, 300])
def test_everybody_has_a_card_inside_the_picture_and_no_card_lies_on_another(count: int) -> None:
    root = drawn(crowd(count))
    corners = [corner(card) for card in cards(root)]
    assert len(corners) == count
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for x, y in corners:
        assert 0 <= x <= width - 204
        assert 60 <= y <= height - 38
    for number, (x, y) in enumerate(corners):
        assert all(abs(x - left) >= 204 or abs(y - top) >= 38 for left, top in corners[number + 1 :])


def test_three_hundred_people_make_a_picture_of_usable_shape() -> None:
    root = drawn(crowd(300))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert 0.4 < width / height < 2.5
    assert width * height < 25_000_000


def test_each_standing_differs_in_shape_and_in_colour() -> None:
    root = drawn(Chain(people=tuple(person(number, stage=stage) for number, stage in enumerate(ONE_OF_EACH))))
    shapes = []
    for card in cards(root):
        inner = card.find(f"{SVG}g")
        assert inner is not None
        shapes.append("".join(ET.tostring(element, encoding="unicode") for element in inner))
    colours = [re.findall(r"#[0-9a-f]{6}", shape)[-1] for shape in shapes]
    bare = {re.sub(r"#[0-9a-f]{3,6}", "", shape) for shape in shapes}
    assert len(set(colours)) == len(bare) == len(Standing)
    legend = [text.text for text in root.iter(f"{SVG}text")]
    assert all(f"{standing} (1)" in legend for standing in Standing)


def test_what_strangers_typed_stays_text() -> None:
    evil = person(0, name="<script>alert(1)</script>\x00\x1b&amp;", organization='"><image href="x"/>')
    source = draw_svg(Chain(people=(evil,)), title="<b>&")
    root = ET.fromstring(source)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "text", "g", "circle", "path"}
    assert "\x00" not in source
    assert "\x1b" not in source


def test_a_long_name_is_cut_in_its_card_and_whole_in_its_title() -> None:
    name = "Maximiliana Featherstonehaugh-Cholmondeley of Northumberland"
    (card,) = cards(drawn(Chain(people=(person(0, name=name),))))
    shown = card.findtext(f"{SVG}text[@class='n']")
    assert shown is not None
    assert shown.endswith("…")
    assert len(shown) < 26
    assert name in (card.findtext(f"{SVG}title") or "")


def test_a_name_not_to_be_used_is_dashed_and_a_second_introducer_drawn_lightly() -> None:
    links = (
        ChainLink(introducer="0", introduced="1", may_use_name=False),
        ChainLink(introducer="0", introduced="2"),
        ChainLink(introducer="1", introduced="2"),
        ChainLink(introducer="2", introduced="0"),
    )
    root = drawn(Chain(people=tuple(person(number) for number in range(3)), links=links))
    # Of each class one path more stands in the legend.
    classes = [path.attrib["class"] for path in root.iter(f"{SVG}path") if "class" in path.attrib]
    assert classes.count("l q") == 1 + 1
    assert classes.count("l") == 1
    assert classes.count("x") == 2 + 1
    spoken = [card.findtext(f"{SVG}title") for card in cards(root)]
    assert any("introduced by Person 0 and Person 1" in (words or "") for words in spoken)


def test_nothing_is_fetched_from_anywhere() -> None:
    source = draw_svg(crowd(5)).replace("http://www.w3.org/2000/svg", "")
    assert "http" not in source
    assert "url(" not in source
    assert "@import" not in source


def test_nobody_at_all_is_a_picture_that_says_so() -> None:
    texts = [text.text for text in drawn(Chain()).iter(f"{SVG}text")]
    assert "Nobody has introduced anybody yet." in texts
