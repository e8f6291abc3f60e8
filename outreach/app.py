"""The one place where parts are chosen. Nothing is built at import."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from outreach import migrate, resources
from outreach.clock import Clock, SimulatedClock, SystemClock
from outreach.database import Database
from outreach.edge import AccessLost, Calendar, Google, Mailbox, NotDone, Trial
from outreach.errors import Misconfigured, Unavailable
from outreach.feeds import Feeds
from outreach.google.roots import checked_root
from outreach.letters.render import Renderer
from outreach.model import Account
from outreach.process_mark import ProcessMark, marks_folder
from outreach.queue import NoQueue, Queue
from outreach.settings import Settings, with_preferences
from outreach.tokens import Tokens

if TYPE_CHECKING:
    from outreach.google.client import GoogleClient
    from outreach.google.credentials import AuthorizedUser


#: Reason of a NotDone that has nothing to do with Google: stored consents cannot be opened.
KEY_TROUBLE = "key"


@dataclass(frozen=True)
class App:
    """What every action needs, handed in rather than imported."""

    settings: Settings
    database: Database
    clock: Clock
    google: Google
    queue: Queue
    renderer: Renderer
    tokens: Tokens
    mark: ProcessMark
    feeds: Feeds

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return self.clock.now()

    def settings_for(self, account: Account) -> Settings:
        """Return the settings with this account's own preferences laid over them."""
        return _settings_with(self.settings, json.dumps(account.preferences, sort_keys=True))

    def close(self) -> None:
        """Let go of connections and of this process's mark."""
        self.mark.release()
        self.database.close()


@lru_cache(maxsize=512)
def _settings_with_cached(common: str, preferences: str) -> Settings:
    return with_preferences(Settings.model_validate_json(common), json.loads(preferences))


def _settings_with(settings: Settings, preferences: str) -> Settings:
    return settings if preferences == "{}" else _settings_with_cached(settings.model_dump_json(), preferences)


def open_app(settings: Settings, **replacements: Any) -> App:
    """Return the running product: database migrated, clock, Google and queue as the settings say.

    Raises Misconfigured when a setting cannot be used, Unavailable when home or database cannot be.

    ``replacements`` puts other parts in by name (``clock=``, ``google=``, ``queue=`` …), for tests and rehearsals.
    """
    checked_root(settings.google.api_root)
    _make_home(settings)
    database = replacements.pop("database", None) or Database(settings.resolved_database_url)
    migrate.upgrade(database)
    clock: Clock = replacements.pop("clock", None) or (
        SimulatedClock(database) if settings.clock == "simulated" else SystemClock()
    )
    tokens = replacements.pop("tokens", None) or Tokens(settings.resolved_key_file)
    parts: dict[str, Any] = {
        "settings": settings,
        "database": database,
        "clock": clock,
        "tokens": tokens,
        "google": None,
        "queue": NoQueue(),
        "mark": ProcessMark(marks_folder(settings.home, database)),
        "feeds": Feeds(),
        "renderer": Renderer([settings.home / "templates" / "letters", resources.folder("templates") / "letters"]),
    }
    if "google" not in replacements:
        parts["google"] = _GoogleWhenAsked(settings, database, tokens, clock)
    return App(**(parts | replacements))


def _make_home(settings: Settings) -> None:
    """Make home and database file, for the owner's eyes only: what people write to each other lies in them."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not settings.database_url and not (settings.home / "outreach.db").exists():
            (settings.home / "outreach.db").touch(mode=0o600)
    except OSError as error:
        raise Unavailable(f"{settings.home} cannot be written: {error.strerror}. Set another OUTREACH_HOME.") from error


class _GoogleWhenAsked:
    """Google, its packages loaded when somebody first asks for it: most commands never do."""

    def __init__(self, settings: Settings, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._parts = (settings, database, tokens, clock)
        self._client: GoogleClient | None = None
        self._opening = Lock()

    def mailbox(self, account_id: str) -> Mailbox:
        """Return the account's mailbox. Raises AccessLost when the account has no usable consent."""
        return self._open().mailbox(account_id)

    def calendar(self, account_id: str) -> Calendar:
        """Return the account's calendar. Raises AccessLost when the account has no usable consent."""
        return self._open().calendar(account_id)

    def trial(self, account_id: str) -> Trial:
        """Return what the probe asks the account with. Raises AccessLost when it has no usable consent."""
        return self._open().trial(account_id)

    def _open(self) -> GoogleClient:
        with self._opening:
            if self._client is None:
                from outreach.google.client import GoogleClient

                settings, database, tokens, clock = self._parts
                self._client = GoogleClient(
                    api_root=settings.google.api_root,
                    credentials_of=lambda account_id: _credentials(database, tokens, account_id),
                    now=clock.now,
                )
            return self._client


def _credentials(database: Database, tokens: Tokens, account_id: str) -> AuthorizedUser:
    from outreach.google.credentials import AuthorizedUser

    with database.read() as session:
        sealed = session.scalar(select(Account.credentials).where(Account.id == account_id))
    if sealed is None:
        raise AccessLost("This account was never connected to Google: run `outreach account connect`.")
    try:
        return AuthorizedUser.from_json(tokens.open(account_id, "google", sealed))
    except Misconfigured as error:
        # A key that is not there now may be put back: letters wait, and no consent is thrown away for it.
        raise NotDone(error.message, reason=KEY_TROUBLE) from error
