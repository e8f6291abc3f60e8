"""How a contender measures itself and tells it. Imports nothing but the standard library."""

import json
import sys
import time

#: So many letters go first, unmeasured: what a program does once, when it starts, is not what is compared.
WARM = 20


class Stopwatch:
    """Measures the block: wall seconds, and CPU seconds of this process with all its threads."""

    def __enter__(self):
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.cpu = time.process_time() - self._cpu
        self.seconds = time.perf_counter() - self._wall

    def add(self, other):
        """Add what another measured."""
        self.cpu += other.cpu
        self.seconds += other.seconds


def tell(letters, watch, **more):
    """Print the figures of one letter as the last line: wall and CPU seconds, and what else is known."""
    figures = {"wall": watch.seconds / letters, "cpu": watch.cpu / letters, **more}
    sys.stdout.write(json.dumps(figures) + "\n")
