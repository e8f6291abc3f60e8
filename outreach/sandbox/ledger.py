"""What the sandbox accepted, one JSON line each, written before any fault is applied to the answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from outreach.sandbox.clock import iso, wall_now

Entry = dict[str, Any]


class Ledger:
    """Appends and flushes each entry at once. ``entries`` holds all of them, ``sent`` those of kind ``sent``."""

    def __init__(self, path: Path | None, clock: Callable[[], datetime]) -> None:
        self.entries: list[Entry] = []
        self.sent: list[Entry] = []
        self._clock = clock
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def write(self, kind: str, account: str, **facts: Any) -> Entry:
        """Append one entry with the sandbox's and the machine's time, and return it."""
        entry: Entry = {"kind": kind, "time": iso(self._clock()), "wall_time": iso(wall_now()), "account": account}
        entry |= facts
        with self._lock:
            if self._file is not None:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()
            self.entries.append(entry)
            if kind == "sent":
                self.sent.append(entry)
        return entry

    def close(self) -> None:
        """Close the file; what is written later stays in memory only."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
