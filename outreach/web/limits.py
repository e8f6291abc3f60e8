"""How often a visitor may ask: a bucket of requests that fills up again with time (token bucket)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Limit:
    """Allows ``burst`` requests at once for each key, and ``a_minute`` in the long run."""

    #: More visitors than this at a time are an attack; the ones seen longest ago are forgotten.
    most = 50_000

    def __init__(self, burst: int, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._a_second = a_minute / 60
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def allows(self, key: str) -> bool:
        """Return whether one more request is allowed now, and count it if it is."""
        now = self._clock()
        with self._lock:
            left, since = self._left.pop(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - since) * self._a_second)
            allowed = left >= 1
            self._left[key] = (left - 1 if allowed else left, now)
            if len(self._left) > self.most:
                del self._left[next(iter(self._left))]
            return allowed

    @property
    def wait(self) -> int:
        """Return after how many seconds one more is allowed to somebody who has used up all."""
        return max(1, round(1 / self._a_second))
