"""How long a worker may hold a letter, and when a lease has run out."""

from __future__ import annotations

import os
from datetime import timedelta

#: Longer than every time-out on the way to Google and back, so that a live worker never loses its lease. The chaos
#: suite shortens it, for it waits until many of them have run out. That can cost time but no letter: the promise rests
#: on the draft, which can be sent once, and every process of a suite is given the same figure. It is no setting: nobody
#: who sends letters has a reason to change it.
LEASE = timedelta(seconds=float(os.environ.get("OUTREACH_LEASE_SECONDS") or 180))
#: How much of the lease must be left right before the POST; more than that call's time-outs.
ENOUGH_TO_SEND = LEASE / 3
#: A lease that ends further ahead than this was written before the clock was set back: it has run out too.
IMPOSSIBLE = LEASE + timedelta(minutes=1)
#: A letter whose worker died so often in a row is set aside and shown, if nothing else explains it; the others go on.
POISON = 3
#: So often in a row, and it is set aside whatever else may explain it.
POISON_FOR_CERTAIN = 10
#: How long a suspect waits after each death, and how much longer the next suspect does: each of them shall be seen
#: without the others, and there is time for workers to die without any of them.
_ASIDE = timedelta(seconds=10)
_APART = timedelta(seconds=5)
#: Letters of one account in hand at a time. With the one visit that reads its mailbox (``visit_mailbox``) that makes
#: four requests in flight; Gmail answers 429 to many more.
MOST_IN_HAND = 3


def is_suspect(recoveries: int) -> bool:
    """Return whether the next death of its worker may set a letter aside."""
    return recoveries >= POISON - 1


def is_poison(recoveries: int, *, explained: bool) -> bool:
    """Return whether a letter in whose hand so many workers died in a row must not be tried again."""
    return recoveries >= (POISON_FOR_CERTAIN if explained else POISON)


def kept_aside(place: int) -> timedelta:
    """Return how long the suspect at ``place`` (from 0) among those that were in the same hands waits."""
    return _ASIDE + place * _APART
