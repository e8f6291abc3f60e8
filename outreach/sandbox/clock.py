"""The sandbox's own clock, for when nobody hands it one: the machine's time, moved by an offset or standing still."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


def wall_now() -> datetime:
    """Return the machine's time, aware UTC. The sandbox stands alone and does not share the product's clock."""
    return datetime.fromtimestamp(time.time(), UTC)


def iso(moment: datetime) -> str:
    """Return an instant as Google writes it: UTC, milliseconds, ``Z`` (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class HeldClock:
    """Starts at the machine's time and runs on; the control endpoint moves or stops it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = timedelta(0)
        self._standing: datetime | None = None

    def __call__(self) -> datetime:
        """Return the sandbox's present instant, aware UTC."""
        with self._lock:
            return self._standing or wall_now() + self._ahead

    def set(self, moment: datetime, *, standing: bool = False) -> datetime:
        """Move to ``moment`` (aware) and run on from there, or stand still there; return the new instant."""
        with self._lock:
            moment = moment.astimezone(UTC)
            self._ahead = moment - wall_now()
            self._standing = moment if standing else None
        return moment

    def advance(self, by: timedelta) -> datetime:
        """Move by ``by``; a clock that stands goes on standing. Return the new instant."""
        standing = self._standing is not None
        return self.set(self() + by, standing=standing)
