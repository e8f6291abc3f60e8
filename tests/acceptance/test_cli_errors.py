"""Bad input: one clear sentence, an exit code, the state as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WHY = "Your talk on pocket parks changed how I look at my own street."


def refused(outreach: Any, *words: Any, code: int, saying: str, stdin: str = "") -> str:
    """Run a command that must fail, and see that it says one thing and changes nothing."""
    before = outreach.state()
    done = outreach(*words, stdin=stdin)
    assert done.code == code, (done.code, done.out, done.err)
    first = done.err.splitlines()[0]
    assert first.startswith("outreach: ")
    assert saying in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert outreach.state() == before
    return str(done.err)


FILES = {
    "empty": (b"", "is empty"),
    "blank": (b" \r\n\r\n", "is empty"),
    "wrong columns": (b"colour,size\nred,3\n", "no header for a name or an address"),
    "headers only": (b"name,email\n", "nobody under them"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, "a picture"),
    "a workbook": (b"PK\x03\x04 not a real one", "damaged ZIP"),
    "no text": (bytes(range(256)) * 8, "text"),
}


def test_a_file_that_is_no_list_of_people(connected: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    for content, saying in FILES.values():
        path.write_bytes(content)
        refused(connected, "contact", "import", path, code=65, saying=saying)


def test_a_file_that_is_no_list_of_people_is_not_queued(connected: Any, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"colour,size\nred,3\n")
    refused(connected, "queue", path, code=65, saying="no header for a name or an address")
    refused(connected, "queue", path, "--yes", code=65, saying="no header for a name or an address")


def test_a_file_that_is_not_there_or_is_a_folder(connected: Any, tmp_path: Path) -> None:
    refused(connected, "contact", "import", tmp_path / "nowhere.csv", code=65, saying="There is no file")
    refused(connected, "queue", tmp_path, code=65, saying="is a folder")


def test_a_cell_of_a_megabyte_costs_its_row_only(connected: Any, people: Any) -> None:
    path = people(f'Ana,Silva,ana@example.com,Porto,,,"{"x" * 1_000_000}",', "Bo,Ek,bo@example.com,Ekhus,,,,")
    report = connected("contact", "import", path, "--json").facts
    assert report["created"] == 1
    assert [row["line"] for row in report["skipped"]] == [2]
    assert len(report["skipped"][0]["text"]) < 300


def test_addresses_without_an_at_sign_are_skipped_with_line_and_reason(connected: Any, people: Any) -> None:
    done = connected("contact", "import", people("Ana,Silva,ana.example.com,Porto,,,,", "Bo,Ek,bo@example.com,,,,,"))
    assert done.code == 0
    assert "line 2 skipped: 'ana.example.com' is not an address" in done.out


def test_two_people_with_one_address_become_one_with_a_remark(connected: Any, people: Any) -> None:
    path = people("Ana,Silva,office@example.com,Porto,,,,", "Bo,Ek,office@example.com,Porto,,,,")
    report = connected("contact", "import", path, "--json").facts
    assert report["created"] == 1
    assert report["merged"] == [[3, 2]]
    assert "another name" in report["warnings"][0]["reason"]


def test_an_unknown_zone_is_named_with_near_ones(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,ana@example.com,,,,,"))
    refused(
        connected,
        "contact",
        "edit",
        "Ana Silva",
        "--zone",
        "Europe/Lisbn",
        code=65,
        saying="Did you mean Europe/Lisbon",
    )
    report = connected("contact", "import", people("Bo,Ek,bo@example.com,,,Mars/Base,,"), "--json").facts
    assert "not a time zone" in report["warnings"][0]["reason"]


def test_two_contacts_cannot_share_an_address(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,ana@example.com,,,,,", "Bo,Ek,bo@example.com,,,,,"))
    refused(connected, "contact", "edit", "Bo Ek", "--email", "ANA@example.com", code=65, saying="Ana Silva")
    refused(connected, "contact", "edit", "Bo Ek", "--email", "bo at example", code=65, saying="is not an address")
    refused(connected, "contact", "edit", "Bo Ek", "--source", "magic", code=65, saying="alumni")


def test_an_ambiguous_name_lists_whom_it_may_mean(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,ana@example.com,Porto,,,,", "Ana,Silva,ana@example.org,Faro,,,,"))
    said = refused(connected, "contact", "show", "Ana Silva", code=65, saying="may be several people")
    assert "ana@example.com" in said
    assert "ana@example.org" in said


@pytest.mark.parametrize(
    ("template", "saying"),
    [("Dear {{ salutation_name", "body.txt"), ("Dear {{ favourite_colour }},\n", "favourite_colour")],
    ids=["syntax error", "unknown fact"],
)
def test_a_broken_template_of_ones_own(connected: Any, people: Any, template: str, saying: str) -> None:
    own = connected.home / "templates" / "letters" / "request_no_link"
    own.mkdir(parents=True)
    for name, text in (
        ("subject.txt.j2", "A question\n"),
        ("body.txt.j2", template),
        ("body.html.j2", "<p>Hello</p>\n"),
    ):
        (own / name).write_text(text)
    path = people(f"Ana,Silva,ana@example.com,Porto,,Europe/Lisbon,{WHY},")
    before = connected.state()
    done = connected("queue", path)
    assert done.code in {65, 78}, done.err
    assert saying in done.err
    assert "Traceback" not in done.err
    assert connected.state() == before
    doctor = connected("doctor", "--json")
    assert doctor.code == 78
    assert {check["name"]: check["state"] for check in doctor.facts["checks"]}["templates"] == "mend"


def test_settings_that_do_not_fit_are_told_all_at_once(connected: Any) -> None:
    (connected.home / "config.toml").write_text('[sending]\ndaily_cap = 0\n[me]\nzone = "Mars/Base"\nshoe = 43\n')
    said = refused(connected, "status", code=78, saying="sending.daily_cap")
    assert "Mars/Base" in said
    assert "me.shoe" in said
    (connected.home / "config.toml").write_text("[sending\n")
    refused(connected, "status", code=78, saying="not valid TOML")


def test_a_preference_that_does_not_fit_changes_nothing(connected: Any) -> None:
    before = connected.state()
    for assignment in ("sending.daily_cap=lots", "sending.nonsense=1", "zone=Mars/Base", "google=x", "x"):
        done = connected("account", "set", "sending.gap_seconds=5", assignment)
        assert done.code in {65, 78}
        assert connected.state() == before


def test_ids_of_nothing(connected: Any) -> None:
    refused(connected, "letter", "show", "zzz", code=65, saying="not the id of a letter")
    refused(connected, "letter", "show", "abcdef", code=65, saying="There is no letter")
    refused(connected, "letter", "cancel", "abcdef", code=65, saying="There is no letter")
    refused(connected, "contact", "show", "Nobody Atall", code=65, saying="There is no contact")
    refused(connected, "meeting", "show", "abcdef", code=65, saying="There is no")
    refused(connected, "referral", "tell", "abcdef", code=65, saying="There is no referral")
    refused(connected, "inbox", "show", "abcdef", code=65, saying="There is no message")
    refused(connected, "contact", "list", "--account", "bo@example.com", code=65, saying="There is no account")


def test_a_meeting_in_the_past_or_at_no_time_at_all(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,ana@example.com,Porto,,Europe/Lisbon,,"))
    for moment, saying in (
        ("2026-03-01T10:00", "already passed"),
        ("tomorrowish", "not a time I can read"),
        ("2026-03-29T01:30 Europe/London", "clocks go forward"),
        ("2026-03-09T10:00 Mars/Base", "not an IANA time zone"),
        ("2026-02-30T10:00", "no date"),
    ):
        refused(connected, "schedule", "Ana Silva", "--at", moment, code=65, saying=saying)


def test_a_consent_file_that_is_none(outreach: Any, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    for content in ("", "{", "[]", "{}", json.dumps({"client_id": "x", "refresh_token": ""})):
        path.write_text(content)
        done = outreach("account", "add", "--authorized-user", path, "--address", "ada@example.com")
        assert done.code in {65, 78}, done.err
        assert done.err.startswith("outreach: ")
        assert outreach("account", "list", "--json").facts == []


def test_the_mailbox_of_somebody_else_is_refused_kindly(connected: Any, sandbox: Any, tmp_path: Path) -> None:
    path = tmp_path / "bo.json"
    path.write_text(json.dumps(sandbox.add_account("bo@student.example.com", name="Bo Ek")))
    words = ("account", "add", "--authorized-user", path, "--address", "eve@example.com")
    refused(connected, *words, code=65, saying="opens the mailbox of bo@student.example.com")
    assert len(connected("account", "list", "--json").facts) == 1


def test_google_away_does_not_keep_an_account_from_being_added(outreach: Any, tmp_path: Path) -> None:
    consent = {
        "client_id": "id",
        "client_secret": "secret",
        "refresh_token": "token",
        "token_uri": "http://127.0.0.1:9/token",
        "account": "ana.maria-silva@example.com",
    }
    path = tmp_path / "consent.json"
    path.write_text(json.dumps(consent))
    done = outreach("account", "add", "--authorized-user", path, OUTREACH_GOOGLE__API_ROOT="http://127.0.0.1:9")
    assert done.code == 0, done.err
    assert "could not be asked" in done.err
    assert "guessed" in done.err
    account = outreach("account", "list", "--json").facts[0]
    assert (account["address"], account["name"], account["name_source"], account["zone"]) == (
        "ana.maria-silva@example.com",
        "Ana Maria Silva",
        "guessed",
        "Europe/London",
    )
    del consent["account"]
    path.write_text(json.dumps(consent))
    again = outreach("account", "add", "--authorized-user", path, OUTREACH_GOOGLE__API_ROOT="http://127.0.0.1:9")
    assert again.code == 65
    assert "--address" in again.err


def test_a_database_that_is_none(outreach: Any) -> None:
    outreach.home.mkdir()
    (outreach.home / "outreach.db").write_bytes(b"this is no database, but it is long enough to look at" * 100)
    done = outreach("account", "list")
    assert done.code != 0
    assert "Traceback" not in done.err
    assert outreach("doctor").code == 78


def test_a_home_that_cannot_be_written(outreach: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = outreach("account", "list", "--home", tmp_path / "file" / "home")
    assert done.code == 69
    assert len(done.err.splitlines()) == 1
    assert "file" in done.err


def test_an_unexpected_error_points_to_debug(outreach: Any) -> None:
    outreach.environment["OUTREACH_CLOCK"] = "simulated"
    outreach("clock", "set", "9999-12-30T09:00Z")
    done = outreach("clock", "advance", "400d")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "--debug" in done.err
    assert "Traceback" in outreach("--debug", "clock", "advance", "400d").err
