"""Every method of the mailbox against the sandbox, and each of its faults."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.clock import FixedClock
from outreach.edge import AccessLost, DraftRef, EdgeError, Gone, NotDone, Refused, Unsure
from outreach.google import mailbox as mailbox_module
from outreach.google.client import GoogleClient
from outreach.google.credentials import AuthorizedUser
from outreach.google.mailbox import GmailMailbox
from outreach.google.transport import Timeouts
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"
QUICK = Timeouts(connect=2.0, read=0.3, slack=5.0)
PATIENT = Timeouts(connect=5.0, read=15.0)


Open = Callable[..., GmailMailbox]


@pytest.fixture
def opened(sandbox: Sandbox, clock: FixedClock) -> Open:

    def open_mailbox(*scopes: str, timeouts: Timeouts = PATIENT) -> GmailMailbox:
        more = {"scopes": scopes} if scopes else {}
        user = AuthorizedUser.from_json(json.dumps(sandbox.add_account(ME, name="Ada Okafor", **more)).encode())
        client = GoogleClient(api_root=sandbox.root, credentials_of=lambda _: user, now=clock.now, timeouts=timeouts)
        return client.mailbox("ada")

    return open_mailbox


@pytest.fixture
def mailbox(opened: Open) -> GmailMailbox:
    return opened()


def letter(letter_id: str = "letter-1", *, to: str = GRACE, subject: str = "A question", **headers: str) -> bytes:
    lines = [f"From: Ada Okafor <{ME}>", f"To: {to}", f"Subject: {subject}", f"X-Outreach-Id: {letter_id}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\nDear Grace,\r\nmay I ask you something?\r\n").encode()


# Each method.


def test_profile_and_display_name(mailbox: GmailMailbox) -> None:
    profile = mailbox.profile()
    assert profile.address == ME
    assert profile.history_id.isdecimal()
    assert mailbox.display_name() == "Ada Okafor"


def test_a_draft_is_stored_sent_once_and_gone(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    draft = mailbox.create_draft(letter(), None)
    assert mailbox.draft_exists(draft.id)
    sent = mailbox.send_draft(draft.id)
    assert sent.id != draft.message_id
    assert sent.thread_id == draft.thread_id
    assert not mailbox.draft_exists(draft.id)
    with pytest.raises(Gone):
        mailbox.send_draft(draft.id)
    assert [entry["x_outreach_id"] for entry in sandbox.sent] == ["letter-1"]


@pytest.mark.parametrize("size", [10, mailbox_module.LARGEST_IN_JSON + 1])
def test_the_bytes_that_leave_are_those_of_the_letter_small_or_large(
    mailbox: GmailMailbox, sandbox: Sandbox, size: int
) -> None:

    raw = (
        letter("letter-\u00e9")
        + b"--frontier\r\nFrom here on \xc3\xa9\r\n.\r\n"
        + b"0123456789abcde\r\n" * (size // 17)
    )
    mailbox.send_draft(mailbox.create_draft(raw, None).id)
    assert sandbox.sent[0]["sha256"] == hashlib.sha256(raw).hexdigest()


def test_a_letter_that_is_far_too_large_is_refused_before_it_leaves(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    with pytest.raises(Refused):
        mailbox.create_draft(b"x" * (36 * 1024 * 1024), None)
    assert sandbox.requests["drafts.create"] == 0


def test_a_follow_up_joins_the_thread(mailbox: GmailMailbox) -> None:
    first = mailbox.send_draft(mailbox.create_draft(letter(), None).id)
    message_id = mailbox.head(first.id).headers["message-id"]
    raw = letter("letter-2", subject="Re: A question", In_Reply_To=message_id, References=message_id)
    for body in (raw, raw + b"x" * (mailbox_module.LARGEST_IN_JSON + 1)):
        assert mailbox.create_draft(body, first.thread_id).thread_id == first.thread_id
    second = mailbox.send_draft(mailbox.create_draft(raw, first.thread_id).id)
    assert [head.id for head in mailbox.thread(first.thread_id) if "SENT" in head.labels] == [first.id, second.id]


def test_a_thread_that_was_deleted_does_not_keep_the_letter_back(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    sandbox.fault("drafts.create", "404", times=1)
    assert mailbox.create_draft(letter(), "19a0").id
    assert sandbox.requests["drafts.create"] == 2


def test_orphan_drafts_are_found_by_the_letters_id_newest_first(mailbox: GmailMailbox) -> None:
    made = [mailbox.create_draft(letter(f"letter-{number % 2}"), None) for number in range(4)]
    assert mailbox.find_drafts("letter-1", START) == [made[3], made[1]]
    assert mailbox.find_drafts("letter-9", START) == []
    assert mailbox.find_drafts("letter-1", START + timedelta(days=3)) == []
    mailbox.delete_draft(made[3].id)
    mailbox.delete_draft(made[3].id)
    assert mailbox.find_drafts("letter-1", START) == [made[1]]


def test_looking_for_drafts_goes_on_over_pages_and_ends(mailbox: GmailMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    oldest = mailbox.create_draft(letter("wanted"), None)
    for number in range(5):
        mailbox.create_draft(letter(f"other-{number}"), None)
    assert mailbox.find_drafts("wanted", START) == [oldest]
    monkeypatch.setattr(mailbox_module, "_MOST_DRAFTS", 5)
    assert mailbox.find_drafts("wanted", START) == []


def test_a_draft_that_vanishes_while_it_is_looked_for_is_passed_over(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    mailbox.create_draft(letter(), None)
    sandbox.fault("drafts.get", "404", times=1)
    assert mailbox.find_drafts("letter-1", START) == []


def test_what_was_sent_since_is_shown_with_its_headers(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    mailbox.send_draft(mailbox.create_draft(letter("before"), None).id)
    since = mailbox.profile().history_id
    sandbox.deliver(ME, b"From: x@example.com\r\nSubject: Hello\r\n\r\nHi")
    mailbox.create_draft(letter("waiting"), None)
    sent = [mailbox.send_draft(mailbox.create_draft(letter(f"after-{number}"), None).id) for number in range(3)]
    heads = list(mailbox.sent_since(since))
    assert [head.id for head in heads] == [each.id for each in sent]
    assert [head.headers["x-outreach-id"] for head in heads] == ["after-0", "after-1", "after-2"]
    assert all("SENT" in head.labels for head in heads)


def test_sent_mail_is_searched_by_recipient_exact_subject_and_time(mailbox: GmailMailbox, clock: FixedClock) -> None:
    subject = 'He said "yes": (a) {b} OR -c'
    sent = mailbox.send_draft(mailbox.create_draft(letter(subject=subject), None).id)
    mailbox.send_draft(mailbox.create_draft(letter("other", subject="Another"), None).id)
    mailbox.send_draft(mailbox.create_draft(letter("other", to="x@example.com", subject=subject), None).id)
    mailbox.create_draft(letter("draft", subject=subject), None)
    assert [head.id for head in mailbox.search_sent(GRACE, subject, START - timedelta(hours=1))] == [sent.id]
    assert mailbox.search_sent(GRACE, subject, clock.now() + timedelta(hours=1)) == []


@pytest.mark.parametrize("subject", ['" in:anywhere "', "\x00\r\n", "ü" * 5000, "wort " * 2000, '\\"'])
def test_a_subject_cannot_break_out_of_the_search(mailbox: GmailMailbox, subject: str) -> None:
    mailbox.send_draft(mailbox.create_draft(letter(), None).id)
    mailbox.search_sent(f'{GRACE}" OR in:anywhere "', subject, START)


def test_a_head_has_all_headers_labels_and_the_time_it_was_received(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    raw = (
        b"Received: one\r\nReceived: two\r\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\n"
        b"To: ada@student.example.com\r\nSubject: Delivery Status Notification (Failure)\r\n"
        b"Content-Type: multipart/report; boundary=x; report-type=delivery-status\r\n"
        b"Auto-Submitted: auto-replied\r\nX-Failed-Recipients: grace@planning.example.com\r\n\r\n--x--\r\n"
    )
    message_id = sandbox.deliver(ME, raw)
    head = mailbox.head(message_id)
    assert head.headers["received"] == "one"
    assert head.headers["auto-submitted"] == "auto-replied"
    assert head.headers["x-failed-recipients"] == GRACE
    assert head.headers["content-type"].startswith("multipart/report")
    assert (head.labels, head.received_at) == (frozenset({"INBOX", "UNREAD"}), START)
    assert mailbox.raw(message_id) == raw


def test_history_comes_in_pages_without_gaps(mailbox: GmailMailbox, sandbox: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(mailbox_module, "_PAGE", 2)
    since = mailbox.profile().history_id
    ids = [sandbox.deliver(ME, f"From: x@example.com\r\nSubject: {n}\r\n\r\nHi".encode()) for n in range(5)]
    found, page, pages = [], None, 0
    while True:
        answered = mailbox.history(since, page)
        found += [message_id for message_id, _, _ in answered.added]
        pages, page = pages + 1, answered.next_page
        if page is None:
            break
    assert (found, pages) == (ids, 3)
    assert answered.added[0][2] == {"INBOX", "UNREAD"}
    assert mailbox.history(answered.history_id).added == ()


def test_a_message_may_come_without_labels(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    since = mailbox.profile().history_id
    message_id = sandbox.deliver(ME, b"From: x@example.com\r\nSubject: Archived\r\n\r\nHi", labels=())
    assert mailbox.history(since).added[0][2] == frozenset()
    assert mailbox.head(message_id).labels == frozenset()


def test_an_old_history_id_is_gone(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    since = mailbox.profile().history_id
    sandbox.expire_history(ME)
    for ask in (mailbox.history, lambda since: list(mailbox.sent_since(since))):
        with pytest.raises(Gone):
            ask(since)


def test_messages_are_listed_in_pages_spam_too(mailbox: GmailMailbox, sandbox: Sandbox, monkeypatch: Any) -> None:
    monkeypatch.setattr(mailbox_module, "_PAGE", 2)
    ids = {
        sandbox.deliver(ME, f"From: x@example.com\r\nSubject: {n}\r\n\r\nHi".encode(), labels=[label])
        for n, label in enumerate(["INBOX", "SPAM", "TRASH"])
    }
    first, page = mailbox.list_messages("from:x@example.com")
    second, end = mailbox.list_messages("from:x@example.com", page)
    assert {message_id for message_id, _ in first + second} == ids
    assert (len(first), end) == (2, None)
    assert mailbox.list_messages("from:nobody@example.com") == ([], None)


@pytest.mark.parametrize("odd", ["", ".", "..", "a/b", "../profile", "é?x=1#y", "%2e%2e", " "])
def test_ids_cannot_lead_elsewhere(mailbox: GmailMailbox, sandbox: Sandbox, odd: str) -> None:
    mailbox.create_draft(letter(), None)
    before = dict(sandbox.requests)
    assert mailbox.draft_exists(odd) is False
    mailbox.delete_draft(odd)
    for ask in (mailbox.head, mailbox.raw, mailbox.thread, mailbox.send_draft):
        with pytest.raises((Gone, Refused)):
            ask(odd)
    asked = {name for name, count in sandbox.requests.items() if count != before.get(name, 0)}
    assert asked <= {"drafts.get", "drafts.delete", "drafts.send", "messages.get", "threads.get"}
    assert len(mailbox.find_drafts("letter-1", START)) == 1


# Each fault.

CALLS: dict[str, tuple[str, Callable[[GmailMailbox, DraftRef, str], object]]] = {
    "profile": ("getProfile", lambda box, *_: box.profile()),
    "display_name": ("settings.sendAs.list", lambda box, *_: box.display_name()),
    "create_draft": ("drafts.create", lambda box, *_: box.create_draft(letter(), None)),
    "draft_exists": ("drafts.get", lambda box, draft, _: box.draft_exists(draft.id)),
    "find_drafts": ("drafts.list", lambda box, *_: box.find_drafts("letter-1", START)),
    "delete_draft": ("drafts.delete", lambda box, draft, _: box.delete_draft(draft.id)),
    "send_draft": ("drafts.send", lambda box, draft, _: box.send_draft(draft.id)),
    "sent_since": ("history.list", lambda box, _, since: list(box.sent_since(since))),
    "search_sent": ("messages.list", lambda box, *_: box.search_sent(GRACE, "A question", START)),
    "thread": ("threads.get", lambda box, draft, _: box.thread(draft.thread_id)),
    "head": ("messages.get", lambda box, draft, _: box.head(draft.message_id)),
    "raw": ("messages.get", lambda box, draft, _: box.raw(draft.message_id)),
    "history": ("history.list", lambda box, _, since: box.history(since)),
    "list_messages": ("messages.list", lambda box, *_: box.list_messages("in:anywhere")),
}
TOLERANT = {"draft_exists", "delete_draft"}
EXPECTED: dict[FaultKind, type[EdgeError]] = {
    FaultKind.RATE: NotDone,
    FaultKind.SENDING_LIMIT: NotDone,
    FaultKind.USER_RATE: NotDone,
    FaultKind.DAILY_LIMIT: NotDone,
    FaultKind.POLICY: Refused,
    FaultKind.BAD_REQUEST: Refused,
    FaultKind.UNAUTHORIZED: AccessLost,
    FaultKind.NOT_FOUND: Gone,
}


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.CALENDAR_ERROR])
def test_each_fault_of_each_method_is_what_the_table_says(opened: Open, sandbox: Sandbox, kind: FaultKind) -> None:
    box = opened(timeouts=QUICK)
    since = box.profile().history_id
    for name, (method, call) in CALLS.items():
        if "hang" in kind and name not in {"send_draft", "profile", "create_draft"}:
            continue  # each waits for the time-out
        draft = box.create_draft(letter(), None)
        sandbox.fault(method, kind, seconds=0.6)
        if kind is FaultKind.NOT_FOUND and name in TOLERANT:
            assert not call(box, draft, since)
        else:
            with pytest.raises(EdgeError) as caught:
                call(box, draft, since)
            assert type(caught.value) is EXPECTED.get(kind, Unsure if name == "send_draft" else NotDone), name
        sandbox.clear_faults()


def test_whatever_goes_wrong_one_send_is_one_request(opened: Open, sandbox: Sandbox) -> None:
    box = opened(timeouts=QUICK)
    for kind in FaultKind:
        if kind in (FaultKind.UNAUTHORIZED, FaultKind.CALENDAR_ERROR):
            continue
        draft = box.create_draft(letter(), None)
        before = sandbox.requests["drafts.send"]
        sandbox.fault("drafts.send", kind, times=1, seconds=0.6)
        with pytest.raises(EdgeError):
            box.send_draft(draft.id)
        assert sandbox.requests["drafts.send"] == before + 1, kind


def test_limits_say_how_long_and_for_whom(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    draft = mailbox.create_draft(letter(), None)
    sandbox.fault("drafts.send", "429_sending", times=1, retry_at=START + timedelta(hours=3))
    with pytest.raises(NotDone) as caught:
        mailbox.send_draft(draft.id)
    assert (caught.value.retry_at, caught.value.sending_limit) == (START + timedelta(hours=3), True)
    sandbox.fault("drafts.send", "403_daily", times=1)
    with pytest.raises(NotDone) as caught:
        mailbox.send_draft(draft.id)
    assert (caught.value.retry_at, caught.value.whole_project) == (None, True)
    sandbox.limit(units_per_minute=5)
    with pytest.raises(NotDone) as caught:
        mailbox.send_draft(draft.id)
    assert not caught.value.whole_project
    sandbox.limit(units_per_minute=None)
    assert mailbox.send_draft(draft.id).id
    assert len(sandbox.sent) == 1


# Consent.


def test_a_stale_access_token_is_renewed_in_passing(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    draft = mailbox.create_draft(letter(), None)
    sandbox.expire_tokens(ME)
    assert mailbox.send_draft(draft.id).id
    assert len(sandbox.sent) == 1


def test_a_revoked_consent_is_lost_for_every_method(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    draft = mailbox.create_draft(letter(), None)
    sandbox.revoke(ME)
    for _, call in CALLS.values():
        with pytest.raises(AccessLost, match="expired or revoked"):
            call(mailbox, draft, "1")
    assert sandbox.sent == []


@pytest.mark.parametrize(
    ("scopes", "lacking"),
    [
        (["gmail.send", "gmail.readonly", "calendar"], "gmail.compose"),
        (["gmail.compose", "calendar"], "gmail.readonly"),
        (["gmail.compose", "gmail.readonly", "calendar.freebusy"], "calendar.events.owned"),
        (["gmail.compose", "gmail.readonly", "calendar.events"], "calendar.freebusy"),
    ],
)
def test_a_consent_that_lacks_a_scope_is_named_at_the_first_call(opened: Open, scopes: list[str], lacking: str) -> None:
    with pytest.raises(AccessLost) as caught:
        opened(*scopes).profile()
    assert f"({lacking})" in caught.value.message
    assert caught.value.message.count("(") == 1


@pytest.mark.parametrize(
    "scopes",
    [
        ["gmail.compose", "gmail.readonly", "calendar.events.owned", "calendar.freebusy"],
        ["mail", "calendar"],
        ["gmail.modify", "calendar.events", "calendar.readonly"],
    ],
)
def test_the_least_scopes_and_wider_ones_are_enough(opened: Open, scopes: list[str]) -> None:
    box = opened(*scopes)
    draft = box.create_draft(letter(), None)
    since = box.profile().history_id
    sent = box.send_draft(draft.id)
    assert [head.id for head in box.sent_since(since)] == [sent.id]
    assert box.display_name() == "Ada Okafor"
    assert box.find_drafts("letter-1", START) == []
    box.delete_draft(draft.id)


def test_a_scope_that_google_misses_only_when_asked_is_a_lost_access(
    opened: Open, sandbox: Sandbox, monkeypatch: Any
) -> None:
    monkeypatch.setattr("outreach.google.access.missing_scopes", lambda _: [])
    with pytest.raises(AccessLost, match="lacks a permission"):
        opened("gmail.readonly").create_draft(letter(), None)


# Many at once.


def test_eight_threads_on_one_account_get_their_own_answers(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    sandbox.limit(at_once=100)
    ids = {
        sandbox.deliver(ME, f"From: x@example.com\r\nSubject: number {n}\r\n\r\n{n}".encode()): f"number {n}"
        for n in range(8)
    }
    start = threading.Barrier(8)

    def ask(item: tuple[str, str]) -> bool:
        message_id, subject = item
        start.wait()
        heads = [mailbox.head(message_id) for _ in range(25)]
        return all((head.id, head.headers["subject"]) == (message_id, subject) for head in heads)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, ids.items()))


def test_eight_threads_that_lack_a_token_get_one(mailbox: GmailMailbox, sandbox: Sandbox) -> None:
    sandbox.limit(at_once=100)
    mailbox.profile()
    before = len(sandbox.tokens._access)
    for access in sandbox.tokens._access.values():
        object.__setattr__(access, "until", 0.0)
    start = threading.Barrier(8)

    def ask(_: int) -> str:
        start.wait()
        return mailbox.profile().address

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {ME}
    assert len(sandbox.tokens._access) == before + 1


def test_threads_that_wait_for_a_token_share_the_failure(opened: Open, sandbox: Sandbox) -> None:
    box = opened(timeouts=Timeouts(token_connect=1.0, token_read=1.5))
    sandbox.fault("token", "hang_before", seconds=2.0)
    began = time.monotonic()

    def ask(_: int) -> bool:
        with pytest.raises(NotDone):
            box.profile()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert time.monotonic() - began < 8, "one after the other they would take twelve seconds"
    sandbox.clear_faults()
    assert box.profile().address == ME
