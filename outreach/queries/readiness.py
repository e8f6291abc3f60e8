"""Whether this process can do its work: the database answers and is as new as the program, the broker answers."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from outreach import migrate
from outreach.app import App
from outreach.errors import OutreachError

#: The ports that brokers listen on when none is named.
BROKER_PORTS = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}


def readiness(app: App) -> list[str]:
    """Return what keeps the process from working, in words; empty when nothing does."""
    return [reason for reason in (_database(app), broker_trouble(app.settings.broker_url)) if reason]


def _database(app: App) -> str:
    try:
        present = migrate.present(app.database)
    except OutreachError as error:
        return error.message
    return "" if present == migrate.NEWEST else f"the tables are at {present}, this program at {migrate.NEWEST}"


def broker_trouble(url: str) -> str:
    """Return why the broker cannot be used, "" when it answers or is embedded."""
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in BROKER_PORTS or not parts.hostname:
        return "OUTREACH_BROKER_URL is no broker's address"
    port = parts.port or BROKER_PORTS[parts.scheme]
    try:
        socket.create_connection((parts.hostname, port), timeout=3).close()
    except OSError as error:
        return f"{parts.scheme}://{parts.hostname}:{port} does not answer: {error.strerror or error}"
    return ""
