"""Settings: flag > ``OUTREACH_*`` environment > ``config.toml`` in the home > ``config/default.toml``.

Read once, in one place; every problem is reported at once, each with where it was set.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from outreach import resources
from outreach.errors import Misconfigured
from outreach.rules.kinds import PlaceKind
from outreach.rules.quota import UNITS_A_MINUTE
from outreach.rules.whereabouts import Trip, Whereabouts
from outreach.rules.zones import is_zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known_zone(value: str) -> str:
    if value and not is_zone(value):
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Lisbon")
    return value


def _clock_span(value: object) -> tuple[time, time]:
    if isinstance(value, (tuple, list)):
        start, end = value
        return start, end
    try:
        start, _, end = str(value).partition("-")
        span = (time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))
        if span[0].tzinfo or span[1].tzinfo:
            raise ValueError("hours have no offset: they are those of the place")
    except ValueError as error:
        raise ValueError(f"{value!r} is not a span of hours such as 09:00-12:00") from error
    if span[1] <= span[0]:
        raise ValueError(f"{value!r} ends before it starts")
    return span


def _date_span(value: object) -> tuple[date, date]:
    """Return first and last day of ``2026-12-24`` or ``2026-12-24..2027-01-02``."""
    if isinstance(value, (tuple, list)) and len(value) == 2:
        first, last = (str(each) for each in value)
    else:
        first, _, last = str(value).partition("..")
    try:
        span = (date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip()))
    except ValueError as error:
        raise ValueError(f"{value!r} is neither a date such as 2026-12-24 nor two: 2026-12-24..2027-01-02") from error
    if span[1] < span[0]:
        raise ValueError(f"{value!r} ends before it begins")
    return span


ZoneName = Annotated[str, BeforeValidator(_known_zone)]
DateSpan = Annotated[tuple[date, date], BeforeValidator(_date_span)]
HourSpan = Annotated[tuple[time, time], BeforeValidator(_clock_span)]


class Section(BaseModel):
    """A table of the settings file; unknown names are refused, for they are mostly slips of the pen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Me(Section):
    """Who writes."""

    name: str = ""
    field: str = ""
    background: str = ""
    phone: str = ""
    footer: str = ""
    zone: ZoneName = ""


class Sending(Section):
    """How fast, when and how often letters leave."""

    daily_cap: int = Field(50, ge=1, le=2000)
    ramp_start: int = Field(20, ge=1, le=2000)
    ramp_step: int = Field(5, ge=0, le=2000)
    gap_seconds: int = Field(90, ge=0, le=86_400)
    undo_seconds: int = Field(60, ge=0, le=86_400)
    follow_ups: int = Field(2, ge=0, le=5)
    follow_up_days: int = Field(5, ge=3, le=60)
    stop_for_colleague: bool = True
    window_start: time = time(9)
    window_end: time = time(17)
    window_days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    settle_seconds: int = Field(300, ge=0, le=86_400)
    expire_days: int = Field(14, ge=1, le=365)


class ThankYou(Section):
    """What happens when nobody says what was talked about."""

    without_topics: Literal["short", "hold"] = "short"


class Travel(Section):
    """Days that are spent in another zone, the first and the last included."""

    zone: Annotated[ZoneName, Field(min_length=1)]
    days: DateSpan


class AvailabilitySettings(Section):
    """When the account owner can meet; wall times in the zone where the owner is that day."""

    weekly: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[HourSpan, ...]] = Field(
        default_factory=dict
    )
    dates: dict[date, tuple[HourSpan, ...]] = Field(default_factory=dict)
    days_off: tuple[DateSpan, ...] = ()
    holidays_off: bool = True
    travel: tuple[Travel, ...] = ()
    buffer_minutes: int = Field(15, ge=0, le=240)
    buffer_before_minutes: int | None = Field(None, ge=0, le=240)
    buffer_after_minutes: int | None = Field(None, ge=0, le=240)
    way_minutes: int = Field(30, ge=0, le=480)
    notice_hours: int = Field(24, ge=0, le=24 * 30)
    horizon_days: int = Field(21, ge=1, le=365)
    most_a_day: int = Field(3, ge=1, le=24)
    most_a_week: int | None = Field(None, ge=1, le=100)
    length_minutes: Literal[20, 25, 30] = 25
    step_minutes: int = Field(30, ge=5, le=240)
    calendars: tuple[str, ...] = ("primary",)
    feeds: tuple[str, ...] = ()


class Scheduling(Section):
    """How much scheduling does by itself."""

    offer_automatically: bool = False
    book_automatically: bool = False
    reminders: bool = True
    invite_channel: Literal["mail", "google"] = "mail"
    video_link: str = Field("", max_length=500)
    google_meet: bool = False
    who_calls: Literal["me", "them"] = "me"

    @field_validator("video_link")
    @classmethod
    def _is_link(cls, value: str) -> str:
        link = value.strip()
        parts = urlsplit(link)
        if link and (parts.scheme not in {"http", "https"} or not parts.netloc or set(link) & set(" <>")):
            raise ValueError(f"{value!r} is not a link such as https://video.example.org/my-room")
        return link


class Inbox(Section):
    """How the inbox is read."""

    poll_seconds: int = Field(60, ge=1, le=86_400)
    seldom_seconds: int = Field(1800, ge=1, le=86_400)
    events_seconds: int = Field(300, ge=1, le=86_400)


class GoogleSettings(Section):
    """Where Gmail and Calendar live."""

    api_root: str = ""
    client_secrets: str = ""
    units_a_minute: int | None = Field(None, ge=0, le=1_000_000)


class Web(Section):
    """The booking page: where it is reached from outside (no links in letters while empty), and where it listens."""

    base_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8025, ge=0, le=65535)

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        parts = urlsplit(value)
        more = parts.path.strip("/") or parts.query or parts.fragment
        if value and (parts.scheme not in {"http", "https"} or not parts.netloc or more):
            raise ValueError(f"{value!r} is not the address of a site, such as https://meet.example.org")
        return value.rstrip("/")


class Observe(Section):
    """Where a worker process tells how it is: /livez, /readyz, /metrics (not without a port); its log's form."""

    host: str = "127.0.0.1"
    port: int | None = Field(None, ge=0, le=65535)
    log: Literal["text", "json"] = "text"


def _default_home() -> Path:
    return Path(os.environ.get("OUTREACH_HOME") or platformdirs.user_data_dir("outreach", appauthor=False))


class Settings(BaseSettings):
    """Everything that can be set. ``home`` holds the database, the key, own templates and ``config.toml``."""

    model_config = SettingsConfigDict(
        env_prefix="OUTREACH_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    home: Path = Field(default_factory=_default_home)
    database_url: str = ""
    broker_url: str = ""
    key_file: Path | None = None
    clock: Literal["system", "simulated"] = "system"
    me: Me = Me()
    sending: Sending = Sending()
    thank_you: ThankYou = ThankYou()
    availability: AvailabilitySettings = AvailabilitySettings()
    scheduling: Scheduling = Scheduling()
    inbox: Inbox = Inbox()
    google: GoogleSettings = GoogleSettings()
    observe: Observe = Observe()
    web: Web = Web()

    @property
    def resolved_database_url(self) -> str:
        """Return where the truth is kept; SQLite in the home unless set."""
        return self.database_url or f"sqlite:///{self.home / 'outreach.db'}"

    @property
    def units_a_minute(self) -> int | None:
        """Return Gmail's quota units a minute for each mailbox, None for no limit.

        Unless set, they are Google's own; a Google on this computer has none.
        """
        wanted = self.google.units_a_minute
        if wanted is None:
            at_google = not self.google.api_root or "googleapis.com" in self.google.api_root
            return UNITS_A_MINUTE if at_google else None
        return wanted or None

    def whereabouts(self, account_zone: str) -> Whereabouts:
        """Return where the owner of an account is on which day: ``account_zone`` is home unless a setting says it."""
        trips = tuple(Trip(*trip.days, trip.zone) for trip in self.availability.travel)
        return Whereabouts(self.me.zone or account_zone, trips)

    def number_to_call(self, place_kind: PlaceKind, place: str) -> str:
        """Return the owner's number where a meeting is by telephone and the guest is to call, "" where it is not."""
        theirs = place_kind is PlaceKind.PHONE and not place and self.scheduling.who_calls == "them"
        return self.me.phone if theirs else ""

    @property
    def resolved_key_file(self) -> Path:
        """Return the file with the key that encrypts tokens; it never lies in the database."""
        return self.key_file or self.home / "key"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources in order of precedence; files come in as the lowest, through ``_Files``."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _Files(settings_cls)


class _Files(PydanticBaseSettingsSource):
    """``config.toml`` of the home over ``config/default.toml``."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        own = Path(self.current_state.get("home") or _default_home()) / "config.toml"
        merged = _read_toml(resources.folder("config") / "default.toml")
        return _overlaid(merged, _read_toml(own)) if own.is_file() else merged


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path} is not valid TOML: {error}. Mend that line, or move the file away.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.") from error


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        if name == "weekly" and isinstance(value, Mapping):
            # One value: days left out are days off. Said for every day, for the sources are merged day by day.
            merged[name] = {day: [] for day in WEEKDAYS} | dict(value)
        elif isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[name] = _overlaid(old, value)
        else:
            merged[name] = value
    return merged


def load_settings(**flags: Any) -> Settings:
    """Return the settings in force. Raises Misconfigured with every problem at once, each naming its setting."""
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        problems = [f"{_name(item['loc'])}: {_reason(item)}" for item in error.errors()]
        raise Misconfigured("Some settings cannot be used.", problems=problems) from error
    return settings


def with_preferences(settings: Settings, preferences: Mapping[str, Any]) -> Settings:
    """Return the settings as one account sees them: its own preferences laid over the common ones.

    Raises Misconfigured when a preference does not fit.
    """
    if not preferences:
        return settings
    merged = _overlaid(settings.model_dump(mode="json"), preferences)
    for name in ("weekly", "dates"):
        hours = merged["availability"][name]
        if isinstance(hours, Mapping):
            merged["availability"][name] = {day: _as_text(spans) for day, spans in hours.items()}
    return load_settings(**merged)


def _as_text(spans: Any) -> Any:
    """Return hours as they are written, for a dump has them as pairs; what is none is refused by who reads it."""
    if not isinstance(spans, (list, tuple)):
        return spans
    return [f"{each[0]}-{each[1]}" if isinstance(each, (list, tuple)) and len(each) == 2 else each for each in spans]


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _reason(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return "there is no such setting; see config/default.toml for the names"
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{message} (it is {item['input']!r})" if not isinstance(item["input"], dict) else message
