"""``outreach backup`` and ``outreach restore`` as a person uses them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.clock import FixedClock
from outreach.sandbox.server import Sandbox
from tests import services
from tests.acceptance.conftest import ROOT

WHY = "Your talk on pocket parks changed how I look at my own street."
IDLE = ("work", "--until-idle")
HURRY = {"OUTREACH_SENDING__GAP_SECONDS": "0", "OUTREACH_SENDING__UNDO_SECONDS": "0"}


@pytest.fixture
def queued(connected: Any, people: Any) -> Any:
    """Three letters are queued; the inbox has been read."""
    connected.environment |= HURRY
    assert connected(*IDLE).code == 0
    rows = [f"Person{n},Example,p{n}@city.example.com,City,Planner,Europe/London,{WHY} {n}," for n in range(3)]
    done = connected("queue", people(*rows), "--yes")
    assert done.code == 0, done.err
    return connected


def sent(sandbox: Sandbox) -> Counter[str]:
    return Counter(each["to"] for each in sandbox.sent)


def test_back_and_forth(queued: Any, sandbox: Sandbox, clock: FixedClock, tmp_path: Path, people: Any) -> None:
    made = queued("backup", "--json")
    assert made.code == 0, made.err
    path = Path(made.facts["path"])
    assert path.parent == queued.home / "backups"
    assert path.stat().st_mode & 0o077 == 0
    assert made.facts["made_at"] == "2026-03-02T09:00:00+00:00"
    assert "key is not in it" in " ".join(made.err.split())
    os.utime(path, (0, 0))  # when it was made stands inside
    moved = tmp_path / "elsewhere"
    path.rename(moved)

    assert queued(*IDLE).code == 0
    assert sum(sent(sandbox).values()) == 3
    clock.advance(timedelta(hours=1))
    assert queued("clock", "advance", "1h").code == 0
    rows = [f"New,Person,new{n}@city.example.com,City,Planner,Europe/London,{WHY} {n}9," for n in range(2)]
    new = people(*rows, name="new.csv")
    assert queued("queue", new, "--yes").code == 0
    assert queued(*IDLE).code == 0
    before = sent(sandbox)
    assert sum(before.values()) == 5

    done = queued("restore", moved, "--json")
    assert done.code == 0, done.err
    assert done.facts["restored"]["made_at"] == "2026-03-02T09:00:00+00:00"
    (found,) = done.facts["accounts"]
    assert (len(found["recorded"]), len(found["taken_in"]), found["obstacle"]) == (3, 2, "")
    assert "sending is on again" in done.err
    assert queued("clock", "show", "--json").facts["now"].startswith("2026-03-02T10:00")
    assert queued("queue", new, "--yes", "--json").facts["planned"] == []
    assert queued(*IDLE).code == 0
    assert sent(sandbox) == before
    assert Path(done.facts["restored"]["kept"]).exists()
    said = queued("restore", moved)
    assert "5 messages in Sent" in said.out or "recorded as sent" in said.out


def test_google_is_away(queued: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    assert queued("backup", path).code == 0
    assert queued(*IDLE).code == 0
    sandbox.fault("messages.list", "503")
    done = queued("restore", path)
    assert done.code == 75
    assert "Nothing leaves yet" in done.err
    assert "Google answered 503" in done.err
    assert "restored from" in queued("account", "show").out
    assert "outreach account reconcile" in queued("status").err
    assert queued("account", "reconcile").code == 75
    sandbox.clear_faults()
    done = queued("account", "reconcile")
    assert done.code == 0, done.err
    assert "3 letters recorded as sent" in done.out
    assert queued("account", "reconcile").code == 0
    assert queued(*IDLE).code == 0
    assert set(sent(sandbox).values()) == {1}


def test_a_running_outreach_is_not_restored_under(queued: Any, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    assert queued("backup", path).code == 0
    state = queued.state()
    process = subprocess.Popen(
        [sys.executable, "-m", "outreach", "run"],
        cwd=ROOT,
        env=os.environ | {"OUTREACH_HOME": str(queued.home)} | queued.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        while "working for" not in process.stderr.readline():
            assert process.poll() is None
        done = queued("restore", path)
        assert done.code == 75
        assert f"process {process.pid}" in done.err
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert state["contact"] == queued.state()["contact"]
    assert queued("restore", path).code == 0


def test_a_worker_that_holds_no_letter_yet_keeps_a_restore_away(queued: Any, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    assert queued("backup", path).code == 0
    program = "import time; from workers import broker; broker.setup_broker(); print('up', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"OUTREACH_HOME": str(queued.home)} | queued.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        done = queued("restore", path)
        assert done.code == 75
        assert f"worker (process {process.pid})" in done.err
    finally:
        process.kill()
        process.communicate()
    assert queued("restore", path).code == 0, "a killed worker keeps nothing away"


def test_files_that_cannot_be_restored(queued: Any, tmp_path: Path) -> None:
    before = queued.state()
    good = tmp_path / "good"
    assert queued("backup", good).code == 0
    assert queued("backup", good).code == 65
    (tmp_path / "half").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (tmp_path / "people.csv").write_text("name,email\n")
    shutil.copy(queued.home / "outreach.db", tmp_path / "copy")  # not made by backup
    for name, saying in (
        ("half", "damaged"),
        ("people.csv", "no backup of this program"),
        ("copy", "no backup of this program"),
        ("nowhere", "cannot be read"),
    ):
        done = queued("restore", tmp_path / name)
        assert done.code == 65, (name, done.err)
        assert saying in done.err, (name, done.err)
        assert "Traceback" not in done.err
        assert queued.state() == before


def test_a_copy_that_was_put_back_by_hand_sends_nothing_either(queued: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    """Sending is off in the file itself, so that `cp` is as safe as `outreach restore`."""
    path = tmp_path / "backup"
    assert queued("backup", path).code == 0
    assert queued(*IDLE).code == 0
    for ending in ("-wal", "-shm"):
        (queued.home / f"outreach.db{ending}").unlink(missing_ok=True)
    shutil.copy(path, queued.home / "outreach.db")
    assert "restored from" in queued("account", "show").out
    assert queued(*IDLE).code == 0
    assert set(sent(sandbox).values()) == {1}
    assert "restored from" not in queued("account", "show").out


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own that is soon full."""
    with services.small_disk(1) as folder:
        yield folder


def test_a_full_disk_changes_nothing(queued: Any, sandbox: Sandbox, tmp_path: Path, small_disk: Path) -> None:
    path = tmp_path / "backup"
    assert queued("backup", path).code == 0
    (small_disk / "filler").write_bytes(b"x" * 900_000)
    done = queued("backup", small_disk / "backup")
    assert done.code == 69
    assert "nothing was changed" in done.err
    assert [each.name for each in small_disk.iterdir()] == ["filler"]
    # The database itself on a disk that is full.
    (small_disk / "filler").unlink()
    small = small_disk / "outreach.db"
    with sqlite3.connect(path) as source, sqlite3.connect(small) as target:
        source.backup(target)
    source.close()
    target.close()
    queued.environment["OUTREACH_DATABASE_URL"] = f"sqlite:///{small}"
    left = 1_000_000 - small.stat().st_size
    assert queued("status").code == 0
    (small_disk / "filler").write_bytes(b"x" * max(left - 250_000, 0))
    rows = _letters(small)
    done = queued("restore", path)
    assert done.code == 69, (done.out, done.err)
    assert "nothing was changed" in done.err
    assert _letters(small) == rows
    assert not [each.name for each in small_disk.iterdir() if "partial" in each.name]
    (small_disk / "filler").unlink()


def _letters(path: Path) -> list[tuple[Any, ...]]:
    for _ in range(20):
        try:
            with sqlite3.connect(path) as connection:
                return connection.execute("SELECT id, state FROM letter ORDER BY id").fetchall()
        except sqlite3.OperationalError:
            time.sleep(0.1)
    raise AssertionError(f"{path} cannot be read")
