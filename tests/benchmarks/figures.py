"""Figures of several rounds, and how they are shown: median, lowest and highest, in Markdown."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Series:
    """One figure of each round."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median of the rounds."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        if not self.values:
            return "–"
        shown = _short(self.median)
        if len(self.values) == 1:
            return shown
        return f"{shown} ({_short(min(self.values))}–{_short(max(self.values))})"


def over(above: Series, below: Series) -> Series:
    """Return the ratio of two series, round by round: what was slow in one round was slow for both."""
    return Series([a / b for a, b in zip(above.values, below.values, strict=True) if b])


@dataclass(frozen=True)
class Table:
    """What a bench found: a heading, sentences on how it was found, and rows."""

    heading: str
    method: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def markdown(self) -> str:
        """Return the table in Markdown."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from (f"### {self.heading}", "", self.method, "")
        yield "| " + " | ".join(self.columns) + " |"
        yield "|" + "|".join(" --- " if at == 0 else " ---: " for at in range(len(self.columns))) + "|"
        for row in self.rows:
            yield "| " + " | ".join(_short(cell) if isinstance(cell, float) else str(cell) for cell in row) + " |"


def machine() -> str:
    """Return in one line where this ran, and how busy the machine was with other things when it began."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({_processor()}), {_memory()} GB of memory, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; load at the start {load:.1f}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _short(value: float) -> str:
    """Return three figures that count."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
