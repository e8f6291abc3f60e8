"""The probe against a Gmail that does what we believe and against ones that do not, and what follows from it."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.deliver_letter import deliver_letter
from outreach.actions.draft_letters import draft_letters
from outreach.actions.examine_accounts import examine_accounts
from outreach.actions.poll_inbox import poll_inbox
from outreach.actions.probe_account import Probed, probe_account
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.edge import AccessLost
from outreach.errors import NotAllowed, TryLater
from outreach.model import Account, AccountState, Conversation, Inbound, Letter
from outreach.queries.accounts import accounts
from outreach.queries.probe_findings import probe_findings
from outreach.queries.status import status
from outreach.rules.checkup import CheckState
from outreach.rules.kinds import LetterState
from outreach.rules.probing import UNDER_WAY, Question
from outreach.sandbox.quirks import Quirk
from outreach.sandbox.routes import ROUTES
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.integration.conftest import ME, MONDAY

LEAST = ("gmail.compose", "gmail.readonly", "calendar.events.owned", "calendar.freebusy")
Work = Callable[..., int]


class WalkingClock(FixedClock):
    """Moves on by as much as anybody waits, and gives the sandbox a moment."""

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))
        time.sleep(0.03)


@pytest.fixture
def clock() -> FixedClock:
    return WalkingClock(MONDAY)


@pytest.fixture
def letter_id(app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock) -> str:
    """A letter that is approved and due."""
    add_contact("grace@planning.example.com")
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    return drafted


def answers(probed: Probed) -> dict[Question, bool | None]:
    return {finding.question: finding.holds for finding in probed.findings}


def said(probed: Probed, question: Question) -> str:
    return next(finding.said for finding in probed.findings if finding.question is question)


def left_behind(sandbox: Sandbox) -> dict[str, int]:
    """What of a probe is still in mailbox and calendar, the trash aside."""
    account = sandbox.world.account(ME)
    messages = [each for each in account.mailbox.messages.values() if "Outreach probe" in each.header("Subject")]
    events = [each for calendar in account.calendars.values() for each in calendar.events.values()]
    return {
        "drafts": len(account.mailbox.drafts),
        "messages": sum("TRASH" not in each.labels for each in messages),
        "events": sum(each["status"] != "cancelled" for each in events),
    }


NOTHING = {"drafts": 0, "messages": 0, "events": 0}
AS_BELIEVED = dict.fromkeys(Question, True) | {Question.GUESTS: None, Question.SENDING_LIMIT: None}


# As we believe.


def test_a_gmail_that_does_what_we_believe_is_found_to_do_so(app: App, account_id: str, sandbox: Sandbox) -> None:
    probed = probe_account(app, account_id)
    assert answers(probed) == AS_BELIEVED
    assert probed.why_not_alone == ()
    assert said(probed, Question.GUESTS) == "not tried: needs other people's mailboxes"
    assert said(probed, Question.SENDING_LIMIT) == "not tried on purpose"
    assert "409" in said(probed, Question.EVENT_ID)
    facts = {finding.question: finding.facts for finding in probed.findings}
    assert facts[Question.SENT_ONCE]["in_a_row"]["statuses"] == {"200": 1, "404": 1}
    assert facts[Question.SENT_ONCE]["at_once"]["statuses"] == {"200": 1, "404": 9}
    assert "Requested entity was not found" in facts[Question.SENT_ONCE]["at_once"]["bodies"]["404"]
    assert facts[Question.EVENT_ID]["after_delete"] == 409


def test_it_writes_to_the_account_alone_and_leaves_nothing(app: App, account_id: str, sandbox: Sandbox) -> None:
    probed = probe_account(app, account_id)
    assert (probed.trashed, probed.kept, probed.troubles) == (4, (), ())
    assert left_behind(sandbox) == NOTHING
    assert len(sandbox.sent) == 4
    assert {address for entry in sandbox.sent for address in entry["recipients"]} == {ME}
    written = [entry for entry in sandbox.ledger.entries if entry["kind"].startswith("event")]
    assert {tuple(entry["attendees"]) for entry in written} == {()}
    assert {entry["send_updates"] for entry in written} == {"none"}


def test_what_was_found_is_stored_and_shown(app: App, account_id: str, clock: FixedClock) -> None:
    assert probe_findings(app, account_id).findings == ()
    assert accounts(app)[0].probed_at is None
    probe_account(app, account_id)
    known = probe_findings(app, account_id)
    assert (known.settles_alone, known.why_not_alone, known.probed_at) == (True, (), accounts(app)[0].probed_at)
    assert known.probed_at is not None
    assert known.probed_at <= clock.now()
    assert [line.question for line in known.findings] == [str(question) for question in Question]
    assert all(line.said and line.asked and line.at for line in known.findings)
    (check,) = [check for check in examine_accounts(app, online=False) if check.name == f"probe {ME}"]
    assert check.state is CheckState.OK
    with app.database.read(EVERYBODY) as session:
        assert UNDER_WAY not in session.get_one(Account, account_id).findings


def test_it_spends_less_than_half_of_what_a_new_project_may_spend_in_a_minute(
    app: App, account_id: str, sandbox: Sandbox
) -> None:
    probe_account(app, account_id)
    units = {route.name: route.units for route in ROUTES}
    assert sum(units.get(name, 0) * count for name, count in sandbox.requests.items()) < 3000


def test_how_long_history_and_search_lag_is_measured(
    app: App, account_id: str, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.world.search_lag = timedelta(seconds=20)
    facts = next(each.facts for each in probe_account(app, account_id).findings if each.question is Question.SHOWN)
    assert facts["history_seconds"] == 0
    assert 20 <= facts["search_seconds"] <= 30


# Not as we believe.

SWITCHED_OFF = [
    ((Quirk.SENDS_AGAIN,), Question.SENT_ONCE, "twice in a row was sent 2 times"),
    ((Quirk.SENDS_RACING,), Question.SENT_ONCE, "10 times at once was sent"),
    ((Quirk.SHOWS_SENT_DRAFTS,), Question.SENT_ONCE, "still there after its letter was sent"),
    ((Quirk.DROPS_X_HEADERS,), Question.LETTER_ID, "does not keep our header"),
    ((Quirk.HIDES_FROM_HISTORY, Quirk.HIDES_FROM_SEARCH), Question.SHOWN, "neither history nor search"),
    ((Quirk.LOSES_CUT_OFF,), Question.CUT_OFF, "nowhere"),
]


@pytest.mark.parametrize(("quirks", "question", "words"), SWITCHED_OFF, ids=str)
def test_a_belief_that_fails_is_found_told_and_obeyed(
    app: App,
    account_id: str,
    letter_id: str,
    sandbox: Sandbox,
    work: Work,
    quirks: tuple[Quirk, ...],
    question: Question,
    words: str,
) -> None:
    sandbox.be_odd(*quirks)
    probed = probe_account(app, account_id)
    assert answers(probed)[question] is False
    assert words in said(probed, question)
    assert left_behind(sandbox) == NOTHING
    # Told.
    assert any(words in reason for reason in status(app, account_id).why_not_alone)
    assert any(words in reason for reason in accounts(app)[0].why_not_alone)
    assert not probe_findings(app, account_id).settles_alone
    checks = {check.name: check for check in examine_accounts(app, online=False)}
    assert checks[f"probe {ME}"].state is CheckState.NOTE
    assert words in checks[f"probe {ME}"].said
    # Obeyed: the draft is there, the letter is nowhere, and yet nothing is sent again.
    before = len(sandbox.sent)
    sandbox.fault("drafts.send", "lost_before", times=1)
    deliver_letter(app, letter_id)
    work(hours=1, step=0.1)
    work(hours=30, step=3)
    with app.database.read(account_id) as session:
        letter = session.get_one(Letter, letter_id)
        assert letter.state is LetterState.FAILED
        assert "Sent folder" in letter.last_error
        assert "its draft is still in your Drafts" in letter.last_error
    assert len(sandbox.sent) == before
    assert any("nobody knows whether it was sent" in item.what for item in status(app, account_id).for_you)


def test_a_letter_that_is_found_is_recorded_as_sent_all_the_same(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.be_odd(Quirk.SENDS_RACING)
    assert probe_account(app, account_id).why_not_alone != ()
    sandbox.fault("drafts.send", "lost_after", times=1)
    deliver_letter(app, letter_id)
    work(hours=1, step=0.1)
    with app.database.read(account_id) as session:
        assert session.get_one(Letter, letter_id).state is LetterState.SENT
    assert Counter(entry["x_outreach_id"] for entry in sandbox.sent)[letter_id] == 1


def test_a_letter_that_left_and_cannot_be_known_again_is_put_before_its_owner_within_the_hour(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.be_odd(Quirk.DROPS_X_HEADERS)
    probe_account(app, account_id)
    sandbox.fault("drafts.send", "lost_after", times=1)
    deliver_letter(app, letter_id)
    work(hours=1, step=0.05)
    with app.database.read(account_id) as session:
        letter = session.get_one(Letter, letter_id)
        assert letter.state is LetterState.FAILED
        assert "its draft is gone" in letter.last_error
    assert len([entry for entry in sandbox.sent if ME not in entry["recipients"]]) == 1


def test_a_letter_is_settled_by_looking_again_once_a_probe_finds_all_as_believed(
    app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work
) -> None:
    sandbox.be_odd(Quirk.SENDS_RACING)
    assert probe_account(app, account_id).why_not_alone != ()
    sandbox.be_as_believed()
    assert probe_account(app, account_id).why_not_alone == ()
    sandbox.fault("drafts.send", "lost_before", times=1)
    deliver_letter(app, letter_id)
    work(hours=1, step=0.1)
    with app.database.read(account_id) as session:
        assert session.get_one(Letter, letter_id).state is LetterState.SENT


def test_letters_that_show_up_later_than_we_look_switch_settling_off(
    app: App, account_id: str, sandbox: Sandbox, settings: Settings, clock: FixedClock
) -> None:
    sandbox.be_odd(Quirk.HIDES_FROM_HISTORY)
    sandbox.world.search_lag = timedelta(seconds=40)
    hasty = settings.model_copy(update={"sending": settings.sending.model_copy(update={"settle_seconds": 10})})
    quick = open_app(hasty, clock=clock)
    probed = probe_account(quick, account_id)
    quick.close()
    assert answers(probed)[Question.SHOWN] is False
    assert "later than we look" in said(probed, Question.SHOWN)


@pytest.mark.parametrize(
    ("quirk", "question", "holds", "words"),
    [
        (Quirk.KEEPS_MESSAGE_ID, Question.MESSAGE_ID, True, "Gmail keeps the Message-ID that we give"),
        (Quirk.KEEPS_OWN_MESSAGE_ID, Question.MESSAGE_ID, True, "only if it is of mail.gmail.com"),
        (Quirk.NEW_THREAD, Question.THREAD, False, "new thread"),
        (Quirk.HIDES_FROM_SEARCH, Question.SHOWN, True, "search not in"),
        (Quirk.HIDES_FROM_HISTORY, Question.SHOWN, True, "history not in"),
        (Quirk.DROPS_X_ON_ARRIVAL, Question.LETTER_ID, True, "the copy that arrives lacks it"),
        (Quirk.DROPS_CUT_OFF, Question.CUT_OFF, True, "was not sent, and its draft is still there"),
        (Quirk.TAKES_EVENTS_TWICE, Question.EVENT_ID, False, "inserted twice"),
        (Quirk.FREES_EVENT_IDS, Question.EVENT_ID, True, "free again"),
    ],
)
def test_what_settling_does_not_rest_upon_is_found_and_told_and_switches_nothing_off(
    app: App, account_id: str, sandbox: Sandbox, quirk: Quirk, question: Question, holds: bool, words: str
) -> None:
    sandbox.be_odd(quirk)
    probed = probe_account(app, account_id)
    assert answers(probed) == AS_BELIEVED | {question: holds}
    assert words in said(probed, question)
    assert probed.why_not_alone == ()
    assert left_behind(sandbox) == NOTHING
    if holds is False:
        checks = {check.name: check for check in examine_accounts(app, online=False)}
        assert words in checks[f"probe {ME}"].said


# When something is in the way.


def test_a_refusal_for_a_moment_is_waited_out(app: App, account_id: str, sandbox: Sandbox) -> None:
    for method in ("drafts.create", "messages.list", "events.insert", "drafts.send"):
        sandbox.fault(method, "429", times=2)
    assert answers(probe_account(app, account_id)) == AS_BELIEVED
    assert left_behind(sandbox) == NOTHING


@pytest.mark.parametrize("method", ["drafts.create", "drafts.send", "messages.list", "messages.get", "events.insert"])
def test_a_refusal_that_lasts_stops_it_and_what_was_found_is_kept(
    app: App, account_id: str, sandbox: Sandbox, method: str
) -> None:
    steps = itertools.count()

    def say(text: str) -> None:
        if next(steps) == 3:
            sandbox.fault(method, "429")
        if text == "clearing up":
            sandbox.clear_faults()

    with pytest.raises(TryLater, match="The probe stopped: Google answered 429") as stopped:
        probe_account(app, account_id, say)
    assert any("questions were answered; the answers are kept" in problem for problem in stopped.value.problems)
    known = probe_findings(app, account_id)
    assert known.probed_at is None
    assert known.findings != ()
    assert left_behind(sandbox) == NOTHING
    assert answers(probe_account(app, account_id)) == AS_BELIEVED


def test_what_cannot_be_cleared_up_now_is_cleared_up_by_the_next_probe(
    app: App, account_id: str, sandbox: Sandbox
) -> None:
    def say(text: str) -> None:
        if text == "clearing up":
            sandbox.fault("messages.trash", "429")
            sandbox.fault("events.delete", "429")
            sandbox.fault("drafts.delete", "429")

    probed = probe_account(app, account_id, say)
    assert probed.troubles != ()
    assert left_behind(sandbox)["messages"] == 4
    with pytest.raises(TryLater, match="an earlier probe has left"):
        probe_account(app, account_id)
    with pytest.raises(TryLater, match="an earlier probe has left"):
        probe_account(app, account_id)
    assert len(sandbox.sent) == 4
    sandbox.clear_faults()
    probe_account(app, account_id)
    assert left_behind(sandbox) == NOTHING


def test_at_gmails_sending_limit_it_stops_at_once(
    app: App, account_id: str, sandbox: Sandbox, clock: FixedClock
) -> None:
    sandbox.fault("drafts.send", "429_sending", retry_at=clock.now() + timedelta(seconds=20))
    with pytest.raises(TryLater, match="Mail sending"):
        probe_account(app, account_id)
    assert sandbox.requests["drafts.send"] == 1
    assert left_behind(sandbox) == NOTHING


@pytest.mark.parametrize("step", range(7))
def test_interrupted_anywhere_it_leaves_nothing(app: App, account_id: str, sandbox: Sandbox, step: int) -> None:
    steps = itertools.count()

    def say(_: str) -> None:
        if next(steps) == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe_account(app, account_id, say)
    assert left_behind(sandbox) == NOTHING
    with app.database.read(EVERYBODY) as session:
        assert UNDER_WAY not in session.get_one(Account, account_id).findings


@pytest.mark.parametrize(
    ("step", "method"),
    [
        (0, "drafts.create"),
        (0, "drafts.send"),
        (2, "drafts.create"),
        (3, "drafts.send"),
        (4, "drafts.send"),
        (5, "events.insert"),
    ],
)
def test_interrupted_when_google_has_carried_something_out_and_not_answered_it_leaves_nothing(
    app: App, account_id: str, sandbox: Sandbox, step: int, method: str
) -> None:
    """A real SIGINT while the answer is waited for: nobody has told us the id of what is there now."""
    steps = itertools.count()

    def say(_: str) -> None:
        if next(steps) == step:
            sandbox.fault(method, "hang_after", times=1, seconds=3)
            threading.Thread(target=_interrupt_when_struck, args=(sandbox,), daemon=True).start()

    with pytest.raises(KeyboardInterrupt):
        probe_account(app, account_id, say)
    assert sandbox.faults.applied == {f"{method} hang_after": 1}
    assert left_behind(sandbox) == NOTHING


def _interrupt_when_struck(sandbox: Sandbox) -> None:
    for _ in range(1000):
        time.sleep(0.01)
        if sandbox.faults.applied:
            time.sleep(0.05)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return


def test_an_account_without_consent_is_told_so_and_nothing_is_written(
    app: App, account_id: str, sandbox: Sandbox
) -> None:
    sandbox.revoke(ME)
    with pytest.raises(AccessLost):
        probe_account(app, account_id)
    assert sandbox.ledger.entries == []
    with app.database.read(EVERYBODY) as session:
        assert session.get_one(Account, account_id).state is AccountState.NO_CONSENT


def test_a_consent_that_ends_half_way_stops_the_account_and_the_next_probe_clears_up(
    app: App, account_id: str, sandbox: Sandbox
) -> None:
    steps = itertools.count()

    def say(_: str) -> None:
        if next(steps) == 3:
            sandbox.revoke(ME)

    with pytest.raises(AccessLost):
        probe_account(app, account_id, say)
    assert left_behind(sandbox)["messages"] > 0
    consent = json.dumps(sandbox.add_account(ME, name="Ada Okafor")).encode()
    with app.database.write(EVERYBODY) as session:
        account = session.get_one(Account, account_id)
        assert account.state is AccountState.NO_CONSENT
        account.state, account.credentials = AccountState.ACTIVE, app.tokens.seal(account_id, "google", consent)
    probe_account(app, account_id)
    assert left_behind(sandbox) == NOTHING


def test_a_consent_to_somebody_elses_mailbox_is_refused_before_anything_is_written(
    app: App, account_id: str, sandbox: Sandbox
) -> None:
    other = json.dumps(sandbox.add_account("ben@student.example.com")).encode()
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).credentials = app.tokens.seal(account_id, "google", other)
    with pytest.raises(NotAllowed, match="opens the mailbox of ben@student"):
        probe_account(app, account_id)
    assert sandbox.ledger.entries == []


def test_with_the_least_consent_letters_stay_and_say_what_they_are(app: App, account_id: str, sandbox: Sandbox) -> None:
    consent = json.dumps(sandbox.add_account(ME, name="Ada Okafor", scopes=LEAST)).encode()
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).credentials = app.tokens.seal(account_id, "google", consent)
    probed = probe_account(app, account_id)
    assert answers(probed) == AS_BELIEVED
    assert (probed.trashed, len(probed.kept)) == (0, 4)
    assert all("a test of your own mailbox, you may delete this" in subject for subject in probed.kept)
    assert left_behind(sandbox) == NOTHING | {"messages": 4}
    assert sandbox.requests["messages.trash"] == 0


def test_while_google_asked_for_a_pause_nothing_is_asked(app: App, account_id: str, sandbox: Sandbox) -> None:
    with app.database.write(EVERYBODY) as session:
        session.get_one(Account, account_id).paused_until = app.now() + timedelta(hours=1)
    with pytest.raises(TryLater, match="asked for a pause"):
        probe_account(app, account_id)
    assert not sandbox.requests


def test_two_probes_of_one_account_do_not_run_at_once(app: App, account_id: str) -> None:
    tried: list[str] = []

    def say(text: str) -> None:
        if not tried:
            tried.append(text)
            with pytest.raises(TryLater, match="under way"):
                probe_account(app, account_id)

    probe_account(app, account_id, say)
    assert tried


def test_a_calendar_that_cannot_be_used_leaves_its_question_open(app: App, account_id: str, sandbox: Sandbox) -> None:
    sandbox.fault("events.*", "403_policy")
    probed = probe_account(app, account_id)
    assert answers(probed) == AS_BELIEVED | {Question.EVENT_ID: None}
    assert probed.troubles == ()


def test_an_answer_that_stayed_open_does_not_take_the_place_of_one(app: App, account_id: str, sandbox: Sandbox) -> None:
    sandbox.be_odd(Quirk.TAKES_EVENTS_TWICE)
    probe_account(app, account_id)
    sandbox.fault("events.*", "403_policy")
    probe_account(app, account_id)
    known = {line.question: line.holds for line in probe_findings(app, account_id).findings}
    assert known["event_id"] is False


# Beside the work.


@pytest.mark.parametrize("quirks", [(), (Quirk.DROPS_X_HEADERS,), (Quirk.DROPS_X_ON_ARRIVAL,)])
def test_a_poll_of_the_inbox_takes_the_probes_letters_for_nobodys_answer(
    app: App,
    account_id: str,
    add_contact: Callable[..., str],
    sandbox: Sandbox,
    clock: FixedClock,
    quirks: tuple[Quirk, ...],
) -> None:
    """Somebody tries the product out on themselves: their own address is a contact who has been written to."""
    add_contact(ME, "Ada Okafor")
    (drafted,) = draft_letters(app, account_id)
    (plan,) = approve_letters(app, account_id, [drafted])
    assert plan.due_at is not None
    clock.set(plan.due_at + timedelta(minutes=2))
    assert deliver_letter(app, drafted)
    poll_inbox(app, account_id)
    before = _told(app, account_id)
    sandbox.be_odd(*quirks)
    polled: list[int] = []
    probe_account(app, account_id, lambda _: polled.append(poll_inbox(app, account_id)))
    polled.append(poll_inbox(app, account_id))
    assert len(polled) > 5
    assert sum(polled) == 0
    assert _told(app, account_id) == before


def _told(app: App, account_id: str) -> tuple[object, ...]:
    with app.database.read(account_id) as session:
        conversation = session.scalars(select(Conversation)).one()
        stored = session.scalars(select(Inbound.gmail_id)).all()
        return conversation.stage, conversation.follow_up_due_at, conversation.needs_you, tuple(stored)


def test_work_goes_on_beside_a_probe(app: App, account_id: str, letter_id: str, sandbox: Sandbox, work: Work) -> None:
    done: list[int] = []
    probed = probe_account(app, account_id, lambda _: done.append(work()))
    assert answers(probed) == AS_BELIEVED
    assert Counter(entry["x_outreach_id"] for entry in sandbox.sent)[letter_id] == 1
    with app.database.read(account_id) as session:
        assert session.get_one(Letter, letter_id).state is LetterState.SENT
