"""Add the account whose mailbox and calendar we use, or renew the consent of one that is there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.edge import AccessLost, EdgeError, Mailbox, Profile
from outreach.errors import BadInput
from outreach.google.client import GoogleClient
from outreach.google.credentials import AuthorizedUser
from outreach.model import Account, AccountState
from outreach.model.base import new_id
from outreach.rules.addresses import address_key, normalise_address
from outreach.rules.zones import is_zone, zone

_NAME_LENGTH = 200
_T = TypeVar("_T")


@dataclass(frozen=True)
class AddedAccount:
    """The account as it is now. ``notes`` are sentences about what was guessed or could not be checked."""

    id: str
    address: str
    name: str
    name_source: str
    zone: str
    zone_source: str
    created: bool
    notes: tuple[str, ...]


def add_account(
    app: App,
    authorized_user: bytes,
    *,
    address: str | None = None,
    name: str | None = None,
    zone_name: str | None = None,
) -> AddedAccount:
    """Store Google's authorized-user JSON for the mailbox it opens, and return the account.

    The address comes from ``address``, from the JSON, or from Google. Adding an address again replaces its
    consent and wakes the account. Raises BadInput for a file that is no such JSON, for an unknown zone and for an
    address that is not the mailbox's; AccessLost when Google refuses the consent or a scope is missing; EdgeError
    when Google is away and the address is not known otherwise.
    """
    known = _read(authorized_user)
    user = AuthorizedUser.from_json(authorized_user)
    if zone_name:
        zone(zone_name)
    mailbox = GoogleClient(
        api_root=app.settings.google.api_root, credentials_of=lambda _account_id: user, now=app.clock.now
    ).mailbox("new")
    notes: list[str] = []
    profile = _asked(mailbox.profile, notes)
    chosen = _address(address or _first(known, "account", "email", "address"), profile, notes)
    own_name, name_source = _name(app, known, name, mailbox if profile else None, chosen, notes)
    own_zone, zone_source = _zone(app, zone_name)
    row, created = _store(app, authorized_user, chosen, (own_name, name_source), (own_zone, zone_source), profile)
    if row.name_source == "guessed":
        notes.append(f"Your name is guessed from the address ({row.name}): if it is wrong, mend it with --name.")
    return AddedAccount(
        row.id, row.address, row.name, row.name_source, row.zone, zone_source, created=created, notes=tuple(notes)
    )


def _read(data: bytes) -> Mapping[str, Any]:
    try:
        known = json.loads(data)
    except ValueError as error:
        raise BadInput(
            "This is not Google's authorized-user JSON (client_id, client_secret, refresh_token, token_uri)."
        ) from error
    if not isinstance(known, dict):
        raise BadInput("This JSON is no object: Google's authorized-user JSON holds client_id, refresh_token and more.")
    return known


def _first(known: Mapping[str, Any], *names: str) -> str | None:
    return next((str(known[name]).strip() for name in names if isinstance(known.get(name), str) and known[name]), None)


def _asked(question: Callable[[], _T], notes: list[str]) -> _T | None:
    """Ask Google; that it is away is noted, that it refuses the consent is raised."""
    try:
        return question()
    except AccessLost:
        raise
    except EdgeError as error:
        notes.append(f"Google could not be asked just now ({error.message}); `outreach doctor --online` asks again.")
        return None


def _address(wanted: str | None, profile: Profile | None, notes: list[str]) -> str:
    chosen = normalise_address(wanted) if wanted else None
    if profile is None:
        if chosen is None:
            raise BadInput("Whose mailbox this is could not be found out: say it with --address.", problems=notes)
        return chosen
    if chosen is not None and address_key(chosen) != address_key(profile.address):
        raise BadInput(
            f"This consent opens the mailbox of {profile.address}, not of {chosen}. Leave --address away to add "
            f"{profile.address}, or consent again while signed in as {chosen}."
        )
    return chosen or profile.address


def _name(
    app: App, known: Mapping[str, Any], name: str | None, mailbox: Mailbox | None, address: str, notes: list[str]
) -> tuple[str, str]:
    """Return the name and where it was learned: option, file, settings, mailbox, or guessed from the address."""
    sources: list[tuple[str | None, str]] = [
        (name, "option"),
        (_first(known, "name", "display_name"), "file"),
        (app.settings.me.name, "settings"),
    ]
    for found, source in sources:
        if found and found.strip():
            return found.strip()[:_NAME_LENGTH], source
    shown = _asked(mailbox.display_name, notes) if mailbox else None
    return (shown[:_NAME_LENGTH], "mailbox") if shown else (_guessed(address), "guessed")


def _guessed(address: str) -> str:
    local = address.partition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._-]+", re.sub(r"\d+", " ", local)) if word.strip()]
    return " ".join(word.strip().capitalize() for word in words)[:_NAME_LENGTH] or address[:_NAME_LENGTH]


def _zone(app: App, zone_name: str | None) -> tuple[str, str]:
    """Return the zone and where it was learned: option, settings, computer, or nowhere (UTC)."""
    for found, source in ((zone_name, "option"), (app.settings.me.zone, "settings"), (machine_zone(), "computer")):
        if found and is_zone(found):
            return found, source
    return "UTC", "nowhere"


def machine_zone() -> str | None:
    """Return the IANA zone of this computer, None where it cannot be told."""
    written = os.environ.get("TZ", "").lstrip(":")
    if is_zone(written):
        return written
    try:
        target = Path("/etc/localtime").resolve()
    except OSError:
        return None
    name = str(target).partition("zoneinfo/")[2].removeprefix("posix/")
    return name if is_zone(name) else None


def _store(
    app: App,
    authorized_user: bytes,
    address: str,
    name: tuple[str, str],
    own_zone: tuple[str, str],
    profile: Profile | None,
) -> tuple[Account, bool]:
    now = app.now()
    with app.database.write(EVERYBODY) as session:
        row = session.scalar(select(Account).where(func.lower(Account.address) == address_key(address)))
        created = row is None
        if row is None:
            row = Account(
                id=new_id(), address=address, created_at=now, name="", zone="", preferences={}, sending_days=0
            )
            session.add(row)
        if created or not row.name or name[1] in {"option", "file"}:
            row.name, row.name_source = name
        if created or own_zone[1] == "option":
            row.zone = own_zone[0]
        row.credentials = app.tokens.seal(row.id, "google", authorized_user)
        row.state, row.state_reason, row.poll_due_at = AccountState.ACTIVE, "", now
        if profile is not None and row.history_id is None:
            row.history_id = profile.history_id
    return row, created
