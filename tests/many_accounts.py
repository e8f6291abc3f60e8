"""Many accounts with letters that are due, and settings in which no manners hold them back."""

from __future__ import annotations

import json
from datetime import timedelta

from outreach.actions.add_account import add_account
from outreach.actions.queue_people import PeopleFileBytes, queue_people
from outreach.app import App
from outreach.clock import FixedClock
from outreach.sandbox.server import Sandbox

ALWAYS = {"daily_cap": 2000, "ramp_start": 2000, "gap_seconds": 0, "undo_seconds": 0}


def queued(app: App, sandbox: Sandbox, clock: FixedClock, accounts: int, letters: int) -> list[str]:
    """Queue so many letters for each of so many accounts, let them fall due, and return the accounts' ids."""
    ids = []
    for number in range(accounts):
        address = f"student{number}@campus.example.com"
        consent = json.dumps(sandbox.add_account(address, name="Ada Okafor")).encode()
        account = add_account(app, consent, address=address, zone_name="Europe/London")
        rows = [
            f"Person{row},Example,p{row}.of{number}@city.example.com,Europe/London,"
            f"Your talk number {row} on pocket parks changed how I look at my own street every morning"
            for row in range(letters)
        ]
        data = "\n".join(["first_name,last_name,email,zone,why_you", *rows]).encode()
        assert len(queue_people(app, account.id, PeopleFileBytes(data, "people.csv")).planned) == letters
        ids.append(account.id)
    clock.advance(timedelta(minutes=2))
    return ids
