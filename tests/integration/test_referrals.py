"""The referral chain: names given, edges, debts, and the letter that pays them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from outreach.actions.add_referral import add_referral
from outreach.actions.approve_letters import approve_letters
from outreach.actions.draft_letters import draft_letters
from outreach.actions.owe_reports import owe_reports
from outreach.actions.report_back import report_back
from outreach.app import App
from outreach.clock import FixedClock
from outreach.errors import BadInput
from outreach.model import Contact, Conversation, DoNotContact, Letter, Referral
from outreach.queries.referral_chain import referral_chain
from outreach.rules.chain import forest
from outreach.rules.kinds import Debt, LetterKind, LetterState, Source, Stage
from outreach.sandbox.server import Sandbox

Work = Callable[..., int]
Introduce = Callable[..., str | None]
ME = "ada@student.example.com"
GRACE = "grace@planning.example.com"


@pytest.fixture
def grace(add_contact: Callable[..., str]) -> str:
    return add_contact(GRACE)


@pytest.fixture
def introduce(app: App, account_id: str) -> Introduce:
    """Let somebody give a name; the id of the edge."""

    def given(introducer: str, name: str, address: str, **more: object) -> str | None:
        with app.database.write(account_id) as session:
            edge = add_referral(session, app, account_id, introducer, name, address, **more)  # type: ignore[arg-type]
            return edge.id if edge else None

    return given


def edge_of(app: App, account_id: str, edge_id: str | None) -> Referral:
    assert edge_id is not None
    with app.database.read(account_id) as session:
        return session.get_one(Referral, edge_id)


def owe(app: App, account_id: str, contact_id: str, outcome: str = "met") -> list[str]:
    with app.database.write(account_id) as session:
        return owe_reports(session, contact_id, outcome)


def test_a_name_given_becomes_a_contact_and_an_edge(
    app: App, account_id: str, grace: str, introduce: Introduce
) -> None:
    edge = edge_of(app, account_id, introduce(grace, "Dr. Bo Nakamura", "Bo@Transit.Example.org", said="Try Bo."))
    with app.database.read(account_id) as session:
        named = session.get_one(Contact, edge.introduced_id)
    assert (named.first_name, named.last_name, named.email) == ("Bo", "Nakamura", "Bo@transit.example.org")
    assert (named.source, named.referrer_id, named.referred_by) == (Source.REFERRAL, grace, "Grace Lindqvist")
    assert (edge.introducer_id, edge.said, edge.debt) == (grace, "Try Bo.", Debt.NONE)


def test_the_same_name_given_twice_is_one_edge_and_somebody_known_stays_one_contact(
    app: App, account_id: str, grace: str, add_contact: Callable[..., str], introduce: Introduce
) -> None:
    known = add_contact("bo@transit.example.org", "Bo Nakamura")
    first = introduce(grace, "Bo", "BO@transit.example.org")
    assert introduce(grace, "Bo Nakamura", "bo@transit.example.org") == first
    assert edge_of(app, account_id, first).introduced_id == known
    with app.database.read(account_id) as session:
        assert len(session.scalars(select(Contact)).all()) == 2


def test_a_person_without_an_address_is_kept_and_gets_it_later(
    app: App, account_id: str, grace: str, introduce: Introduce
) -> None:
    first = introduce(grace, "Bo Nakamura", "")
    assert introduce(grace, "bo nakamura", "") == first
    assert introduce(grace, "Bo Nakamura", "bo@transit.example.org") == first
    with app.database.read(account_id) as session:
        named = session.get_one(Contact, edge_of(app, account_id, first).introduced_id)
    assert named.email == "bo@transit.example.org"


def test_nobody_introduces_themselves_or_me_and_text_is_no_address(grace: str, introduce: Introduce) -> None:
    assert introduce(grace, "Grace", GRACE.upper()) is None
    assert introduce(grace, "Ada", ME) is None
    assert introduce(grace, "", "") is None
    with pytest.raises(BadInput, match="not an address"):
        introduce(grace, "Bo", "bo at transit")


def test_a_request_names_the_introducer_only_when_the_name_may_be_used(
    app: App, account_id: str, grace: str, introduce: Introduce
) -> None:
    named = edge_of(app, account_id, introduce(grace, "Bo Nakamura", "bo@transit.example.org")).introduced_id
    hidden = edge_of(
        app, account_id, introduce(grace, "Cy Diaz", "cy@maps.example.org", may_use_name=False)
    ).introduced_id
    draft_letters(app, account_id, [named, hidden])
    with app.database.read(account_id) as session:
        facts = {letter.contact_id: letter.facts for letter in session.scalars(select(Letter))}
    assert facts[named].get("referrer_name") == "Grace Lindqvist"
    assert "referrer_name" not in facts[hidden]


def test_a_debt_opens_once(app: App, account_id: str, grace: str, introduce: Introduce) -> None:
    edge_id = introduce(grace, "Bo Nakamura", "bo@transit.example.org")
    introduced = edge_of(app, account_id, edge_id).introduced_id
    assert owe(app, account_id, introduced, "declined") == [edge_id]
    assert owe(app, account_id, introduced, "met") == [edge_id]
    assert edge_of(app, account_id, edge_id).outcome == "met"
    with app.database.write(account_id) as session:
        session.get_one(Referral, edge_id).debt = Debt.TOLD
    assert owe(app, account_id, introduced, "met") == []
    with pytest.raises(ValueError, match="no outcome"):
        owe(app, account_id, introduced, "liked")


def test_what_is_owed_is_drafted_once_for_approval(
    app: App, account_id: str, grace: str, introduce: Introduce, sandbox: Sandbox, work: Work
) -> None:
    edge_id = introduce(grace, "Bo Nakamura", "bo@transit.example.org")
    assert edge_id is not None
    assert report_back(app, edge_id) is None
    owe(app, account_id, edge_of(app, account_id, edge_id).introduced_id)
    work()
    assert report_back(app, edge_id) is None
    edge = edge_of(app, account_id, edge_id)
    with app.database.read(account_id) as session:
        (letter,) = session.scalars(select(Letter)).all()
    assert (edge.debt, edge.letter_id) == (Debt.DRAFTED, letter.id)
    assert (letter.kind, letter.state, letter.contact_id) == (LetterKind.REPORT_BACK, LetterState.DRAFTED, grace)
    assert letter.missing == []
    assert letter.facts["person_name"] == "Bo Nakamura"
    assert sandbox.sent == []


def test_a_report_that_was_sent_pays_the_debt(
    app: App, account_id: str, grace: str, introduce: Introduce, sandbox: Sandbox, work: Work
) -> None:
    edge_id = introduce(grace, "Bo Nakamura", "bo@transit.example.org")
    owe(app, account_id, edge_of(app, account_id, edge_id).introduced_id)
    work()
    letter_id = edge_of(app, account_id, edge_id).letter_id
    (plan,) = approve_letters(app, account_id, [letter_id or ""])
    assert plan.obstacles == ()
    work(hours=2)
    assert edge_of(app, account_id, edge_id).debt is Debt.TOLD
    assert len(sandbox.sent) == 1


@pytest.mark.parametrize("reason", ["dead", "refused"])
def test_who_must_not_be_written_to_is_owed_nothing_for_good(
    app: App, account_id: str, grace: str, introduce: Introduce, work: Work, reason: str
) -> None:
    edge_id = introduce(grace, "Bo Nakamura", "bo@transit.example.org")
    introduced = edge_of(app, account_id, edge_id).introduced_id
    with app.database.write(account_id) as session:
        if reason == "dead":
            session.get_one(Contact, grace).address_dead = True
        else:
            session.add(DoNotContact(address_key=GRACE, created_at=app.now()))
    owe(app, account_id, introduced)
    work()
    edge = edge_of(app, account_id, edge_id)
    assert (edge.debt, edge.outcome, edge.letter_id) == (Debt.NONE, "met", None)
    assert owe(app, account_id, introduced) == []


def test_the_chain_shows_people_linked_and_on_request_all_who_were_written_to(
    app: App, account_id: str, grace: str, add_contact: Callable[..., str], introduce: Introduce
) -> None:
    alone = add_contact("solo@parks.example.org", "Solo Park")
    introduced = edge_of(app, account_id, introduce(grace, "Bo", "bo@transit.example.org", may_use_name=False))
    with app.database.write(account_id) as session:
        session.add(Conversation(contact_id=alone, stage=Stage.SENT, thread_id="t", opened_at=app.now()))
    chain = referral_chain(app, account_id)
    assert {person.id for person in chain.people} == {grace, introduced.introduced_id}
    assert [link.may_use_name for link in chain.links] == [False]
    assert forest(chain).roots == (grace,)
    everybody = {person.id: person.stage for person in referral_chain(app, account_id, written_to=True).people}
    assert everybody[alone] is Stage.SENT
    assert len(everybody) == 3


def test_a_circle_of_introductions_is_allowed_and_still_drawn(
    app: App, account_id: str, grace: str, introduce: Introduce, clock: FixedClock
) -> None:
    named = edge_of(app, account_id, introduce(grace, "Bo Nakamura", "bo@transit.example.org")).introduced_id
    clock.advance(timedelta(hours=1))
    assert introduce(named, "Grace Lindqvist", GRACE) is not None
    found = forest(referral_chain(app, account_id))
    assert found.roots == (grace,)
    assert len(found.extra) == 1
