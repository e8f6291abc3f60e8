"""The methods that the sandbox speaks: Google's ids, HTTP methods, paths, quota units and scopes.

A contract test compares every one with the discovery documents shipped with google-api-python-client.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from outreach.sandbox.tokens import full_scope

_COMPOSE = ("mail", "gmail.compose", "gmail.modify")
_READ = ("mail", "gmail.modify", "gmail.readonly")
_READ_OR_METADATA = (*_READ, "gmail.metadata")
_MODIFY = ("mail", "gmail.modify")
_LABELS = (*_READ_OR_METADATA, "gmail.labels")
_SETTINGS = (*_READ, "gmail.settings.basic")
_EVENTS = ("calendar", "calendar.events", "calendar.events.owned", "calendar.app.created")
_EVENTS_READ = (
    *_EVENTS,
    *(f"calendar.{name}" for name in ("readonly", "events.readonly", "events.owned.readonly", "events.freebusy")),
    "calendar.events.public.readonly",
)
_FREEBUSY = ("calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy")
_LISTS = ("calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly")
_CALENDAR_SETTINGS = ("calendar", "calendar.readonly", "calendar.settings", "calendar.settings.readonly")


@dataclass(frozen=True)
class Route:
    """One method. ``id`` is Google's; ``path`` is as served, with ``{names}``; ``units`` are quota units."""

    id: str
    verb: str
    path: str
    scopes: frozenset[str]
    units: int = 0
    upload: bool = False

    @property
    def name(self) -> str:
        """The short name, as faults use it: ``drafts.send``, ``events.insert``, ``getProfile``."""
        return self.id.removeprefix("gmail.users.").removeprefix("calendar.")


def _gmail(name: str, verb: str, path: str, scopes: tuple[str, ...], units: int, *, upload: bool = False) -> Route:
    served = f"gmail/v1/users/{{userId}}/{path}"
    return Route(f"gmail.users.{name}", verb, served, frozenset(map(full_scope, scopes)), units, upload)


def _calendar(name: str, verb: str, path: str, scopes: tuple[str, ...]) -> Route:
    return Route(f"calendar.{name}", verb, f"calendar/v3/{path}", frozenset(map(full_scope, scopes)))


ROUTES: tuple[Route, ...] = (
    _gmail("getProfile", "GET", "profile", (*_READ_OR_METADATA, "gmail.compose"), 1),
    _gmail("drafts.create", "POST", "drafts", _COMPOSE, 10, upload=True),
    _gmail("drafts.list", "GET", "drafts", (*_COMPOSE, "gmail.readonly"), 5),
    _gmail("drafts.send", "POST", "drafts/send", _COMPOSE, 100, upload=True),
    _gmail("drafts.get", "GET", "drafts/{id}", (*_COMPOSE, "gmail.readonly"), 20),
    _gmail("drafts.update", "PUT", "drafts/{id}", _COMPOSE, 15, upload=True),
    _gmail("drafts.delete", "DELETE", "drafts/{id}", _COMPOSE, 10),
    _gmail("messages.send", "POST", "messages/send", (*_COMPOSE, "gmail.send"), 100, upload=True),
    _gmail("messages.list", "GET", "messages", _READ_OR_METADATA, 5),
    _gmail("messages.get", "GET", "messages/{id}", _READ_OR_METADATA, 20),
    _gmail("messages.modify", "POST", "messages/{id}/modify", _MODIFY, 5),
    _gmail("messages.trash", "POST", "messages/{id}/trash", _MODIFY, 20),
    _gmail("messages.untrash", "POST", "messages/{id}/untrash", _MODIFY, 20),
    _gmail("messages.attachments.get", "GET", "messages/{messageId}/attachments/{id}", _READ, 20),
    _gmail("threads.list", "GET", "threads", _READ_OR_METADATA, 20),
    _gmail("threads.get", "GET", "threads/{id}", _READ_OR_METADATA, 40),
    _gmail("labels.list", "GET", "labels", _LABELS, 1),
    _gmail("labels.get", "GET", "labels/{id}", _LABELS, 1),
    _gmail("labels.create", "POST", "labels", (*_MODIFY, "gmail.labels"), 5),
    _gmail("history.list", "GET", "history", _READ_OR_METADATA, 2),
    _gmail("settings.sendAs.list", "GET", "settings/sendAs", _SETTINGS, 1),
    _gmail("settings.sendAs.get", "GET", "settings/sendAs/{sendAsEmail}", _SETTINGS, 1),
    _calendar("events.list", "GET", "calendars/{calendarId}/events", _EVENTS_READ),
    _calendar("events.insert", "POST", "calendars/{calendarId}/events", _EVENTS),
    _calendar("events.import", "POST", "calendars/{calendarId}/events/import", _EVENTS),
    _calendar("events.get", "GET", "calendars/{calendarId}/events/{eventId}", _EVENTS_READ),
    _calendar("events.patch", "PATCH", "calendars/{calendarId}/events/{eventId}", _EVENTS),
    _calendar("events.update", "PUT", "calendars/{calendarId}/events/{eventId}", _EVENTS),
    _calendar("events.delete", "DELETE", "calendars/{calendarId}/events/{eventId}", _EVENTS),
    _calendar("freebusy.query", "POST", "freeBusy", _FREEBUSY),
    _calendar("calendarList.list", "GET", "users/me/calendarList", _LISTS),
    _calendar("settings.list", "GET", "users/me/settings", _CALENDAR_SETTINGS),
    _calendar("settings.get", "GET", "users/me/settings/{setting}", _CALENDAR_SETTINGS),
)

_Template = tuple[tuple[str, ...], Route]


def _by_shape() -> dict[tuple[str, int], list[_Template]]:
    shapes: dict[tuple[str, int], list[_Template]] = {}
    for route in ROUTES:
        for path in (route.path, *([f"upload/{route.path}"] if route.upload else [])):
            parts = tuple(path.split("/"))
            shapes.setdefault((route.verb, len(parts)), []).append((parts, route))
    return shapes


_SHAPES = _by_shape()


@lru_cache(maxsize=4096)
def find(verb: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route for a request's path (still percent-encoded) and its path parameters, or None."""
    parts = path.lstrip("/").split("/")
    for template, route in _SHAPES.get((verb, len(parts)), ()):
        named = _named(template, parts)
        if named is not None:
            return route, named
    return None


def _named(template: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    named: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            named[wanted[1:-1]] = unquote(part)
        elif wanted != part:
            return None
    return named
