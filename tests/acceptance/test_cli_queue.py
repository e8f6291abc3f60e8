"""From a list of people to letters in the queue, and what a person can do about them on the way."""

from __future__ import annotations

import email
from datetime import datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest

WHY = "Your talk on pocket parks changed how I look at my own street."
ANA = f"Ana,Silva,ana@example.com,City of Porto,Urban planner,Europe/Lisbon,{WHY},"
BO = f"Bo,Ek,bo@example.com,Ekhus,Architect,America/New_York,{WHY},Ana Silva"
WITHOUT_WHY = "Ci,Doe,ci@example.com,Doe Ltd,Planner,Europe/London,,"
WITHOUT_ADDRESS = "Di,Fo,,Fo Ltd,Planner,,,"


@pytest.fixture
def list_of_people(people: Any) -> Path:
    path: Path = people(ANA, BO, WITHOUT_WHY, WITHOUT_ADDRESS)
    return path


def letters(outreach: Any, state: str) -> dict[str, dict[str, Any]]:
    return {line["to_name"]: line for line in outreach("letter", "list", "--state", state, "--json").facts}


def test_without_yes_the_plan_is_shown_and_nothing_changes(connected: Any, list_of_people: Path) -> None:
    before = connected.state()
    done = connected("queue", list_of_people)
    assert done.code == 0, done.err
    assert connected.state() == before
    assert "Ana Silva" in done.out
    assert "Europe/Lisbon" in done.out
    assert 'outreach contact edit ci@example.com --why-you "…"' in done.out
    assert "nothing was queued" in done.err
    assert "--yes" in done.err


def test_the_plan_and_the_deed_agree(connected: Any, list_of_people: Path) -> None:
    plan = connected("queue", list_of_people, "--json").facts
    deed = connected("queue", list_of_people, "--yes", "--json").facts
    for facts in (plan, deed):
        assert [line["name"] for line in facts["planned"]] == ["Ana Silva", "Bo Ek"]
        assert [(line["name"], line["lacks"]) for line in facts["waiting"]] == [("Ci Doe", ["why_you"])]
        assert facts["imported"]["without_address"] == 1
    for planned, done in zip(plan["planned"], deed["planned"], strict=True):
        apart = datetime.fromisoformat(planned["due_at"]) - datetime.fromisoformat(done["due_at"])
        assert abs(apart) < timedelta(minutes=5), "but for the jitter of each letter, they agree"
    assert [line["kind"] for line in deed["planned"]] == ["request_no_link", "request_referral"]
    assert plan["queued"] is False
    assert deed["queued"] is True


def test_letters_are_planned_into_the_recipients_working_hours(connected: Any, list_of_people: Path) -> None:
    planned = connected("queue", list_of_people, "--yes", "--json").facts["planned"]
    due = {line["name"]: datetime.fromisoformat(line["due_at"]) for line in planned}
    assert all(line["why_then"] for line in planned)
    assert due["Ana Silva"].hour >= 9
    assert due["Bo Ek"].hour >= 14, "nine in New York is two in the afternoon, UTC"
    assert abs(due["Bo Ek"] - due["Ana Silva"]) >= timedelta(seconds=90)


def test_queueing_again_queues_nobody_twice(connected: Any, list_of_people: Path) -> None:
    assert len(connected("queue", list_of_people, "--yes", "--json").facts["planned"]) == 2
    again = connected("queue", list_of_people, "--yes")
    assert again.err.startswith("queued 0 letters")
    assert len(letters(connected, "scheduled")) == 2


def test_the_queue_is_listed_and_a_letter_can_be_called_back(connected: Any, list_of_people: Path) -> None:
    done = connected("queue", list_of_people, "--yes")
    assert "undo within 60 s" in done.err
    lines = connected("queue", "list", "--json").facts
    assert [line["to_name"] for line in lines] == ["Ana Silva", "Bo Ek"]
    assert connected("letter", "cancel", lines[0]["id"][:6]).code == 0
    assert [line["to_name"] for line in connected("queue", "list", "--json").facts] == ["Bo Ek"]
    assert connected("letter", "cancel", "--all-scheduled").err == "cancelled 1 letter\n"
    assert connected("queue", "list", "--json").facts == []
    refused = connected("letter", "cancel", lines[0]["id"])
    assert refused.code == 77
    assert "Ana Silva" in refused.err


def test_what_is_shown_is_what_was_frozen(connected: Any, list_of_people: Path) -> None:
    connected("queue", list_of_people, "--yes")
    letter_id = letters(connected, "scheduled")["Ana Silva"]["id"]
    view = connected("letter", "show", letter_id[:8], "--json").facts
    raw = connected("letter", "show", letter_id, "--raw").out
    message = email.message_from_string(raw, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == view["text"].replace("\r\n", "\n")
    assert WHY in view["text"].replace("\n", " ")
    assert message["X-Outreach-Id"] == letter_id
    assert message["To"] == "Ana Silva <ana@example.com>"


def test_a_limit_keeps_the_rest_ready(connected: Any, list_of_people: Path) -> None:
    done = connected("queue", list_of_people, "--limit", "1", "--yes")
    assert done.err.startswith("queued 1 letter;")
    assert "1 more is ready" in done.err
    assert list(letters(connected, "scheduled")) == ["Ana Silva"]


def test_drafts_can_be_stored_looked_at_edited_and_approved(
    connected: Any, list_of_people: Path, tmp_path: Path
) -> None:
    done = connected("queue", list_of_people, "--drafts")
    assert done.code == 0
    assert "nothing was queued" in done.err
    drafts = letters(connected, "drafted")
    assert set(drafts) == {"Ana Silva", "Bo Ek", "Ci Doe"}
    own_words = (
        connected("letter", "show", drafts["Ana Silva"]["id"], "--json").facts["text"].replace("parks", "gardens")
    )
    (tmp_path / "own.txt").write_text(own_words)
    edited = connected(
        "letter", "edit", drafts["Ana Silva"]["id"], "--text", tmp_path / "own.txt", "--subject", "Gardens"
    )
    assert edited.code == 0, edited.err
    connected("queue", list_of_people, "--yes")
    view = connected("letter", "show", drafts["Ana Silva"]["id"], "--json").facts
    assert (view["state"], view["subject"]) == ("scheduled", "Gardens")
    assert "pocket gardens" in view["text"].replace("\n", " "), "a draft worded by hand is not worded anew"
    assert connected("letter", "edit", drafts["Ana Silva"]["id"], "--subject", "Late").code == 77


def test_the_sentence_that_was_missing_frees_the_draft(connected: Any, list_of_people: Path) -> None:
    connected("queue", list_of_people, "--yes")
    waiting = letters(connected, "drafted")["Ci Doe"]
    refused = connected("letter", "approve", waiting["id"])
    assert refused.code == 77
    assert "why_you" in refused.err
    status = connected("status", "--json").facts
    assert [item["about"] for item in status["for_you"]] == ["Ci Doe, request no link"]
    edited = connected("contact", "edit", "Ci Doe", "--why-you", WHY)
    assert "worded anew" in edited.err
    assert connected("letter", "approve", waiting["id"]).code == 0
    assert set(letters(connected, "scheduled")) == {"Ana Silva", "Bo Ek", "Ci Doe"}


def test_somebody_blocked_gets_no_letter(connected: Any, list_of_people: Path) -> None:
    connected("queue", list_of_people, "--yes")
    done = connected("contact", "block", "ana@example.com", "--reason", "asked me")
    assert "1 letter cancelled" in done.err
    assert list(letters(connected, "scheduled")) == ["Bo Ek"]
    assert connected("contact", "block", "Bo Ek").code == 0
    assert connected("contact", "block", "new@example.com").code == 0
    assert connected("queue", "list", "--json").facts == []
    stages = {line["name"]: line["blocked"] for line in connected("contact", "list", "--json").facts}
    assert stages == {"Ana Silva": True, "Bo Ek": True, "Ci Doe": False, "Di Fo": False}


def test_a_cancelled_letter_can_be_taken_up_again(connected: Any, list_of_people: Path) -> None:
    connected("queue", list_of_people, "--yes")
    letter_id = letters(connected, "scheduled")["Ana Silva"]["id"]
    connected("letter", "cancel", letter_id)
    assert connected("letter", "retry", letter_id).code == 0
    assert connected("letter", "approve", letter_id).code == 0
    assert letters(connected, "scheduled")["Ana Silva"]["id"] == letter_id


def test_contacts_that_are_there_can_be_queued_without_a_file(connected: Any, list_of_people: Path) -> None:
    connected("contact", "import", list_of_people)
    assert [line["name"] for line in connected("queue", "--json").facts["planned"]] == ["Ana Silva", "Bo Ek"]
    assert connected("queue", "--yes").err.startswith("queued 2 letters")


def test_status_tells_what_goes_out_next(connected: Any, list_of_people: Path) -> None:
    connected("queue", list_of_people, "--yes")
    facts = connected("status", "--json").facts
    assert facts["letters"] == {"drafted": 1, "scheduled": 2}
    assert [letter["to_name"] for letter in facts["next_letters"]] == ["Ana Silva", "Bo Ek"]
    assert (facts["contacts"], facts["without_address"], facts["overdue"]) == (4, 1, 0)
    shown = connected("status").out
    assert "Going out next" in shown
    assert "Waiting for you" in shown
    connected("clock", "advance", "2d")
    assert connected("status", "--json").facts["overdue"] == 2


def test_a_paused_account_says_so(connected: Any) -> None:
    assert connected("account", "pause", "--reason", "holidays").code == 0
    assert "holidays" in connected("status").out
    assert connected("account", "resume").code == 0
    assert connected("account", "show", "--json").facts["state"] == "active"


def test_preferences_change_the_plan(connected: Any, list_of_people: Path) -> None:
    assert connected("account", "set", "sending.window_start=11:00", "sending.gap_seconds=600").code == 0
    planned = connected("queue", list_of_people, "--json").facts["planned"]
    due = [datetime.fromisoformat(line["due_at"]) for line in planned]
    assert due[0].hour == 11
    assert connected("account", "set", "sending.window_start=").code == 0
    assert connected("account", "show", "--json").facts["preferences"] == {"sending": {"gap_seconds": 600}}


def test_what_was_queued_leaves_once(connected: Any, list_of_people: Path, sandbox: Any, clock: Any) -> None:
    connected("queue", list_of_people, "--yes")
    for _ in range(2):
        connected("clock", "advance", "6h")
        clock.advance(timedelta(hours=6))
        done = connected("work", "--until-idle")
        assert done.code == 0, done.err
    assert set(letters(connected, "sent")) == {"Ana Silva", "Bo Ek"}
    ids = [str(message.outreach_id) if hasattr(message, "outreach_id") else str(message) for message in sandbox.sent]
    assert len(ids) == len(set(ids)) == 2
