"""Text whose lines were broken for the width of a screen, made whole again."""

from __future__ import annotations

import re

#: A line that breaks off in mid-sentence: before a small letter, or because it is as long as lines are.
_BEFORE_SMALL = re.compile(r"(?<=[^\s.!?:…])[ \t]*\n(?=[ \t]*[a-zäöüàâéèêíóúñç])")
_WRAPPED = re.compile(r"(?<=[^\n]{56}[^\s.!?:…])[ \t]*\n(?=[ \t]*[^\W_])")


def joined_lines(text: str) -> str:
    """Return the text with those lines joined that break off in mid-sentence."""
    return _WRAPPED.sub(" ", _BEFORE_SMALL.sub(" ", text))
