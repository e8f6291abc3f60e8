"""Which letters leave first."""

from __future__ import annotations

from outreach.rules.kinds import THANK_YOUS, TO_ONESELF, WITH_INVITATION, LetterKind

#: From this priority on, letters are outreach: cap, ramp, gap, undo and working hours apply.
ORDINARY = 5
#: Every priority, the most urgent first; the sweeps look at one after the other, so that an index serves each.
PRIORITIES = (0, 1, 2, ORDINARY, 7)


def priority_of(kind: LetterKind) -> int:
    """Return how urgent a kind of letter is; smaller leaves first."""
    if kind in THANK_YOUS:
        return 0
    if kind in WITH_INVITATION or kind in {LetterKind.SLOTS_OFFERED, LetterKind.REMINDER}:
        return 1
    if kind in TO_ONESELF:
        return 2
    return 7 if kind is LetterKind.FOLLOW_UP else ORDINARY
