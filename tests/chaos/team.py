"""The processes that do the work, each under a supervisor; and what can be done to them."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.judge import ROOT
from tests.chaos.stage import Stage

SUPERVISOR = Path(__file__).with_name("supervisor.py")
RUN = ("-m", "outreach", "run")
TICKER = ("-m", "outreach", "ticker")
#: All that is due, then the end; the supervisor starts it again.
SWEEP = ("-m", "outreach", "work", "--until-idle")


def workers(processes: int, threads: int = 4) -> tuple[str, ...]:
    """Return the command of Dramatiq's own worker processes."""
    modules = ("workers.mail", "workers.calendar", "workers.inbox", "workers.sweeps")
    counts = ("--processes", str(processes), "--threads", str(threads), "--worker-shutdown-timeout", "20000")
    return ("-m", "dramatiq", "workers.broker:setup_broker", *modules, *counts)


class Team:
    """Commands that are kept running. Every process of theirs carries a mark in its environment, so it can be found."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._mark = f"CHAOS_TEAM={secrets.token_hex(8)}"
        self._supervisors: list[subprocess.Popen[bytes]] = []

    def hire(self, command: Sequence[str], **more: str) -> int:
        """Start a command and keep it running; return its number in the team."""
        name, _, value = self._mark.partition("=")
        log = self._stage.folder / "log"
        supervisor = subprocess.Popen(
            [sys.executable, "-I", str(SUPERVISOR), str(log), sys.executable, *command],
            cwd=ROOT,
            env=self._stage.environment(**more) | {name: value},
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._supervisors.append(supervisor)
        return len(self._supervisors) - 1

    def processes(self) -> list[int]:
        """Return the ids of the team's processes that are alive, without their supervisors."""
        supervisors = {supervisor.pid for supervisor in self._supervisors}
        return [pid for pid in self._marked() if pid not in supervisors and _state(pid) not in ("Z", "X", "")]

    def those_of(self, number: int) -> list[int]:
        """Return the ids of the processes that one command of the team consists of."""
        return [pid for pid in self.processes() if self._supervisors[number].pid in _ancestors(pid)]

    def kill_one(self, dice: random.Random) -> str:
        """Kill (-9) one process of the team, drawn by lot; return its command, an empty one when none is alive."""
        alive = self.processes()
        if not alive:
            return ""
        pid = dice.choice(sorted(alive))
        command = _command(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return command

    def close(self) -> None:
        """End everything."""
        for supervisor in self._supervisors:
            assert supervisor.stdin is not None
            supervisor.stdin.close()
        for supervisor in self._supervisors:
            supervisor.wait(20)
        for pid in self._marked():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _marked(self) -> list[int]:
        mark = self._mark.encode()
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    if mark in (folder / "environ").read_bytes().split(b"\0"):
                        found.append(int(folder.name))
        return found


@contextmanager
def team(stage: Stage, *commands: Sequence[str], **more: str) -> Iterator[Team]:
    """Keep these commands running until the end of the block."""
    hired = Team(stage)
    try:
        for command in commands:
            hired.hire(command, **more)
        yield hired
    finally:
        hired.close()


def is_stopped(pid: int) -> bool:
    """Return whether the process was stopped by SIGSTOP."""
    return _state(pid) == "T"


def stop(pids: Sequence[int], seconds: float) -> None:
    """Stop these processes for so long, as a machine does that sleeps."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _state(pid: int) -> str:
    return next(iter(_stat(pid)), "")


def _ancestors(pid: int) -> set[int]:
    found: set[int] = set()
    while pid > 1 and (stat := _stat(pid)):
        pid = int(stat[1])
        found.add(pid)
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
