"""The arrows between rooms run one way, and data folders stay data."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "outreach").rglob("*.py"), *(ROOT / "workers").rglob("*.py")])


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_import_linter_finds_no_arrow_against_the_stream() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_the_google_room_imports_googles_packages() -> None:
    packages = (
        "googleapiclient",
        "google.auth",
        "google.oauth2",
        "google_auth_httplib2",
        "google_auth_oauthlib",
        "httplib2",
    )
    strays = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.parent.name != "google" and any(name.startswith(packages) for name in imported(path))
    }
    assert strays == set()


def test_outreach_imports_workers_only_inside_functions_of_the_command_line() -> None:
    strays = set()
    for path in SOURCES:
        if path.is_relative_to(ROOT / "outreach"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            at_top = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
            inside_cli = path.parent.name in {"cli", "demo"}
            everywhere = imported(path)
            if any(name.startswith("workers") for name in (at_top if inside_cli else everywhere)):
                strays.add(str(path.relative_to(ROOT)))
    assert strays == set()


def test_no_module_is_named_for_nothing_in_particular() -> None:
    banned = {"utils", "helpers", "common", "misc", "manager", "service"}
    assert [path for path in SOURCES if path.stem in banned] == []


def test_data_folders_are_not_packages() -> None:
    assert not list((ROOT / "templates").rglob("*.py"))
    assert not list((ROOT / "config").rglob("*.py"))


def test_requirement_files_name_no_host() -> None:
    for path in ROOT.glob("requirements*.lock"):
        lines = path.read_text(encoding="utf-8")
        assert "://" not in lines
        assert "--index" not in lines
        assert "--hash=sha256:" in lines
