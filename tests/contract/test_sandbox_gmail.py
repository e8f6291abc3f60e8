"""The sandbox's Gmail, driven by Google's own client, and by raw sockets where that client would hide something."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google.oauth2.credentials
import google_auth_httplib2
import googleapiclient
import httplib2
import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload

from outreach.sandbox.routes import ROUTES
from outreach.sandbox.server import Sandbox

ME = "ada@student.example.com"
DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DOCUMENTS / name).read_text(encoding="utf-8"))
    return loaded


def open_gmail(root: str, consent: dict[str, str]) -> Any:
    shipped = document("gmail.v1.json")
    shipped.pop("mtlsRootUrl", None)
    shipped |= {"rootUrl": f"{root}/", "baseUrl": f"{root}/{shipped['servicePath']}"}
    names = ("refresh_token", "token_uri", "client_id", "client_secret")
    credentials = google.oauth2.credentials.Credentials(None, **{name: consent[name] for name in names})
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=20))
    return build_from_document(shipped, http=http).users()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock, tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, ledger=tmp_path / "ledger.jsonl") as running:
        yield running
        assert running.errors == []


@pytest.fixture
def gmail(sandbox: Sandbox) -> Any:
    return open_gmail(sandbox.root, sandbox.add_account(ME, name="Ada Okafor"))


def letter(to: str = "grace@planning.example.com", subject: str = "A question", **headers: str) -> bytes:
    lines = [f"From: Ada Okafor <{ME}>", f"To: {to}", f"Subject: {subject}", "Date: Mon, 02 Mar 2026 09:00:00 +0000"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\nDear Grace,\r\nmay I ask you something?\r\n").encode()


def raw(message: bytes) -> dict[str, str]:
    return {"raw": base64.urlsafe_b64encode(message).decode()}


def draft(gmail: Any, message: bytes, **more: str) -> dict[str, Any]:
    made: dict[str, Any] = gmail.drafts().create(userId="me", body={"message": raw(message) | more}).execute()
    return made


def send(gmail: Any, message: bytes, **more: str) -> dict[str, Any]:
    draft_id = draft(gmail, message, **more)["id"]
    sent: dict[str, Any] = gmail.drafts().send(userId="me", body={"id": draft_id}).execute()
    return sent


def headers_of(gmail: Any, message_id: str, *names: str) -> dict[str, str]:
    request = gmail.messages().get(userId="me", id=message_id, format="metadata", metadataHeaders=list(names))
    return {each["name"]: each["value"] for each in request.execute()["payload"]["headers"]}


def refused(call: Callable[[], Any]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HttpError) as caught:
        call()
    return caught.value.resp.status, json.loads(caught.value.content)


def reason_of(call: Callable[[], Any]) -> tuple[int, str]:
    status, body = refused(call)
    return status, body["error"]["errors"][0]["reason"]


# The routes are Google's.


def methods(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from methods(resource.get("resources", {}))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_each_method_is_in_the_shipped_discovery_document_with_its_path_scopes_and_upload(route: Any) -> None:
    shipped = document("gmail.v1.json" if route.id.startswith("gmail.") else "calendar.v3.json")
    method = {each["id"]: each for each in methods(shipped["resources"])}[route.id]
    assert (route.verb, route.path) == (method["httpMethod"], shipped["servicePath"] + method["path"])
    known = {scope for scope in method["scopes"] if ".addons." not in scope}
    assert route.scopes == known
    upload = method.get("mediaUpload", {}).get("protocols", {}).get("simple", {}).get("path")
    assert upload == (f"/upload/{route.path}" if route.upload else None)


# Drafts and sending.


def test_a_draft_is_consumed_by_sending_and_a_second_send_finds_nothing(gmail: Any, sandbox: Sandbox) -> None:
    made = draft(gmail, letter(X_Outreach_Id="letter-1"))
    sent = gmail.drafts().send(userId="me", body={"id": made["id"]}).execute()
    assert sent["id"] != made["message"]["id"]
    assert sent["labelIds"] == ["SENT"]
    expected = {
        "error": {
            "code": 404,
            "message": "Requested entity was not found.",
            "errors": [{"message": "Requested entity was not found.", "domain": "global", "reason": "notFound"}],
            "status": "NOT_FOUND",
        }
    }
    assert refused(gmail.drafts().send(userId="me", body={"id": made["id"]}).execute) == (404, expected)
    assert refused(gmail.drafts().get(userId="me", id=made["id"]).execute) == (404, expected)
    assert refused(gmail.messages().get(userId="me", id=made["message"]["id"]).execute) == (404, expected)
    assert [entry["x_outreach_id"] for entry in sandbox.sent] == ["letter-1"]


def test_of_ten_sends_of_one_draft_at_once_one_is_accepted(gmail: Any, sandbox: Sandbox) -> None:
    made = draft(gmail, letter())
    consent = sandbox.add_account(ME, name="Ada Okafor")

    def try_to_send(_: int) -> int:
        try:
            open_gmail(sandbox.root, consent).drafts().send(userId="me", body={"id": made["id"]}).execute()
        except HttpError as error:
            return int(error.resp.status)
        return 200

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(pool.map(try_to_send, range(10)))
    assert answers == [200] + [404] * 9
    assert len(sandbox.sent) == 1


def test_the_message_id_is_rewritten_and_date_and_own_headers_are_kept(gmail: Any) -> None:
    sent = send(gmail, letter(Message_ID="<mine@student.example.com>", X_Outreach_Id="letter-1"))
    found = headers_of(gmail, sent["id"], "Message-ID", "Date", "x-outreach-id", "X-Google-Original-Message-ID")
    assert found["Message-ID"].startswith("<CA")
    assert found["Message-ID"].endswith("@mail.gmail.com>")
    assert found["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert found["X-Outreach-Id"] == "letter-1"
    assert set(found) == {"Message-ID", "Date", "X-Outreach-Id"}
    own = gmail.messages().list(userId="me", q="in:anywhere rfc822msgid:<mine@student.example.com>").execute()
    assert "messages" not in own
    theirs = gmail.messages().list(userId="me", q=f"rfc822msgid:{found['Message-ID']}").execute()
    assert theirs["messages"][0]["id"] == sent["id"]


def test_the_ledger_has_one_line_for_each_accepted_send_with_the_hash_of_the_bytes_handed_in(
    gmail: Any, sandbox: Sandbox, tmp_path: Path
) -> None:
    message = letter(X_Outreach_Id="letter-1")
    sent = send(gmail, message)
    (line,) = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert entry == sandbox.sent[0]
    assert entry["sha256"] == hashlib.sha256(message).hexdigest()
    assert (entry["kind"], entry["account"], entry["to"]) == ("sent", ME, "grace@planning.example.com")
    assert (entry["gmail_id"], entry["thread_id"]) == (sent["id"], sent["threadId"])
    assert (entry["subject"], entry["x_outreach_id"]) == ("A question", "letter-1")
    assert entry["time"] == "2026-03-02T09:00:00.000Z"


def test_bytes_come_back_as_they_went_in_but_for_the_message_id(gmail: Any) -> None:
    message = letter(X_Outreach_Id="letter-1", MIME_Version="1.0")
    sent = send(gmail, message)
    stored = base64.urlsafe_b64decode(gmail.messages().get(userId="me", id=sent["id"], format="raw").execute()["raw"])
    lines = [line for line in stored.split(b"\r\n") if not line.startswith(b"Message-ID:")]
    assert b"\r\n".join(lines) == message


def test_drafts_are_listed_changed_and_deleted(gmail: Any) -> None:
    first, second = draft(gmail, letter(subject="One")), draft(gmail, letter(subject="Two"))
    listed = gmail.drafts().list(userId="me").execute()["drafts"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]
    page = gmail.drafts().list(userId="me", maxResults=1).execute()
    rest = gmail.drafts().list(userId="me", maxResults=1, pageToken=page["nextPageToken"]).execute()
    assert [page["drafts"][0]["id"], rest["drafts"][0]["id"]] == [second["id"], first["id"]]
    assert "nextPageToken" not in rest
    changed = gmail.drafts().update(userId="me", id=first["id"], body={"message": raw(letter(subject="Three"))})
    edited = changed.execute()
    assert edited["id"] == first["id"]
    assert edited["message"]["id"] != first["message"]["id"]
    assert edited["message"]["threadId"] != first["message"]["threadId"]
    gmail.drafts().delete(userId="me", id=first["id"]).execute()
    assert reason_of(gmail.drafts().delete(userId="me", id=first["id"]).execute) == (404, "notFound")


@pytest.mark.parametrize("kind", ["multipart", "media"])
def test_messages_can_be_uploaded_as_they_are(gmail: Any, kind: str) -> None:
    body = letter() + b"x" * 100_000 + b"\r\n"
    media = MediaInMemoryUpload(body, mimetype="message/rfc822")
    metadata = {"message": {}} if kind == "multipart" else None
    made = gmail.drafts().create(userId="me", body=metadata, media_body=media).execute()
    shown = gmail.drafts().get(userId="me", id=made["id"], format="raw").execute()
    assert base64.urlsafe_b64decode(shown["message"]["raw"]) == body
    assert "SENT" in gmail.drafts().send(userId="me", body={"id": made["id"]}).execute()["labelIds"]


@pytest.mark.parametrize("to", ["no address", "grace@", "grace@localhost", "grace@planning..example.com", "a b@c.com"])
def test_an_invalid_recipient_is_refused_and_the_draft_stays(gmail: Any, sandbox: Sandbox, to: str) -> None:
    made = draft(gmail, letter(to=to))
    status, body = refused(gmail.drafts().send(userId="me", body={"id": made["id"]}).execute)
    assert status == 400
    assert body["error"]["message"] == "Invalid To header"
    assert body["error"]["errors"][0]["reason"] == "invalidArgument"
    assert gmail.drafts().get(userId="me", id=made["id"]).execute()["id"] == made["id"]
    assert sandbox.sent == []


def test_a_message_over_25_megabytes_is_refused(gmail: Any, sandbox: Sandbox) -> None:
    media = MediaInMemoryUpload(letter() + b"x" * (25 * 1024 * 1024), mimetype="message/rfc822")
    assert reason_of(gmail.messages().send(userId="me", media_body=media).execute) == (400, "invalidArgument")
    assert sandbox.sent == []


def test_a_blind_copy_reaches_its_reader_and_nobody_else_sees_it(gmail: Any, sandbox: Sandbox) -> None:
    other = open_gmail(sandbox.root, sandbox.add_account("ben@student.example.com"))
    sent = send(gmail, letter(to="grace@planning.example.com", Bcc="ben@student.example.com"))
    (received,) = other.messages().list(userId="me", q="in:inbox").execute()["messages"]
    assert "Bcc" not in headers_of(other, received["id"])
    assert headers_of(gmail, sent["id"])["Bcc"] == "ben@student.example.com"


def test_a_letter_to_oneself_is_one_message_both_sent_and_received(gmail: Any) -> None:
    sent = send(gmail, letter(to=ME))
    labels = gmail.messages().get(userId="me", id=sent["id"], format="minimal").execute()["labelIds"]
    assert set(labels) == {"SENT", "INBOX", "UNREAD"}
    assert gmail.getProfile(userId="me").execute()["messagesTotal"] == 1


def test_what_is_no_message_is_refused(gmail: Any) -> None:
    create = gmail.drafts().create
    assert reason_of(create(userId="me", body={"message": {}}).execute) == (400, "invalidArgument")
    assert reason_of(create(userId="me", body={"message": {"raw": "!!!"}}).execute) == (400, "invalidArgument")
    assert reason_of(gmail.drafts().send(userId="me", body={"id": "r1"}).execute) == (404, "notFound")
    assert reason_of(gmail.getProfile(userId="ben@student.example.com").execute) == (403, "forbidden")


# Threads.


def test_a_follow_up_joins_the_thread_only_under_all_three_conditions(gmail: Any) -> None:
    first = send(gmail, letter(subject="A question"))
    message_id = headers_of(gmail, first["id"], "Message-ID")["Message-ID"]
    answering = {"In_Reply_To": message_id, "References": message_id}
    thread = first["threadId"]
    joined = send(gmail, letter(subject="Re: A question", **answering), threadId=thread)
    assert joined["threadId"] == thread
    assert send(gmail, letter(subject="Re: A question", **answering))["threadId"] != thread
    assert send(gmail, letter(subject="Re: A question"), threadId=thread)["threadId"] != thread
    assert send(gmail, letter(subject="Another", **answering), threadId=thread)["threadId"] != thread
    minted = {"In_Reply_To": "<mine@student.example.com>", "References": "<mine@student.example.com>"}
    assert send(gmail, letter(subject="Re: A question", **minted), threadId=thread)["threadId"] != thread
    shown = gmail.threads().get(userId="me", id=thread, format="metadata", metadataHeaders=["Subject"]).execute()
    assert [each["id"] for each in shown["messages"]] == [first["id"], joined["id"]]


def test_an_answer_that_arrives_joins_the_thread_it_answers(gmail: Any, sandbox: Sandbox) -> None:
    first = send(gmail, letter(subject="A question"))
    message_id = headers_of(gmail, first["id"], "Message-ID")["Message-ID"]
    answer = (
        f"From: g@planning.example.com\r\nTo: {ME}\r\nSubject: RE: A  question\r\nIn-Reply-To: {message_id}\r\n\r\nYes"
    )
    received = sandbox.receive(ME, answer.encode())
    assert gmail.messages().get(userId="me", id=received).execute()["threadId"] == first["threadId"]
    elsewhere = sandbox.receive(ME, answer.replace("A  question", "Lunch").encode())
    assert gmail.messages().get(userId="me", id=elsewhere).execute()["threadId"] == elsewhere


# Lists, searches, history.


def test_searches_find_what_they_name(gmail: Any, sandbox: Sandbox, clock: Clock) -> None:
    one = send(gmail, letter(to='"Lindqvist, Grace" <grace@planning.example.com>', subject="Ten minutes, please?"))[
        "id"
    ]
    clock.now += timedelta(days=2)
    two = send(gmail, letter(to="omar@metro.example.com", subject="Ten trains"))["id"]
    spam = sandbox.receive(ME, b"From: shop@store.example.org\r\nSubject: Ten offers\r\n\r\nBuy", labels=("SPAM",))

    def found(query: str, **more: Any) -> list[str]:
        answer = gmail.messages().list(userId="me", q=query, **more).execute()
        return [each["id"] for each in answer.get("messages", [])]

    assert found("in:sent") == [two, one]
    assert found('to:grace@planning.example.com subject:"Ten minutes, please?"') == [one]
    assert found('subject:"minutes ten"') == []
    assert found("subject:ten -to:omar@metro.example.com") == [one]
    assert found(f"after:{int(START.timestamp()) + 60}") == [two]
    assert found("before:2026/03/03") == [one]
    assert found("newer_than:1d") == [two]
    assert found("to:omar@metro.example.com OR to:grace@planning.example.com") == [two, one]
    assert found("something ask you in:sent") == [two, one]
    assert found("ask you nothing in:sent") == []
    assert found('"ask you something"') == [two, one]
    assert found('"something ask you"') == []
    assert found("from:shop@store.example.org") == []
    assert found("in:anywhere from:shop@store.example.org") == [spam]
    assert found("from:shop@store.example.org", includeSpamTrash=True) == [spam]
    assert found("", labelIds=["SENT"], maxResults=1) == [two]


def test_the_search_index_lags_while_ids_and_history_do_not(tmp_path: Path) -> None:
    clock = Clock()
    with Sandbox(clock=clock, search_lag=timedelta(seconds=30)) as sandbox:
        gmail = open_gmail(sandbox.root, sandbox.add_account(ME))
        before = gmail.getProfile(userId="me").execute()["historyId"]
        sent = send(gmail, letter())
        listing = gmail.messages().list(userId="me", q="in:sent")
        assert listing.execute()["resultSizeEstimate"] == 0
        assert gmail.messages().get(userId="me", id=sent["id"]).execute()["id"] == sent["id"]
        history = gmail.history().list(userId="me", startHistoryId=before, labelId="SENT").execute()["history"]
        assert [each["messages"][0]["id"] for each in history] == [sent["id"]]
        clock.now += timedelta(seconds=30)
        assert listing.execute()["messages"][0]["id"] == sent["id"]


def test_history_tells_what_was_added_page_by_page_and_lacks_the_key_when_nothing_was(
    gmail: Any, sandbox: Sandbox
) -> None:
    start = gmail.getProfile(userId="me").execute()["historyId"]
    assert gmail.history().list(userId="me", startHistoryId=start).execute() == {"historyId": start}
    sent = send(gmail, letter())
    received = sandbox.receive(ME, b"From: g@planning.example.com\r\nSubject: Hello\r\n\r\nHi")
    seen, token = [], None
    while True:
        page = gmail.history().list(
            userId="me", startHistoryId=start, historyTypes="messageAdded", maxResults=1, pageToken=token
        )
        answer = page.execute()
        seen += [added["message"] for record in answer["history"] for added in record["messagesAdded"]]
        token = answer.get("nextPageToken")
        if token is None:
            break
    assert [(each["id"], each["labelIds"]) for each in seen[1:]] == [
        (sent["id"], ["SENT"]),
        (received, ["INBOX", "UNREAD"]),
    ]
    assert seen[0]["labelIds"] == ["DRAFT"]
    assert "history" not in gmail.history().list(userId="me", startHistoryId=answer["historyId"]).execute()


def test_an_old_or_unknown_history_id_is_not_found(gmail: Any, sandbox: Sandbox) -> None:
    start = gmail.getProfile(userId="me").execute()["historyId"]
    sandbox.expire_history(ME)
    for history_id in (start, "1", str(int(start) + 1000)):
        asked = gmail.history().list(userId="me", startHistoryId=history_id)
        assert reason_of(asked.execute) == (404, "notFound")
    now = gmail.getProfile(userId="me").execute()["historyId"]
    assert gmail.history().list(userId="me", startHistoryId=now).execute() == {"historyId": now}


def test_labels_move_and_history_says_so(gmail: Any, sandbox: Sandbox) -> None:
    received = sandbox.receive(ME, b"From: g@planning.example.com\r\nSubject: Hello\r\n\r\nHi")
    start = gmail.getProfile(userId="me").execute()["historyId"]
    mark = gmail.labels().create(userId="me", body={"name": "Answered"}).execute()["id"]
    gmail.messages().modify(
        userId="me", id=received, body={"addLabelIds": [mark], "removeLabelIds": ["UNREAD"]}
    ).execute()
    assert set(gmail.messages().trash(userId="me", id=received).execute()["labelIds"]) == {mark, "TRASH"}
    records = gmail.history().list(userId="me", startHistoryId=start, historyTypes="labelAdded").execute()["history"]
    assert [record["labelsAdded"][0]["labelIds"] for record in records] == [[mark], ["TRASH"]]
    wrong = {"addLabelIds": ["Nowhere"]}
    assert reason_of(gmail.messages().modify(userId="me", id=received, body=wrong).execute)[0] == 400
    names = {each["id"] for each in gmail.labels().list(userId="me").execute()["labels"]}
    assert {"INBOX", "SENT", "DRAFT", "SPAM", "TRASH", mark} <= names


def test_a_message_is_shown_whole_with_its_attachments_by_id(gmail: Any, sandbox: Sandbox) -> None:
    message = (
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@planning.example.com>\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below\r\n'
        b'--b\r\nContent-Type: text/csv; name="plan.csv"\r\nContent-Disposition: attachment; filename="plan.csv"\r\n'
        b"\r\na,b\r\n--b--\r\n"
    )
    received = sandbox.receive(ME, message)
    payload = gmail.messages().get(userId="me", id=received).execute()["payload"]
    assert payload["headers"][0] == {"name": "From", "value": "Jürgen <j@planning.example.com>"}
    text, table = payload["parts"]
    assert base64.urlsafe_b64decode(text["body"]["data"]).strip() == b"See below"
    attachment = gmail.messages().attachments().get(userId="me", messageId=received, id=table["body"]["attachmentId"])
    assert base64.urlsafe_b64decode(attachment.execute()["data"]).strip() == b"a,b"


def test_the_display_name_is_told(gmail: Any) -> None:
    (only,) = gmail.settings().sendAs().list(userId="me").execute()["sendAs"]
    assert (only["sendAsEmail"], only["displayName"], only["isDefault"]) == (ME, "Ada Okafor", True)


# Consent.


def test_scopes_are_asked_for_method_by_method(sandbox: Sandbox) -> None:
    composing = open_gmail(sandbox.root, sandbox.add_account(ME, scopes=["gmail.compose"]))
    made = draft(composing, letter())
    assert composing.drafts().send(userId="me", body={"id": made["id"]}).execute()["labelIds"] == ["SENT"]
    status, body = refused(composing.messages().list(userId="me").execute)
    assert (status, body["error"]["errors"][0]["reason"]) == (403, "insufficientPermissions")
    assert body["error"]["status"] == "PERMISSION_DENIED"
    sending = open_gmail(sandbox.root, sandbox.add_account(ME, scopes=["gmail.send"]))
    assert reason_of(sending.getProfile(userId="me").execute) == (403, "insufficientPermissions")
    assert reason_of(sending.drafts().send(userId="me", body={"id": "r1"}).execute)[0] == 403
    assert sending.messages().send(userId="me", body=raw(letter())).execute()["labelIds"] == ["SENT"]


def test_the_metadata_scope_allows_neither_searching_nor_bodies(sandbox: Sandbox) -> None:
    gmail = open_gmail(sandbox.root, sandbox.add_account(ME, scopes=["gmail.metadata"]))
    received = sandbox.receive(ME, b"From: g@planning.example.com\r\nSubject: Hello\r\n\r\nHi")
    assert reason_of(gmail.messages().list(userId="me", q="in:inbox").execute) == (403, "forbidden")
    assert reason_of(gmail.messages().get(userId="me", id=received).execute) == (403, "forbidden")
    assert gmail.messages().list(userId="me", labelIds=["INBOX"]).execute()["messages"][0]["id"] == received
    assert headers_of(gmail, received, "Subject") == {"Subject": "Hello"}


def test_a_stale_access_token_is_refreshed_and_a_revoked_consent_is_not(gmail: Any, sandbox: Sandbox) -> None:
    gmail.getProfile(userId="me").execute()
    sandbox.expire_tokens(ME)
    assert gmail.getProfile(userId="me").execute()["emailAddress"] == ME
    sandbox.revoke(ME)
    with pytest.raises(RefreshError) as caught:
        gmail.getProfile(userId="me").execute()
    assert caught.value.args[1] == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }
    assert caught.value.retryable is False


def test_an_unknown_token_gets_googles_401(sandbox: Sandbox) -> None:
    status, headers, body = plain(sandbox, "GET", "/gmail/v1/users/me/profile", {"Authorization": "Bearer nonsense"})
    assert status == 401
    assert headers["www-authenticate"].startswith("Bearer")
    (error,) = body["error"]["errors"]
    assert (error["reason"], error["locationType"], error["location"]) == ("authError", "header", "Authorization")


def test_the_token_endpoint_says_scope_and_lifetime_and_refuses_in_oauths_shape(sandbox: Sandbox) -> None:
    consent = sandbox.add_account(ME, scopes=["gmail.compose", "gmail.readonly"])
    form = {name: consent[name] for name in ("client_id", "client_secret", "refresh_token")}
    form |= {"grant_type": "refresh_token"}

    def ask(**changes: str) -> tuple[int, dict[str, Any]]:
        body = "&".join(f"{name}={value}" for name, value in (form | changes).items()).encode()
        status, _, answer = plain(sandbox, "POST", "/token", {}, body)
        return status, answer

    status, answer = ask()
    assert status == 200
    assert set(answer["scope"].split()) == {
        "https://www.googleapis.com/auth/gmail.compose",
        "https://www.googleapis.com/auth/gmail.readonly",
    }
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    assert ask(client_secret="wrong")[1]["error"] == "invalid_client"
    assert ask(scope="https://mail.google.com/") == (
        400,
        {"error": "invalid_scope", "error_description": "Bad Request"},
    )
    assert ask(grant_type="password")[1]["error"] == "unsupported_grant_type"
    sandbox.fault("token", "503", times=1)
    assert ask()[0] == 503
    assert ask()[0] == 200


# Limits and faults.


def plain(
    sandbox: Sandbox, verb: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection(*address_of(sandbox), timeout=10)
    try:
        connection.request(verb, path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(content) if content else None
    finally:
        connection.close()


def address_of(sandbox: Sandbox) -> tuple[str, int]:
    host, _, port = sandbox.root.removeprefix("http://").partition(":")
    return host, int(port)


def bearer(sandbox: Sandbox) -> dict[str, str]:
    consent = sandbox.add_account(ME, name="Ada Okafor")
    answer = sandbox.tokens.answer(
        {name: consent[name] for name in ("client_id", "client_secret", "refresh_token")}
        | {"grant_type": "refresh_token"}
    )
    return {"Authorization": f"Bearer {answer['access_token']}", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("kind", "status", "reason", "domain"),
    [
        ("429", 429, "rateLimitExceeded", "usageLimits"),
        ("429_sending", 429, "rateLimitExceeded", "usageLimits"),
        ("403_rate", 403, "userRateLimitExceeded", "usageLimits"),
        ("403_daily", 403, "dailyLimitExceeded", "usageLimits"),
        ("403_policy", 403, "domainPolicy", "global"),
        ("503", 503, "backendError", "global"),
        ("400", 400, "invalidArgument", "global"),
        ("404", 404, "notFound", "global"),
    ],
)
def test_a_refusing_fault_has_googles_shape_and_sends_nothing(
    gmail: Any, sandbox: Sandbox, kind: str, status: int, reason: str, domain: str
) -> None:
    made = draft(gmail, letter())
    sandbox.fault("drafts.send", kind, times=1)
    request = gmail.drafts().send(userId="me", body={"id": made["id"]})
    answered, body = refused(request.execute)
    (error,) = body["error"]["errors"]
    assert (answered, body["error"]["code"], error["reason"], error["domain"]) == (status, status, reason, domain)
    assert sandbox.sent == []
    request.execute()
    assert len(sandbox.sent) == 1


def test_the_sending_limit_names_the_time_to_come_back(gmail: Any, sandbox: Sandbox) -> None:
    sandbox.fault("drafts.send", "429_sending", times=1, retry_at=START + timedelta(hours=2))
    _, body = refused(gmail.drafts().send(userId="me", body={"id": "r1"}).execute)
    expected = "User-rate limit exceeded.  Retry after 2026-03-02T11:00:00.000Z (Mail sending)"
    assert body["error"]["message"] == expected


def test_500_after_comes_when_the_letter_is_already_in_the_ledger(gmail: Any, sandbox: Sandbox) -> None:
    made = draft(gmail, letter())
    sandbox.fault("drafts.send", "500_after", times=1)
    request = gmail.drafts().send(userId="me", body={"id": made["id"]})
    assert refused(request.execute)[0] == 500
    assert len(sandbox.sent) == 1
    assert refused(request.execute)[0] == 404


@pytest.mark.parametrize(
    ("kind", "accepted"), [("lost_after", 1), ("lost_before", 0), ("hang_after", 1), ("hang_before", 0)]
)
def test_a_lost_or_hanging_answer_is_no_answer_at_all(
    gmail: Any, sandbox: Sandbox, tmp_path: Path, kind: str, accepted: int
) -> None:
    made = draft(gmail, letter())
    sandbox.fault("drafts.send", kind, times=1, seconds=0.2)
    body = json.dumps({"id": made["id"]}).encode()
    began = time.monotonic()
    with socket.create_connection(address_of(sandbox), timeout=10) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in bearer(sandbox).items())
        head = f"POST /gmail/v1/users/me/drafts/send HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        assert connection.recv(1000) == b""
    assert (time.monotonic() - began >= 0.2) == kind.startswith("hang")
    written = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(written) == len(sandbox.sent) == accepted


def test_faults_come_with_the_probability_asked_for_and_the_same_for_the_same_seed() -> None:
    def hits(seed: int) -> list[int]:
        with Sandbox(seed=seed) as sandbox:
            sandbox.fault("getProfile", "503", probability=0.3)
            headers = bearer(sandbox)
            return [plain(sandbox, "GET", "/gmail/v1/users/me/profile", headers)[0] for _ in range(100)]

    first = hits(1)
    assert first == hits(1)
    assert first != hits(2)
    assert 15 <= first.count(503) <= 45


def test_faults_are_matched_by_pattern_path_and_account_and_can_be_cleared(gmail: Any, sandbox: Sandbox) -> None:
    sandbox.fault("drafts.*", "503")
    assert refused(gmail.drafts().list(userId="me").execute)[0] == 503
    assert gmail.getProfile(userId="me").execute()["emailAddress"] == ME
    sandbox.clear_faults()
    sandbox.fault("*/users/me/drafts", "503", account="ben@student.example.com")
    assert "drafts" not in gmail.drafts().list(userId="me").execute()
    sandbox.fault("*/users/me/drafts", "503", account=ME)
    assert refused(gmail.drafts().list(userId="me").execute)[0] == 503
    with pytest.raises(ValueError, match="meteor"):
        sandbox.fault("drafts.send", "meteor")


def test_more_than_ten_requests_at_once_of_one_user_are_too_many(sandbox: Sandbox) -> None:
    headers = bearer(sandbox)
    with sandbox.world.lock, ThreadPoolExecutor(14) as pool:
        asked = [pool.submit(plain, sandbox, "GET", "/gmail/v1/users/me/labels", headers) for _ in range(14)]
        # The tick at each request's start waits for the lock too: let go of it only for those that may go on.
        time.sleep(0.05)
        sandbox.world.lock.release()
        try:
            answers = sorted(each.result()[0] for each in asked)
        finally:
            sandbox.world.lock.acquire()
    assert set(answers) <= {200, 429}
