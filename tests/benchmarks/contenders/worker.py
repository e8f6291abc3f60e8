"""A worker process over the null mailbox: delivers the letters whose ids it is told. ``FOLDER DATABASE_URL``.

Says that it is ready, waits for a line of ids, and says how long they took; then the same with the next line. In
between it tells how much memory it holds.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from outreach.actions.deliver_letter import deliver_letter
from outreach.app import App
from outreach.logs import log_to_stderr
from tests.benchmarks import stage
from tests.benchmarks.contenders.clock import Stopwatch

_TRIES = 50


def main() -> None:
    """Deliver until standard input closes."""
    log_to_stderr()
    with stage.opened(Path(sys.argv[1]), database_url=sys.argv[2]) as app:
        _say(ready=True)
        for line in sys.stdin:
            ids = line.split()
            with Stopwatch() as watch:
                again = _deliver(app, ids)
            _say(again=again, seconds=watch.seconds, cpu=watch.cpu, resident=_resident())


def _deliver(app: App, ids: Sequence[str]) -> int:
    """Deliver all of them; return how often one could not be had, because another worker held its account just then."""
    left, again = list(ids), 0
    for _ in range(_TRIES):
        left = [letter_id for letter_id in left if not deliver_letter(app, letter_id)]
        again += len(left)
        if not left:
            return again
    raise RuntimeError(f"{len(left)} of {len(ids)} letters were not sent in {_TRIES} tries")


def _resident() -> float:
    """Return the memory in use, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
