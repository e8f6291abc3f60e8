"""The command line as a person uses it: a process of its own, a home of its own, a Google of one's own."""

from __future__ import annotations

import atexit
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from outreach.actions.add_account import add_account
from outreach.actions.move_clock import set_clock
from outreach.app import open_app
from outreach.clock import FixedClock
from outreach.sandbox.server import Sandbox
from outreach.settings import load_settings
from tests.acceptance.forked import Forkery

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME = "ada@student.example.com"


@cache
def _forkery() -> Forkery:
    forkery = Forkery()
    atexit.register(forkery.close)
    return forkery


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


@dataclass
class CommandLine:
    """Runs ``outreach`` in a home, with an environment of its own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | Path, stdin: str = "", **more: str) -> Done:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
        environment = kept | {"OUTREACH_HOME": str(self.home), "TZ": "Europe/London"} | self.environment | more
        return Done(*_forkery().run([*map(str, words)], environment, stdin, seconds=240))

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table, to see that nothing was changed."""
        path = self.home / "outreach.db"
        if not path.exists():
            return {}
        with sqlite3.connect(path) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in sorted(names)}


@pytest.fixture
def outreach(tmp_path: Path) -> CommandLine:
    """The command line in a fresh home."""
    return CommandLine(tmp_path / "home")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY, step=timedelta(hours=1))


@pytest.fixture
def sandbox(clock: FixedClock, tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(clock=clock.now, ledger=tmp_path / "ledger.jsonl") as running:
        yield running


@pytest.fixture
def connected(outreach: CommandLine, sandbox: Sandbox) -> CommandLine:
    """The command line with one account, whose Google is the sandbox, on a Monday morning that stands still."""
    me = {"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"}
    outreach.environment |= {
        "OUTREACH_GOOGLE__API_ROOT": sandbox.root,
        "OUTREACH_CLOCK": "simulated",
        **{f"OUTREACH_ME__{name.upper()}": value for name, value in me.items()},
    }
    app = open_app(load_settings(home=outreach.home, clock="simulated", google={"api_root": sandbox.root}, me=me))
    set_clock(app, MONDAY)
    consent = json.dumps(sandbox.add_account(ME, name="Ada Okafor")).encode()
    add_account(app, consent, address=ME, zone_name="Europe/London")
    app.close()
    return outreach


WritePeople = Callable[..., Path]


@pytest.fixture
def people(tmp_path: Path) -> WritePeople:
    """Write a people file and return where it is."""

    def write(*rows: str, name: str = "people.csv", header: str = "") -> Path:
        path = tmp_path / name
        header = header or "first_name,last_name,email,organization,title,zone,why_you,referred_by"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write
