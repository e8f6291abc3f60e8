"""Named places between two commits where the chaos suite ends the process, to prove that nothing is lost there.

``OUTREACH_CRASH_AT=name`` or ``name:probability`` makes the process exit at that point; unset, this costs a dictionary
look-up.
"""

from __future__ import annotations

import os
import random

#: Every point, in the order in which a delivery passes them.
POINTS = ("claimed", "drafted", "sending", "accepted", "recorded")


def crash_point(name: str) -> None:
    """End the process here, without any clean-up, if the environment asks for it."""
    wanted = os.environ.get("OUTREACH_CRASH_AT")
    if not wanted:
        return
    point, _, chance = wanted.partition(":")
    if point == name and random.random() < float(chance or 1):
        os._exit(137)
