"""A rehearsal shows what would happen, and touches nothing real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.app import App
from outreach.database import EVERYBODY
from outreach.demo.rehearsal_page import rehearsal_page
from outreach.demo.rehearse import Answers, Rehearsed, rehearse
from outreach.errors import BadInput
from outreach.model import Base
from outreach.queries.timeline import Moves
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox

ME, GRACE = "ada@student.example.com", "grace@planning.example.com"
AddContact = Callable[..., str]


def everything(app: App) -> list[list[tuple[object, ...]]]:
    with app.database.read(EVERYBODY) as session:
        return [
            sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        ]


def kinds(rehearsed: Rehearsed, who: str) -> list[str]:
    return [moment.what for moment in rehearsed.moments if moment.who == who and moment.moves is Moves.OUT]


@pytest.fixture
def queued(app: App, account_id: str, add_contact: AddContact) -> None:
    """Grace's letter is approved, Otto's is a draft."""
    add_contact(GRACE)
    approve_letters(app, account_id, draft_letters(app, account_id))
    add_contact("otto@planning.example.com", "Otto <b>Sample</b>", zone="America/New_York")
    draft_letters(app, account_id)


def test_the_whole_road_is_shown_and_nothing_is_touched(
    app: App, account_id: str, queued: None, sandbox: Sandbox
) -> None:
    before = everything(app)
    rehearsed = rehearse(app, account_id, weeks=3, answers=Answers.YES, automatic=True)
    assert everything(app) == before
    assert sandbox.ledger.entries == []
    assert {name for name, number in sandbox.requests.items() if number} <= {"token", "freebusy.query"}
    road = kinds(rehearsed, "Grace Lindqvist")
    assert road[:2] == ["first letter", "offer of times"]
    assert road[-1] == "short thank-you"
    assert "invitation" in road
    assert rehearsed.approved == 1
    assert sum(moment.moves is Moves.MEETING for moment in rehearsed.moments) == 2
    assert rehearsed.calendar == ""
    first = next(moment for moment in rehearsed.moments if moment.who == "Grace Lindqvist")
    assert "urban planning" in first.text
    assert first.why
    page = rehearsal_page(rehearsed)
    assert "<b>Sample</b>" not in page
    assert "Otto &lt;b&gt;Sample&lt;/b&gt;" in page


def test_times_that_are_really_taken_are_not_offered(app: App, account_id: str, queued: None, sandbox: Sandbox) -> None:
    now = app.now()
    free = now + timedelta(days=3)
    sandbox.busy(ME, now, free)
    sandbox.busy(ME, free + timedelta(days=1), now + timedelta(days=60))
    rehearsed = rehearse(app, account_id, weeks=2, answers=Answers.YES, automatic=True)
    met = [moment.at for moment in rehearsed.moments if moment.moves is Moves.MEETING]
    assert met
    assert all(free <= at < free + timedelta(days=1) for at in met)


def test_nobody_answers_and_drafts_stay_drafts_where_that_is_asked(
    app: App, account_id: str, queued: None, sandbox: Sandbox
) -> None:
    sandbox.fault("freebusy.query", FaultKind.UNAVAILABLE)
    rehearsed = rehearse(app, account_id, weeks=3, answers=Answers.SILENT, approve_drafts=False)
    assert kinds(rehearsed, "Grace Lindqvist") == ["first letter", "second try", "second try"]
    assert not any("Otto" in moment.who for moment in rehearsed.moments)
    assert not any(moment.moves is not Moves.OUT for moment in rehearsed.moments)
    assert rehearsed.calendar
    assert "could not be read" in rehearsal_page(rehearsed)


def test_what_waits_for_the_owner_is_listed(app: App, account_id: str, queued: None) -> None:
    rehearsed = rehearse(app, account_id, weeks=1, answers=Answers.YES)
    assert any(each.who == "Grace Lindqvist" and "said yes" in each.what for each in rehearsed.waiting)


@pytest.mark.parametrize("weeks", [0, 27])
def test_a_span_that_makes_no_sense_is_refused(app: App, account_id: str, weeks: int) -> None:
    with pytest.raises(BadInput, match="1 to 26"):
        rehearse(app, account_id, weeks=weeks)


def test_an_empty_queue_says_so(app: App, account_id: str) -> None:
    assert "Nothing would happen" in rehearsal_page(rehearse(app, account_id, weeks=1))
