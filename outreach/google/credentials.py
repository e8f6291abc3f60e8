"""The consent of an account's owner, as Google's authorized-user JSON carries it, and the scopes that we need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import google.oauth2.credentials

from outreach.errors import BadInput
from outreach.google.roots import may_be_asked

TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
_AUTH = "https://www.googleapis.com/auth/"

#: The least that the product needs: write and send drafts, read answers, keep own events, read busy time.
SCOPES: tuple[str, ...] = (
    f"{_AUTH}gmail.compose",
    f"{_AUTH}gmail.readonly",
    f"{_AUTH}calendar.events.owned",
    f"{_AUTH}calendar.freebusy",
)
#: Wider scopes that hold one of ours.
_WIDER: Mapping[str, frozenset[str]] = {
    SCOPES[0]: frozenset({"https://mail.google.com/", f"{_AUTH}gmail.modify"}),
    SCOPES[1]: frozenset({"https://mail.google.com/", f"{_AUTH}gmail.modify"}),
    SCOPES[2]: frozenset({f"{_AUTH}calendar", f"{_AUTH}calendar.events"}),
    SCOPES[3]: frozenset({f"{_AUTH}calendar", f"{_AUTH}calendar.readonly", f"{_AUTH}calendar.events.freebusy"}),
}
#: What moving mail into the trash takes. We do not ask for it: it would let us change any mail.
MAY_MOVE_MAIL = frozenset({"https://mail.google.com/", f"{_AUTH}gmail.modify"})
_FOR_WHAT = {
    SCOPES[0]: "write and send drafts (gmail.compose)",
    SCOPES[1]: "read answers (gmail.readonly)",
    SCOPES[2]: "keep meetings in your calendar (calendar.events.owned)",
    SCOPES[3]: "see when you are busy (calendar.freebusy)",
}
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class AuthorizedUser:
    """One consent: whose client was allowed what, and where access tokens are had. Secrets stay out of its repr."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_uri: str = TOKEN_URI

    @classmethod
    def from_json(cls, data: bytes) -> AuthorizedUser:
        """Return the consent that Google's authorized-user JSON holds. Raises BadInput, saying what is wrong.

        A token_uri that is neither Google's nor on this computer is refused: the secrets would be sent there.
        """
        known = _object(data)
        lacking = [name for name in ("client_id", "client_secret", "refresh_token") if not _text(known.get(name))]
        if lacking:
            raise BadInput(f"This authorized-user JSON lacks {' and '.join(lacking)}: connect the account again.")
        token_uri = known.get("token_uri", TOKEN_URI)
        if not isinstance(token_uri, str) or not may_be_asked(token_uri):
            raise BadInput(f"The token_uri {str(token_uri)[:200]!r} is not Google's: the consent would be sent there.")
        return cls(known["client_id"], known["client_secret"], known["refresh_token"], token_uri)

    def to_json(self) -> bytes:
        """Return Google's authorized-user JSON."""
        names = ("client_id", "client_secret", "refresh_token", "token_uri")
        return json.dumps({"type": "authorized_user"} | {name: getattr(self, name) for name in names}).encode()

    def to_credentials(self) -> google.oauth2.credentials.Credentials:
        """Return google-auth's credentials, which hold no access token yet.

        They ask for no scopes by name: a consent may have been given to wider ones.
        """
        return google.oauth2.credentials.Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=self.refresh_token,
            token_uri=self.token_uri,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )


def missing_scopes(granted: Iterable[str]) -> list[str]:
    """Return those of SCOPES that neither are granted nor are part of a wider one that is."""
    there = set(granted)
    return [scope for scope in SCOPES if scope not in there and not _WIDER[scope] & there]


def in_words(scopes: Iterable[str]) -> list[str]:
    """Return for each scope what it allows, with its short name."""
    return [_FOR_WHAT.get(scope, scope.removeprefix(_AUTH)) for scope in scopes]


def _object(data: bytes) -> dict[str, Any]:
    try:
        known = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is no JSON, so it is not Google's authorized-user JSON.") from error
    if not isinstance(known, dict):
        raise BadInput("This JSON is no object: Google's authorized-user JSON holds client_id, refresh_token and more.")
    if "installed" in known or "web" in known:
        raise BadInput(
            "This is the client's JSON, not a consent: give it to `outreach account connect --client-secrets FILE`."
        )
    kind = known.get("type", "authorized_user")
    if kind != "authorized_user":
        raise BadInput(f"This JSON is of type {str(kind)[:50]!r}, not authorized_user.")
    return known


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()
