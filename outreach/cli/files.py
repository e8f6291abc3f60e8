"""Files that a command is given: read within limits, ``-`` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from outreach.errors import BadInput, Unavailable

_LARGEST = 64_000_000


def read_file(path: Path, *, largest: int = _LARGEST) -> tuple[bytes, str]:
    """Return the bytes and a name to call them by. Raises BadInput, naming file and reason, for what cannot be read."""
    if str(path) == "-":
        return _within(sys.stdin.buffer.read(largest + 1), "standard input", largest), "standard input"
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder: name the file in it.")
        with path.open("rb") as file:
            return _within(file.read(largest + 1), str(path), largest), path.name
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {str(path)!r}.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{path} cannot be read: {reason}.") from error


def read_text(path: Path) -> str:
    """Return the text of a file, UTF-8. Raises BadInput for what is none."""
    data, name = read_file(path, largest=1_000_000)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is not text in UTF-8: save it as UTF-8.") from error


def write_file(path: Path, text: str) -> None:
    """Write a file in UTF-8. Raises Unavailable, naming file and reason, when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error


def _within(data: bytes, name: str, largest: int) -> bytes:
    if len(data) > largest:
        raise BadInput(f"{name} is larger than {largest // 1_000_000} MB.")
    return data
