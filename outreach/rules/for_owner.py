"""What waits for the owner of a conversation, in words: one text, though several things may have left it."""

from __future__ import annotations

_BETWEEN = " · "
_LONGEST = 500
#: How the words begin that a later yes of the same person settles or says anew. A question stays until it is answered.
_SETTLED = (
    *("said yes. ", "said yes, but", "said yes without", "chose ", "suggests ", "proposes ", "said no"),
    *("declined the meeting", "did not answer ", "never got "),
)


def still_open(text: str) -> str:
    """Return what of ``text`` the owner still has to look at once the person has said yes."""
    return _BETWEEN.join(each for each in text.split(_BETWEEN) if each and not each.startswith(_SETTLED))


def without(text: str, what: str) -> str:
    """Return what waits but for one thing."""
    return _BETWEEN.join(each for each in text.split(_BETWEEN) if each and each != what)


def says(text: str, beginning: str) -> bool:
    """Return whether one of the things that wait begins so."""
    return any(each.startswith(beginning) for each in text.split(_BETWEEN))


def with_more(text: str, more: str) -> str:
    """Return both, each once; where that is too long, what has waited longest gives way."""
    kept = [each for each in text.split(_BETWEEN) if each and each != more]
    while kept and len(_BETWEEN.join((*kept, more))) > _LONGEST:
        kept.pop(0)
    return _BETWEEN.join((*kept, more))[:_LONGEST]
