"""Consent in the browser, against a page of consent and a token endpoint of our own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from outreach.actions.connect_account import connect_account
from outreach.errors import BadInput, NotAllowed, NotFound, OutreachError, TryLater, Unavailable
from outreach.google.credentials import SCOPES, AuthorizedUser


@dataclass
class Google:
    """A page of consent whose user is a function, and a token endpoint that checks PKCE."""

    root: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    exchanged: dict[str, str] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    answer: dict[str, Any] = field(default_factory=lambda: {"refresh_token": "1//refresh"})
    status: int = 200
    redirect: Callable[[dict[str, str]], dict[str, str]] = lambda asked: {"code": "4/code", "state": asked["state"]}

    def open_page(self, url: str) -> bool:
        """Do what a browser does: ask for the page, and follow it back."""
        self.asked = dict(parse_qsl(urlsplit(url).query))
        back = f"{self.asked['redirect_uri']}?{urlencode(self.redirect(self.asked))}"
        threading.Thread(target=lambda: urllib.request.urlopen(back, timeout=10).read(), daemon=True).start()
        return True

    def tokens(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.exchanged = form
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != self.asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "Invalid code verifier."}
        granted = {"access_token": "ya29", "expires_in": 3599, "token_type": "Bearer", "scope": " ".join(self.scopes)}
        return self.status, granted | self.answer


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status, answer = made.tokens({name: values[0] for name, values in parse_qs(body).items()})
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.root = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def client_file(folder: Path, google: Google, **changes: Any) -> Path:
    client = {
        "client_id": "id.apps.googleusercontent.com",
        "client_secret": "secret",
        "auth_uri": f"{google.root}/o/oauth2/auth",
        "token_uri": f"{google.root}/token",
        "redirect_uris": ["http://localhost"],
    }
    path = folder / "client.json"
    path.write_text(json.dumps({"installed": client | changes}))
    return path


def connect(google: Google, path: Path | None, *, setting: str = "", patience: float = 10) -> bytes:
    app: Any = SimpleNamespace(settings=SimpleNamespace(google=SimpleNamespace(client_secrets=setting)))
    return connect_account(app, path, say=lambda _: None, open_page=google.open_page, patience=patience)


def test_consent_is_asked_with_pkce_and_comes_back_as_authorized_user_json(
    google: Google, tmp_path: Path, capsys: Any
) -> None:
    told: list[str] = []
    app: Any = SimpleNamespace(settings=SimpleNamespace(google=SimpleNamespace(client_secrets="")))
    data = connect_account(app, client_file(tmp_path, google), say=told.append, open_page=google.open_page, patience=10)
    assert json.loads(data) == {
        "type": "authorized_user",
        "client_id": "id.apps.googleusercontent.com",
        "client_secret": "secret",
        "refresh_token": "1//refresh",
        "token_uri": f"{google.root}/token",
    }
    assert AuthorizedUser.from_json(data).refresh_token == "1//refresh"
    assert set(google.asked["scope"].split()) == set(SCOPES)
    assert google.asked["redirect_uri"].startswith("http://localhost:")
    wanted = {"access_type": "offline", "prompt": "consent", "code_challenge_method": "S256", "response_type": "code"}
    assert wanted.items() <= google.asked.items()
    assert google.exchanged["code"] == "4/code"
    assert len(told) == 1
    assert f"{google.root}/o/oauth2/auth?" in told[0]
    assert capsys.readouterr().out == "", "stdout belongs to the facts of --json"
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_the_client_file_may_stand_in_the_settings(google: Google, tmp_path: Path) -> None:
    assert connect(google, None, setting=str(client_file(tmp_path, google)))


def test_wider_scopes_than_asked_for_are_fine(google: Google, tmp_path: Path) -> None:
    google.scopes = ["openid", *SCOPES]
    assert connect(google, client_file(tmp_path, google))


def failing(google: Google, path: Path | None, expected: type[OutreachError], **more: Any) -> OutreachError:
    with pytest.raises(expected) as caught:
        connect(google, path, **more)
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value


def test_permissions_that_were_not_ticked_are_named(google: Google, tmp_path: Path) -> None:
    google.scopes = [scope for scope in SCOPES if "calendar" not in scope]
    error = failing(google, client_file(tmp_path, google), NotAllowed)
    assert len(error.problems) == 2
    assert "calendar.events.owned" in error.problems[0]
    assert "calendar.freebusy" in error.problems[1]


@pytest.mark.parametrize(
    ("redirect", "saying"),
    [
        (lambda asked: {"error": "access_denied", "state": asked["state"]}, "denied"),
        (lambda asked: {"error": "server_error", "state": asked["state"]}, "error"),
        (lambda asked: {"code": "4/code", "state": "of somebody else"}, "error"),
        (lambda asked: {"state": asked["state"]}, "error"),
        (lambda _: {}, "error"),
    ],
)
def test_a_page_that_comes_back_with_an_error_is_one_sentence(
    google: Google, tmp_path: Path, redirect: Any, saying: str
) -> None:
    google.redirect = redirect
    assert saying in failing(google, client_file(tmp_path, google), NotAllowed).message
    assert google.exchanged == {}


def test_a_browser_that_is_closed_is_not_waited_for_for_ever(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google, "open_page", lambda _: False)
    failing(google, client_file(tmp_path, google), TryLater, patience=0.2)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(400, {"error": "invalid_grant", "error_description": "Malformed auth code."}), (200, {"refresh_token": ""})],
)
def test_tokens_that_are_not_given_are_one_sentence(
    google: Google, tmp_path: Path, status: int, answer: dict[str, Any]
) -> None:
    google.status, google.answer = status, answer
    failing(google, client_file(tmp_path, google), NotAllowed)


def test_a_token_endpoint_that_is_away_is_one_sentence(google: Google, tmp_path: Path) -> None:
    failing(google, client_file(tmp_path, google, token_uri="http://127.0.0.1:9/token"), Unavailable)


def test_without_a_client_file_it_says_how_to_make_one(google: Google, tmp_path: Path) -> None:
    for path, setting in (
        (None, ""),
        (tmp_path / "none.json", ""),
        (None, str(tmp_path / "none.json")),
        (tmp_path, ""),
    ):
        error = failing(google, path, NotFound, setting=setting)
        for words in ("Google Cloud Console", "Desktop app", "Gmail API", "--client-secrets"):
            assert words in error.message


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ("", "no JSON"),
        ("[]", "Desktop app"),
        ('{"web": {"client_id": "x"}}', "Desktop app"),
        ('{"installed": {"client_id": "x", "client_secret": ""}}', "lacks client_secret and auth_uri and token_uri"),
        ("x" * 200_000, "too large"),
    ],
)
def test_a_client_file_that_is_none_is_refused(google: Google, tmp_path: Path, content: str, saying: str) -> None:
    path = tmp_path / "client.json"
    path.write_text(content)
    assert saying in failing(google, path, BadInput).message


def test_a_client_file_that_leads_elsewhere_is_refused(google: Google, tmp_path: Path) -> None:
    for name in ("auth_uri", "token_uri"):
        path = client_file(tmp_path, google, **{name: "https://accounts.example.com/x"})
        assert "not Google's" in failing(google, path, BadInput).message
    assert google.asked == {}
