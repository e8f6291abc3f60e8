"""Where people stand in the picture of the chain."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from outreach.rules.chain import Chain, ChainLink, ChainPerson, Standing, forest
from outreach.rules.kinds import Stage
from outreach.rules.tree_layout import lay_out, tidy


def chain(count: int, *links: tuple[int, int]) -> Chain:
    return Chain(
        people=tuple(ChainPerson(id=str(number), name=f"Person {number}") for number in range(count)),
        links=tuple(ChainLink(introducer=str(one), introduced=str(other)) for one, other in links),
    )


def grown(count: int, seed: int) -> Chain:
    chance = random.Random(seed)
    pairs = [
        (chance.randrange(max(0, number - chance.choice((3, 10, 50))), number), number) for number in range(1, count)
    ]
    return chain(count, *(pair for pair in pairs if chance.random() < 0.9))


def test_everybody_is_in_the_forest_once_and_links_that_fit_in_no_tree_are_kept_apart() -> None:
    found = forest(chain(5, (0, 1), (1, 2), (2, 0), (0, 2), (3, 4), (3, 4), (4, 4), (4, 99)))
    assert found.roots == ("0", "3")
    assert found.children == {"0": ("1",), "1": ("2",), "3": ("4",)}
    assert {(link.introducer, link.introduced) for link in found.extra} == {("2", "0"), ("0", "2")}


def test_the_one_who_gave_the_name_first_is_the_parent() -> None:
    found = forest(chain(3, (1, 2), (0, 2)))
    assert found.links["2"].introducer == "1"
    assert found.roots == ("0", "1")


def test_a_circle_without_a_beginning_still_has_a_root() -> None:
    found = forest(chain(3, (0, 1), (1, 2), (2, 0)))
    assert found.roots == ("0",)
    assert [depth for _, depth in found.walk("0")] == [0, 1, 2]


def test_depth_counts_introductions() -> None:
    found = forest(chain(4, (0, 1), (1, 2), (0, 3)))
    assert list(found.walk("0")) == [("0", 0), ("1", 1), ("2", 2), ("3", 1)]


@pytest.mark.parametrize("seed", range(40))
def test_nobody_stands_on_anybody_and_parents_stand_in_the_middle_of_their_children(seed: int) -> None:
    found = forest(grown(60 + seed, seed))
    placed = lay_out(found)
    taken: dict[tuple[int, int], list[float]] = {}
    for place in placed.places.values():
        taken.setdefault((place.stack, place.depth), []).append(place.row)
        assert 0.5 <= place.row <= placed.rows - 0.5 + 1e-9
    for rows in taken.values():
        assert all(below - above >= 1 - 1e-9 for above, below in pairwise(sorted(rows)))
    for parent, children in found.children.items():
        rows = [placed.places[child].row for child in children]
        assert rows == sorted(rows)
        assert placed.places[parent].row == pytest.approx((rows[0] + rows[-1]) / 2)
        assert {placed.places[child].depth for child in children} == {placed.places[parent].depth + 1}


def test_subtrees_nestle_where_their_contours_allow() -> None:
    # The leaf between two broad subtrees costs no row of its own at the second depth.
    rows = tidy("r", {"r": ["a", "b", "c"], "a": ["1", "2"], "c": ["3", "4"]})
    assert rows["3"] - rows["2"] == pytest.approx(1)
    assert rows["b"] == pytest.approx((rows["a"] + rows["c"]) / 2)


def test_one_large_tree_is_not_spread_over_stacks_and_many_small_ones_are() -> None:
    assert lay_out(forest(chain(30, *((0, number) for number in range(1, 30))))).columns == (2,)
    many = lay_out(forest(chain(60, *((2 * number, 2 * number + 1) for number in range(30)))))
    assert len(many.columns) > 1
    assert max(many.rows, sum(many.columns)) < 3 * min(many.rows, sum(many.columns))


def test_nobody_at_all_makes_an_empty_layout() -> None:
    placed = lay_out(forest(Chain()))
    assert (placed.places, placed.columns, placed.rows) == ({}, (), 0.0)


def test_a_chain_of_twenty_thousand_takes_no_recursion_and_little_time() -> None:
    deep = forest(chain(20_000, *((number, number + 1) for number in range(19_999))))
    began = time.perf_counter()
    placed = lay_out(deep)
    assert placed.places["19999"].depth == 19_999
    assert time.perf_counter() - began < 30


def test_every_stage_has_a_standing_and_met_once_is_met_for_ever() -> None:
    standings = {ChainPerson(id="x", name="X", stage=stage).standing for stage in Stage}
    assert standings == set(Standing)
    assert ChainPerson(id="x", name="X", stage=Stage.DECLINED, met=True).standing is Standing.MET
