"""What a check of the installation found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """Fine, worth knowing, or to be mended before the product can be trusted to work."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: how it is, and what to do about it where something is to be done."""

    name: str
    state: CheckState
    said: str
    mend: str = ""


def fine(name: str, said: str) -> Check:
    """Return that all is well."""
    return Check(name, CheckState.OK, said)


def note(name: str, said: str, mend: str = "") -> Check:
    """Return something worth knowing that stops nothing."""
    return Check(name, CheckState.NOTE, said, mend)


def broken(name: str, said: str, mend: str) -> Check:
    """Return something that has to be mended, and how."""
    return Check(name, CheckState.MEND, said, mend)
