"""Play four weeks: real actions, real database, real HTTP to the sandbox; only people and time are simulated."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outreach import resources
from outreach.actions.add_account import add_account
from outreach.actions.import_contacts import import_contacts
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.demo.cast import Cast, cast, stage
from outreach.demo.keep import keep
from outreach.demo.owner import Owner
from outreach.demo.story import Story
from outreach.demo.work import work
from outreach.errors import BadInput
from outreach.queries.report import Report, report
from outreach.rules.people_file import read_people
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings, load_settings

#: A Monday; the four weeks cross the night on which American clocks change.
START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
WEEKS = 4
ADDRESS = "you@student.example.com"
NAME = "Robin Example"
ZONE = "Europe/London"
HOUR = timedelta(hours=1)
#: The hours (UTC) at which the owner looks after things, on any day.
_AT_THE_DESK = frozenset({9, 17})


@dataclass(frozen=True)
class Played:
    """What the demo did and where it left it."""

    folder: Path
    seconds: float
    report: Report
    doubled: int
    files: dict[str, Path] = field(default_factory=dict)


def play(folder: Path, people_file: Path | None = None, *, say: Callable[[str], None] = print) -> Played:
    """Play the loop with the sample people, or with those of ``people_file`` (all simulated: nothing leaves).

    Returns the figures and the files left in ``folder``. Raises BadInput for a folder or file that cannot be used.
    """
    began = time.monotonic()
    data = _people(people_file)
    who = cast(read_people(data).people)
    _empty(folder)
    clock = FixedClock(START, step=HOUR)
    with Sandbox(clock=clock.now, ledger=folder / "ledger.jsonl", seed=7) as sandbox:
        app = open_app(_settings(folder, sandbox), clock=clock)
        try:
            consent = json.dumps(sandbox.add_account(ADDRESS, name=NAME)).encode()
            account_id = add_account(app, consent, address=ADDRESS, zone_name=ZONE).id
            stage(sandbox, who)
            _four_weeks(app, account_id, clock, sandbox, who, data, say)
            figures = report(app, account_id)
            files = keep(app, account_id, folder, figures, doubled=doubled(sandbox))
        finally:
            app.close()
    return Played(folder, time.monotonic() - began, figures, doubled(sandbox), files)


def doubled(sandbox: Sandbox) -> int:
    """Return how many letters the mailbox sent more than once, by its own ledger."""
    ids = [line["x_outreach_id"] for line in sandbox.sent]
    return len(ids) - len(set(ids))


def _people(people_file: Path | None) -> bytes:
    path = people_file or resources.folder("config") / "demo_people.csv"
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def _empty(folder: Path) -> None:
    """Make the folder; only one that an earlier demo left is emptied, never somebody's own."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "ledger.jsonl").exists():
        raise BadInput(f"{folder} holds files that no demo made. Name another folder with --folder.")
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}.") from error


def _settings(folder: Path, sandbox: Sandbox) -> Settings:
    return load_settings(
        home=folder / "home",
        google={"api_root": sandbox.root},
        me={
            "name": NAME,
            "field": "urban planning",
            "background": "I am in my last year of a geography degree and working out where it should lead me",
        },
        scheduling={"offer_automatically": True, "book_automatically": True},
        inbox={"poll_seconds": 3 * 3600, "events_seconds": 3 * 3600},
    )


def _four_weeks(
    app: App,
    account_id: str,
    clock: FixedClock,
    sandbox: Sandbox,
    who: Cast,
    data: bytes,
    say: Callable[[str], None],
) -> None:
    owner, story = Owner(app, account_id, who.friends), Story(app, account_id, ZONE, say)
    imported = import_contacts(app, account_id, data, name="people.csv")
    story.open(len(imported.contact_ids), owner.approve_first_letters())
    end = START + timedelta(weeks=WEEKS)
    while clock.now() < end:
        work(app)
        if clock.now().hour in _AT_THE_DESK:
            owner.look()
            work(app)
            story.tell()
        clock.advance(HOUR)
        sandbox.tick()
    story.tell(last=True)
