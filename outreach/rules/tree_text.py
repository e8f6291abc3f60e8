"""Draws the referral chain for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from outreach.rules.chain import Chain, ChainPerson, Forest, Standing, forest

#: One sign a standing, told apart without colour; the shapes are those of the picture.
SIGNS: Mapping[Standing, str] = {
    Standing.TO_WRITE: "○",
    Standing.ASKED: "▷",
    Standing.TALKING: "◆",
    Standing.BOOKED: "■",
    Standing.MET: "●",
    Standing.DECLINED: "✕",
    Standing.SILENT: "…",
    Standing.ENDED: "–",
}
_NARROWEST = 24
#: Deeper than this the branches are drawn no further to the right: nothing would be left for the words.
_SHARE = 0.6


def draw_text(chain: Chain, *, width: int = 80) -> str:
    """Return the forest in box drawing characters, no line wider than ``width`` columns (24 at least), with a legend.

    Each line shows the sign of the standing, the name, the organization and the standing in words; a long one goes on
    beneath itself. A dashed branch leads to somebody who must not hear who gave the name. Further introducers are
    named below the person.
    """
    width = max(width, _NARROWEST)
    found = forest(chain)
    if not found.roots:
        return "Nobody has introduced anybody yet."
    also = _further_introducers(found)
    lines = [line for root in found.roots for line in _tree(found, root, also, width)]
    return "\n".join([*lines, "", *_legend(found, width)])


def _tree(found: Forest, root: str, also: Mapping[str, list[str]], width: int) -> Iterator[str]:
    waiting: list[tuple[str, str, str]] = [(root, "", "")]
    while waiting:
        person_id, head, below = waiting.pop()
        children = found.children.get(person_id, ())
        room = int(width * _SHARE)
        hidden = max(0, len(below) - room)
        stem = "│ " if children else "  "
        yield from _wrapped(_words(found.people[person_id]), _cut(head, hidden), f"{_cut(below, hidden)}{stem}", width)
        for name in also.get(person_id, ()):
            yield from _wrapped(
                f"↖ also introduced by {name}", f"{_cut(below, hidden)}{stem}", f"{_cut(below, hidden)}{stem}  ", width
            )
        branches = []
        for child in children:
            last = child == children[-1]
            line = "─" if found.links[child].may_use_name else "╌"
            branches.append((child, f"{below}{'└' if last else '├'}{line} ", f"{below}{'   ' if last else '│  '}"))
        waiting.extend(reversed(branches))


def _cut(prefix: str, hidden: int) -> str:
    return f"«{prefix[hidden + 1 :]}" if hidden else prefix


def _words(person: ChainPerson) -> str:
    place = f", {_plain(person.organization)}" if person.organization.strip() else ""
    return f"{SIGNS[person.standing]} {_plain(person.name) or 'somebody'}{place} ({person.standing})"


def _further_introducers(found: Forest) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for link in found.extra:
        names.setdefault(link.introduced, []).append(_plain(found.people[link.introducer].name))
    return names


def _legend(found: Forest, width: int) -> Iterator[str]:
    standings = {person.standing for person in found.people.values()}
    entries = [f"{SIGNS[standing]} {standing}" for standing in Standing if standing in standings]
    if any(not link.may_use_name for link in found.links.values()):
        entries.append("╌ not to be named")
    line = ""
    for entry in entries:
        if line and _columns(line) + _columns(entry) + 3 > width:
            yield line
            line = ""
        line = f"{line}   {entry}" if line else entry
    yield line


def _wrapped(words: str, head: str, below: str, width: int) -> Iterator[str]:
    """Yield the words in lines of at most ``width`` columns, the first after ``head``, the others after ``below``."""
    line, is_empty = head, True
    for word in words.split(" "):
        for piece in _pieces(word, max(8, width - max(_columns(head), _columns(below)))):
            blank = "" if is_empty else " "
            if not is_empty and _columns(line) + len(blank) + _columns(piece) > width:
                yield line.rstrip()
                line, blank = below, ""
            line, is_empty = f"{line}{blank}{piece}", False
    yield line.rstrip()


def _pieces(word: str, most: int) -> Iterator[str]:
    """Yield a word in pieces of at most ``most`` columns."""
    piece = ""
    for letter in word:
        if _columns(piece) + _columns(letter) > most:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _columns(text: str) -> int:
    """Return how many columns a terminal gives the text."""
    return sum(_column(letter) for letter in text)


def _column(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def _plain(text: str) -> str:
    """Return what strangers typed without anything that could drive the terminal."""
    shown = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in text[:200])
    return " ".join(shown.split())
