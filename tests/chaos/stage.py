"""What a chaos test needs: a judge in another process, a home full of approved letters, and a worker to be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.actions.add_account import add_account
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.app import open_app
from outreach.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
ME = "ada@student.example.com"
#: No manners here: the engine is tested, not the pace.
HURRY = {
    "OUTREACH_SENDING__DAILY_CAP": "2000",
    "OUTREACH_SENDING__RAMP_START": "2000",
    "OUTREACH_SENDING__GAP_SECONDS": "0",
    "OUTREACH_SENDING__UNDO_SECONDS": "0",
    "OUTREACH_SENDING__SETTLE_SECONDS": "2",
    "OUTREACH_SENDING__WINDOW_START": "00:00",
    "OUTREACH_SENDING__WINDOW_END": "23:59:59",
    "OUTREACH_SENDING__WINDOW_DAYS": "[0,1,2,3,4,5,6]",
    "OUTREACH_ME__NAME": "Ada Okafor",
    "OUTREACH_ME__FIELD": "urban planning",
    "OUTREACH_ME__BACKGROUND": "I am in my last year of geography",
}


@dataclass(frozen=True)
class Judge:
    """The Google of our own as a process of its own, with a ledger that it writes before it answers."""

    root: str
    consent: dict[str, str]
    ledger: Path

    def faults(self, method: str, **kinds: float) -> None:
        """Let a share of the calls of a method go wrong in each of these ways."""
        for kind, share in kinds.items():
            self._post("faults", {"method": method, "kind": kind, "probability": share, "seconds": 1.5})

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._post("faults", {"clear": True})

    def sent(self) -> Counter[str]:
        """Return how often each letter was accepted for sending."""
        found: Counter[str] = Counter()
        for line in self.ledger.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["kind"] == "sent":
                found[entry["x_outreach_id"]] += 1
        return found

    def _post(self, name: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(
            f"{self.root}/_sandbox/{name}", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=10).read()


@contextmanager
def judge(folder: Path) -> Iterator[Judge]:
    """Start the judge; it leaves when this process does."""
    ledger = folder / "ledger.jsonl"
    command = [sys.executable, "-m", "outreach.sandbox", "--ledger", ledger, "--account", ME, "--until-stdin-closes"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        yield Judge(said["root"], said["accounts"][0], ledger)
    finally:
        process.kill()
        process.communicate()


def environment(home: Path, root: str, **more: str) -> dict[str, str]:
    """Return the environment of a worker for this home and this Google."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    return kept | HURRY | {"OUTREACH_HOME": str(home), "OUTREACH_GOOGLE__API_ROOT": root} | more


def queue_letters(home: Path, google: Judge, count: int) -> set[str]:
    """Queue ``count`` approved letters, all due now, and return their ids."""
    inherited = dict(os.environ)
    os.environ.update(environment(home, google.root))
    try:
        app = open_app(load_settings())
    finally:
        os.environ.clear()
        os.environ.update(inherited)
    try:
        account = add_account(app, json.dumps(google.consent).encode(), address=ME, zone_name="Europe/London")
        rows = [
            f"Person{number},Example,p{number}@city.example.com,Europe/London,"
            f"Your talk number {number} on pocket parks changed how I look at my own street every morning"
            for number in range(count)
        ]
        data = "\n".join(["first_name,last_name,email,zone,why_you", *rows]).encode()
        queued = queue_people(app, account.id, PeopleFileBytes(data, "people.csv"))
        assert len(queued.planned) == count, queued.waiting[:3]
        return {line.letter_id for line in queued.planned}
    finally:
        app.close()


@contextmanager
def worker(home: Path, google: Judge, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``outreach run`` until the end of the block, or until the test ends it."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "outreach", "run"],
            cwd=ROOT,
            env=environment(home, google.root, **more),
            stdout=out,
            stderr=out,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_for(google: Judge, letters: set[str], seconds: float) -> bool:
    """Wait until the judge has seen every letter; return whether it did in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if letters <= set(google.sent()):
            return True
        time.sleep(0.5)
    return False
