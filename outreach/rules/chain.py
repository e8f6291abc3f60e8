"""The referral chain as values: people, who led to whom, and the forest that can be drawn of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.rules.kinds import Stage


class Standing(StrEnum):
    """Where things stand with a person, coarse enough to be told apart by colour and shape."""

    TO_WRITE = "not written to yet"
    ASKED = "asked"
    TALKING = "answered"
    BOOKED = "meeting booked"
    MET = "met"
    DECLINED = "declined"
    SILENT = "no answer"
    ENDED = "ended"


_STANDINGS: Mapping[Stage, Standing] = {
    Stage.DRAFTED: Standing.TO_WRITE,
    Stage.QUEUED: Standing.ASKED,
    Stage.SENT: Standing.ASKED,
    Stage.FOLLOWED_UP: Standing.ASKED,
    Stage.REPLIED: Standing.TALKING,
    Stage.SLOTS_OFFERED: Standing.TALKING,
    Stage.BOOKED: Standing.BOOKED,
    Stage.HELD: Standing.MET,
    Stage.THANKED: Standing.MET,
    Stage.DECLINED: Standing.DECLINED,
    Stage.NO_RESPONSE: Standing.SILENT,
    Stage.NO_SHOW: Standing.ENDED,
    Stage.BOUNCED: Standing.ENDED,
    Stage.OPTED_OUT: Standing.ENDED,
    Stage.CANCELLED: Standing.ENDED,
    Stage.CLOSED: Standing.ENDED,
}


@dataclass(frozen=True, kw_only=True)
class ChainPerson:
    """One person. ``stage`` is None before a letter was drafted; ``met`` says that a meeting was held."""

    id: str
    name: str
    organization: str = ""
    stage: Stage | None = None
    met: bool = False

    @property
    def standing(self) -> Standing:
        """Return where things stand: met once is met for ever."""
        if self.met:
            return Standing.MET
        return _STANDINGS[self.stage] if self.stage is not None else Standing.TO_WRITE


@dataclass(frozen=True, kw_only=True)
class ChainLink:
    """One introduction. ``may_use_name`` False: the introducer is not to be named."""

    introducer: str
    introduced: str
    may_use_name: bool = True


@dataclass(frozen=True, kw_only=True)
class Chain:
    """People and introductions, each in the order in which they came; links to people who are not listed are void."""

    people: tuple[ChainPerson, ...] = ()
    links: tuple[ChainLink, ...] = ()


@dataclass(frozen=True)
class Forest:
    """The chain as trees: everybody once. ``extra`` are the links that fit in no tree: second introducers, circles."""

    people: Mapping[str, ChainPerson]
    roots: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]
    links: Mapping[str, ChainLink]
    extra: tuple[ChainLink, ...]

    def walk(self, root: str) -> Iterator[tuple[str, int]]:
        """Yield ``(person id, depth)`` of one tree, introducers before those they introduced; depth 0 is the root."""
        waiting = [(root, 0)]
        while waiting:
            person, depth = waiting.pop()
            yield person, depth
            waiting.extend((child, depth + 1) for child in reversed(self.children.get(person, ())))


def forest(chain: Chain) -> Forest:
    """Return the forest of a chain: the first introducer of each is their parent, as long as no circle closes.

    Takes time proportional to the number of people and links (but for the inverse Ackermann function).
    """
    people = {person.id: person for person in chain.people}
    parents, extra = _parents(people, chain.links)
    children: dict[str, list[str]] = {}
    for introduced, link in parents.items():
        children.setdefault(link.introducer, []).append(introduced)
    order = {person_id: number for number, person_id in enumerate(people)}
    return Forest(
        people=people,
        roots=tuple(person_id for person_id in people if person_id not in parents),
        children={who: tuple(sorted(found, key=order.__getitem__)) for who, found in children.items()},
        links=parents,
        extra=tuple(extra),
    )


def _parents(
    people: Mapping[str, ChainPerson], links: Sequence[ChainLink]
) -> tuple[dict[str, ChainLink], list[ChainLink]]:
    parents: dict[str, ChainLink] = {}
    extra: list[ChainLink] = []
    tops: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for link in links:
        pair = (link.introducer, link.introduced)
        if pair in seen or link.introducer == link.introduced or not {*pair} <= people.keys():
            continue
        seen.add(pair)
        if link.introduced in parents or _top(tops, link.introducer) == link.introduced:
            extra.append(link)
        else:
            parents[link.introduced] = link
            tops[link.introduced] = _top(tops, link.introducer)
    return parents, extra


def _top(tops: dict[str, str], person: str) -> str:
    """Return the root of the tree that a person is in so far, and shorten the way there."""
    way = []
    while person in tops:
        way.append(person)
        person = tops[person]
    for passed in way:
        tops[passed] = person
    return person
