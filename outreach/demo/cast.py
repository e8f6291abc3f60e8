"""Who plays: each person of a list gets a temper, and a few more are there to be introduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.rules.people_values import Person as Listed
from outreach.sandbox.people import Behaviour, Person
from outreach.sandbox.server import Sandbox

#: Tempers are dealt out in this order, again and again.
TEMPERS = (
    Behaviour.ACCEPT_SLOT,
    Behaviour.ACCEPT_SLOT,
    Behaviour.DECLINE_WITH_NAME,
    Behaviour.OUT_OF_OFFICE,
    Behaviour.ACCEPT_SLOT,
    Behaviour.SILENT,
    Behaviour.ACCEPT_SLOT,
    Behaviour.LATE,
    Behaviour.BOUNCE,
    Behaviour.QUESTION,
    Behaviour.DECLINE,
    Behaviour.ACCEPT_SLOT,
    Behaviour.OPT_OUT,
    Behaviour.DELAYED,
    Behaviour.GARBLED,
    Behaviour.REMARK,
    Behaviour.CHANGES_PLANS,
)
_FRIENDS = ("Sam Sample", "Alex Sample", "Kim Sample", "Jo Sample", "Chris Sample", "Toni Sample")
_ZONE = "Europe/London"


@dataclass(frozen=True)
class Cast:
    """The people who play. ``friends`` are those whose names are given in meetings and letters, in turn."""

    people: tuple[Person, ...]
    friends: tuple[tuple[str, str], ...]


def cast(listed: Sequence[Listed]) -> Cast:
    """Return the cast for a people list; the same list gives the same play."""
    friends = tuple((name, f"{name.partition(' ')[0].lower()}@friends.example.com") for name in _FRIENDS)
    with_address = [person for person in listed if person.email]
    people = [_player(person, index, friends) for index, person in enumerate(with_address)]
    known = {player.address for player in people}
    people += [
        Person(address=address, name=name, zone=_ZONE, delay_hours=3, slot=1 + number % 3)
        for number, (name, address) in enumerate(friends)
        if address not in known
    ]
    return Cast(tuple(people), friends)


def _player(person: Listed, index: int, friends: Sequence[tuple[str, str]]) -> Person:
    temper = TEMPERS[index % len(TEMPERS)]
    declines = temper in {Behaviour.DECLINE, Behaviour.DECLINE_WITH_NAME}
    return Person(
        address=person.email or "",
        name=person.name,
        behaviour=temper,
        zone=person.zone or _ZONE,
        delay_hours=2 + index % 5 * 3,
        slot=1 + index % 3,
        refers=friends[index % len(friends)] if declines else None,
        title=person.title or "",
        organization=person.organization or "",
        away_days=4,
    )


def stage(sandbox: Sandbox, who: Cast) -> None:
    """Let the cast live in the sandbox."""
    for person in who.people:
        sandbox.add_person(person)
