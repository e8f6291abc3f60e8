"""What commands print: facts to stdout, as text or JSON; messages to stderr. Nothing from outside steers a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import typer

# Escape sequences, direction marks and the like: a name must not be able to move the cursor.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def plain(text: str) -> str:
    """Return ``text`` without control and direction characters; line breaks and tabs stay."""
    return _STEERING.sub("", text)


def say(text: str = "") -> None:
    """Print a line of facts."""
    typer.echo(plain(text))


def as_json(value: object) -> None:
    """Print facts as JSON: instants in ISO 8601 with their offset, closed lists by value."""
    typer.echo(json.dumps(simple(value), indent=2, ensure_ascii=False))


def simple(value: object) -> Any:
    """Return ``value`` as JSON knows it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: simple(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): simple(item) for name, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [simple(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, Path) else value


def table(rows: Iterable[Sequence[str]], headers: Sequence[str] = ()) -> None:
    """Print rows in columns as wide as their widest cell (East Asian characters count double)."""
    from rich.cells import cell_len

    cells = [[_one_line(cell) for cell in row] for row in rows]
    if not cells:
        return
    everything = [list(headers), *cells] if headers else cells
    widths = [max(cell_len(row[i]) for row in everything) for i in range(len(cells[0]))]
    for row in everything:
        padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        typer.echo("  ".join(padded).rstrip())


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """Print names and what they say, leaving out what is empty."""
    shown = [(name, _words(value)) for name, value in rows if value not in (None, "", (), [])]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        typer.echo(f"{name:<{width}}  {value.replace(chr(10), chr(10) + ' ' * (width + 2))}")


def when(moment: datetime | None, zone: str) -> str:
    """Return an instant in short, with its zone: "Tue 3 Mar 2026 10:00 Europe/Berlin"."""
    if moment is None:
        return ""
    from outreach.rules.zones import local, say_day

    wall = local(moment, zone)
    weekday, day, month = say_day(wall.date()).split(" ")
    return f"{weekday[:3]} {day} {month[:3]} {wall.year} {wall:%H:%M} {zone}"


def span_of(length: timedelta) -> str:
    """Return a length of time in words: "2 d 3 h", "45 min"."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def count(number: int, thing: str, plural: str = "") -> str:
    """Return a number with its noun: "1 letter", "3 letters"."""
    return f"{number:,} {thing if number == 1 else plural or thing + 's'}"


def is_terminal() -> bool:
    """Return whether a person looks at what is going on."""
    return sys.stderr.isatty()


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return plain(", ".join(str(item) for item in value))
    return plain(str(value))


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())
