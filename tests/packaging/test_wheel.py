"""Wheel, editable install and checkout behave alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("outreach-*.whl"))


def doctor(python: Path | str, home: Path, cwd: Path) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OUTREACH_", "PYTHON"))}
    done = subprocess.run(
        [python, "-m", "outreach", "doctor", "--json"],
        cwd=cwd,
        env=environment | {"OUTREACH_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    checks: dict[str, object] = json.loads(done.stdout)
    return checks


def names_and_states(found: dict[str, object]) -> dict[str, str]:
    checks = found["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["state"] for check in checks}


def test_the_wheel_carries_templates_config_and_migrations(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "outreach/_bundled/templates/letters/thank_you/body.txt.j2" in names
    assert "outreach/_bundled/config/default.toml" in names
    assert any(name.startswith("outreach/migrations/versions/0001") for name in names)
    assert not any(name.startswith(("templates/", "config/", "tests/")) for name in names)


def test_doctor_says_the_same_from_the_wheel_and_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # What the wheel depends on comes from the tests' own environment; the package itself must not.
    dependencies = Path(pytest.__file__).parents[1]
    for item in dependencies.iterdir():
        if not item.name.startswith(("outreach", "_outreach", "__pycache__")) and item.suffix != ".pth":
            target = site / item.name
            if not target.exists():
                target.symlink_to(item)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    located = subprocess.run(
        [python, "-c", "import outreach, workers; print(outreach.__file__, workers.__file__)"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(ROOT / "outreach") not in located
    assert str(site) in located
    from_wheel = names_and_states(doctor(python, tmp_path / "home1", elsewhere))
    from_checkout = names_and_states(doctor(sys.executable, tmp_path / "home2", ROOT))
    assert from_wheel == from_checkout
    assert len(from_wheel) > 8
