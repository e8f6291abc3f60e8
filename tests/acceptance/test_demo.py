"""The demo: every kind of answer is met, nothing is sent twice, everybody is thanked in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.demo.play import play
from outreach.rules.kinds import Answer


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demo_meets_every_kind_of_answer_and_closes_the_loop(tmp_path: Path) -> None:
    lines: list[str] = []
    played = play(tmp_path / "demo", say=lines.append)
    report = played.report
    assert set(report.answers) == set(Answer)
    assert played.doubled == 0
    assert report.thank_yous_on_time == report.thank_yous_owed == report.meetings_held > 10
    assert report.chain_depth >= 3
    assert report.debts_open == 0
    assert {path.exists() for path in played.files.values()} == {True}
    told = "\n".join(lines)
    assert "declines the invitation in the calendar" in told
    assert "asks not to be written to: never again" in told
    # Whoever declined an invitation was offered other times, and met in the end.
    (changed,) = (person for person in report.people if person.name == "Mateo Vargas")
    assert [step.what for step in changed.happenings].count("met") <= 1
    assert changed.stage in {"thanked", "closed"}
