"""Which worker processes of this home are alive: each holds a lock on a file of its own, and the lock dies with it.

A lease says until when a worker may hold a letter; this says at once that its worker is gone. It works among the
processes of one host, which is where SQLite lives; elsewhere only the lease counts.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from pathlib import Path
from typing import IO

from outreach.database import Database

_NAME_LENGTH = 8


def marks_folder(home: Path, database: Database) -> Path:
    """Return where the processes that work on a database leave their marks: beside a SQLite file, for two homes may
    share it, else in the home."""
    file = database.url.database or ""
    beside = Path(file).parent if database.is_sqlite and file not in {"", ":memory:"} else home
    return beside / "processes"


class ProcessMark:
    """This process's mark in ``folder``; made when first asked for, and anew in a forked child."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._held: IO[str] | None = None
        self._owner = 0
        self._name = ""

    def lease_token(self) -> str:
        """Return a fresh random token that begins with this process's mark."""
        return f"{self.name()}{secrets.token_hex(12)}"

    def name(self) -> str:
        """Return the mark of this process, whose file stays locked as long as the process lives."""
        with self._guard:
            if self._owner != os.getpid():
                self._name, self._owner = secrets.token_hex(_NAME_LENGTH // 2), os.getpid()
                self._folder.mkdir(parents=True, exist_ok=True)
                self._held = (self._folder / self._name).open("w")
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held.write(str(os.getpid()))
                self._held.flush()
            return self._name

    @staticmethod
    def of_token(lease_token: str) -> str:
        """Return the mark of the process that took this lease."""
        return lease_token[:_NAME_LENGTH]

    def release(self) -> None:
        """Take the mark back at the end of a process's work."""
        with self._guard:
            if self._held is not None and self._owner == os.getpid():
                (self._folder / self._name).unlink(missing_ok=True)
                self._held.close()
            self._held, self._owner = None, 0

    def others(self) -> list[str]:
        """Return the numbers of the other processes of this home that hold a mark; those of the dead are swept."""
        names = [path.name for path in self._folder.glob("*") if path.name != self._name]
        return [self._said(name) for name in sorted(names) if not self.is_dead(name)]

    def _said(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="ascii").strip() or "unknown"
        except (OSError, UnicodeDecodeError):
            return "unknown"

    def is_dead(self, lease_token: str) -> bool:
        """Return whether the process that took this lease is surely gone; False where that cannot be known."""
        name = self.of_token(lease_token)
        if name == self._name and self._owner == os.getpid():
            return False
        path = self._folder / name
        try:
            with path.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            return True  # swept by whoever noticed first
        except OSError:
            return False
        return True
