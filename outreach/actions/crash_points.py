"""Named places between two commits where the chaos suite ends or stops the process: nothing may be lost there.

``OUTREACH_CRASH_AT=name`` or ``name,name:probability`` makes the process exit at these points; ``OUTREACH_STOP_AT``
makes it stop there (SIGSTOP) until somebody lets it go on, as a machine does that sleeps or swaps. A process that ends
says at which point on standard error. Unset, a point costs two dictionary look-ups.
"""

from __future__ import annotations

import os
import random
import signal

#: Every point of a delivery, in the order in which a letter passes them.
POINTS = ("claimed", "drafted", "sending", "accepted", "recorded")
#: Every other one: between what Google or the database has done already and what is still to be done about it.
FURTHER_POINTS = (
    *("refused", "looked", "settled", "read_back"),
    *("message_stored", "messages_taken"),
    *("step_taken", "slots_offered", "busy_time_read", "meeting_booked", "step_done", "event_put"),
    *("reminder_written", "topics_asked"),
)
#: While people are queued: between import, drafting and approval, for each of which one run may have many commits.
QUEUE_POINTS = ("people_imported", "people_drafted", "people_approved")

#: What a process that ends at a point says before its name.
ENDED_AT = "crash point "


def crash_point(name: str) -> None:
    """End or stop the process here, without any clean-up, if the environment asks for it."""
    if _is_asked_for("OUTREACH_CRASH_AT", name):
        os.write(2, f"{ENDED_AT}{name}\n".encode())
        os._exit(137)
    if _is_asked_for("OUTREACH_STOP_AT", name):
        os.kill(os.getpid(), signal.SIGSTOP)


def _is_asked_for(variable: str, name: str) -> bool:
    wanted = os.environ.get(variable)
    if not wanted:
        return False
    points, _, chance = wanted.partition(":")
    return name in points.split(",") and random.random() < float(chance or 1)
