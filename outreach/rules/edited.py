"""Letters that their sender worded by hand: no template may word them anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Kept among a letter's facts, where templates cannot see it: it is no fact of the catalogue.
EDITED = "_edited"


def was_edited(facts: Mapping[str, Any]) -> bool:
    """Return whether the letter's words are its sender's own."""
    return bool(facts.get(EDITED))
