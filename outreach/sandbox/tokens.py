"""The token endpoint (RFC 6749, RFC 7009): refresh tokens in, short-lived access tokens out; scopes and revocation."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from outreach.sandbox.refusals import Refusal, bad_credentials

GMAIL_ALL = "https://mail.google.com/"
_AUTH = "https://www.googleapis.com/auth/"
#: Every scope a test may need but gmail.metadata, whose presence forbids searching and bodies.
ALL: tuple[str, ...] = (
    GMAIL_ALL,
    *(f"{_AUTH}gmail.{name}" for name in ("compose", "readonly", "modify", "send", "labels", "settings.basic")),
    *(f"{_AUTH}calendar{name}" for name in ("", ".readonly", ".events", ".events.owned", ".events.readonly")),
    *(f"{_AUTH}calendar.{name}" for name in ("freebusy", "events.freebusy", "settings.readonly")),
    *(f"{_AUTH}calendar.{name}" for name in ("calendarlist.readonly", "events.owned.readonly")),
)
LIFETIME_SECONDS = 3599


def full_scope(short: str) -> str:
    """Return a scope's URL from its short name: ``gmail.send``, ``calendar``, ``mail`` for all of Gmail."""
    if "://" in short:
        return short
    return GMAIL_ALL if short == "mail" else _AUTH + short


@dataclass
class Consent:
    """What one account's owner granted to one client."""

    address: str
    client_id: str
    client_secret: str
    refresh_token: str
    scopes: tuple[str, ...]
    revoked: bool = False


@dataclass(frozen=True)
class Access:
    """An access token: whose, for what, and until when. Tokens age by the machine's clock, as clients count."""

    address: str
    scopes: frozenset[str]
    until: float
    consent: Consent = field(repr=False)


class Tokens:
    """All consents and access tokens."""

    def __init__(self, seed: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.lifetime_seconds = LIFETIME_SECONDS
        self._seed = seed
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._consents: dict[str, Consent] = {}
        self._access: dict[str, Access] = {}
        self._made = 0

    def grant(self, address: str, scopes: Sequence[str]) -> Consent:
        """Return a new consent of the account; earlier ones stay valid, as with Google."""
        with self._lock:
            secret = self._secret(f"consent {address}")
            consent = Consent(
                address=address,
                client_id=f"{secret[:12]}.apps.googleusercontent.com",
                client_secret=f"GOCSPX-{secret[12:40]}",
                refresh_token=f"1//0{secret}",
                scopes=tuple(full_scope(scope) for scope in scopes),
            )
            self._consents[consent.refresh_token] = consent
        return consent

    def revoke(self, address: str) -> None:
        """Take back every consent of the account: access tokens answer 401, refreshing answers invalid_grant."""
        with self._lock:
            for consent in self._consents.values():
                if consent.address == address:
                    consent.revoked = True

    def revoke_token(self, token: str) -> None:
        """Take back the consent behind a refresh or access token (RFC 7009). Raises Refusal for an unknown one."""
        access = self._access.get(token)
        consent = access.consent if access else self._consents.get(token)
        if consent is None or consent.revoked:
            raise _oauth_error(400, "invalid_token", "Token expired or revoked")
        consent.revoked = True

    def expire_access(self, address: str) -> None:
        """Make every access token of the account stale; refreshing still works."""
        with self._lock:
            self._access = {token: each for token, each in self._access.items() if each.address != address}

    def answer(self, form: dict[str, str]) -> dict[str, object]:
        """Return the token endpoint's JSON for a refresh. Raises Refusal in OAuth's own shape."""
        if form.get("grant_type") != "refresh_token":
            raise _oauth_error(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if not form.get("refresh_token"):
            raise _oauth_error(400, "invalid_request", "Missing required parameter: refresh_token")
        consent = self._consents.get(form["refresh_token"])
        if consent is not None and form.get("client_id") != consent.client_id:
            raise _oauth_error(401, "invalid_client", "The OAuth client was not found.")
        if consent is not None and form.get("client_secret") != consent.client_secret:
            raise _oauth_error(401, "invalid_client", "Unauthorized")
        if consent is None or consent.revoked:
            raise _oauth_error(400, "invalid_grant", "Token has been expired or revoked.")
        wanted = form.get("scope", "").split() or list(consent.scopes)
        if not set(wanted) <= set(consent.scopes):
            raise _oauth_error(400, "invalid_scope", "Bad Request")
        return self._issue(consent, wanted)

    def _issue(self, consent: Consent, scopes: Sequence[str]) -> dict[str, object]:
        with self._lock:
            token = f"ya29.{self._secret('access')}"
            until = self._monotonic() + self.lifetime_seconds
            self._access[token] = Access(consent.address, frozenset(scopes), until, consent)
        return {
            "access_token": token,
            "expires_in": self.lifetime_seconds,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
        }

    def check(self, authorization: str) -> Access:
        """Return what a request's Authorization header allows. Raises Refusal (401)."""
        kind, _, token = authorization.partition(" ")
        access = self._access.get(token.strip()) if kind.lower() == "bearer" else None
        if access is None or access.consent.revoked or access.until <= self._monotonic():
            raise bad_credentials()
        return access

    def _secret(self, purpose: str) -> str:
        self._made += 1
        return hashlib.sha256(f"{self._seed} {self._made} {purpose}".encode()).hexdigest()


def _oauth_error(code: int, error: str, description: str) -> Refusal:
    return Refusal(code, {"error": error, "error_description": description})
