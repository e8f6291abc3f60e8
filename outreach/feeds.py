"""Calendars that are published as a file or under an address (ICS): fetched within limits, and kept in memory."""

from __future__ import annotations

import hashlib
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from outreach.calendar.busy import LARGEST, read_busy
from outreach.edge import NotDone
from outreach.errors import BadInput
from outreach.rules.instants import Span

#: Such calendars change seldom, and their servers ask not to be asked often.
_FRESH = timedelta(minutes=10)
_TIMEOUT = 15.0
_MOST_KEPT = 2_000


@dataclass(frozen=True)
class _Read:
    """What a calendar said, for which stretch of time, and when it was fetched."""

    at: datetime
    digest: str
    span: Span
    busy: tuple[Span, ...]


class Feeds:
    """Reads published calendars. Safe to share among threads."""

    def __init__(self, fetch: Callable[[str], bytes] | None = None) -> None:
        self._fetch = fetch or fetch_feed
        self._read: dict[tuple[str, str, str], _Read] = {}
        self._lock = threading.Lock()

    def busy(
        self, source: str, span: Span, *, owner: str, zone_name: str, now: datetime, oldest: timedelta = _FRESH
    ) -> list[Span]:
        """Return busy spans that touch ``span``, as the calendar said at most ``oldest`` ago.

        Raises NotDone when it cannot be fetched or read: what is unknown is never free.
        """
        key = (source, owner, zone_name)
        with self._lock:
            known = self._read.get(key)
        if known is None or not _covers(known.span, span) or not timedelta(0) <= now - known.at < oldest:
            known = self._anew(key, known, span, now)
        return [each for each in known.busy if each.overlaps(span)]

    def _anew(self, key: tuple[str, str, str], known: _Read | None, span: Span, now: datetime) -> _Read:
        source, owner, zone_name = key
        raw = self._fetch(source)
        digest = hashlib.sha256(raw).hexdigest()
        if known is not None and known.digest == digest and _covers(known.span, span):
            read = _Read(now, digest, known.span, known.busy)
        else:
            # A little more than was asked for, so that tomorrow's question is answered by the same reading.
            wide = Span(span.start - timedelta(days=1), span.end + timedelta(days=7))
            try:
                busy = read_busy(raw, wide, owner=owner, zone_name=zone_name)
            except BadInput as error:
                raise NotDone(f"{_named(source)}: {error.message}", reason="feed") from error
            read = _Read(now, digest, wide, tuple(busy))
        with self._lock:
            if len(self._read) >= _MOST_KEPT:
                self._read.clear()
            self._read[key] = read
        return read


def _covers(wide: Span, span: Span) -> bool:
    return wide.start <= span.start and span.end <= wide.end


def fetch_feed(source: str) -> bytes:
    """Return the bytes of a calendar: a file, or what an http(s) address answers. Raises NotDone."""
    address = source.replace("webcal://", "https://", 1)
    try:
        if urlsplit(address).scheme not in {"http", "https"}:
            path = Path(source).expanduser()
            if path.stat().st_size > LARGEST:
                raise NotDone(f"{_named(source)} is larger than {LARGEST:,} bytes.", reason="feed")
            return path.read_bytes()
        request = urllib.request.Request(address, headers={"Accept": "text/calendar", "User-Agent": "Outreach"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the scheme was looked at
            raw: bytes = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise NotDone(f"{_named(source)} cannot be fetched: {_reason(error)}.", reason="feed") from error
    if len(raw) > LARGEST:
        raise NotDone(f"{_named(source)} is larger than {LARGEST:,} bytes.", reason="feed")
    return raw


def _named(source: str) -> str:
    """Return what a calendar is called in messages: addresses of calendars are secrets, their hosts are not."""
    parts = urlsplit(source)
    return f"The calendar at {parts.hostname}" if parts.hostname else f"The calendar {Path(source).name}"


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    return str(getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__)
