"""Errors that a person reads: each says what happened, where, and how to mend it.

The command line prints the sentence and leaves with ``exit_code`` (sysexits where they fit); nothing here ever
shows a traceback without ``--debug``.
"""

from __future__ import annotations

from collections.abc import Sequence


class OutreachError(Exception):
    """Base of every error that a person is meant to read.

    ``problems`` holds further lines (all of them at once, never only the first); ``exit_code`` is the status that
    the command line leaves with.
    """

    exit_code = 1

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)


class BadInput(OutreachError):
    """A file, address, time or text that cannot be used as it is."""

    exit_code = 65


class NotFound(OutreachError):
    """Nothing with that name or id in this account. Foreign rows are not found either."""

    exit_code = 65


class NotAllowed(OutreachError):
    """A step that the present state forbids, for instance moving a cancelled meeting."""

    exit_code = 77


class Unavailable(OutreachError):
    """A service or resource that we need is away: Google, the database, disk space."""

    exit_code = 69


class TryLater(OutreachError):
    """Busy now, fine later: another process holds the home, Google asked for a pause."""

    exit_code = 75


class Misconfigured(OutreachError):
    """Settings that cannot be used; ``problems`` lists every one of them."""

    exit_code = 78
