"""Threads: what a letter answers to (RFC 5322, 3.6.4, and Gmail's three conditions)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thread:
    """Gmail's thread on our side; subject and Message-IDs, oldest first, for the other side."""

    thread_id: str
    subject: str
    message_ids: tuple[str, ...]
