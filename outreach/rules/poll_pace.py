"""How often an inbox is looked at: often while an answer is likely, seldom when it is not.

People answer a letter within days if at all, so the look is frequent after each letter and each answer, and grows rarer
with every week of silence. Five thousand accounts then cost a tenth of the requests.
"""

from __future__ import annotations

from datetime import timedelta

#: After silence of so long, the usual interval is taken so many times.
_LADDER = (
    (timedelta(days=3), 1),
    (timedelta(days=7), 2),
    (timedelta(days=21), 5),
    (timedelta(days=60), 15),
)
_NOBODY_IS_ASKED = 30


def poll_interval(usual: timedelta, longest: timedelta, silence: timedelta | None) -> timedelta:
    """Return how long to wait until the next look.

    ``silence`` is for how long no letter has left and nothing has come in, None where nobody has been written to. The
    wait is never shorter than ``usual``, and longer than ``longest`` only where ``usual`` is.
    """
    times = _NOBODY_IS_ASKED
    if silence is not None:
        times = next((each for until, each in _LADDER if silence <= until), _NOBODY_IS_ASKED)
    return max(usual, min(usual * times, longest))
