"""The environment of those that we are compared with: made once, outside of the project, from hashed files."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs

REQUIREMENTS = Path(__file__).with_name("requirements-peers.lock")
CONTENDERS = Path(__file__).with_name("contenders")


def peers_python() -> Path:
    """Return the interpreter of an environment that holds the peers; made when it is not there yet.

    It lies in the user's cache folder under the hash of what it holds, so a changed file makes another one.
    ``BENCH_PEERS_PYTHON`` names one that is there already.
    """
    if given := os.environ.get("BENCH_PEERS_PYTHON"):
        return Path(given)
    contents = REQUIREMENTS.read_bytes() + sys.version.encode()
    place = Path(platformdirs.user_cache_dir("outreach"), f"bench-peers-{hashlib.sha256(contents).hexdigest()[:12]}")
    python, made = place / "bin" / "python", place / "made"
    if not made.exists():
        print(f"Installing django-post-office and mailmerge into {place} (once) ...", file=sys.stderr)
        venv.create(place, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([python, *install, "-r", REQUIREMENTS], check=True)
        made.touch()
    return python
