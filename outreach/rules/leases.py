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
#: A letter whose worker died so often is itself suspected: it is set aside and shown, the others go on.
POISON = 3
#: Letters of one account in hand at a time. With the one visit that reads its mailbox (``visit_mailbox``) that makes
#: four requests in flight; Gmail answers 429 to many more.
MOST_IN_HAND = 3
