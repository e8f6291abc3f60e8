"""The rows of a people file: records of a CSV with their line numbers, read as a stream within limits."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST_LINE = 1 << 20
_CLOSING_QUOTE = re.compile(r'"\s*(?:[,;|\t]|$)')
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first physical line (from 1), its cells, and why it cannot be used, if it cannot.

    ``lines`` counts the physical lines: more than one means that a quoted cell holds line breaks.
    """

    line: int
    cells: list[str]
    lines: int = 1
    problem: str = ""


class _Lines:
    """Physical lines with numbers; the lines of the present record can be given back."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = stream
        self._returned: deque[tuple[int, str]] = deque()
        self._number = 0
        self.taken: list[tuple[int, str]] = []
        self.too_long: list[int] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        numbered = self._returned.popleft() if self._returned else self._read()
        self.taken.append(numbered)
        return numbered[1]

    def _read(self) -> tuple[int, str]:
        while True:
            text = self._stream.readline(_LONGEST_LINE)
            if not text:
                raise StopIteration
            self._number += 1
            if len(text) < _LONGEST_LINE or text.endswith(("\n", "\r")):
                return self._number, text
            while len(text) == _LONGEST_LINE and not text.endswith(("\n", "\r")):
                text = self._stream.readline(_LONGEST_LINE)
            self.too_long.append(self._number)

    def length(self) -> int:
        """Return how many characters the present record has."""
        return len(self.taken[0][1]) if len(self.taken) == 1 else sum(len(text) for _, text in self.taken)

    def quotes(self) -> int:
        """Return how many quotation marks the present record has."""
        return self.taken[0][1].count('"') if len(self.taken) == 1 else sum(text.count('"') for _, text in self.taken)

    def give_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))


def open_text(data: bytes, encoding: str) -> io.TextIOWrapper:
    """Return the bytes as a stream of text, decoded as it is read; what cannot be decoded becomes U+FFFD."""
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="replace", newline="")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table is like: how many columns it has, and in which of them a name or an address stands."""

    width: int
    names: frozenset[int] = frozenset()
    emails: frozenset[int] = frozenset()


def read_records(
    data: bytes, encoding: str, delimiter: str, largest_cell: int, shape: Shape | None = None
) -> Iterator[Record]:
    """Yield every record that is not blank, in order, unusable ones with their problem.

    A quotation mark that is never closed, or whose cell swallows whole lines (into a name, into an address, or so that
    the row has more cells than the table has columns), costs its own line only: the lines after it are read again.
    """
    lines = _Lines(open_text(data, encoding))
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.taken = []
        try:
            cells = next(reader)
        except StopIteration:
            yield from _too_long(lines)
            return
        except csv.Error:  # a cell beyond the limit of the csv module, which is more than we take
            if _holds_rows(lines, shape, delimiter):
                yield _unclosed(lines)
            else:
                first = lines.taken[0][0]
                _skip_to_closing_quote(lines)
                yield _oversized(first, lines.taken[-1][0], largest_cell, lines.taken[0][1])
            reader = csv.reader(lines, delimiter=delimiter)
            continue
        yield from _too_long(lines)
        record = Record(lines.taken[0][0], cells, len(lines.taken))
        if _swallowed(record, shape, delimiter) or _left_open(lines, delimiter):
            yield _unclosed(lines)
            reader = csv.reader(lines, delimiter=delimiter)
        elif lines.length() > largest_cell and max(map(len, cells)) > largest_cell:
            yield _oversized(record.line, lines.taken[-1][0], largest_cell, lines.taken[0][1])
        elif any(cell and not cell.isspace() for cell in cells):
            yield record


def sample_records(data: bytes, encoding: str, delimiter: str, most: int) -> list[list[str]]:
    """Return the first records, blank ones too, of the first 64 K characters: enough to look for headers."""
    text = open_text(data, encoding).read(65_536)
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            found.append(cells)
            if len(found) >= most:
                break
    except csv.Error:
        pass
    return found


def _swallowed(record: Record, shape: Shape | None, delimiter: str) -> bool:
    if record.lines == 1 or shape is None:
        return False
    broken = {i: cell for i, cell in enumerate(record.cells) if delimiter in cell and ("\n" in cell or "\r" in cell)}
    too_wide = any(cell.strip() for cell in record.cells[shape.width :])
    in_address = [piece for i in shape.emails & broken.keys() for piece in re.split(r"[\r\n,;|\t]", broken[i])]
    return bool(shape.names & broken.keys()) or too_wide or any(p.strip() and "@" not in p for p in in_address)


def _left_open(lines: _Lines, delimiter: str) -> bool:
    """Return whether the record ran into the end of the file inside quotation marks (strict reading says so)."""
    if lines.quotes() % 2 == 0:
        return False
    try:
        for _ in csv.reader((text for _, text in lines.taken), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _holds_rows(lines: _Lines, shape: Shape | None, delimiter: str) -> bool:
    """Return whether an endless cell is made of rows of the table: then a quotation mark was left open before them."""
    inside = [text.count(delimiter) + 1 for _, text in lines.taken[1:]]
    return shape is not None and shape.width > 1 and sum(n >= shape.width for n in inside) > 0.8 * len(inside) > 0


def _unclosed(lines: _Lines) -> Record:
    """Give all lines but the first back to be read again, and return the record that the first one makes."""
    lines.give_back_all_but_first()
    number, text = lines.taken[0]
    return Record(number, [text[:200]], 1, "a quotation mark opens a cell and is never closed: close or remove it")


def _skip_to_closing_quote(lines: _Lines) -> None:
    """Go on after the cell that was too large; its inside must not be taken for people."""
    if lines.quotes() % 2 == 0:
        return
    first = lines.taken[0]
    for text in lines:
        number = lines.taken[-1]
        lines.taken = [first, number]
        if _CLOSING_QUOTE.search(text):
            return


def _oversized(first: int, last: int, largest_cell: int, text: str) -> Record:
    where = f"; lines {first} to {last} belong to it" if last > first else ""
    problem = f"a cell is larger than {largest_cell // 1024} KB{where}"
    return Record(first, [text[:200]], last - first + 1, problem)


def _too_long(lines: _Lines) -> Iterator[Record]:
    for number in lines.too_long:
        yield Record(number, [], 1, f"the line is longer than {_LONGEST_LINE:,} characters")
    lines.too_long = []
