"""``make bench``: how fast we are on this machine, beside what people would use instead, as tables in Markdown."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from outreach.logs import log_to_stderr
from tests.benchmarks.figures import Table, machine

#: Each a module with ``bench(rounds=…, quick=…) -> list[Table]``.
BENCHES = ("send", "claim", "lag", "growth", "memory")


def main() -> None:
    """Run the benches that were named, all of them when none was, and print what they found."""
    options = _options()
    log_to_stderr()
    print(f"Measured on {machine()}.\n", flush=True)
    for name in options.names or BENCHES:
        began = time.monotonic()
        tables: list[Table] = importlib.import_module(f"tests.benchmarks.{name}").bench(
            rounds=options.rounds, quick=options.quick
        )
        for table in tables:
            print(table.markdown(), flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=(*BENCHES, []), metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--rounds", type=int, help="5, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="small figures in seconds: whether it runs, not how fast")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


if __name__ == "__main__":
    main()
