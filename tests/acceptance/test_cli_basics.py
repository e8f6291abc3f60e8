"""Help, version, options everywhere, exit codes, output that pipes well."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_help_lists_the_three_jobs_first(outreach: Any) -> None:
    done = outreach("--help")
    assert done.code == 0
    commands = done.out.partition("Commands:\n")[2]
    assert [line.split()[0] for line in commands.splitlines()[:4]] == ["queue", "schedule", "thank", "status"]


def test_help_does_not_load_the_product() -> None:
    """What makes help quick, whatever else the machine is doing: nothing heavy is imported before a command runs."""
    code = "import sys, outreach.cli.main; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"sqlalchemy", "pydantic", "dramatiq", "googleapiclient", "rich", "jinja2", "alembic", "structlog"}
    assert heavy & set(done.stdout.split()) == set()


def test_help_of_each_command_works_without_a_home(outreach: Any) -> None:
    for words in (("queue",), ("contact", "import"), ("doctor",)):
        assert outreach(*words, "--help").code == 0
    assert not outreach.home.exists()


def test_version_is_printed(outreach: Any) -> None:
    assert outreach("--version").out == "outreach 0.1.0\n"


def test_no_command_shows_help_and_is_a_usage_error(outreach: Any) -> None:
    done = outreach()
    assert done.code == 2
    assert "Commands:" in done.out + done.err


def test_an_unknown_command_suggests_the_nearest(outreach: Any) -> None:
    done = outreach("quue")
    assert done.code == 2
    assert "'queue'" in done.err
    assert done.out == ""


def test_the_home_may_be_named_before_or_after_the_command(outreach: Any, tmp_path: Path) -> None:
    for words in (("--home", tmp_path / "a", "account", "list"), ("account", "list", "--home", tmp_path / "b")):
        assert outreach(*words).code == 0
    assert (tmp_path / "a" / "outreach.db").exists()
    assert (tmp_path / "b" / "outreach.db").exists()
    assert not outreach.home.exists()


def test_without_an_account_a_command_says_how_to_get_one(outreach: Any) -> None:
    done = outreach("contact", "list")
    assert done.code == 65
    assert done.out == ""
    assert done.err.startswith("outreach: There is no account yet")
    assert "outreach account connect" in done.err


def test_facts_go_to_stdout_and_messages_to_stderr(connected: Any) -> None:
    done = connected("contact", "list", "--json")
    assert (done.code, done.facts, done.err) == (0, [], "")
    assert connected("contact", "list").err == "0 contacts\n"
    assert connected("contact", "list", "-q").err == ""


def test_real_time_cannot_be_moved(outreach: Any) -> None:
    done = outreach("clock", "advance", "3h")
    assert done.code == 77
    assert "OUTREACH_CLOCK=simulated" in done.err


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("20h", "2026-03-03T05:00:00"), ("1h30m", "2026-03-02T10:30:00"), ("1w", "2026-03-09T09:00:00")],
)
def test_simulated_time_moves_by_hand(outreach: Any, duration: str, expected: str) -> None:
    outreach.environment["OUTREACH_CLOCK"] = "simulated"
    assert outreach("clock", "set", "2026-03-02T09:00Z").code == 0
    assert outreach("clock", "advance", duration, "--json").facts["now"] == f"{expected}+00:00"
    assert outreach("clock", "show").out == f"{expected}+00:00 (simulated)\n"


def test_a_closed_pipe_is_no_error_to_talk_about(outreach: Any) -> None:
    environment = os.environ | {"OUTREACH_HOME": str(outreach.home)}
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", "config", "show"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode in {0, 141}
    assert b"Traceback" not in said
    assert b"BrokenPipe" not in said


def test_ctrl_c_ends_with_130_and_no_traceback(outreach: Any) -> None:
    environment = os.environ | {"OUTREACH_HOME": str(outreach.home)}
    with subprocess.Popen(
        [sys.executable, "-m", "outreach", "contact", "import", "-"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever is started in the background by a script inherits a SIGINT that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(b"email\n" + b"one@example.com\n" * 16_000)  # more than a pipe holds, so
        running.stdin.flush()  # this returns only once it reads
        time.sleep(0.5)
        for _ in range(10):
            # A signal that comes between two reads is seen only when the second returns: then it takes another one.
            running.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(5)
                break
        said = running.stderr.read()
    assert running.returncode == 130
    assert said == b"outreach: stopped\n"


def test_settings_are_shown_with_their_source_and_without_passwords(outreach: Any) -> None:
    outreach.home.mkdir()
    (outreach.home / "config.toml").write_text("[sending]\ndaily_cap = 31\n")
    url = "redis://worker:hush@127.0.0.1:6379/0"
    done = outreach("config", "show", "--json", OUTREACH_BROKER_URL=url, OUTREACH_SENDING__GAP_SECONDS="5")
    assert "hush" not in done.out
    assert done.facts["sending.daily_cap"] == {"value": 31, "source": str(outreach.home / "config.toml")}
    assert done.facts["sending.gap_seconds"] == {"value": 5, "source": "OUTREACH_SENDING__GAP_SECONDS"}
    assert done.facts["broker_url"]["source"] == "OUTREACH_BROKER_URL"
    assert done.facts["sending.ramp_start"]["source"] == "default.toml"
    assert done.facts["home"]["source"] == "OUTREACH_HOME"


def test_names_cannot_steer_the_terminal(connected: Any, people: Any) -> None:
    path = people("\x1b[2JEve,\u202eLiame,eve@example.com,\x07Org,,,,")
    assert connected("contact", "import", path).code == 0
    shown = connected("contact", "list").out + connected("contact", "show", "eve@example.com").out
    assert not set("\x1b\x07\u202e") & set(shown)


def test_an_account_is_added_shown_and_renewed(outreach: Any, sandbox: Any, tmp_path: Path) -> None:
    outreach.environment["OUTREACH_GOOGLE__API_ROOT"] = sandbox.root
    consent = tmp_path / "consent.json"
    consent.write_text(json.dumps(sandbox.add_account("bo@student.example.com", name="Bo Ek")))
    added = outreach("account", "add", "--authorized-user", consent, "--json").facts
    assert (added["address"], added["name"], added["zone"]) == ("bo@student.example.com", "Bo Ek", "Europe/London")
    again = outreach("account", "add", "--authorized-user", consent, "--name", "Bo L. Ek", "--zone", "Europe/Lisbon")
    assert again.out.startswith("renewed bo@student.example.com")
    account = outreach("account", "show", "--json").facts
    assert (account["id"], account["name"], account["zone"]) == (added["id"], "Bo L. Ek", "Europe/Lisbon")
    assert account["state"] == "active"
    assert b"refresh" not in (outreach.home / "outreach.db").read_bytes()


def test_of_two_accounts_one_must_be_named(connected: Any, sandbox: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(sandbox.add_account("bo@student.example.com", name="Bo Ek")))
    assert connected("account", "add", "--authorized-user", other).code == 0
    done = connected("contact", "list")
    assert done.code == 65
    assert "--account" in done.err
    assert "bo@student.example.com" in done.err
    assert connected("--account", "bo@student.example.com", "contact", "list").code == 0
    account_id = connected("account", "list", "--json").facts[0]["id"]
    assert connected("contact", "list", "--account", account_id[:6]).code == 0
