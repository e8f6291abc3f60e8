"""What the owner decides about an account: pause, resume, preferences."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from outreach.app import App
from outreach.database import EVERYBODY
from outreach.errors import BadInput, NotAllowed
from outreach.model import Account, AccountState
from outreach.rules.zones import zone
from outreach.settings import Settings, with_preferences

#: Sections of the settings that an account may have its own values in; the rest belongs to the installation.
SECTIONS = ("me", "sending", "thank_you", "availability", "scheduling")
_COLUMNS = ("name", "zone")
#: Settings that are text whatever they look like: a telephone number is no sum.
_TEXTS = frozenset(
    f"{section}.{name}"
    for section in SECTIONS
    for name, field in Settings.model_fields[section].annotation.model_fields.items()  # type: ignore[union-attr]
    if field.annotation is str
)


def pause_account(app: App, account_id: str, reason: str = "") -> None:
    """Let no letter leave until the account is resumed. Its letters wait and expire as usual."""
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        account.state, account.state_reason = AccountState.STOPPED, reason[:500] or "paused by you"


def resume_account(app: App, account_id: str) -> None:
    """Let letters leave again. Raises NotAllowed for an account whose consent is lost: only connecting mends that.

    After a restore the wait for Gmail's search to show what was sent just before is kept: nobody can know better.
    """
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        if account.state is AccountState.NO_CONSENT or account.credentials is None:
            raise NotAllowed(
                f"{account.address} has no consent from Google any more ({account.state_reason or 'never connected'}): "
                "run `outreach account connect`."
            )
        account.state, account.state_reason = AccountState.ACTIVE, ""
        if account.reconcile_from is None:
            account.paused_until = None
        account.poll_due_at = app.now()


def set_account(app: App, account_id: str, assignments: Sequence[str]) -> dict[str, Any]:
    """Set preferences (``sending.daily_cap=30``; empty: back to the common value), or ``name`` and ``zone``.

    Return the preferences as they are now. Raises BadInput for a name that is no such setting, Misconfigured for
    values that do not fit; then nothing was changed.
    """
    columns, changes = _parsed(assignments)
    if "zone" in columns:
        zone(columns["zone"])
    with app.database.read(EVERYBODY) as session:
        before = dict(session.get_one(Account, account_id).preferences)
    preferences = _laid_over(before, changes)
    with_preferences(app.settings, preferences)
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id, with_for_update=True)
        account.preferences = preferences
        for column, value in columns.items():
            setattr(account, column, value)
        if "name" in columns:
            account.name_source = "person"
    return preferences


def _parsed(assignments: Sequence[str]) -> tuple[dict[str, str], dict[str, Any]]:
    columns: dict[str, str] = {}
    changes: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        name, text = name.strip(), text.strip()
        section, _, key = name.partition(".")
        if not sign or not (name in _COLUMNS or (section in SECTIONS and key and "." not in key)):
            raise BadInput(
                f"{assignment[:80]!r} cannot be set: write NAME=VALUE, with name, zone or a setting of "
                f"{', '.join(SECTIONS)}, such as sending.daily_cap=30."
            )
        if name in _COLUMNS:
            if not text:
                raise BadInput(f"{name} cannot be empty.")
            columns[name] = text[:200]
        else:
            changes[name] = text if name in _TEXTS else _value(text)
    return columns, changes


def _value(text: str) -> Any:
    """Return the value as TOML reads it, or JSON, else the text itself; None for nothing."""
    if not text:
        return None
    try:
        value = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return _from_json(text)
    # Dates and times are kept as one writes them: preferences are stored as JSON.
    read = _in_json(value["value"])
    return read if list(value) == ["value"] and _is_json(read) and not isinstance(value["value"], date | time) else text


def _in_json(value: Any) -> Any:
    """Return the value with dates and times within lists and tables as text."""
    if isinstance(value, Mapping):
        return {key: _in_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_json(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _from_json(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (dict, list)) else text


def _is_json(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_json(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return isinstance(value, (str, int, float, bool))


def _laid_over(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    after: dict[str, Any] = {section: dict(values) for section, values in before.items() if isinstance(values, Mapping)}
    for name, value in changes.items():
        section, _, key = name.partition(".")
        values = after.setdefault(section, {})
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return {section: values for section, values in after.items() if values}
