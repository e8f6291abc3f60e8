"""Consent in the browser: Google's page there, the answer on a loopback port here, PKCE in between (RFC 8252, 7636)."""

from __future__ import annotations

import contextlib
import json
import os
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any

from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, OAuth2Error  # type: ignore[import-untyped]

from outreach.errors import BadInput, NotAllowed, TryLater, Unavailable
from outreach.google.credentials import SCOPES, AuthorizedUser, in_words, missing_scopes
from outreach.google.roots import is_loopback, may_be_asked

#: How long the browser is waited for, in seconds.
PATIENCE = 300
_TOKEN_SECONDS = 30
_DONE = "Done: Outreach may use this mailbox and calendar. You can close this page."


def ask_for_consent(
    client_secrets: bytes,
    *,
    say: Callable[[str], object],
    open_page: Callable[[str], object] = webbrowser.open,
    patience: float = PATIENCE,
) -> AuthorizedUser:
    """Open Google's page of consent for the desktop client in ``client_secrets`` and return what was consented to.

    ``say`` tells the address, for whoever has no browser here; ``patience`` is in seconds. Raises BadInput for a JSON
    that is no desktop client's, NotAllowed for a consent that was denied or lacks a scope, TryLater when nobody
    answered, Unavailable when Google could not be asked.
    """
    client = _client(client_secrets)
    flow = _Flow.from_client_config({"installed": client}, scopes=list(SCOPES))
    flow.tell = lambda url: _open(url, say, open_page)
    with _plain_http_on_loopback(client):
        token = _run(flow, patience)
    return _user(client, token)


class _Flow(InstalledAppFlow):  # type: ignore[misc]
    """The library's flow, which prints nothing, waits for the token endpoint no longer than told, and takes a consent
    of which some scopes were unticked, so that we can say which."""

    tell: Callable[[str], object]

    def authorization_url(self, **kwargs: Any) -> tuple[str, str]:
        """Return the page's address and the state, after telling the address."""
        url, state = super().authorization_url(**kwargs)
        self.tell(url)
        return url, state

    def fetch_token(self, **kwargs: Any) -> Any:
        """Return the tokens for the code that came back."""
        try:
            return super().fetch_token(timeout=_TOKEN_SECONDS, **kwargs)
        except Warning as changed:  # oauthlib's way to say that the scopes are not the ones asked for
            token = getattr(changed, "token", None)
            if token is None:
                raise
            self.oauth2session.token = token
            return token


def _run(flow: _Flow, patience: float) -> dict[str, Any]:
    try:
        flow.run_local_server(
            host="localhost",
            port=0,
            authorization_prompt_message=None,
            success_message=_DONE,
            open_browser=False,
            timeout_seconds=patience,
            access_type="offline",
            prompt="consent",
        )
    except AccessDeniedError as error:
        raise NotAllowed("Consent was denied on Google's page, so nothing was connected.") from error
    except WSGITimeoutError as error:
        raise TryLater(f"Nobody answered on Google's page within {patience / 60:.0f} minutes: try again.") from error
    except OAuth2Error as error:
        said = " ".join(str(getattr(error, "description", "") or error.error or error).split())[:200]
        raise NotAllowed(f"Google's page of consent came back with an error: {said.rstrip('.')}.") from error
    except OSError as error:
        raise Unavailable("Google could not be asked for the tokens: look at your connection and try again.") from error
    return dict(flow.oauth2session.token)


def _user(client: dict[str, str], token: dict[str, Any]) -> AuthorizedUser:
    granted = token.get("scope") or []
    lacking = missing_scopes(granted.split() if isinstance(granted, str) else granted)
    if lacking:
        raise NotAllowed(
            "Some permissions were not ticked on Google's page: connect again and tick them all.",
            problems=[f"lacking: {words}" for words in in_words(lacking)],
        )
    if not token.get("refresh_token"):
        raise NotAllowed("Google gave a consent that does not last (no refresh token): connect again.")
    return AuthorizedUser(
        client["client_id"], client["client_secret"], str(token["refresh_token"]), client["token_uri"]
    )


def _open(url: str, say: Callable[[str], object], open_page: Callable[[str], object]) -> None:
    say(f"If no page opens, open this one yourself, on this computer: {url}")
    with contextlib.suppress(webbrowser.Error, OSError):
        open_page(url)


def _client(data: bytes) -> dict[str, str]:
    try:
        known = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput("The client file is no JSON: download it again from the Google Cloud Console.") from error
    client = known.get("installed") if isinstance(known, dict) else None
    if not isinstance(client, dict):
        raise BadInput(
            "The client file is not that of an OAuth client of the type Desktop app (it has no 'installed'): make one "
            "in the Google Cloud Console."
        )
    names = ("client_id", "client_secret", "auth_uri", "token_uri")
    lacking = [name for name in names if not (isinstance(client.get(name), str) and client[name])]
    if lacking:
        raise BadInput(f"The client file lacks {' and '.join(lacking)}: download it again.")
    foreign = [client[name] for name in ("auth_uri", "token_uri") if not may_be_asked(client[name])]
    if foreign:
        raise BadInput(f"The client file names {foreign[0][:200]!r}, which is not Google's.")
    return {name: client[name] for name in names}


@contextlib.contextmanager
def _plain_http_on_loopback(client: dict[str, str]) -> Iterator[None]:
    """Let oauthlib speak plain http while both of the client's addresses are on this computer."""
    name, before = "OAUTHLIB_INSECURE_TRANSPORT", os.environ.get("OAUTHLIB_INSECURE_TRANSPORT")
    if not all(is_loopback(client[uri]) for uri in ("auth_uri", "token_uri")):
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
