"""Keeps one command running, as the supervisor of a machine would: ``supervisor.py LOG COMMAND…``.

The command gets a process group of its own. When its first process ends, whatever is left of the group is killed, and
it is started again at once. When standard input closes, everything is ended: nothing outlives the test.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

#: Between an end and the next start, so that a command that cannot run does not eat the machine.
PAUSE = 0.1


def main() -> None:
    """Run until standard input closes."""
    log, *command = sys.argv[1:]
    current: list[subprocess.Popen[bytes]] = []
    threading.Thread(target=_end_with_stdin, args=(current,), daemon=True).start()
    with Path(log).open("ab", buffering=0) as out:
        while True:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
            current[:] = [process]
            code = process.wait()
            _kill_group(process)
            out.write(f"supervisor: {command[1:4]} left with {code}, started again\n".encode())
            time.sleep(PAUSE)


def _end_with_stdin(current: list[subprocess.Popen[bytes]]) -> None:
    while os.read(0, 4096):
        pass
    for process in current:
        _kill_group(process)
    os._exit(0)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
