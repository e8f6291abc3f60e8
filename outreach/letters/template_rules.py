"""What a letter template may do: print facts, choose by facts, and go through a list of facts. Nothing else.

A template in somebody's home may come from a stranger. Jinja's sandbox stops the known escapes but lets a template
call methods of what it is given and eat memory with arithmetic; so the syntax tree is walked before it is compiled,
and whatever is not on the short list here is refused by file and line.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, nodes, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from outreach.letters.facts import FACTS

_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Filter,
    nodes.Getattr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
)
_LOOP = frozenset({"index", "first", "last", "length"})
_ENDS = (".", "!", "?", "…", '."', ".”", ".)", "。", "！", "？", "؟", "।")


def sentence(value: object) -> str:
    """Return the words as a sentence: a capital first, a full stop at the end."""
    words = str(value).strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words.endswith(_ENDS) else ".")


def upfirst(value: object) -> str:
    """Return the words with a capital first and the rest as it was."""
    words = str(value)
    return words[:1].upper() + words[1:]


def listed(value: Any, word: str = "and") -> str:
    """Return several things as one would say them: "a, b and c"."""
    things = [value] if isinstance(value, str) else [str(thing) for thing in value]
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} {word} {things[-1]}"


def turn(value: Any, choices: int, place: int = 0) -> int:
    """Return which of so many wordings is due for a ``variant``; another ``place`` chooses independently."""
    number = value if isinstance(value, int) else 0
    return int(abs(number) // choices**place % choices)


def lines(value: object) -> Markup:
    """Return a text of several lines for HTML, escaped, with its line breaks."""
    return Markup("<br>\n").join(escape(line) for line in str(value).splitlines())


def default(value: object, instead: str) -> object:
    """Return ``value``, or ``instead`` where the fact is missing."""
    return value or instead


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "sentence": sentence,
        "upfirst": upfirst,
        "listed": listed,
        "turn": turn,
        "lines": lines,
        "default": default,
        "upper": lambda value: str(value).upper(),
        "lower": lambda value: str(value).lower(),
        "trim": lambda value: str(value).strip(),
        "length": len,
        "first": lambda value: next(iter(value), ""),
        "last": lambda value: next(reversed(tuple(value)), ""),
    }
)


def environment() -> ImmutableSandboxedEnvironment:
    """Return the environment in which letters are compiled: HTML escaped, no globals, our few filters."""
    made = ImmutableSandboxedEnvironment(
        # The default enabled_extensions miss this ending, and would leave our HTML unescaped.
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False, default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters = dict(FILTERS)
    made.tests = {}
    made.globals = {}
    return made


def facts_read(tree: nodes.Template) -> frozenset[str]:
    """Return the names of the facts that a template can read."""
    return frozenset(name.name for name in tree.find_all(nodes.Name) if name.name in FACTS)


def offences(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yield line and reason of everything in a template that it may not do."""
    yield from _walk(tree, frozenset())


def _walk(node: nodes.Node, local: frozenset[str]) -> Iterator[tuple[int, str]]:
    reason = _objection(node, local)
    if reason:
        yield node.lineno, reason
        return
    if isinstance(node, nodes.For):
        assert isinstance(node.target, nodes.Name)
        local = local | {node.target.name, "loop"}
    for child in node.iter_child_nodes():
        yield from _walk(child, local)


def _objection(node: nodes.Node, local: frozenset[str]) -> str | None:
    if not isinstance(node, _NODES):
        return f"{_said(node)} is not allowed in a letter: print facts, {{% if %}} and {{% for %}} are"
    if isinstance(node, nodes.Name) and node.name not in local and node.name not in FACTS and node.ctx == "load":
        return f"there is no fact {node.name!r}{_near(node.name, FACTS)}"
    if isinstance(node, nodes.Filter):
        return _objection_to_filter(node)
    if isinstance(node, nodes.Getattr):
        known = isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _LOOP
        return None if known else f"facts have no parts: .{node.attr} is not allowed"
    if isinstance(node, nodes.For):
        return _objection_to_loop(node, local)
    return None


def _objection_to_filter(node: nodes.Filter) -> str | None:
    if node.name not in FILTERS:
        return f"there is no filter {node.name!r}{_near(node.name, FILTERS)}"
    if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return f"the filter {node.name!r} is written name|{node.name} or name|{node.name}(value)"
    if any(not isinstance(arg, nodes.Const) for arg in node.args):
        return f"the filter {node.name!r} takes plain values only"
    if node.name == "turn" and not _is_turn(node.args):
        return "the filter 'turn' is written variant|turn(3) or variant|turn(3, 1), with 1 to 9 wordings"
    return None


def _is_turn(args: list[nodes.Expr]) -> bool:
    values = [arg.value for arg in args if isinstance(arg, nodes.Const)]
    return 1 <= len(values) <= 2 and all(isinstance(v, int) for v in values) and 1 <= values[0] <= 9 >= values[-1] >= 0


def _objection_to_loop(node: nodes.For, local: frozenset[str]) -> str | None:
    if "loop" in local:
        return "a loop within a loop is not allowed"
    if not isinstance(node.target, nodes.Name) or not isinstance(node.iter, nodes.Name) or node.recursive:
        return "a loop is written {% for one in slots %}"
    if node.target.name in FACTS or node.target.name == "loop":
        return f"{node.target.name!r} is the name of a fact: call what you loop with something else"
    return None


def _said(node: nodes.Node) -> str:
    return {"Call": "a call", "Getitem": "[ ]", "Mul": "arithmetic", "Test": '"is"'}.get(
        type(node).__name__, type(node).__name__.lower()
    )


def _near(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
