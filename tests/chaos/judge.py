"""The judge: the Google of our own as a process of its own, with a ledger that it writes before it answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: How long a call that hangs hangs: longer than any patience that a test has with one letter, shorter than a lease.
HANGS = 1.5


@dataclass(frozen=True)
class Verdict:
    """What the judge says about the letters that were to leave."""

    lost: frozenset[str]
    twice: frozenset[str]
    strange: frozenset[str]

    @property
    def is_clean(self) -> bool:
        """Return whether every letter left once, and nothing else did."""
        return not (self.lost or self.twice or self.strange)

    def __str__(self) -> str:
        strange = f", {len(self.strange)} that nobody queued" if self.strange else ""
        return f"{len(self.lost)} lost, {len(self.twice)} twice{strange}"


@dataclass
class Judge:
    """The judge's address, the consents of its accounts, and its ledger as far as it was read."""

    root: str
    consents: Sequence[Mapping[str, str]]
    ledger: Path
    _entries: list[dict[str, Any]] = field(default_factory=list)
    _read_to: int = 0

    def misbehave(self, method: str, *kinds: str, share: float = 0.04) -> None:
        """Let this share of the calls of a method go wrong in each of these ways."""
        for kind in kinds:
            self.post("faults", {"method": method, "kind": kind, "probability": share, "seconds": HANGS})

    def behave(self) -> None:
        """Let nothing go wrong any more."""
        self.post("faults", {"clear": True})

    def entries(self) -> list[dict[str, Any]]:
        """Return the ledger so far; only what is new is read."""
        with self.ledger.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # half written: whole at the next look
                self._read_to += len(line)
                self._entries.append(json.loads(line))
        return self._entries

    def sent(self) -> Counter[str]:
        """Return how often each letter was accepted for sending."""
        return Counter(entry["x_outreach_id"] for entry in self.entries() if entry["kind"] == "sent")

    def verdict(self, wanted: Collection[str]) -> Verdict:
        """Return what became of the letters, by the ledger alone."""
        sent = self.sent()
        return Verdict(
            lost=frozenset(wanted) - set(sent),
            twice=frozenset(letter for letter, times in sent.items() if times > 1),
            strange=frozenset(sent) - frozenset(wanted),
        )

    def wait_for(self, wanted: Collection[str], seconds: float) -> float | None:
        """Wait until every letter is in the ledger; return after how many seconds, None when it is not in time."""
        letters, began = set(wanted), time.monotonic()
        while not letters <= set(self.sent()):
            if time.monotonic() - began > seconds:
                return None
            time.sleep(0.2)
        return time.monotonic() - began

    def post(self, name: str, body: Mapping[str, Any]) -> Any:
        """Ask a control endpoint; return its answer."""
        request = urllib.request.Request(
            f"{self.root}/_sandbox/{name}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        return self._answer(request)

    def state(self) -> Any:
        """Return how things stand with the judge: mailboxes, calendars, faults."""
        return self._answer(urllib.request.Request(f"{self.root}/_sandbox/state"))

    def _answer(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


@contextmanager
def judge(folder: Path, accounts: int = 1, *options: str) -> Iterator[Judge]:
    """Start the judge with so many accounts; it leaves when this process does."""
    ledger = folder / "ledger.jsonl"
    addresses = [part for number in range(accounts) for part in ("--account", f"ada{number}@student.example.com")]
    command = [sys.executable, "-m", "outreach.sandbox", "--ledger", str(ledger), "--until-stdin-closes"]
    process = subprocess.Popen(
        [*command, *addresses, *options], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield Judge(said["root"], said["accounts"], ledger)
    finally:
        process.kill()
        process.communicate()
