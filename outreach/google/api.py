"""Gmail v1 and Calendar v3 from the discovery documents that google-api-python-client ships.

Built once per process and root, and shared: building takes milliseconds, and each call of ``users().messages()`` builds
its methods anew. They hold no connection; one is handed in with each request (``execute(http=…)``), for connections
must not be shared by threads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import googleapiclient
from googleapiclient.discovery import build_from_document  # type: ignore[attr-defined]

from outreach.google.roots import checked_root


@dataclass(frozen=True, slots=True)
class GmailApi:
    """Gmail's resources of ``users``."""

    users: Any
    drafts: Any
    messages: Any
    threads: Any
    history: Any
    send_as: Any


@dataclass(frozen=True, slots=True)
class CalendarApi:
    """Calendar's resources."""

    events: Any
    freebusy: Any


@lru_cache(maxsize=8)
def gmail_api(root: str = "") -> GmailApi:
    """Return Gmail at ``root`` (empty: at Google). Raises Misconfigured for a root that is not allowed."""
    users = resource("gmail.v1.json", root).users()
    return GmailApi(
        users=users,
        drafts=users.drafts(),
        messages=users.messages(),
        threads=users.threads(),
        history=users.history(),
        send_as=users.settings().sendAs(),
    )


@lru_cache(maxsize=8)
def calendar_api(root: str = "") -> CalendarApi:
    """Return Calendar at ``root`` (empty: at Google). Raises Misconfigured for a root that is not allowed."""
    calendar = resource("calendar.v3.json", root)
    return CalendarApi(events=calendar.events(), freebusy=calendar.freebusy())


def resource(name: str, root: str) -> Any:
    """Return the API of a discovery document, every address of it (media upload and batch too) at ``root``."""
    described = {key: value for key, value in _document(name).items() if key != "mtlsRootUrl"}
    checked = checked_root(root)
    if checked:
        described |= {"rootUrl": f"{checked}/", "baseUrl": f"{checked}/{described['servicePath']}"}
    return build_from_document(described, http=_NoHttp())


@lru_cache(maxsize=4)
def _document(name: str) -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    described: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
    return described


class _NoHttp:
    """Stands where a connection would be bound to the resources: every request brings its own."""

    def request(self, *_args: Any, **_more: Any) -> NoReturn:
        raise RuntimeError("a request to Google needs the http of its account")
