"""Runs a server as a process for as long as a block lasts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Google:
    """A sandbox: its root, and the consents of its accounts as JSON."""

    root: str
    consents: list[bytes]


@contextmanager
def serving(command: Sequence[str]) -> Iterator[str]:
    """Run a server that says where it is and leaves when its standard input closes; yield what it said."""
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate()


@contextmanager
def smtp_sink() -> Iterator[str]:
    """Yield the port of an SMTP server that takes everything."""
    with serving([sys.executable, "-m", "tests.benchmarks.sink"]) as port:
        yield port


@contextmanager
def sandbox(addresses: Sequence[str]) -> Iterator[Google]:
    """Yield a sandbox with these accounts."""
    accounts = [word for address in addresses for word in ("--account", address)]
    with serving([sys.executable, "-m", "outreach.sandbox", "--until-stdin-closes", *accounts]) as said:
        google: Mapping[str, Any] = json.loads(said)
        yield Google(google["root"], [json.dumps(each).encode() for each in google["accounts"]])
