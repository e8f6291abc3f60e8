"""The sandbox as a process: ``python -m outreach.sandbox --port N --ledger FILE``; says where it is as JSON."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT (or until stdin closes, if asked to) and return the exit code."""
    options = _options(arguments)
    stop = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    lag = timedelta(seconds=options.search_lag)
    try:
        sandbox = Sandbox(
            ledger=options.ledger, port=options.port, seed=options.seed, search_lag=lag, quirks=options.quirk
        )
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}.\n")
        return 69
    with sandbox:
        if options.now:
            sandbox.set_clock(options.now, standing=options.standing)
        consents = [sandbox.add_account(address) for address in options.account]
        sys.stdout.write(json.dumps({"root": sandbox.root, "accounts": consents}) + "\n")
        sys.stdout.flush()
        if options.until_stdin_closes:
            threading.Thread(target=_wait_for_stdin, args=(stop,), daemon=True).start()
        stop.wait()
    return 0


def _wait_for_stdin(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stop.set()


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} needs an offset, such as 2026-03-02T09:00:00+00:00")
    return moment


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m outreach.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--ledger", type=Path, help="append what was accepted to this file, one JSON line each")
    parser.add_argument("--seed", type=int, default=0, help="for ids, dice and people")
    parser.add_argument("--search-lag", type=float, default=0.0, help="seconds until new mail can be found by search")
    parser.add_argument(
        "--quirk",
        action="append",
        default=[],
        choices=[quirk.value for quirk in Quirk],
        metavar="NAME",
        help=f"differ from Google as it is believed to be; may be repeated: {', '.join(Quirk)}",
    )
    parser.add_argument("--account", action="append", default=[], help="an address to begin with; may be repeated")
    parser.add_argument("--now", type=_instant, help="set the clock, ISO 8601 with offset; it runs on from there")
    parser.add_argument("--standing", action="store_true", help="with --now: the clock stands until moved")
    parser.add_argument("--until-stdin-closes", action="store_true", help="leave when the parent goes away")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
