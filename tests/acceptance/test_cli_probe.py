"""``outreach account probe``: tells and asks before it writes, shows what it found, clears up when it is stopped."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from outreach.sandbox.quirks import Quirk
from outreach.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
ME = "ada@student.example.com"


def left_behind(sandbox: Sandbox) -> tuple[int, int, int]:
    """How many drafts, letters outside the trash and events of a probe are there."""
    account = sandbox.world.account(ME)
    letters = [each for each in account.mailbox.messages.values() if "Outreach probe" in each.header("Subject")]
    events = [each for calendar in account.calendars.values() for each in calendar.events.values()]
    return (
        len(account.mailbox.drafts),
        sum("TRASH" not in each.labels for each in letters),
        sum(each["status"] != "cancelled" for each in events),
    )


def test_without_yes_it_tells_what_it_would_write_and_writes_nothing(connected: Any, sandbox: Sandbox) -> None:
    before = connected.state()
    done = connected("account", "probe")
    assert done.code == 0
    assert "sends 4 letters" in done.out
    assert f"to {ME}, and to nobody else" in done.out
    assert "about one minute" in done.out
    assert "--yes does it" in done.err
    assert connected("account", "probe", "--json").facts["done"] is False
    assert connected.state() == before
    assert sandbox.requests["drafts.create"] == 0


def test_with_yes_it_says_what_it_found_and_shows_it_again(connected: Any, sandbox: Sandbox) -> None:
    done = connected("account", "probe", "--yes", "--json")
    assert done.code == 0
    assert {each["question"]: each["holds"] for each in done.facts["findings"]} == {
        **dict.fromkeys(("message_id", "sent_once", "letter_id", "thread", "shown", "cut_off", "event_id"), True),
        **dict.fromkeys(("guests", "sending_limit")),
    }
    assert done.facts["trashed"] == 4
    assert "4 letters moved into the trash" in done.err
    assert left_behind(sandbox) == (0, 0, 0)
    shown = connected("account", "probe", "--show", "--json").facts
    assert (shown["address"], shown["settles_alone"], len(shown["findings"])) == (ME, True, 9)
    assert "not tried: needs other people's mailboxes" in connected("account", "probe", "--show").out
    assert "as believed, 2026-03-02" in connected("account", "list").out
    assert connected("account", "show", "--json").facts["probed_at"].startswith("2026-03-02T09:00")


def test_a_belief_that_fails_is_told_wherever_one_looks(connected: Any, sandbox: Sandbox) -> None:
    sandbox.be_odd(Quirk.SENDS_AGAIN)
    words = "twice in a row was sent 2 times"
    done = connected("account", "probe", "--yes")
    assert done.code == 0
    assert words in done.out
    assert "From now on you are asked about every letter whose fate is unknown" in done.err
    for command in (("account", "probe", "--show"), ("account", "show"), ("status",), ("doctor",)):
        told = connected(*command)
        assert told.code == 0
        assert words in told.out
    assert "asks you about letters in doubt" in connected("account", "list").out
    assert words in connected("status", "--json").facts["why_not_alone"][0]


def test_an_account_that_was_never_probed_says_so(connected: Any) -> None:
    shown = connected("account", "probe", "--show")
    assert (shown.code, shown.out) == (0, "")
    assert "never probed" in shown.err
    assert connected("account", "list").out.rstrip().endswith("not yet")
    assert "probe" not in connected("doctor").out


def test_without_consent_it_names_the_command_that_mends_it(connected: Any, sandbox: Sandbox) -> None:
    sandbox.revoke(ME)
    done = connected("account", "probe", "--yes")
    assert done.code == 77
    assert "outreach account connect" in done.err


def test_google_that_asks_for_time_is_exit_code_75(connected: Any, sandbox: Sandbox) -> None:
    sandbox.fault("messages.list", "429")
    done = connected("account", "probe", "--yes")
    assert done.code == 75
    assert "The probe stopped: Google answered 429" in done.err
    assert "questions were answered; the answers are kept" in done.err


# On a terminal, and stopped.


def begin(connected: Any, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}
    environment = kept | {"OUTREACH_HOME": str(connected.home), "TZ": "Europe/London"} | connected.environment
    command = [sys.executable, "-m", "outreach", "account", "probe", *words]
    return subprocess.Popen(command, cwd=ROOT, env=environment, **more)


@pytest.mark.parametrize(("typed", "written"), [(b"n\n", 0), (b"y\n", 4)])
def test_on_a_terminal_it_asks(connected: Any, sandbox: Sandbox, typed: bytes, written: int) -> None:
    ours, theirs = pty.openpty()
    with begin(connected, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.write(ours, typed)
        _, err = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert b"Do it now? [y/N]" in err
    assert process.returncode == 0
    assert len(sandbox.sent) == written


def wait_until_struck(sandbox: Sandbox) -> None:
    for _ in range(6000):
        if sandbox.faults.applied:
            time.sleep(0.1)
            return
        time.sleep(0.01)
    raise AssertionError("the probe never came to the fault")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("method", ["drafts.create", "drafts.send"])
def test_stopped_it_clears_up_and_leaves_with_130(
    connected: Any, sandbox: Sandbox, number: signal.Signals, method: str
) -> None:
    sandbox.fault(method, "hang_after", times=1, seconds=20)
    with begin(connected, "--yes", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        wait_until_struck(sandbox)
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"The probe was stopped" in err
    assert left_behind(sandbox) == (0, 0, 0)


@pytest.mark.parametrize("method", ["drafts.create", "drafts.send", "events.insert"])
def test_after_a_kill_the_next_probe_clears_up(connected: Any, sandbox: Sandbox, method: str) -> None:
    sandbox.fault(method, "hang_after", times=1, seconds=20)
    with begin(connected, "--yes", stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_until_struck(sandbox)
        process.kill()
    assert left_behind(sandbox) != (0, 0, 0)
    done = connected("account", "probe", "--yes", "--json")
    assert done.code == 0
    assert left_behind(sandbox) == (0, 0, 0)
