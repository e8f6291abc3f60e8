"""`outreach inbox explain`: messages read without a mailbox, an account or a home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[1] / "corpus"
SLOTS = "2027-03-09T15:00+01:00,2027-03-10T10:30+01:00,2027-03-12T09:00+01:00"


def message(text: str, **headers: str) -> str:
    lines = {
        "From": "Ben Ode <ben@acme.test>",
        "Date": "Mon, 01 Mar 2027 10:00:00 +0100",
        "Subject": "Re: x",
        **headers,
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items()) + f"\n{text}\n"


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(text: str, name: str = "a.eml", **headers: str) -> Path:
        path = tmp_path / name
        path.write_text(message(text, **headers), encoding="utf-8")
        return path

    return write


def test_one_line_of_json_a_message_in_their_order(outreach: Any) -> None:
    files = sorted(str(path) for path in (CORPUS / "english").glob("05[3-9]*.eml"))
    done = outreach("inbox", "explain", *files, "--json", "--zone", "Europe/Berlin", "--slots", SLOTS)
    facts = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, [each["file"] for each in facts]) == (0, files)
    assert {each["class"] for each in facts} <= {"yes_with_time", "other"}
    assert not outreach.home.exists()


def test_a_chosen_slot_is_named_by_number_and_instant(outreach: Any, written: Any) -> None:
    path = written("The second one works for me.")
    done = outreach("inbox", "explain", str(path), "--json", "--zone", "Europe/Berlin", "--slots", SLOTS)
    facts = json.loads(done.out)
    assert (facts["class"], facts["chosen_slot"]["number"]) == ("yes_with_time", 2)
    assert facts["chosen_slot"]["start"].startswith("2027-03-10T09:30:00+00:00")
    assert "booked" in facts["would"]


def test_times_bear_the_zone_that_they_are_meant_in(outreach: Any, written: Any) -> None:
    path = written("Happy to talk. Thursday between 2 and 4 pm would do. Friday at 10:30 ET is fine too.")
    facts = json.loads(outreach("inbox", "explain", str(path), "--json", "--zone", "Europe/Berlin").out)
    assert [(each["start"], each["end"], each["zone"]) for each in facts["times"]] == [
        ("2027-03-04T14:00:00+01:00", "2027-03-04T16:00:00+01:00", "Europe/Berlin"),
        ("2027-03-05T10:30:00-05:00", None, "America/New_York"),
    ]


def test_a_stranger_s_address_is_pointed_out(outreach: Any, written: Any) -> None:
    path = written("Yes, gladly.")
    done = outreach("inbox", "explain", str(path), "--json", "--contact", "Maria Lopez <maria@studio.test>")
    assert any("another address" in each for each in json.loads(done.out)["evidence"])


def test_in_words_it_says_what_would_be_done(outreach: Any, written: Any) -> None:
    done = outreach("inbox", "explain", str(written("Please remove me from your list.")))
    assert "opt out" in done.out
    assert "never written to again" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--zone", "Europe/Berlni"), "Did you mean Europe/Berlin"),
        (("--slots", "tomorrow"), "'tomorrow' is no time"),
        (("--contact", "nobody"), "is not an address"),
        (("--original", "nowhere.eml"), "There is no file 'nowhere.eml'"),
    ],
)
def test_bad_options_get_one_sentence(outreach: Any, written: Any, options: tuple[str, str], said: str) -> None:
    done = outreach("inbox", "explain", str(written("Yes.")), *options)
    assert done.code != 0
    assert said in done.err
    assert "Traceback" not in done.err


def test_what_cannot_be_read_is_explained_as_that(outreach: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.eml"
    path.write_bytes(b"Subject: x\r\n\r\n" + b"a" * 26_000_000)
    done = outreach("inbox", "explain", str(path), "--json")
    facts = json.loads(done.out)
    assert (done.code, facts["class"]) == (0, "unreadable")
    assert "25 MB" in facts["evidence"][0]
