"""Look over what lies outside the database: Python, home, disk, key, zone, Google's address, the broker."""

from __future__ import annotations

import fcntl
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from outreach.actions.add_account import machine_zone
from outreach.errors import Misconfigured
from outreach.queries.readiness import broker_trouble
from outreach.rules.checkup import Check, broken, fine, note
from outreach.setting_sources import without_password
from outreach.settings import Settings
from outreach.tokens import Tokens

_LITTLE, _TOO_LITTLE = 500_000_000, 50_000_000
#: First releases whose standard library does not decode encoded words in display names (CVE-2024-6923).
_MENDED_PYTHON = {(3, 11): 15, (3, 12): 13}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def examine_machine(settings: Settings, *, mend: bool = False) -> Iterator[Check]:
    """Yield what was found; with ``mend``, make the home and tighten the key's rights where that helps."""
    yield python_version()
    yield _home(settings.home)
    yield _disk(settings.home)
    yield _key(settings, mend=mend)
    yield _zone(settings)
    yield _api_root(settings.google.api_root)
    yield _broker(settings.broker_url)
    yield _clock(settings)


def python_version() -> Check:
    """Return whether this Python is one that we support, and whether it has the hole that letters guard against."""
    version = sys.version_info
    said = f"Python {version.major}.{version.minor}.{version.micro}"
    if not (3, 11) <= version[:2] <= (3, 14):
        return broken("python", said, "Outreach is made for Python 3.11 to 3.14: install it there.")
    if version.micro < _MENDED_PYTHON.get(version[:2], 0):
        first = f"{version.major}.{version.minor}.{_MENDED_PYTHON[version[:2]]}"
        return note(
            "python",
            f"{said} has CVE-2024-6923 (headers forged through display names); every letter is checked against it",
            f"Update Python to {first} or newer when you can.",
        )
    return fine("python", said)


def _home(home: Path) -> Check:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"x")
    except OSError as error:
        return broken(
            "home",
            f"{home} cannot be written: {error.strerror}",
            "Give yourself the right to write there, or set another OUTREACH_HOME.",
        )
    return fine("home", str(home))


def _disk(home: Path) -> Check:
    place = next((each for each in (home, *home.parents) if each.exists()), Path("/"))
    free = shutil.disk_usage(place).free
    said = f"{free // 1_000_000:,} MB free"
    if free < _TOO_LITTLE:
        return broken("disk", said, "Free some space: a full disk stops everything.")
    return note("disk", said, "Free some space soon.") if free < _LITTLE else fine("disk", said)


def _key(settings: Settings, *, mend: bool) -> Check:
    path = settings.resolved_key_file
    if not path.exists():
        return fine("key", f"{path} is made with the first account")
    try:
        Tokens(path).seal("check", "check", b"check")
    except Misconfigured as error:
        return broken("key", error.message, "Put the right key back, or connect the accounts again.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 and mend:
        path.chmod(0o600)
        return fine("key", f"{path} is now readable by you alone")
    if mode & 0o077:
        return broken("key", f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")
    return fine("key", str(path))


def _zone(settings: Settings) -> Check:
    if settings.me.zone:
        return fine("zone", f"{settings.me.zone} (settings)")
    found = machine_zone()
    if found:
        return fine("zone", f"{found} (this computer)")
    return note("zone", "this computer's time zone cannot be told: UTC is used", "Set me.zone, as Europe/Lisbon.")


def _api_root(root: str) -> Check:
    if not root:
        return fine("google", "Gmail and Calendar at Google")
    host = urlsplit(root).hostname or ""
    if host in _LOOPBACK or host.startswith("127."):
        return note("google", f"a Google of one's own at {root}: no letter reaches anybody", "Unset google.api_root.")
    if host == "googleapis.com" or host.endswith(".googleapis.com"):
        return fine("google", root)
    return broken(
        "google",
        f"google.api_root is {root}, which is neither Google nor this computer",
        "Unset OUTREACH_GOOGLE__API_ROOT: your letters and tokens would go there.",
    )


def _broker(url: str) -> Check:
    if not url:
        return fine("broker", "embedded: one process does everything")
    if trouble := broker_trouble(url):
        mend = "Start it, or unset OUTREACH_BROKER_URL. Nothing is lost meanwhile: due rows wait."
        return broken("broker", trouble, mend)
    return fine("broker", without_password(url))


def _clock(settings: Settings) -> Check:
    if settings.clock == "simulated":
        return note("clock", "time is simulated: it stands until `outreach clock advance`", "Unset OUTREACH_CLOCK.")
    return fine("clock", "this computer's")


def who_runs(home: Path) -> str | None:
    """Return the number of the process that works on this home, None when nothing runs."""
    path = home / "run.lock"
    if not path.exists():
        return None
    with path.open("r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return file.read(20).strip() or "unknown"
    return None
