"""The doctor: works anywhere, names what is wrong, says how to mend it."""

from __future__ import annotations

import os
from typing import Any


def states(done: Any) -> dict[str, str]:
    return {check["name"]: check["state"] for check in done.facts["checks"]}


def test_a_fresh_home_has_nothing_to_mend(outreach: Any) -> None:
    done = outreach("doctor", "--json")
    assert done.code == 0, done.out
    found = states(done)
    assert "mend" not in found.values()
    expected = {"python", "settings", "home", "disk", "key", "zone", "google", "broker", "clock"}
    assert expected | {"templates", "workers", "running", "database", "accounts"} <= set(found)
    assert found["accounts"] == "note"


def test_each_note_says_what_to_do(outreach: Any) -> None:
    for check in outreach("doctor", "--json").facts["checks"]:
        assert (check["state"] == "ok") == (not check["mend"]), check


def test_a_connected_account_is_fine_online_too(connected: Any) -> None:
    done = connected("doctor", "--online", "--json")
    found = states(done)
    assert done.code == 0, done.out
    assert found["account ada@student.example.com"] == "ok"
    assert found["sender"] == "ok"
    assert found["clock"] == "note"
    assert found["google"] == "note"


def test_a_key_that_others_can_read_is_mended(connected: Any) -> None:
    key = connected.home / "key"
    key.chmod(0o644)
    assert states(connected("doctor", "--json"))["key"] == "mend"
    assert connected("doctor", "--mend").code == 0
    assert key.stat().st_mode & 0o077 == 0


def test_a_key_that_is_lost_or_another_is_named(connected: Any) -> None:
    key = connected.home / "key"
    kept = key.read_bytes()
    key.write_bytes(b"A" * 43 + b"=")
    done = connected("doctor", "--json")
    assert done.code == 78
    assert states(done)["account ada@student.example.com"] == "mend"
    key.write_bytes(b"nonsense")
    assert states(connected("doctor", "--json"))["key"] == "mend"
    key.unlink()
    assert connected("doctor").code == 78
    key.write_bytes(kept)
    key.chmod(0o600)
    assert connected("doctor").code == 0


def test_settings_that_cannot_be_used_are_named(outreach: Any) -> None:
    outreach.home.mkdir()
    (outreach.home / "config.toml").write_text("[sending]\ndaily_cap = 0\n")
    done = outreach("doctor", "--json")
    assert done.code == 78
    assert "sending.daily_cap" in next(check["said"] for check in done.facts["checks"] if check["name"] == "settings")


def test_letters_and_tokens_going_to_a_stranger_are_named(outreach: Any) -> None:
    done = outreach("doctor", "--json", OUTREACH_GOOGLE__API_ROOT="https://google.example.com")
    assert done.code == 78
    assert states(done)["google"] == "mend"


def test_a_broker_that_is_away_is_named(outreach: Any) -> None:
    done = outreach("doctor", "--json", OUTREACH_BROKER_URL="redis://127.0.0.1:9/0")
    assert states(done)["broker"] == "mend"
    assert done.code == 78


def test_own_templates_are_looked_at(outreach: Any) -> None:
    own = outreach.home / "templates" / "letters"
    (own / "thankyou").mkdir(parents=True)
    found = states(outreach("doctor", "--json"))
    assert found["templates"] == "note", "a folder that names no kind of letter is never read"


def test_whoever_runs_is_named(outreach: Any) -> None:
    import fcntl

    outreach.home.mkdir()
    with (outreach.home / "run.lock").open("w") as file:
        file.write(str(os.getpid()))
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        checks = outreach("doctor", "--json").facts["checks"]
    said = next(check["said"] for check in checks if check["name"] == "running")
    assert str(os.getpid()) in said


def test_the_text_is_for_people(outreach: Any) -> None:
    done = outreach("doctor")
    assert "-> outreach account connect" in done.out
    assert done.err == "nothing has to be mended\n"
