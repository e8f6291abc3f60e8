"""(a) Render, queue and send personalised letters: ours, what people would use instead, and the floors of both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import stage
from tests.benchmarks.figures import Series, Table, over
from tests.benchmarks.peers import CONTENDERS, peers_python
from tests.benchmarks.serving import PROJECT, sandbox, smtp_sink

OURS, NULL, BARE = "ours, Gmail API", "ours, null mailbox", "two bare Gmail calls"
DJANGO, MERGE, FLOOR = "django-post-office", "mailmerge", "smtplib script"
DJANGO_DRY, MERGE_DRY = "django-post-office, dummy backend", "mailmerge, dry run"


@dataclass(frozen=True)
class _Servers:
    """What letters go to: ports and roots, each served by a process of its own."""

    smtp: str
    google: str
    consents: bytes


def bench(*, rounds: int, quick: bool) -> list[Table]:
    """Return the tables: what each costs, and the ratios."""
    letters = 50 if quick else 300
    peers = peers_python()
    found: dict[str, list[Mapping[str, float]]] = {}
    for _ in range(rounds):
        for name in (NULL, DJANGO, MERGE, OURS, BARE, FLOOR, DJANGO_DRY, MERGE_DRY):
            with tempfile.TemporaryDirectory() as folder, _servers() as servers:
                found.setdefault(name, []).append(_one(name, letters, Path(folder), servers, peers))
    return [_costs(found, letters), _ratios(found)]


def _one(name: str, letters: int, folder: Path, servers: _Servers, peers: Path) -> Mapping[str, float]:
    count, place = str(letters), str(folder)
    ours = [sys.executable, "-m", "tests.benchmarks.contenders.ours", count, place]
    bare = [sys.executable, "-m", "tests.benchmarks.contenders.bare_calls", count, servers.google]
    django, merge = str(CONTENDERS / "django_queue.py"), str(CONTENDERS / "merge.py")
    command = {
        OURS: [*ours, servers.google],
        NULL: ours,
        BARE: bare,
        FLOOR: [str(peers), str(CONTENDERS / "floor.py"), count, servers.smtp],
        DJANGO: [str(peers), django, count, servers.smtp, place],
        DJANGO_DRY: [str(peers), django, count, "0", place],
        MERGE: [str(peers), merge, count, servers.smtp, place],
        MERGE_DRY: [str(peers), merge, count, "0", place],
    }[name]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OUTREACH_", "DJANGO_"))}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, input=servers.consents, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr.decode()[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def _servers() -> Iterator[_Servers]:
    with smtp_sink() as port, sandbox([stage.address_of(number) for number in range(2)]) as google:
        yield _Servers(port, google.root, b"\n".join(google.consents))


def _series(found: Mapping[str, list[Mapping[str, float]]], name: str, figure: str, times: float = 1000) -> Series:
    return Series([each[figure] * times for each in found[name] if figure in each])


def _costs(found: Mapping[str, list[Mapping[str, float]]], letters: int) -> Table:
    rows = []
    for name in found:
        wall = _series(found, name, "wall")
        queueing, queueing_cpu = _series(found, name, "queueing"), _series(found, name, "queueing_cpu")
        rate = Series([1000 / each for each in wall.values])
        queries = _series(found, name, "queries", 1)
        rows.append((name, wall, rate, _series(found, name, "cpu"), queueing, queueing_cpu, queries))
    reading = _series(found, OURS, "reading")
    method = (
        f"{letters} letters, {len(found[OURS])} rounds, one after another within each round; median (lowest–highest). "
        "One process and one thread each, SMTP sink and sandbox in processes of their own; CPU is the sender's. "
        "To queue is to import, draft, lint, plan, compose, check, freeze and store; the rest is to claim, send and "
        f"record. Ours reads back the Message-ID later, for {reading} ms a letter."
    )
    columns = ("", "ms a letter", "letters a second", "CPU ms", "of these to queue: ms", "CPU ms", "queries a letter")
    return Table("(a) Render, queue and send", method, columns, rows)


def _ratios(found: Mapping[str, list[Mapping[str, float]]]) -> Table:
    wall = {name: _series(found, name, "wall") for name in found}
    cpu = {name: _series(found, name, "cpu") for name in found}
    queueing, queueing_cpu = _series(found, NULL, "queueing"), _series(found, NULL, "queueing_cpu")
    rows: list[tuple[str, Series, str]] = []
    for peer in (DJANGO, MERGE):
        rows += [
            (f"null mailbox, times as fast as {peer}", over(wall[peer], wall[NULL]), "4"),
            (f"null mailbox, the CPU of {peer} to ours", over(cpu[peer], cpu[NULL]), "–"),
            (f"to queue alone, times as fast as all of {peer}", over(wall[peer], queueing), "–"),
            (f"to queue alone, the CPU of all of {peer} to ours", over(cpu[peer], queueing_cpu), "–"),
        ]
    rows += [
        ("Gmail path, times as fast as two bare calls", over(wall[BARE], wall[OURS]), "0.6"),
        ("Gmail path, our CPU to that of django-post-office by SMTP", over(cpu[OURS], cpu[DJANGO]), "below 1"),
    ]
    method = "Each round's ratio; median (lowest–highest)."
    return Table("(a) Ratios", method, ("", "", "to reach"), rows)
