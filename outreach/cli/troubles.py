"""How a command ends when something goes wrong: one sentence on stderr, its problems below, an exit code.

0 done, 1 failed, 2 usage, 65 bad input, 69 unavailable, 75 try later, 77 not allowed, 78 configuration, 130 stopped by
the keyboard, 141 nobody read the output to its end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

STOPPED = 130
PIPE_CLOSED = 141
NOT_ALLOWED = 77
TRY_LATER = 75
CONFIGURATION = 78


@contextmanager
def told(*, debug: bool) -> Iterator[None]:
    """Turn every exception into a sentence and an exit code; with ``debug`` show where it came from."""
    try:
        yield
        sys.stdout.flush()
    except typer.Exit:
        raise
    except KeyboardInterrupt as error:
        _say("stopped")
        raise typer.Exit(STOPPED) from error
    except BrokenPipeError as error:
        silence(sys.stdout)
        raise typer.Exit(PIPE_CLOSED) from error
    except Exception as error:
        if debug or type(error).__module__.startswith("typer"):
            raise
        raise typer.Exit(_explain(error)) from error


def silence(stream: object) -> None:
    """Let nothing more be written to a pipe that is closed, also not when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())  # type: ignore[attr-defined]


def _explain(error: Exception) -> int:
    from outreach.app import KEY_TROUBLE
    from outreach.edge import AccessLost, EdgeError, NotDone
    from outreach.errors import OutreachError

    if isinstance(error, OutreachError):
        _say(error.message, error.problems)
        return error.exit_code
    if isinstance(error, AccessLost):
        _say(f"Google does not let us in ({error.message.rstrip('.')}). Mend it with `outreach account connect`.")
        return NOT_ALLOWED
    if isinstance(error, EdgeError) and error.reason == KEY_TROUBLE:
        _say(error.message)
        return CONFIGURATION
    if isinstance(error, EdgeError):
        _say(error.message if error.message.startswith("Google") else f"Google: {error.message}")
        return TRY_LATER if isinstance(error, NotDone) else 1
    if isinstance(error, PermissionError) and error.filename:
        _say(f"{error.filename} cannot be read or written: {error.strerror}.")
        return 69
    if isinstance(error, OSError) and error.strerror:
        _say(f"The computer refuses: {error.strerror}{f' ({error.filename})' if error.filename else ''}.")
        return 69
    _say(f"unexpected {type(error).__name__}: {error}. Run again with --debug to see where.")
    return 1


def _say(sentence: str, problems: Sequence[str] = ()) -> None:
    lines = [f"outreach: {sentence}", *(f"  {problem}" for problem in problems)]
    typer.echo("\n".join(lines), err=True)
