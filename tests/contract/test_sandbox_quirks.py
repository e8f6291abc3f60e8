"""Each way in which the sandbox can differ from what is believed of Google, driven by Google's own client."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox
from tests.contract.test_sandbox_gmail import ME, document, draft, headers_of, letter, open_gmail, raw

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., tuple[Any, Sandbox]]


@pytest.fixture
def odd() -> Iterator[Open]:
    running: list[Sandbox] = []

    def start(*quirks: Quirk) -> tuple[Any, Sandbox]:
        sandbox = Sandbox(quirks=quirks).start()
        running.append(sandbox)
        return open_gmail(sandbox.root, sandbox.add_account(ME, name="Ada Okafor")), sandbox

    yield start
    for sandbox in running:
        sandbox.stop()
        assert sandbox.errors == []


def ask_to_send(gmail: Any, draft_id: str) -> tuple[int, dict[str, Any]]:
    try:
        return 200, gmail.drafts().send(userId="me", body={"id": draft_id}).execute()
    except HttpError as error:
        return int(error.resp.status), {}


def listed(gmail: Any) -> list[str]:
    found = gmail.messages().list(userId="me", q="in:anywhere").execute()
    return [each["id"] for each in found.get("messages", [])]


def history_of(gmail: Any, since: str) -> list[str]:
    found = gmail.history().list(userId="me", startHistoryId=since, historyTypes=["messageAdded"]).execute()
    return [each["message"]["id"] for record in found.get("history", []) for each in record["messagesAdded"]]


@pytest.mark.parametrize(
    ("quirk", "domain", "kept"),
    [
        (Quirk.KEEPS_MESSAGE_ID, "student.example.com", True),
        (Quirk.KEEPS_OWN_MESSAGE_ID, "student.example.com", False),
        (Quirk.KEEPS_OWN_MESSAGE_ID, "mail.gmail.com", True),
    ],
)
def test_a_given_message_id_may_be_kept(odd: Open, quirk: Quirk, domain: str, kept: bool) -> None:
    gmail, _ = odd(quirk)
    made = draft(gmail, letter(Message_ID=f"<mine@{domain}>"))
    _, sent = ask_to_send(gmail, made["id"])
    assert (headers_of(gmail, sent["id"], "Message-ID")["Message-ID"] == f"<mine@{domain}>") is kept


def test_a_draft_may_be_sent_again(odd: Open) -> None:
    gmail, sandbox = odd(Quirk.SENDS_AGAIN)
    made = draft(gmail, letter())
    assert [ask_to_send(gmail, made["id"])[0] for _ in range(2)] == [200, 200]
    assert len(sandbox.sent) == 2


def test_sends_that_race_may_all_be_carried_out_and_a_later_one_is_not(odd: Open) -> None:
    gmail, sandbox = odd(Quirk.SENDS_RACING)
    made, consent = draft(gmail, letter()), sandbox.add_account(ME, name="Ada Okafor")
    clients = [open_gmail(sandbox.root, consent) for _ in range(10)]
    for client in clients:
        client.getProfile(userId="me").execute()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda client: ask_to_send(client, made["id"])[0], clients))
    assert answers.count(200) > 1
    assert len(sandbox.sent) == answers.count(200)
    assert ask_to_send(gmail, made["id"])[0] == 404


def test_a_draft_that_was_sent_may_still_be_shown(odd: Open) -> None:
    gmail, sandbox = odd(Quirk.SHOWS_SENT_DRAFTS)
    made = draft(gmail, letter())
    assert [ask_to_send(gmail, made["id"])[0] for _ in range(2)] == [200, 404]
    assert gmail.drafts().get(userId="me", id=made["id"]).execute()["id"] == made["id"]
    gmail.drafts().delete(userId="me", id=made["id"]).execute()
    with pytest.raises(HttpError):
        gmail.drafts().get(userId="me", id=made["id"]).execute()
    assert len(sandbox.sent) == 1


def test_x_headers_may_be_dropped_from_what_is_sent(odd: Open) -> None:
    gmail, _ = odd(Quirk.DROPS_X_HEADERS)
    made = draft(gmail, letter(X_Outreach_Id="letter-1", Subject_Like="kept"))
    _, sent = ask_to_send(gmail, made["id"])
    assert set(headers_of(gmail, sent["id"], "X-Outreach-Id", "Subject-Like")) == {"Subject-Like"}


def test_x_headers_may_be_dropped_from_what_arrives(odd: Open) -> None:
    gmail, _ = odd(Quirk.DROPS_X_ON_ARRIVAL)
    made = draft(gmail, letter(to=ME, X_Outreach_Id="letter-1"))
    _, sent = ask_to_send(gmail, made["id"])
    (arrived,) = set(listed(gmail)) - {sent["id"]}
    assert headers_of(gmail, sent["id"], "X-Outreach-Id") == {"X-Outreach-Id": "letter-1"}
    assert gmail.messages().get(userId="me", id=arrived, format="minimal").execute()["labelIds"] == ["INBOX", "UNREAD"]
    request = gmail.messages().get(userId="me", id=arrived, format="metadata", metadataHeaders=["X-Outreach-Id"])
    assert request.execute()["payload"]["headers"] == []


def test_what_is_sent_may_begin_a_new_thread(odd: Open) -> None:
    gmail, _ = odd(Quirk.NEW_THREAD)
    made = draft(gmail, letter())
    assert ask_to_send(gmail, made["id"])[1]["threadId"] != made["message"]["threadId"]


@pytest.mark.parametrize(
    ("quirks", "in_history", "in_search"),
    [
        ((), True, True),
        ((Quirk.HIDES_FROM_HISTORY,), False, True),
        ((Quirk.HIDES_FROM_SEARCH,), True, False),
        ((Quirk.HIDES_FROM_HISTORY, Quirk.HIDES_FROM_SEARCH), False, False),
    ],
)
def test_what_is_sent_may_be_hidden(odd: Open, quirks: tuple[Quirk, ...], in_history: bool, in_search: bool) -> None:
    gmail, _ = odd(*quirks)
    since = gmail.getProfile(userId="me").execute()["historyId"]
    _, sent = ask_to_send(gmail, draft(gmail, letter())["id"])
    assert (sent["id"] in history_of(gmail, since), sent["id"] in listed(gmail)) == (in_history, in_search)


def test_an_events_id_may_be_taken_twice_or_freed_by_deleting() -> None:
    body = {
        "id": "probe00001",
        "start": {"dateTime": "2026-03-02T10:00:00Z"},
        "end": {"dateTime": "2026-03-02T10:05:00Z"},
    }
    for quirks, expected in (
        ((), [200, 409, 409]),
        ((Quirk.TAKES_EVENTS_TWICE,), [200, 200, 409]),
        ((Quirk.FREES_EVENT_IDS,), [200, 409, 200]),
    ):
        with Sandbox(quirks=quirks) as sandbox:
            sandbox.add_account(ME)
            events = _events(sandbox)
            statuses = [_status(events.insert(calendarId="primary", body=body)) for _ in range(2)]
            events.delete(calendarId="primary", eventId="probe00001").execute()
            assert [*statuses, _status(events.insert(calendarId="primary", body=body))] == expected


def _events(sandbox: Sandbox) -> Any:
    gmail = open_gmail(sandbox.root, sandbox.add_account(ME))
    shipped = document("calendar.v3.json")
    shipped.pop("mtlsRootUrl", None)
    shipped |= {"rootUrl": f"{sandbox.root}/", "baseUrl": f"{sandbox.root}/{shipped['servicePath']}"}
    return build_from_document(shipped, http=gmail._http).events()


def _status(request: Any) -> int:
    try:
        request.execute()
    except HttpError as error:
        return int(error.resp.status)
    return 200


def test_quirks_are_switched_through_the_control_door(odd: Open) -> None:
    _, sandbox = odd()

    def post(**body: object) -> tuple[int, Any]:
        answer, content = httplib2.Http().request(
            f"{sandbox.root}/_sandbox/quirks", "POST", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        return answer.status, json.loads(content)

    assert post(quirks=["sends_again"]) == (200, {"quirks": ["sends_again"]})
    assert post(quirks=["new_thread"])[1] == {"quirks": ["new_thread", "sends_again"]}
    assert post(clear=True)[1] == {"quirks": []}
    assert post(quirks=["is_nice"])[0] == 400


def test_quirks_are_arguments_of_the_server() -> None:
    command = [sys.executable, "-m", "outreach.sandbox", "--quirk", "sends_again", "--until-stdin-closes"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        root = json.loads(process.stdout.readline())["root"]
        with urllib.request.urlopen(f"{root}/_sandbox/state") as answer:
            assert json.load(answer)["quirks"] == ["sends_again"]
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_an_unknown_quirk_is_refused_when_the_server_starts() -> None:
    command = [sys.executable, "-m", "outreach.sandbox", "--quirk", "is_nice"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "is_nice" in done.stderr


def test_without_quirks_raw_drafts_leave_as_they_were(odd: Open) -> None:
    gmail, sandbox = odd()
    made = gmail.drafts().create(userId="me", body={"message": raw(letter(X_Outreach_Id="letter-1"))}).execute()
    assert [ask_to_send(gmail, made["id"])[0] for _ in range(2)] == [200, 404]
    assert [entry["x_outreach_id"] for entry in sandbox.sent] == ["letter-1"]
