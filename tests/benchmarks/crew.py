"""Worker processes over the null mailbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.serving import PROJECT


class Worker:
    """One worker process: takes the ids of letters, and tells how long they took."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, letter_ids: Sequence[str]) -> None:
        """Let it deliver these."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(letter_ids) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, float]:
        """Wait for it; return ``seconds`` and ``cpu`` of what it did, and the ``resident`` memory in MB."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a worker ended early")
        said: dict[str, float] = json.loads(line)
        return said


@contextmanager
def crew(home: Path, database_url: str, workers: int) -> Iterator[list[Worker]]:
    """Yield so many workers, ready."""
    command = [sys.executable, "-m", "tests.benchmarks.contenders.worker", str(home), database_url]
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        processes = [
            stack.enter_context(subprocess.Popen(command, cwd=PROJECT, text=True, **pipes)) for _ in range(workers)
        ]
        crew = [Worker(process) for process in processes]
        for worker in crew:
            worker.answer()
        yield crew
        for process in processes:
            process.communicate()
