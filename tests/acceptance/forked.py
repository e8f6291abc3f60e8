"""Commands that start at once: forked from one process that has loaded the product, each a process of its own.

To load Python and the libraries takes a second, and the tests of the command line give many hundred commands. What runs
is the product's ``main`` with its own environment, folder, standard streams and exit code, as from a shell; the tests
that signal a command or give it a terminal start a real one.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Not the workers: they set up their broker, as the environment says, when they are loaded.
_LOADED = ("outreach.actions", "outreach.cli", "outreach.google", "outreach.queries", "outreach.sandbox")


class Forkery:
    """The process that the commands are forked from. One at a time; it ends when nobody holds its standard input."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], cwd=ROOT, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], stdin: str, seconds: float
    ) -> tuple[int, str, str]:
        """Run ``outreach`` with these words. Return exit code, output and errors. Raises TimeoutError."""
        with tempfile.TemporaryDirectory(prefix="outreach-command-") as folder:
            files = [str(Path(folder, name)) for name in ("in", "out", "err")]
            Path(files[0]).write_text(stdin, encoding="utf-8")
            self._say({"words": list(words), "environment": dict(environment), "files": files})
            pid = self._hear(60)
            try:
                code = self._hear(seconds)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                self._hear(60)
                raise
            out, err = (Path(name).read_text(encoding="utf-8") for name in files[1:])
            return code, out, err

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def _say(self, what: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self, seconds: float) -> int:
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not readable:
            raise TimeoutError(f"no answer in {seconds:g} seconds")
        return int(os.read(self._process.stdout.fileno(), 20))


def _serve() -> None:
    """Fork a command for each line of standard input; answer its process id, and when it has ended its exit code."""
    for package in _LOADED:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order["words"], order["environment"], order["files"])
        os.write(1, f"{pid:<20}".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status):<20}".encode())


def _become(words: Sequence[str], environment: Mapping[str, str], files: Sequence[str]) -> None:
    code = 1
    try:
        for number, (name, mode) in enumerate(zip(files, ("r", "w", "w"), strict=True)):
            with Path(name).open(mode) as file:
                os.dup2(file.fileno(), number)
        for number, mode in enumerate("rww"):
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        sys.argv = ["outreach", *words]
        from outreach.cli.main import main

        code = _code_of(main)
    except Exception:  # noqa: BLE001 - as an interpreter ends
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _code_of(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    return 0


if __name__ == "__main__":
    _serve()
