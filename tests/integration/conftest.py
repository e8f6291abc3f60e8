"""A real database, a real HTTP sandbox, a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.actions.run_job import run_job
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.model import Account, AccountState, Contact
from outreach.model.base import new_id
from outreach.queries.due_jobs import due_jobs
from outreach.rules.addresses import address_key
from outreach.sandbox.server import Sandbox
from outreach.settings import Settings, load_settings
from outreach.web.server import serving
from outreach.web.site import make_site
from tests.visiting import LIFTED, Visitor

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME = "ada@student.example.com"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MONDAY, step=timedelta(hours=1))


@pytest.fixture
def sandbox(clock: FixedClock, tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(clock=clock.now, ledger=tmp_path / "ledger.jsonl") as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, sandbox: Sandbox, database_url: str) -> Settings:
    return load_settings(
        home=tmp_path / "home",
        database_url=database_url,
        google={"api_root": sandbox.root},
        me={"name": "Ada Okafor", "field": "urban planning", "background": "I am in my last year of geography"},
    )


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[App]:
    running = open_app(settings, clock=clock)
    yield running
    running.close()


@pytest.fixture
def account_id(app: App, sandbox: Sandbox) -> str:
    user = sandbox.add_account(ME, name="Ada Okafor")
    account = Account(
        id=new_id(),
        address=ME,
        name="Ada Okafor",
        zone="Europe/London",
        state=AccountState.ACTIVE,
        created_at=app.now(),
        poll_due_at=app.now(),
    )
    account.credentials = app.tokens.seal(account.id, "google", json.dumps(user).encode())
    with app.database.write(EVERYBODY) as session:
        session.add(account)
    return account.id


AddContact = Callable[..., str]


@pytest.fixture
def add_contact(app: App, account_id: str) -> AddContact:
    def add(email: str, name: str = "Grace Lindqvist", **more: object) -> str:
        first, _, last = name.partition(" ")
        facts: dict[str, object] = {
            "organization": "City of Example",
            "title": "Urban planner",
            "zone": "Europe/London",
            "why_you": "Your talk on turning car parks into pocket parks changed how I look at my own street.",
        }
        contact = Contact(
            id=new_id(),
            first_name=first,
            last_name=last,
            email=email,
            address_key=address_key(email),
            created_at=app.now(),
            updated_at=app.now(),
            **(facts | more),
        )
        with app.database.write(account_id) as session:
            session.add(contact)
        return contact.id

    return add


@pytest.fixture
def visitor(app: App) -> Iterator[Visitor]:
    with serving(app, make_site(app, reading=LIFTED, sending=LIFTED)) as address:
        yield Visitor(address)


@pytest.fixture
def work(app: App, clock: FixedClock) -> Callable[..., int]:
    """Run all that is due in this thread; with ``hours``, hour by hour on the way there."""

    def until_idle() -> int:
        done = 0
        for _ in range(200):
            due = due_jobs(app)
            if not due:
                return done
            for item in due:
                run_job(app, item.job)
                done += 1
        raise AssertionError(f"still due after 200 rounds: {due[:5]}")

    def run(hours: float = 0, step: float = 1) -> int:
        done, passed = until_idle(), 0.0
        while passed < hours:
            clock.advance(timedelta(hours=min(step, hours - passed)))
            passed += step
            done += until_idle()
        return done

    return run
