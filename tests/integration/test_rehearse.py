"""A rehearsal shows what would happen, and touches nothing real."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach import resources
from outreach.actions.after_link import find_after
from outreach.actions.approve_letters import approve_letters
from outreach.actions.booking_link import find_booking
from outreach.actions.draft_letters import draft_letters
from outreach.actions.set_account import set_account
from outreach.app import App
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.demo.rehearsal_page import rehearsal_page
from outreach.demo.rehearse import Answers, Rehearsed, rehearse
from outreach.errors import BadInput
from outreach.model import Base
from outreach.queries.timeline import Moves
from outreach.sandbox.faults import FaultKind
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings
from tests.visiting import BASE

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
    set_account(app, account_id, ["availability.horizon_days=6"])
    before = everything(app)
    rehearsed = rehearse(app, account_id, weeks=2, answers=Answers.YES, automatic=True)
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
    set_account(app, account_id, ["sending.follow_up_days=3"])
    rehearsed = rehearse(app, account_id, weeks=2, answers=Answers.SILENT, approve_drafts=False)
    assert kinds(rehearsed, "Grace Lindqvist") == ["first letter", "second try", "second try"]
    assert not any("Otto" in moment.who for moment in rehearsed.moments)
    assert not any(moment.moves is not Moves.OUT for moment in rehearsed.moments)
    assert rehearsed.calendar
    assert "could not be read" in rehearsal_page(rehearsed)


def test_ones_own_templates_are_used_and_links_of_the_page_open_nothing(
    app: App, account_id: str, queued: None, settings: Settings
) -> None:
    folder = settings.home / "templates" / "letters" / "follow_up"
    folder.mkdir(parents=True)
    for name in ("subject.txt", "body.txt", "body.html"):
        source = resources.folder("templates") / "letters" / "follow_up" / f"{name}.j2"
        (folder / f"{name}.j2").write_text(source.read_text(encoding="utf-8").replace("Dear", "Hail"), encoding="utf-8")
    rehearsed = rehearse(app, account_id, weeks=2, answers=Answers.SILENT)
    assert any(moment.what == "second try" and "Hail" in moment.text for moment in rehearsed.moments)
    with_links = app.settings.model_copy(update={"web": app.settings.web.model_copy(update={"base_url": BASE})})
    shown = rehearse(replace(app, settings=with_links), account_id, weeks=1, answers=Answers.YES, automatic=True)
    tokens = {token for moment in shown.moments for token in re.findall(BASE + r"/[bm]/([0-9a-z]{46})", moment.text)}
    assert tokens
    assert not any(find_booking(app, token) or find_after(app, token) for token in tokens)


def test_drafts_that_lack_something_are_listed_however_old(
    app: App, account_id: str, add_contact: AddContact, clock: FixedClock
) -> None:
    add_contact(GRACE, why_you="")
    draft_letters(app, account_id)
    clock.advance(timedelta(days=3))
    [waiting] = rehearse(app, account_id, weeks=1).waiting
    assert (waiting.who, waiting.what) == ("Grace Lindqvist", "first letter: lacks why_you")


def test_what_waits_for_the_owner_is_listed(app: App, account_id: str, queued: None) -> None:
    rehearsed = rehearse(app, account_id, weeks=1, answers=Answers.YES)
    assert any(each.who == "Grace Lindqvist" and "said yes" in each.what for each in rehearsed.waiting)


@pytest.mark.parametrize("weeks", [0, 27])
def test_a_span_that_makes_no_sense_is_refused(app: App, account_id: str, weeks: int) -> None:
    with pytest.raises(BadInput, match="1 to 26"):
        rehearse(app, account_id, weeks=weeks)


def test_an_empty_queue_says_so(app: App, account_id: str) -> None:
    assert "Nothing would happen" in rehearsal_page(rehearse(app, account_id, weeks=1))
