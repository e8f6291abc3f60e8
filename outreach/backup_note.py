"""What a backup says of itself: that it is one of ours, when it was made, and which tables it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from outreach import migrate
from outreach.errors import BadInput


@dataclass(frozen=True)
class BackupNote:
    """``made_at`` is the instant, aware UTC, from before the copying began; ``revision`` is that of the tables."""

    made_at: datetime
    revision: str


def checked_note(path: Path, made_at: str | None, revision: str | None) -> BackupNote:
    """Return the note. Raises BadInput for a file that has none, or whose tables are newer than this program."""
    try:
        moment = datetime.fromisoformat(made_at or "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not revision:
        raise BadInput(f"{path} is no backup of this program: name a file that `outreach backup` has written.")
    if revision not in migrate.known_revisions():
        raise BadInput(
            f"{path} comes from a newer program (its tables are at {revision}, this program knows {migrate.NEWEST}): "
            "install that program, and restore with it."
        )
    return BackupNote(moment, revision)


def what_went_wrong(said: str) -> str:
    """Return the first error that a program spoke of, else its last words, for a sentence."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()]
    return (errors or lines[-1:] or ["it gave no reason"])[0].rstrip(".")[:300]
