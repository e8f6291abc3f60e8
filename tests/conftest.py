"""Shared by all tests: no setting of the developer's own leaks in; which backend; what could not run is named."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from _pytest.terminal import TerminalReporter

from tests import services


def pytest_configure() -> None:
    # What a script starts in the background inherits an ignored Ctrl-C, and hands it on to what the tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backend", choices=("sqlite", "postgresql"), default="sqlite", help="the database of the tests")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("OUTREACH_") and not name.startswith("OUTREACH_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with services.postgresql() as url:
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the backend that was asked for."""
    if request.config.getoption("--backend") == "sqlite":
        yield f"sqlite:///{tmp_path / 'outreach.db'}"
        return
    with services.fresh_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    for name, reason in sorted(services.missing.items()):
        terminalreporter.write_line(f"NOT RUN for want of {name}: {reason}", red=True)
