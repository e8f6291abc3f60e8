"""Where requests and consents may go, and how one client serves many accounts and threads."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from googleapiclient.http import MediaInMemoryUpload

from outreach.edge import AccessLost, CalendarEvent, Mailbox
from outreach.edge import Calendar as EdgeCalendar
from outreach.edge import Google as EdgeGoogle
from outreach.errors import BadInput, Misconfigured
from outreach.google import access
from outreach.google.api import calendar_api, gmail_api, resource
from outreach.google.client import GoogleClient
from outreach.google.credentials import SCOPES, TOKEN_URI, AuthorizedUser, missing_scopes
from outreach.google.roots import checked_root, is_loopback, may_be_asked
from outreach.sandbox.server import Sandbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONSENT = {"client_id": "id", "client_secret": "secret", "refresh_token": "token"}


def consent(sandbox: Sandbox, address: str) -> AuthorizedUser:
    return AuthorizedUser.from_json(json.dumps(sandbox.add_account(address)).encode())


# Where requests go.


@pytest.mark.parametrize(
    "root",
    [
        "https://google.example.com",
        "http://gmail.googleapis.com",
        "https://googleapis.com.example.com",
        "https://evilgoogleapis.com",
        "http://127.0.0.1@example.com",
        "http://example.com#127.0.0.1",
        "http://example.com\\@127.0.0.1",
        "http://localhost.example.com",
        "http://192.168.0.1:8080",
        "http://0.0.0.0:80",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:8080",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/?x=",
        "https://www.googleapis.com:8443",
        "http://[::2]",
        "http://",
    ],
)
def test_a_root_that_is_neither_google_nor_this_computer_is_refused(root: str) -> None:
    with pytest.raises(Misconfigured, match="OUTREACH_GOOGLE__API_ROOT"):
        GoogleClient(api_root=root, credentials_of=lambda _: AuthorizedUser("a", "b", "c"), now=lambda: NOW)
    with pytest.raises(Misconfigured):
        gmail_api(root)


@pytest.mark.parametrize(
    "root",
    [
        "",
        "http://127.0.0.1:8099",
        "http://localhost:1/",
        "http://[::1]:8099",
        "https://127.0.0.2",
        "https://www.googleapis.com",
    ],
)
def test_google_and_this_computer_are_fine(root: str) -> None:
    assert checked_root(root) == root.rstrip("/")
    GoogleClient(api_root=root, credentials_of=lambda _: AuthorizedUser("a", "b", "c"), now=lambda: NOW)


@pytest.mark.parametrize("root", ["http://127.0.0.1:8099", "http://localhost:8099/"])
def test_every_address_lies_at_the_root_media_upload_and_batch_too(root: str) -> None:
    gmail, calendar = gmail_api(root), calendar_api(root)
    media = MediaInMemoryUpload(b"x", mimetype="message/rfc822")
    addresses = [
        gmail.users.getProfile(userId="me").uri,
        gmail.drafts.create(userId="me", body={"message": {}}).uri,
        gmail.drafts.create(userId="me", body={"message": {}}, media_body=media).uri,
        gmail.drafts.create(userId="me", media_body=media).uri,
        gmail.drafts.send(userId="me", body={"id": "r1"}).uri,
        gmail.messages.get(userId="me", id="1").uri,
        gmail.threads.get(userId="me", id="1").uri,
        gmail.history.list(userId="me", startHistoryId="1").uri,
        gmail.send_as.list(userId="me").uri,
        calendar.events.insert(calendarId="primary", body={}).uri,
        calendar.events.get(calendarId="primary", eventId="x").uri,
        calendar.freebusy.query(body={}).uri,
        resource("gmail.v1.json", root).new_batch_http_request()._batch_uri,
        resource("calendar.v3.json", root).new_batch_http_request()._batch_uri,
    ]
    assert [address for address in addresses if not address.startswith(root.rstrip("/") + "/")] == []
    assert addresses[2].startswith(f"{root.rstrip('/')}/upload/gmail/v1/users/me/drafts")
    assert urlsplit(addresses[9]).path == "/calendar/v3/calendars/primary/events"


def test_without_a_root_it_is_google_over_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_USE_MTLS_ENDPOINT", "always")
    for api in (gmail_api.__wrapped__("").users.getProfile(userId="me"), calendar_api("").freebusy.query(body={})):
        parts = urlsplit(api.uri)
        assert (parts.scheme, parts.hostname) in {("https", "gmail.googleapis.com"), ("https", "www.googleapis.com")}


def test_requests_cannot_be_sent_without_an_accounts_line() -> None:
    with pytest.raises(RuntimeError, match="http of its account"):
        gmail_api("http://127.0.0.1:9").users.getProfile(userId="me").execute()


# What a consent is.


def test_a_consent_is_read_and_keeps_its_secrets_to_itself() -> None:
    user = AuthorizedUser.from_json(json.dumps(CONSENT | {"type": "authorized_user", "account": "x"}).encode())
    assert user == AuthorizedUser("id", "secret", "token", TOKEN_URI)
    assert "secret" not in repr(user)
    assert "'token'" not in repr(user)
    assert AuthorizedUser.from_json(user.to_json()) == user
    assert user.to_credentials().token_uri == TOKEN_URI


@pytest.mark.parametrize(
    ("data", "saying"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no object"),
        (b"{}", "lacks client_id and client_secret and refresh_token"),
        (json.dumps(CONSENT | {"refresh_token": ""}).encode(), "lacks refresh_token"),
        (json.dumps(CONSENT | {"client_id": 5}).encode(), "lacks client_id"),
        (json.dumps(CONSENT | {"client_secret": "a\nb"}).encode(), "lacks client_secret"),
        (json.dumps(CONSENT | {"client_secret": "\ud800"}).encode(), "lacks client_secret"),
        (b'{"installed": {"client_id": "x"}}', "--client-secrets"),
        (json.dumps(CONSENT | {"type": "service_account"}).encode(), "service_account"),
        (json.dumps(CONSENT | {"token_uri": "https://example.com/token"}).encode(), "not Google's"),
        (json.dumps(CONSENT | {"token_uri": "http://oauth2.googleapis.com/token"}).encode(), "not Google's"),
        (json.dumps(CONSENT | {"token_uri": "https://googleapis.com.evil.example/token"}).encode(), "not Google's"),
        (json.dumps(CONSENT | {"token_uri": "http://localhost@evil.example/token"}).encode(), "not Google's"),
        (json.dumps(CONSENT | {"token_uri": None}).encode(), "not Google's"),
    ],
)
def test_what_is_no_consent_is_refused_in_one_sentence(data: bytes, saying: str) -> None:
    with pytest.raises(BadInput) as caught:
        AuthorizedUser.from_json(data)
    assert saying in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "uri",
    [
        TOKEN_URI,
        "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
        "http://127.0.0.1:1/token",
        "http://localhost:1/token",
    ],
)
def test_googles_token_endpoints_and_this_computers_are_fine(uri: str) -> None:
    assert may_be_asked(uri)
    assert AuthorizedUser.from_json(json.dumps(CONSENT | {"token_uri": uri}).encode()).token_uri == uri
    assert is_loopback(uri) == uri.startswith("http:")


def test_wider_scopes_hold_ours() -> None:
    assert missing_scopes(SCOPES) == []
    assert missing_scopes([]) == list(SCOPES)
    assert missing_scopes(["https://mail.google.com/", "https://www.googleapis.com/auth/calendar"]) == []


# Many accounts, many threads.


def test_the_client_is_what_the_protocols_ask_for(sandbox: Sandbox) -> None:
    user = consent(sandbox, "a@example.com")
    google: EdgeGoogle = GoogleClient(api_root=sandbox.root, credentials_of=lambda _: user, now=lambda: NOW)
    mailbox: Mailbox = google.mailbox("a")
    calendar: EdgeCalendar = google.calendar("a")
    event: CalendarEvent | None = calendar.event("outreach0doctor")
    assert (mailbox.profile().address, event) == ("a@example.com", None)


def test_threads_and_accounts_do_not_get_each_others_answers(sandbox: Sandbox) -> None:
    sandbox.limit(at_once=100)
    users = {f"u{n}": consent(sandbox, f"u{n}@example.com") for n in range(6)}
    client = GoogleClient(api_root=sandbox.root, credentials_of=users.__getitem__, now=lambda: NOW)
    start = threading.Barrier(8)

    def ask(number: int) -> bool:
        start.wait()
        names = [f"u{(number + step) % 6}" for step in range(60)]
        return all(client.mailbox(name).profile().address == f"{name}@example.com" for name in names)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert len(sandbox.tokens._access) == 6, "one access token an account, for all threads"


def test_a_mailbox_used_by_another_thread_uses_that_threads_connections(sandbox: Sandbox) -> None:
    user = consent(sandbox, "a@example.com")
    mailbox = GoogleClient(api_root=sandbox.root, credentials_of=lambda _: user, now=lambda: NOW).mailbox("a")
    with ThreadPoolExecutor(4) as pool:
        assert {box.address for box in pool.map(lambda _: mailbox.profile(), range(100))} == {"a@example.com"}


def test_a_renewed_consent_is_used_from_the_next_opening_on(sandbox: Sandbox) -> None:
    users = {"a": consent(sandbox, "a@example.com")}
    asked: list[str] = []

    def credentials_of(account_id: str) -> AuthorizedUser:
        asked.append(account_id)
        return users[account_id]

    client = GoogleClient(api_root=sandbox.root, credentials_of=credentials_of, now=lambda: NOW)
    mailbox = client.mailbox("a")
    for _ in range(5):
        mailbox.profile()
    assert asked == ["a"], "the consent is read once for each opening"
    sandbox.revoke("a@example.com")
    with pytest.raises(AccessLost):
        client.mailbox("a").profile()
    users["a"] = consent(sandbox, "a@example.com")
    assert client.mailbox("a").profile().address == "a@example.com"


def test_tokens_are_kept_for_so_many_accounts_and_no_more(sandbox: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(access, "_MOST", 3)
    users = {f"u{n}": consent(sandbox, f"u{n}@example.com") for n in range(5)}
    client = GoogleClient(api_root=sandbox.root, credentials_of=users.__getitem__, now=lambda: NOW)
    for name in [*users, "u4", "u0"]:
        assert client.mailbox(name).profile().address == f"{name}@example.com"
    assert len(client._keyring._known) == 3
    assert len(sandbox.tokens._access) == 6


def test_a_stored_consent_that_cannot_be_read_is_a_lost_access() -> None:
    client = GoogleClient(
        api_root="http://127.0.0.1:9", credentials_of=lambda _: AuthorizedUser.from_json(b"{}"), now=lambda: NOW
    )
    for open_ in (client.mailbox, client.calendar):
        with pytest.raises(AccessLost, match="lacks"):
            open_("a")
