"""A place for databases that are written very often: in memory where that can be had, for no disk is tested there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Yield a folder in memory, or an ordinary one; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="outreach-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def quick_database(backend: str, given: str) -> Iterator[str]:
    """Yield the URL of an empty SQLite database in a quick folder; for another backend, the one given."""
    if backend != "sqlite":
        yield given
        return
    with quick_folder() as folder:
        yield f"sqlite:///{folder / 'outreach.db'}"
