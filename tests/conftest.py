"""Shared by all tests: no setting of the developer's own leaks in."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OUTREACH_") and not name.startswith("OUTREACH_TEST_"):
            monkeypatch.delenv(name)
