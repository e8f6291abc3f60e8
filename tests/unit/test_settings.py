"""Settings: precedence, names that scripts set, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import Misconfigured
from outreach.settings import load_settings, with_preferences


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("[sending]\ndaily_cap = 30\ngap_seconds = 7\n")
    monkeypatch.setenv("OUTREACH_HOME", str(tmp_path))
    monkeypatch.setenv("OUTREACH_SENDING__DAILY_CAP", "31")
    settings = load_settings()
    assert (settings.sending.daily_cap, settings.sending.gap_seconds, settings.sending.ramp_start) == (31, 7, 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUTREACH_SENDING__DAILY_CAP", "40"),
        ("OUTREACH_SENDING__RAMP_START", "10"),
        ("OUTREACH_SENDING__GAP_SECONDS", "0"),
        ("OUTREACH_SENDING__UNDO_SECONDS", "0"),
        ("OUTREACH_SENDING__FOLLOW_UPS", "1"),
        ("OUTREACH_THANK_YOU__WITHOUT_TOPICS", "hold"),
        ("OUTREACH_GOOGLE__API_ROOT", "http://127.0.0.1:8099"),
        ("OUTREACH_CLOCK", "simulated"),
        ("OUTREACH_DATABASE_URL", "postgresql://localhost/outreach"),
        ("OUTREACH_BROKER_URL", "redis://localhost"),
    ],
)
def test_the_names_that_scripts_set_are_read(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_HOME", str(tmp_path))
    monkeypatch.setenv(name, value)
    found: object = load_settings()
    for part in name.removeprefix("OUTREACH_").lower().split("__"):
        found = getattr(found, part)
    assert str(found) == value


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[sending]\ndaily_cap = 0\nspeed = 9\n[me]\nzone = "Mars/Base"\n')
    with pytest.raises(Misconfigured) as caught:
        load_settings(home=tmp_path)
    text = "\n".join(caught.value.problems)
    assert "sending.daily_cap" in text
    assert "sending.speed: there is no such setting" in text
    assert "Mars/Base" in text


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[sending\n")
    with pytest.raises(Misconfigured, match=r"config\.toml is not valid TOML: .*line 1"):
        load_settings(home=tmp_path)


def test_an_account_lays_its_preferences_over_the_common_settings(tmp_path: Path) -> None:
    common = load_settings(home=tmp_path)
    own = with_preferences(common, {"availability": {"notice_hours": 2, "weekly": {"sat": ["10:00-12:00"]}}})
    assert own.availability.notice_hours == 2
    assert {day for day, spans in own.availability.weekly.items() if spans} == {"sat"}
    assert own.sending == common.sending


@pytest.mark.parametrize("weekly", ["mornings", 5, [1], {"thu": "15:00"}, {"thu": [5]}, {"thu": [["15:00"]]}])
def test_hours_that_are_none_are_refused_in_words(weekly: object) -> None:
    with pytest.raises(Misconfigured) as refused:
        with_preferences(load_settings(), {"availability": {"weekly": weekly}})
    assert "availability.weekly" in " ".join(refused.value.problems)
