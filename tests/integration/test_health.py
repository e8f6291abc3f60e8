"""What an operator asks a worker process."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outreach.actions.book_meeting import book_meeting
from outreach.actions.set_account import pause_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import Unavailable
from outreach.queries.gauges import gauges
from outreach.settings import Observe
from workers.health import serve_health

TUESDAY = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.fixture
def address(app: App) -> Iterator[str]:
    watched = replace(app, settings=app.settings.model_copy(update={"observe": Observe(port=0)}))
    with serve_health(watched) as found:
        assert found is not None
        yield found


def ask(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_process_that_works_is_alive_and_ready(address: str) -> None:
    assert ask(f"{address}/livez") == (200, "ok\n")
    assert ask(f"{address}/readyz") == (200, json.dumps({"ready": True, "reasons": []}))
    assert ask(f"{address}/secrets")[0] == 404


def test_a_broker_that_is_away_makes_it_not_ready_but_leaves_it_alive(app: App) -> None:
    changes = {"observe": Observe(port=0), "broker_url": "redis://127.0.0.1:1/0"}
    with serve_health(replace(app, settings=app.settings.model_copy(update=changes))) as found:
        code, said = ask(f"{found}/readyz")
        assert (code, ask(f"{found}/livez")[0]) == (503, 200)
        assert "redis://127.0.0.1:1 does not answer" in said


def test_the_metrics_tell_depth_lateness_and_the_slack_to_the_nearest_deadline(
    app: App, account_id: str, add_contact: Callable[..., str], clock: FixedClock, address: str
) -> None:
    assert gauges(app).thank_you_slack is None
    book_meeting(app, account_id, add_contact("grace@city.example.com"), TUESDAY)
    clock.set(TUESDAY + timedelta(minutes=25, hours=2))
    found = gauges(app)
    assert found.letters["scheduled"] >= 2
    assert found.oldest_due == (clock.now() - datetime(2026, 3, 2, 9, tzinfo=UTC)).total_seconds()
    assert found.thank_you_slack == 22 * 3600
    code, said = ask(f"{address}/metrics")
    assert code == 200
    assert "outreach_thank_you_slack_seconds 79200.0" in said
    assert 'outreach_due_letters{priority="1"} 2.0' in said
    assert found.due == {"0": 0, "1": 2, "2": 0, "5": 0, "7": 0}
    assert 'outreach_accounts{state="active"} 1.0' in said
    pause_account(app, account_id)
    assert 'outreach_accounts{state="stopped"} 1.0' in ask(f"{address}/metrics")[1]


def test_a_port_that_is_taken_is_said_in_words(app: App, address: str) -> None:
    taken = Observe(port=int(address.rpartition(":")[2]))
    busy = replace(app, settings=app.settings.model_copy(update={"observe": taken}))
    with pytest.raises(Unavailable, match="cannot be used"), serve_health(busy):
        pass
