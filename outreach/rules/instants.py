"""Instants and spans: aware UTC only, checked where they are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def as_utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC. Raises ValueError for a naive datetime: a wall time without a zone is no instant."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no zone, so it names no instant")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time ``[start, end)`` in aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", as_utc(self.start))
        object.__setattr__(self, "end", as_utc(self.end))
        if self.end <= self.start:
            raise ValueError(f"a span must end after it starts: {self.start} to {self.end}")

    def overlaps(self, other: Span) -> bool:
        """Return whether the two share any instant; touching ends do not."""
        return self.start < other.end and other.start < self.end

    def widened(self, before: timedelta, after: timedelta) -> Span:
        """Return the span with buffers on both sides."""
        return Span(self.start - before, self.end + after)
