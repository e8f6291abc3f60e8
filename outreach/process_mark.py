"""Which worker processes are alive: each holds a lock on a file of its own, and the lock dies with it.

A lease says until when a worker may hold a letter; this says at once that its worker is gone. It works among the
processes of one computer that leave their marks in one folder; a lease names both. Of others, on other computers, with
other homes or from before the computer was started anew, only the lease counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
import threading
from functools import cached_property
from pathlib import Path
from typing import IO

from outreach.database import Database

_NAME_LENGTH = 8
#: Of Linux: another one after each start, so that a computer's copies are told apart.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def marks_folder(home: Path, database: Database) -> Path:
    """Return where the processes that work on a database leave their marks: beside a SQLite file, for two homes may
    share it, else in the home."""
    file = database.url.database or ""
    beside = Path(file).parent if database.is_sqlite and file not in {"", ":memory:"} else home
    return beside / "processes"


def _computer() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


class ProcessMark:
    """This process's mark in ``folder``; made when first asked for, and anew in a forked child."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._held: IO[str] | None = None
        self._owner = 0
        self._name = ""

    def lease_token(self) -> str:
        """Return a fresh random token that begins with this process's mark and the name of its folder."""
        return f"{self.name()}{self._place}{secrets.token_hex(8)}"

    @cached_property
    def _place(self) -> str:
        """Return the name of the folder: of this very one, on this computer, since it was started."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = self._folder.stat()
        name = f"{_computer()} {found.st_dev} {found.st_ino}"
        return hashlib.sha256(name.encode()).hexdigest()[:_NAME_LENGTH]

    def name(self) -> str:
        """Return the mark of this process, whose file stays locked as long as the process lives."""
        with self._guard:
            if self._owner != os.getpid():
                self._name, self._owner = secrets.token_hex(_NAME_LENGTH // 2), os.getpid()
                self._folder.mkdir(parents=True, exist_ok=True)
                unseen = self._folder / f".{self._name}"
                self._held = unseen.open("w")
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held.write(str(os.getpid()))
                self._held.flush()
                unseen.rename(self._folder / self._name)  # nobody has seen it without its lock
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
        names = [path.name for path in self._folder.glob("[!.]*") if path.name != self._name]
        return [self._said(name) for name in sorted(names) if not self._is_gone(name)]

    def _said(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="ascii").strip() or "unknown"
        except (OSError, UnicodeDecodeError):
            return "unknown"

    def is_dead(self, lease_token: str) -> bool:
        """Return whether the process that took this lease is surely gone; False where that cannot be known."""
        if lease_token[_NAME_LENGTH : 2 * _NAME_LENGTH] != self._place:
            return False
        return self._is_gone(self.of_token(lease_token))

    def _is_gone(self, name: str) -> bool:
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
