"""Where each setting in force comes from, for ``outreach config show`` and the doctor."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach import resources
from outreach.settings import Settings

_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^@\s]*@")


@dataclass(frozen=True)
class SettingLine:
    """One setting: its dotted name, its value without passwords, and where it was said."""

    name: str
    value: Any
    source: str


def setting_lines(settings: Settings, *, home_given: bool) -> list[SettingLine]:
    """Return every setting with its source: flag, environment variable, file, or built in."""
    own_file = settings.home / "config.toml"
    own = dict(_flat(_table(own_file)))
    bundled = dict(_flat(_table(resources.folder("config") / "default.toml")))
    environment = {name.upper() for name, value in os.environ.items() if value}
    found = []
    for name, value in _flat(settings.model_dump(mode="json")):
        variable = "OUTREACH_" + name.upper().replace(".", "__")
        if name == "home" and home_given:
            source = "--home"
        elif variable in environment or any(variable.startswith(f"{each}__") for each in environment):
            source = variable
        elif _said(own, name):
            source = str(own_file)
        else:
            source = "default.toml" if _said(bundled, name) else "built in"
        found.append(SettingLine(name, without_password(value), source))
    return found


def without_password(value: Any) -> Any:
    """Return ``value``, the password in a URL blotted out."""
    return _PASSWORD.sub(r"\1:***@", value) if isinstance(value, str) else value


def _said(table: Mapping[str, Any], name: str) -> bool:
    return name in table


def _table(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted names and values; the weekly hours are one value."""
    for key, value in table.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and key != "weekly":
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
