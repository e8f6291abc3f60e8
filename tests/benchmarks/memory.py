"""(e) The memory of a worker that delivers letter after letter."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import fill, stage
from tests.benchmarks.crew import crew
from tests.benchmarks.figures import Table


def bench(*, rounds: int, quick: bool) -> list[Table]:
    """Return the table; one round is enough, for memory does not waver."""
    del rounds
    marks = (50, 100, 200) if quick else (1_000, 10_000, 50_000, 100_000)
    with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder)) as app:
        accounts = stage.add_accounts(app, [None] * 100)
        fill.scheduled(app, accounts, marks[-1], stage.MONDAY, name="m")
        ids = stage.due_letters(app, marks[-1])
        rows = []
        with crew(Path(folder), "", 1) as (worker,):
            for done, upto in pairwise((0, *marks)):
                worker.tell(ids[done:upto])
                rows.append((f"{upto:,}", f"{worker.answer()['resident']:.0f}"))
    method = "One worker process, SQLite, null mailbox: resident memory after so many letters."
    return [Table("(e) Memory", method, ("letters", "MB"), rows)]
