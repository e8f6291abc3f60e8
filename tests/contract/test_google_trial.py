"""What only the probe asks of Google, against the sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from outreach.clock import FixedClock
from outreach.edge import AccessLost, CalendarEvent, Gone, NotDone, Refused, Unsure
from outreach.google.client import GoogleClient
from outreach.google.credentials import SCOPES, AuthorizedUser
from outreach.google.transport import Timeouts
from outreach.rules.instants import Span
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox
from tests.contract.test_google_mailbox import ME, START, letter

Open = Callable[..., GoogleClient]


@pytest.fixture
def opened(sandbox: Sandbox, clock: FixedClock) -> Open:
    def open_client(*scopes: str) -> GoogleClient:
        more = {"scopes": scopes} if scopes else {}
        user = AuthorizedUser.from_json(json.dumps(sandbox.add_account(ME, name="Ada Okafor", **more)).encode())
        return GoogleClient(
            api_root=sandbox.root,
            credentials_of=lambda _: user,
            now=clock.now,
            timeouts=Timeouts(connect=5.0, read=1.0, slack=5.0),
        )

    return open_client


def event() -> CalendarEvent:
    starts = START + timedelta(days=400)
    return CalendarEvent(
        id="probe00001",
        uid="probe00001@google.com",
        sequence=0,
        span=Span(starts, starts + timedelta(minutes=5)),
        summary="Outreach probe",
        description="",
        location="",
        attendees=(),
        organizer=("Ada Okafor", ME),
    )


def test_a_send_is_answered_with_ids_and_a_second_with_status_and_body(opened: Open) -> None:
    client = opened()
    draft = client.mailbox("ada").create_draft(letter(), None)
    first, second = (client.trial("ada").send(draft.id) for _ in range(2))
    assert (first.status, first.error, first.thread_id) == (200, None, draft.thread_id)
    assert client.mailbox("ada").head(first.id).labels == {"SENT"}
    assert (second.status, second.id) == (404, "")
    assert json.loads(second.body)["error"]["status"] == "NOT_FOUND"
    assert isinstance(second.error, Gone)


@pytest.mark.parametrize(
    ("kind", "status", "meant"),
    [("429", 429, NotDone), ("503", 503, Unsure), ("400", 400, Refused), ("lost_after", None, Unsure)],
)
def test_whatever_goes_wrong_is_an_answer_too(
    opened: Open, sandbox: Sandbox, kind: str, status: int | None, meant: type[Exception]
) -> None:
    client = opened()
    draft = client.mailbox("ada").create_draft(letter(), None)
    sandbox.fault("drafts.send", kind, times=1)
    answered = client.trial("ada").send(draft.id)
    assert answered.status == status
    assert isinstance(answered.error, meant)
    assert sandbox.requests["drafts.send"] == 1


def test_a_lost_consent_is_raised(opened: Open, sandbox: Sandbox) -> None:
    trial = opened().trial("ada")
    sandbox.revoke(ME)
    with pytest.raises(AccessLost):
        trial.send("r1")
    with pytest.raises(AccessLost):
        trial.trash("1")


def test_hanging_up_writes_the_whole_request_once_and_waits_for_nothing(opened: Open, sandbox: Sandbox) -> None:
    client = opened()
    draft = client.mailbox("ada").create_draft(letter(), None)
    sandbox.fault("drafts.send", "hang_before", times=1, seconds=20)
    began = time.monotonic()
    client.trial("ada").send_and_hang_up(draft.id)
    assert time.monotonic() - began < 0.9  # an answer would be waited for longer
    client.trial("ada").send_and_hang_up(draft.id)
    for _ in range(200):
        if sandbox.sent:
            break
        time.sleep(0.01)
    assert [entry["x_outreach_id"] for entry in sandbox.sent] == ["letter-1"]
    assert sandbox.requests["drafts.send"] == 2


def test_a_server_that_looks_sees_that_the_client_is_gone(opened: Open, sandbox: Sandbox) -> None:
    sandbox.be_odd(Quirk.DROPS_CUT_OFF)
    client = opened()
    draft = client.mailbox("ada").create_draft(letter(), None)
    client.trial("ada").send_and_hang_up(draft.id)
    time.sleep(0.5)
    assert sandbox.sent == []
    assert client.mailbox("ada").draft_exists(draft.id)
    assert client.trial("ada").send(draft.id).status == 200


def test_an_insert_that_is_refused_is_not_looked_into(opened: Open, sandbox: Sandbox) -> None:
    client = opened()
    trial = client.trial("ada")
    first, second = trial.insert(event()), trial.insert(event())
    client.calendar("ada").delete_event("probe00001", notify=False)
    third = trial.insert(event())
    assert (first.status, first.id) == (200, "probe00001")
    assert [second.status, third.status] == [409, 409]
    assert "already exists" in second.body
    assert sandbox.requests["events.get"] == 0
    assert {entry["send_updates"] for entry in sandbox.ledger.entries} == {"none"}


def test_recent_drafts_are_the_newest_and_those_with_the_words(opened: Open) -> None:
    client = opened()
    mailbox = client.mailbox("ada")
    old = mailbox.create_draft(letter(subject="Outreach probe 00000000-1"), None).id
    newer = [mailbox.create_draft(letter(subject="Something else"), None).id for _ in range(25)]
    found = client.trial("ada").recent_drafts("Outreach probe 00000000")
    assert set(found) == {old, *newer[-20:]}
    assert found[old]["subject"] == "Outreach probe 00000000-1"
    assert found[old]["x-outreach-id"] == "letter-1"


def test_mail_is_moved_into_the_trash_only_where_the_consent_allows_it(opened: Open, sandbox: Sandbox) -> None:
    for scopes, moved in (((), True), (SCOPES, False)):
        client = opened(*scopes)
        mailbox, trial = client.mailbox("ada"), client.trial("ada")
        sent = mailbox.send_draft(mailbox.create_draft(letter(), None).id)
        assert trial.trash(sent.id) is moved
        assert ("TRASH" in mailbox.head(sent.id).labels) is moved
        assert trial.trash("19a0ffffffffffff") is moved  # one that is gone is fine
    assert sandbox.requests["messages.trash"] == 2
