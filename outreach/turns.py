"""Turns, first come, first served.

SQLite lets one writer in at a time and makes the others try again every now and then, in no order: among many threads
one may stay out until its patience ends. Threads of one process therefore queue here before they ask SQLite.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that goes to whoever has waited longest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._line: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience: float) -> Iterator[bool]:
        """Wait at most ``patience`` seconds; yield whether the turn was had. It ends with the block."""
        had = self._take(patience)
        try:
            yield had
        finally:
            if had:
                self._pass_on()

    def waiting(self) -> int:
        """Return how many stand in line."""
        with self._guard:
            return len(self._line)

    def _take(self, patience: float) -> bool:
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self._line.append(called)
        try:
            if called.wait(patience):
                return True
        except BaseException:
            if not self._leave(called):
                self._pass_on()
            raise
        return not self._leave(called)

    def _leave(self, called: threading.Event) -> bool:
        """Leave the line. Return False when the turn came at this very moment: then it is ours."""
        with self._guard:
            if called.is_set():
                return False
            self._line.remove(called)
            return True

    def _pass_on(self) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False
