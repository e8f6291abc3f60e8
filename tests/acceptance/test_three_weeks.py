"""A LinkedIn export of 500 people, queued by the command line and sent over three simulated weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from outreach.actions.move_clock import set_clock
from outreach.app import open_app
from outreach.settings import load_settings
from tests.acceptance.conftest import MONDAY, CommandLine

PEOPLE = 500
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Australia/Sydney")
PREAMBLE = 'Notes:\n"When exporting your connection data, some addresses are missing."\n\n'
HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On,why_you,zone"
RAMP = (20, 25, 30, 35, 40, 45, 50)


def export(path: Path) -> dict[str, str]:
    """Write the file; return the zone of everybody who can be written to."""
    zones: dict[str, str] = {}
    rows = []
    for number in range(PEOPLE):
        address = f"person{number}@org{number % 40}.example.com"
        zone = ZONES[number % len(ZONES)]
        if number % 100 == 7:
            address = ""
        elif number % 100 == 8:
            address = f"person{number} at org.example.com"
        else:
            zones[address] = zone
        why = f"Your note number {number} on counting bicycles made me count the ones in my own street for a week."
        rows.append(
            f"First{number},Last{number},https://www.linkedin.com/in/p{number},{address},Org {number % 40},"
            f'Planner,12 Mar 2024,"{why}",{zone}'
        )
    path.write_text(PREAMBLE + "\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return zones


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_caps_ramp_and_windows_hold_and_each_letter_goes_once(
    connected: CommandLine, tmp_path: Path, clock: object, sandbox: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    zones = export(tmp_path / "Connections.csv")
    plan = connected("queue", tmp_path / "Connections.csv", "--json").facts
    assert (len(plan["planned"]), plan["queued"]) == (len(zones), False)
    done = connected("queue", tmp_path / "Connections.csv", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.facts["imported"]["without_address"] >= PEOPLE // 100
    _three_weeks(connected, clock, monkeypatch)
    sent = [entry for entry in sandbox.sent if entry["to"].rpartition("<")[2].rstrip(">") in zones]  # type: ignore[attr-defined]
    _check(sent, zones)
    assert connected("work", "--until-idle").code == 0
    assert len(sandbox.sent) == len(sent)  # type: ignore[attr-defined]


def _three_weeks(connected: CommandLine, clock: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``outreach work --until-idle`` and ``outreach clock advance 1h`` do by turns, in one process."""
    from workers.run import sweep_until_idle, work_in

    for name, value in connected.environment.items():
        monkeypatch.setenv(name, value)
    app, worker, _ = work_in(open_app(load_settings(home=connected.home, sending={"follow_ups": 0})))
    moment, end = MONDAY, MONDAY + timedelta(weeks=3)
    while moment < end:
        set_clock(app, moment)
        clock.set(moment)  # type: ignore[attr-defined]
        assert sweep_until_idle(app).failures == ()
        moment += timedelta(hours=1)
    worker.stop()
    app.close()


def _check(sent: list[dict[str, str]], zones: dict[str, str]) -> None:
    assert Counter(entry["x_outreach_id"] for entry in sent).most_common(1)[0][1] == 1
    by_address = Counter(entry["to"].rpartition("<")[2].rstrip(">") for entry in sent)
    assert set(by_address) == set(zones)
    assert max(by_address.values()) == 1
    days: dict[date, int] = defaultdict(int)
    for entry in sent:
        moment = datetime.fromisoformat(entry["time"])
        address = entry["to"].rpartition("<")[2].rstrip(">")
        wall = moment.astimezone(ZoneInfo(zones[address]))
        # The clock moved by hours: a letter due within the hour leaves at its end.
        assert wall.weekday() < 5, (address, wall)
        assert time(9) <= wall.time() <= time(17), (address, wall)
        days[moment.astimezone(ZoneInfo("Europe/London")).date()] += 1
    for ordinal, day in enumerate(sorted(days)):
        assert days[day] <= RAMP[min(ordinal, len(RAMP) - 1)], (day, days[day])
    moments = sorted(datetime.fromisoformat(entry["time"]).astimezone(UTC) for entry in sent)
    for index, moment in enumerate(moments):
        within = sum(moment - timedelta(days=1) < other <= moment for other in moments[: index + 1])
        assert within <= 50
