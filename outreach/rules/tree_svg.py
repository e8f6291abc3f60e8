"""Draws the referral chain as a picture: one SVG file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from unicodedata import category, combining, east_asian_width

from outreach.rules.chain import Chain, ChainLink, ChainPerson, Forest, Standing, forest
from outreach.rules.tree_layout import Layout, Place, lay_out

_CARD_WIDTH, _CARD_HEIGHT = 204.0, 38.0
_COLUMN, _ROW = 244.0, 45.0
_MARGIN, _STACK_GAP = 28.0, 36.0
_NARROWEST = 720.0
_HEAD = 62.0
_LEGEND_LINE = 24.0
_DEPTHS_LINE = 26.0
_TEXT_LEFT = 34.0
_TEXT_WIDTH = _CARD_WIDTH - _TEXT_LEFT - 8

# Colours after Okabe and Ito, told apart by people with any kind of colour vision; the shape says the same again.
_COLOURS: Mapping[Standing, str] = {
    Standing.TO_WRITE: "#6b7280",
    Standing.ASKED: "#3a9bd9",
    Standing.TALKING: "#e69f00",
    Standing.BOOKED: "#0072b2",
    Standing.MET: "#009e73",
    Standing.DECLINED: "#d55e00",
    Standing.SILENT: "#b0568a",
    Standing.ENDED: "#4b4b4b",
}
#: Each shape around the origin, about 14 units across. ``{c}`` is the colour.
_SHAPES: Mapping[Standing, str] = {
    Standing.TO_WRITE: '<circle r="6" fill="#fff" stroke="{c}" stroke-width="2"/>',
    Standing.ASKED: '<path d="M-5-7 7 0-5 7Z" fill="{c}"/>',
    Standing.TALKING: '<path d="M0-8 8 0 0 8-8 0Z" fill="{c}"/>',
    Standing.BOOKED: '<rect x="-6.5" y="-6.5" width="13" height="13" fill="{c}"/>',
    Standing.MET: '<circle r="7" fill="{c}"/>',
    Standing.DECLINED: '<path d="M-5.5-5.5 5.5 5.5M5.5-5.5-5.5 5.5" stroke="{c}" stroke-width="3.2" fill="none"/>',
    Standing.SILENT: '<g fill="{c}"><circle cx="-6" r="2.3"/><circle r="2.3"/><circle cx="6" r="2.3"/></g>',
    Standing.ENDED: '<rect x="-7" y="-2" width="14" height="4" fill="{c}"/>',
}
_STYLE = (
    ".o{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;fill:#1f2328}"
    ".o .h{font-size:19px;font-weight:600}.o .s{fill:#57606a}.o .n{font-weight:600}"
    ".o .g{font-size:11px;fill:#57606a}.o .d{font-size:11px;fill:#57606a;letter-spacing:.02em}"
    ".o .c{fill:#fff;stroke:#d0d7de}.o .b{fill:#f1f3f5}"
    ".o .l{fill:none;stroke:#8c959f;stroke-width:1.5}.o .x{fill:none;stroke:#c4cad1;stroke-width:1}"
    ".o .q{stroke-dasharray:5 4}"
)


@dataclass(frozen=True)
class _Canvas:
    """The forest with everybody's place, and where the drawing begins."""

    found: Forest
    layout: Layout
    lefts: tuple[float, ...]
    top: float
    width: float
    height: float

    def corner(self, person_id: str) -> tuple[float, float]:
        """Return the upper left corner of a person's card."""
        place: Place = self.layout.places[person_id]
        return self.lefts[place.stack] + place.depth * _COLUMN, self.top + place.row * _ROW - _CARD_HEIGHT / 2


def draw_svg(chain: Chain, *, title: str = "Referral chain") -> str:
    """Return the forest as a standalone SVG document: who led to whom, with organization, depth and standing.

    Standing shows by colour and by shape; a branch is dashed where the introducer is not to be named; second
    introducers and circles are thin lines behind the cards. All texts are escaped. Meant for a light background.
    """
    found = forest(chain)
    canvas = _canvas(found)
    body = [*_head(canvas, title), *_depths(canvas), *_extra(canvas), *_links(canvas), *_cards(canvas)]
    width, height = _n(canvas.width), _n(canvas.height)
    opening = '<svg xmlns="http://www.w3.org/2000/svg" class="o" role="img" aria-labelledby="chain-title chain-desc"'
    return "\n".join(
        [
            f'{opening} width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f'<title id="chain-title">{_text(title)}</title>',
            f'<desc id="chain-desc">{_text(_described(found))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#fcfcfb"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _canvas(found: Forest) -> _Canvas:
    layout = lay_out(found, column_width=_COLUMN, row_height=_ROW)
    lefts, x = [], _MARGIN
    for columns in layout.columns:
        lefts.append(x)
        x += columns * _COLUMN + _STACK_GAP
    right = x - _STACK_GAP - (_COLUMN - _CARD_WIDTH) if lefts else x
    width = max(_NARROWEST, right + _MARGIN)
    legend = len(_legend_lines(found, width)) * _LEGEND_LINE
    top = _HEAD + legend + _DEPTHS_LINE + 8
    return _Canvas(found, layout, tuple(lefts), top, width, top + max(layout.rows, 1.0) * _ROW + _MARGIN)


def _described(found: Forest) -> str:
    counts = Counter(person.standing for person in found.people.values())
    parts = ", ".join(f"{counts[standing]} {standing}" for standing in Standing if counts[standing])
    deepest = max((depth for root in found.roots for _, depth in found.walk(root)), default=0)
    return f"{_summary(found)} {parts}. The longest chain has {deepest} introductions."


def _summary(found: Forest) -> str:
    people, links = len(found.people), len(found.links) + len(found.extra)
    return f"{people} {'person' if people == 1 else 'people'}, {links} introduction{'' if links == 1 else 's'}."


def _head(canvas: _Canvas, title: str) -> Iterator[str]:
    summary = _summary(canvas.found) if canvas.found.people else "Nobody has introduced anybody yet."
    yield f'<text class="h" x="{_n(_MARGIN)}" y="34">{_text(title)}</text>'
    yield f'<text class="s" x="{_n(_MARGIN)}" y="54">{_text(summary)}</text>'
    for number, line in enumerate(_legend_lines(canvas.found, canvas.width)):
        y = _HEAD + number * _LEGEND_LINE + 14
        for x, entry in line:
            yield f'<g transform="translate({_n(x)} {_n(y)})">{entry}</g>'


def _legend_lines(found: Forest, width: float) -> list[list[tuple[float, str]]]:
    """Return the legend as lines of (x, drawing), as many lines as the width asks for."""
    lines: list[list[tuple[float, str]]] = [[]]
    x = _MARGIN
    for words, drawing in _legend(found):
        needed = 22 + _measured(words, 13) + 26
        if lines[-1] and x + needed > width - _MARGIN:
            lines.append([])
            x = _MARGIN
        lines[-1].append((x, f'{drawing}<text class="s" x="24" y="4.5">{_text(words)}</text>'))
        x += needed
    return lines


def _legend(found: Forest) -> Iterator[tuple[str, str]]:
    counts = Counter(person.standing for person in found.people.values())
    for standing in Standing:
        if counts[standing]:
            yield f"{standing} ({counts[standing]})", f'<g transform="translate(9 0)">{_shape(standing)}</g>'
    if any(not link.may_use_name for link in (*found.links.values(), *found.extra)):
        yield "introducer not to be named", '<path class="l q" d="M0 0H19"/>'
    if found.extra:
        yield "another introducer", '<path class="x" d="M0 0H19"/>'


def _depths(canvas: _Canvas) -> Iterator[str]:
    """Yield a pale band and a heading for each depth of each stack."""
    height = canvas.height - canvas.top + _DEPTHS_LINE - _MARGIN / 2
    for left, columns in zip(canvas.lefts, canvas.layout.columns, strict=True):
        for depth in range(columns):
            x, y = left + depth * _COLUMN, canvas.top - _DEPTHS_LINE
            if depth % 2 == 0:
                yield (
                    f'<rect class="b" x="{_n(x - 10)}" y="{_n(y)}" width="{_n(_CARD_WIDTH + 20)}" '
                    f'height="{_n(height)}" rx="6"/>'
                )
            yield f'<text class="d" x="{_n(x)}" y="{_n(y + 17)}">{_depth_words(depth)}</text>'


def _depth_words(depth: int) -> str:
    if depth == 0:
        return "where it began"
    return "1 introduction on" if depth == 1 else f"{depth} introductions on"


def _links(canvas: _Canvas) -> Iterator[str]:
    for link in canvas.found.links.values():
        yield f'<path class="l{_dashes(link)}" d="{_curve(canvas, link)}"/>'


def _extra(canvas: _Canvas) -> Iterator[str]:
    for link in canvas.found.extra:
        yield f'<path class="x{_dashes(link)}" d="{_curve(canvas, link)}"/>'


def _dashes(link: ChainLink) -> str:
    return "" if link.may_use_name else " q"


def _curve(canvas: _Canvas, link: ChainLink) -> str:
    """Return a path from the right edge of the introducer's card to the left edge of the other's."""
    x, y = canvas.corner(link.introducer)
    to_x, to_y = canvas.corner(link.introduced)
    x, y, to_y = x + _CARD_WIDTH, y + _CARD_HEIGHT / 2, to_y + _CARD_HEIGHT / 2
    bend = (_COLUMN - _CARD_WIDTH) / 2 if to_x > x else _COLUMN / 2
    return f"M{_n(x)} {_n(y)}C{_n(x + bend)} {_n(y)} {_n(to_x - bend)} {_n(to_y)} {_n(to_x)} {_n(to_y)}"


def _cards(canvas: _Canvas) -> Iterator[str]:
    for root in canvas.found.roots:
        for person_id, _ in canvas.found.walk(root):
            yield _card(canvas, canvas.found.people[person_id])


def _card(canvas: _Canvas, person: ChainPerson) -> str:
    x, y = canvas.corner(person.id)
    name, below = _clean(person.name) or "somebody", _clean(person.organization) or str(person.standing)
    return (
        f'<g transform="translate({_n(x)} {_n(y)})"><title>{_text(_spoken(canvas.found, person))}</title>'
        f'<rect class="c" width="{_n(_CARD_WIDTH)}" height="{_n(_CARD_HEIGHT)}" rx="5"/>'
        f'<g transform="translate(18 {_n(_CARD_HEIGHT / 2)})">{_shape(person.standing)}</g>'
        f'<text class="n" x="{_n(_TEXT_LEFT)}" y="16.5">{_text(_fitted(name, 14.8))}</text>'
        f'<text class="g" x="{_n(_TEXT_LEFT)}" y="30.5">{_text(_fitted(below, 11))}</text></g>'
    )


def _spoken(found: Forest, person: ChainPerson) -> str:
    """Return everything about a person in words, for those who hover and those who listen."""
    links = [found.links.get(person.id), *(link for link in found.extra if link.introduced == person.id)]
    names = [_clean(found.people[link.introducer].name) for link in links if link is not None]
    parts = [_clean(person.name) or "somebody", _clean(person.organization), str(person.standing)]
    introduced = [f"introduced by {' and '.join(names)}"] if names else []
    return ", ".join([part for part in parts if part] + introduced)


def _shape(standing: Standing) -> str:
    return _SHAPES[standing].replace("{c}", _COLOURS[standing])


def _fitted(text: str, size: float) -> str:
    """Return the text, cut with an ellipsis where it would run out of its card; widths are estimated."""
    if _measured(text, size) <= _TEXT_WIDTH:
        return text
    kept, used = "", _measured("…", size)
    for letter in text:
        used += _measured(letter, size)
        if used > _TEXT_WIDTH:
            break
        kept += letter
    return f"{kept.rstrip()}…"


def _measured(text: str, size: float) -> float:
    return sum(_relative_width(letter) for letter in text) * size


def _relative_width(letter: str) -> float:
    """Return about how wide a letter is in a system font, as a share of the font size; rather too much."""
    if combining(letter):
        return 0.0
    if east_asian_width(letter) in {"W", "F"}:
        return 1.02
    if letter in "iljtfrI.,:;'|!()-[] ":
        return 0.36
    if letter in "mwMW@%—…":
        return 0.92
    return 0.7 if letter.isupper() else 0.59


def _clean(text: str) -> str:
    """Return what strangers typed on one line, without characters that XML or a reader could stumble over."""
    return " ".join("".join(letter if category(letter)[0] != "C" else " " for letter in text[:200]).split())


def _text(text: str) -> str:
    return escape(_clean_line(text), quote=True)


def _clean_line(text: str) -> str:
    return "".join(letter for letter in text if category(letter)[0] != "C")


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
