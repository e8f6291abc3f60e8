"""Ours: import, draft, lint, plan, freeze, store; then claim, deliver and record. ``LETTERS FOLDER [ROOT]``.

Without the root of a Google, the null mailbox takes the letters. With one, the consents of two accounts come as JSON,
a line each, on standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import func, select

from outreach.actions.read_back_letters import read_back_letters
from outreach.app import App
from outreach.logs import log_to_stderr
from outreach.model import Letter
from outreach.rules.kinds import LetterState
from tests.benchmarks import stage
from tests.benchmarks.contenders.clock import WARM, Stopwatch, tell

_COUNTED = 50


def main() -> None:
    """Queue and send the letters of one account, after a few of another."""
    letters, folder, root = int(sys.argv[1]), Path(sys.argv[2]), "".join(sys.argv[3:])
    log_to_stderr()
    consents = [line.encode() for line in sys.stdin] if root else [None, None]
    with stage.opened(folder / "home", root=root) as app:
        warming, account = stage.add_accounts(app, consents)
        stage.queue(app, warming, WARM)
        stage.deliver_all(app, WARM)
        with Stopwatch() as queueing:
            stage.queue(app, account, letters)
        with Stopwatch() as sending:
            stage.deliver_all(app, letters)
        assert _sent(app, account) == letters
        with Stopwatch() as reading:
            read = read_back_letters(app, account)
        # Asked apart, with a few more letters: counting costs time.
        with stage.counted(app.database) as queries:
            stage.queue(app, warming, _COUNTED, start=WARM)
            stage.deliver_all(app, _COUNTED)
    parts = {"queueing": queueing.seconds / letters, "queueing_cpu": queueing.cpu / letters}
    queueing.add(sending)
    reads = {"reading": reading.seconds / read, "reading_cpu": reading.cpu / read}
    tell(letters, queueing, queries=queries[0] / _COUNTED, **parts, **reads)


def _sent(app: App, account_id: str) -> int:
    with app.database.read(account_id) as session:
        return session.scalar(select(func.count(Letter.id)).where(Letter.state == LetterState.SENT)) or 0


if __name__ == "__main__":
    main()
