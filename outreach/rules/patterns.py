"""Regular expressions made of many alternatives, and which of them matched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern, for capital and small letters alike."""
    return re.compile(pattern, re.IGNORECASE)


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of these."""
    return "|".join(f"(?:{word})" for word in words)


def numbered(words: Sequence[str], name: str) -> str:
    """Return the pattern of any of these, each in a group of ``name`` and its number from 0."""
    return "|".join(f"(?P<{name}{number}>{word})" for number, word in enumerate(words))


def which(match: re.Match[str], name: str) -> int | None:
    """Return the number of the alternative that matched, None where none did."""
    for group, text in match.groupdict().items():
        if text is not None and group.startswith(name) and group[len(name) :].isdigit():
            return int(group[len(name) :])
    return None
