"""Where each person stands in the picture of the chain.

A tidy tree (Reingold and Tilford; in linear time after Buchheim, Jünger and Leipert, 2002), lying on its side: depth
runs to the right, siblings run down. Trees are stacked, and the stacks stand side by side until the picture is about
as wide as it is high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.rules.chain import Forest

#: Rows left empty below a tree of a stack; people on their own stand close together.
GAP = 0.6


@dataclass(frozen=True, slots=True)
class Place:
    """Stack number, depth within the tree, and row (centre of the person, in rows from the top of the stack)."""

    stack: int
    depth: int
    row: float


@dataclass(frozen=True)
class Layout:
    """Everybody's place; ``columns`` holds the number of depth columns of each stack, ``rows`` the height of all."""

    places: Mapping[str, Place]
    columns: tuple[int, ...]
    rows: float


@dataclass(frozen=True)
class _Tree:
    """One laid out tree: depth and row of everybody in it, rows from 0."""

    places: Mapping[str, tuple[int, float]]
    depth: int
    height: float

    @property
    def gap(self) -> float:
        """Return how many rows are left empty below."""
        return GAP if len(self.places) > 1 else 0.0


def lay_out(found: Forest, *, column_width: float = 1.0, row_height: float = 1.0, ratio: float = 1.3) -> Layout:
    """Return the layout of a forest. Column width and row height, in one unit, and the wanted width to height ratio
    decide how many stacks stand side by side; nothing else depends on them.
    """
    trees = [_tree(found, root) for root in found.roots]
    stacks = _stacks(trees, column_width, row_height, ratio)
    places: dict[str, Place] = {}
    for number, stack in enumerate(stacks):
        top = 0.0
        for tree in stack:
            places |= {who: Place(number, depth, top + row) for who, (depth, row) in tree.places.items()}
            top += tree.height + tree.gap
    return Layout(
        places=places,
        columns=tuple(max(tree.depth for tree in stack) for stack in stacks),
        rows=max((_height(stack) for stack in stacks), default=0.0),
    )


def _stacks(trees: Sequence[_Tree], column_width: float, row_height: float, ratio: float) -> list[list[_Tree]]:
    """Return the trees in order, cut into as many stacks as make the picture wide enough."""
    if not trees:
        return []
    best = [list(trees)]
    for count in range(2, min(len(trees), 12) + 1):
        tried = _cut(trees, count)
        width = sum(max(tree.depth for tree in stack) for stack in tried) * column_width
        height = max(_height(stack) for stack in tried)
        if width > ratio * height * row_height:
            break
        if height < max(_height(stack) for stack in best):
            best = tried
    return best


def _cut(trees: Sequence[_Tree], count: int) -> list[list[_Tree]]:
    wanted = sum(tree.height + tree.gap for tree in trees) / count
    stacks: list[list[_Tree]] = [[]]
    filled = 0.0
    for tree in trees:
        # A tree goes where more than half of it fits.
        if stacks[-1] and len(stacks) < count and filled + tree.height / 2 > wanted * len(stacks):
            stacks.append([])
        stacks[-1].append(tree)
        filled += tree.height + tree.gap
    return stacks


def _height(stack: Sequence[_Tree]) -> float:
    return sum(tree.height + tree.gap for tree in stack)


def _tree(found: Forest, root: str) -> _Tree:
    depths = dict(found.walk(root))
    rows = tidy(root, found.children)
    least = min(rows.values())
    places = {who: (depths[who], row - least + 0.5) for who, row in rows.items()}
    return _Tree(places, max(depths.values()) + 1, max(rows.values()) - least + 1)


class _Node:
    """A person while rows are worked out; names follow the paper, turned by a quarter."""

    __slots__ = ("ancestor", "change", "children", "id", "mod", "number", "parent", "prelim", "shift", "thread")

    def __init__(self, person_id: str, parent: _Node | None, number: int) -> None:
        self.id, self.parent, self.number = person_id, parent, number
        self.children: list[_Node] = []
        self.prelim = self.mod = self.shift = self.change = 0.0
        self.thread: _Node | None = None
        self.ancestor = self

    def first(self) -> _Node | None:
        """Return the next one on the upper contour."""
        return self.children[0] if self.children else self.thread

    def last(self) -> _Node | None:
        """Return the next one on the lower contour."""
        return self.children[-1] if self.children else self.thread


def tidy(root: str, children: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the row of everybody in a tree, siblings at least one row apart, parents in the middle of their children.

    Rows may be negative. Takes time proportional to the number of people, and no recursion.
    """
    nodes = _nodes(root, children)
    for node in reversed(nodes):  # children before parents, and the upper siblings of each before the lower
        _place_children(node)
    _place(nodes[0])
    rows: dict[str, float] = {}
    sums: dict[str, float] = {root: 0.0}
    for node in nodes:
        rows[node.id] = node.prelim + sums[node.id]
        for child in node.children:
            sums[child.id] = sums[node.id] + node.mod
    return rows


def _nodes(root: str, children: Mapping[str, Sequence[str]]) -> list[_Node]:
    """Return the nodes, parents before children."""
    nodes = [_Node(root, None, 0)]
    for node in nodes:  # grows while it is read
        node.children = [_Node(child, node, number) for number, child in enumerate(children.get(node.id, ()))]
        nodes.extend(node.children)
    return nodes


def _place_children(node: _Node) -> None:
    """Set the children of ``node``, whose own subtrees are placed already, one below the other."""
    if not node.children:
        return
    default = node.children[0]
    for child in node.children:
        _place(child)
        default = _push_apart(child, default)
    _spread_shifts(node)


def _place(node: _Node) -> None:
    """Put a child below its upper sibling, and in the middle of its own children."""
    above = node.parent.children[node.number - 1] if node.parent is not None and node.number > 0 else None
    middle = (node.children[0].prelim + node.children[-1].prelim) / 2 if node.children else 0.0
    if above is None:
        node.prelim = middle
        return
    node.prelim = above.prelim + 1
    if node.children:
        node.mod = node.prelim - middle


def _push_apart(node: _Node, default: _Node) -> _Node:
    """Push the subtree of ``node`` down until its upper contour clears the lower contour of all subtrees above it."""
    if node.parent is None or node.number == 0:
        return default
    siblings = node.parent.children
    inner_low: _Node = node  # upper contour of this subtree
    outer_low: _Node = node  # its lower contour
    inner_high: _Node = siblings[node.number - 1]  # lower contour of what is above
    outer_high: _Node = siblings[0]  # upper contour of what is above
    sum_inner_low = sum_outer_low = node.mod
    sum_inner_high, sum_outer_high = inner_high.mod, outer_high.mod
    while (high := inner_high.last()) is not None and (low := inner_low.first()) is not None:
        inner_high, inner_low = high, low
        outer_high = outer_high.first() or outer_high
        outer_low = outer_low.last() or outer_low
        outer_low.ancestor = node
        shift = (inner_high.prelim + sum_inner_high) - (inner_low.prelim + sum_inner_low) + 1
        if shift > 0:
            _move(_ancestor(inner_high, node, default), node, shift)
            sum_inner_low += shift
            sum_outer_low += shift
        sum_inner_high += inner_high.mod
        sum_inner_low += inner_low.mod
        sum_outer_high += outer_high.mod
        sum_outer_low += outer_low.mod
    if inner_high.last() is not None and outer_low.last() is None:
        outer_low.thread = inner_high.last()
        outer_low.mod += sum_inner_high - sum_outer_low
    if inner_low.first() is not None and outer_high.first() is None:
        outer_high.thread = inner_low.first()
        outer_high.mod += sum_inner_low - sum_outer_high
        return node
    return default


def _ancestor(node: _Node, of: _Node, default: _Node) -> _Node:
    return node.ancestor if node.ancestor.parent is of.parent else default


def _move(above: _Node, below: _Node, shift: float) -> None:
    """Move the subtree ``below`` down; the subtrees between the two get their share later."""
    between = below.number - above.number
    below.change -= shift / between
    below.shift += shift
    above.change += shift / between
    below.prelim += shift
    below.mod += shift


def _spread_shifts(node: _Node) -> None:
    shift = change = 0.0
    for child in reversed(node.children):
        child.prelim += shift
        child.mod += shift
        change += child.change
        shift += child.shift + change
