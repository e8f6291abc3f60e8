"""One `outreach run` for each home: a second one is refused, with the number of the first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outreach.errors import TryLater, Unavailable


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the home for this process; the lock dies with it, so a crash leaves nothing to clean up.

    Raises TryLater when another process holds it.
    """
    path = home / "run.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            raise TryLater(
                f"Another `outreach run` (process {handle.read().strip() or 'unknown'}) already works on {home}. "
                "Stop it first, or give this one another --home."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
