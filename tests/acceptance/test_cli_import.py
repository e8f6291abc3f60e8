"""People in: created, updated, skipped, merged, referred; never doubled."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

WHY = "Your talk on pocket parks changed how I look at my street."


def listed(outreach: Any) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in outreach("contact", "list", "--json").facts}


def test_the_report_says_what_became_of_each_row(connected: Any, people: Any) -> None:
    path = people(
        f"Ana,Silva,ana@example.com,City of Porto,Planner,Europe/Lisbon,{WHY},",
        "Bo,Ek,bo[at]example,Ekhus,,,,",
        "Ci,Doe,,Doe Ltd,,,,",
        "Ana,Silva,ANA@example.com,,,,,",
    )
    report = connected("contact", "import", path, "--json").facts
    assert (report["created"], report["updated"], report["unchanged"]) == (2, 0, 0)
    assert report["without_address"] == 1
    assert [row["line"] for row in report["skipped"]] == [3]
    assert "bo[at]example" in report["skipped"][0]["reason"]
    assert report["merged"] == [[5, 2]]
    said = connected("contact", "import", path)
    assert "line 3 skipped" in said.out
    assert "--needs-address" in said.err


def test_importing_again_doubles_nobody(connected: Any, people: Any) -> None:
    path = people(f"Ana,Silva,ana@example.com,Porto,,,{WHY},", "Ci,Doe,,Doe Ltd,,,,", "Di,Fo,,,,,,")
    assert connected("contact", "import", path, "--json").facts["created"] == 3
    again = connected("contact", "import", path, "--json").facts
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 3)
    assert len(listed(connected)) == 3


def test_a_later_file_fills_blanks_and_updates_but_never_empties(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,ana@example.com,Porto,Planner,,,"))
    report = connected("contact", "import", people(f"Anna,,ana@example.com,,,Europe/Lisbon,{WHY},"), "--json").facts
    assert report["updated"] == 1
    view = connected("contact", "show", "ana@example.com", "--json").facts
    assert (view["name"], view["organization"], view["title"]) == ("Ana Silva", "Porto", "Planner")
    assert (view["zone"], view["zone_source"], view["why_you"]) == ("Europe/Lisbon", "file", WHY)


def test_an_address_that_comes_later_meets_the_person_who_lacked_it(connected: Any, people: Any) -> None:
    header = "First Name,Last Name,URL,Email Address,Company"
    profile = "https://www.linkedin.com/in/ana-silva"
    connected("contact", "import", people(f"Ana,Silva,{profile},,Porto", "Ci,Doe,,,Doe Ltd", header=header))
    later = people(f"Ana,Silva,{profile},ana@example.com,Porto", "Ci,Doe,,ci@example.com,Doe Ltd", header=header)
    assert connected("contact", "import", later, "--json").facts["updated"] == 2
    assert {line["address"] for line in listed(connected).values()} == {"ana@example.com", "ci@example.com"}
    assert connected("contact", "list", "--needs-address", "--json").facts == []


def test_two_people_of_one_name_at_two_places_stay_two(connected: Any, people: Any) -> None:
    connected("contact", "import", people("Ana,Silva,,Porto,,,,", "Ana,Silva,,Lisboa,,,,"))
    connected("contact", "import", people("Ana,Silva,ana@example.com,Faro,,,,"))
    assert len(connected("contact", "list", "--json").facts) == 3


def test_who_referred_whom_is_resolved_by_name_and_by_address(connected: Any, people: Any) -> None:
    path = people(
        "Bo,Ek,bo@example.com,Ekhus,,,,Ana Silva",
        "Ci,Doe,ci@example.com,Doe,,,,bo@example.com",
        "Di,Fo,di@example.com,Fo,,,,Somebody Else",
        "Ana,Silva,ana@example.com,Porto,,,,",
    )
    connected("contact", "import", path)
    connected("contact", "import", path)
    referrers = {
        name: connected("contact", "show", name, "--json").facts["referrer"] for name in ("Bo Ek", "Ci Doe", "Di Fo")
    }
    assert referrers == {"Bo Ek": "Ana Silva", "Ci Doe": "Bo Ek", "Di Fo": ""}
    assert len(connected.state()["referral"]) == 2


def test_a_dry_run_shows_each_person_as_understood_and_changes_nothing(connected: Any, people: Any) -> None:
    path = people(f"Ana,Silva,ANA@Example.COM,Porto,,ET,{WHY},", "Ci,Doe,,Doe Ltd,,,,", "X,Y,z@,,,,,")
    before = connected.state()
    preview = connected("contact", "import", path, "--dry-run", "--json").facts
    assert connected.state() == before
    ana, ci = preview["people"]
    assert (ana["line"], ana["email"], ana["zone"], ana["outcome"]) == (
        2,
        "ANA@example.com",
        "America/New_York",
        "created",
    )
    assert (ci["email"], ci["outcome"]) == (None, "created")
    assert preview["skipped"][0]["line"] == 4


def test_a_list_may_come_from_standard_input(connected: Any) -> None:
    done = connected("contact", "import", "-", "--json", stdin="name,mail\nAna Silva,ana@example.com\n")
    assert done.facts["created"] == 1


def test_ones_own_row_is_left_out(connected: Any, people: Any) -> None:
    report = connected("contact", "import", people("Ada,Okafor,ada@student.example.com,,,,,"), "--json").facts
    assert report["created"] == 0
    assert "your own address" in report["skipped"][0]["reason"]


@pytest.mark.slow
def test_a_large_list_is_read_in_time(connected: Any, tmp_path: Path) -> None:
    rows = "".join(
        f"First{i % 997},Last{i % 1009},p{i}@example.com,Org {i % 450},"
        f"{f'p{i - 1}@example.com' if i % 10 == 1 else ''}\n"
        for i in range(20_000)
    )
    path = tmp_path / "large.csv"
    path.write_text("first_name,last_name,email,organization,referred_by\n" + rows)
    began = time.monotonic()
    report = connected("contact", "import", path, "--json").facts
    assert report["created"] == 20_000
    assert time.monotonic() - began < 60, "about six seconds were measured; a query in a loop would take minutes"
    assert len(connected.state()["referral"]) == 2_000
