"""People of a file into a real database: none doubled, none lost, none written to who asked not to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.actions.block_contact import block_contact
from outreach.actions.import_contacts import ImportReport, import_contacts, preview_import
from outreach.app import App, open_app
from outreach.clock import FixedClock
from outreach.database import EVERYBODY
from outreach.errors import BadInput
from outreach.model import Account, AccountState, Contact, DoNotContact, Referral
from outreach.model.base import new_id
from outreach.queries.contacts import ContactLine, contacts
from outreach.rules.kinds import Debt, Source
from outreach.settings import load_settings

ME = "ada@student.example.com"
HEADER = "first_name,last_name,email,organization,referred_by,why_you"


class NoGoogle:
    """Importing asks nothing of Google; whoever does ask is told."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"an import asked Google for {name}")


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[App]:
    running = open_app(load_settings(home=tmp_path / "home"), clock=clock, google=NoGoogle())
    yield running
    running.close()


def open_account(app: App, address: str) -> str:
    account = Account(
        id=new_id(), address=address, name="Ada", zone="Europe/London", state=AccountState.ACTIVE, created_at=app.now()
    )
    with app.database.write(EVERYBODY) as session:
        session.add(account)
    return account.id


@pytest.fixture
def account_id(app: App) -> str:
    return open_account(app, ME)


def people(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def figures(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged


def stored(app: App, account_id: str) -> dict[str, Contact]:
    with app.database.read(account_id) as session:
        return {contact.full_name: contact for contact in session.scalars(select(Contact))}


def everything(app: App) -> list[tuple[object, ...]]:
    """Every row of the tables that an import may touch, as values."""
    with app.database.read(EVERYBODY) as session:
        tables = (Contact.__table__, Referral.__table__, DoNotContact.__table__, Account.__table__)
        return [tuple(row) for table in tables for row in session.execute(select(table).order_by("id"))]


def listed(app: App, account_id: str, *, needs_address: bool = False) -> dict[str, ContactLine]:
    return {line.name: line for line in contacts(app, account_id, needs_address=needs_address)}


FILE = people(
    "Ana,Silva,ana@example.com,City of Porto,,Your talk on parks.",
    "Bo,Ek,,Ekhus,,",
    "Ci,Doe,ci@example.com,Doe,Ana Silva,",
    "Di,Fo,di@,Fo,,",
    "Ana,Silva,ANA@example.com,,,",
)


def test_the_report_counts_and_names_the_rows_left_out(app: App, account_id: str) -> None:
    report = import_contacts(app, account_id, FILE)
    assert figures(report) == (3, 0, 0)
    assert report.without_address == 1
    assert [row.line for row in report.skipped] == [5]
    assert "'di@' is not an address" in report.skipped[0].reason
    assert report.merged == ((6, 2),)
    assert len(report.contact_ids) == 3


def test_importing_twice_changes_nothing(app: App, account_id: str, clock: FixedClock) -> None:
    first = import_contacts(app, account_id, FILE)
    before = everything(app)
    clock.advance(timedelta(days=1))
    again = import_contacts(app, account_id, FILE)
    assert figures(again) == (0, 0, 3)
    assert again.contact_ids == first.contact_ids
    assert everything(app) == before


def test_people_without_an_address_are_kept_and_listed_as_needing_one(app: App, account_id: str) -> None:
    import_contacts(app, account_id, FILE)
    assert set(listed(app, account_id)) == {"Ana Silva", "Bo Ek", "Ci Doe"}
    assert set(listed(app, account_id, needs_address=True)) == {"Bo Ek"}
    report = import_contacts(app, account_id, people("Bo,Ek,bo@example.com,Ekhus,,"))
    assert figures(report) == (0, 1, 0)
    assert listed(app, account_id, needs_address=True) == {}


def test_who_referred_whom_becomes_an_edge_of_the_chain_whatever_the_order(app: App, account_id: str) -> None:
    report = import_contacts(
        app,
        account_id,
        people(
            "Bo,Ek,bo@example.com,,Ana Silva,",
            "Ci,Doe,ci@example.com,,Bo Ek <BO@example.com>,",
            "Di,Fo,di@example.com,,Somebody Else,",
            "Ed,Go,ed@example.com,,Ed Go,",
            "Ana,Silva,ana@example.com,,,",
        ),
    )
    found = stored(app, account_id)
    ids = {name: contact.id for name, contact in found.items()}
    assert {name: contact.referrer_id for name, contact in found.items()} == {
        "Ana Silva": None,
        "Bo Ek": ids["Ana Silva"],
        "Ci Doe": ids["Bo Ek"],
        "Di Fo": None,
        "Ed Go": None,
    }
    assert found["Di Fo"].referred_by == "Somebody Else"
    assert {found[name].source for name in ("Bo Ek", "Ci Doe", "Di Fo")} == {Source.REFERRAL}
    with app.database.read(account_id) as session:
        edges = list(session.scalars(select(Referral)))
    assert {(edge.introducer_id, edge.introduced_id) for edge in edges} == {
        (ids["Ana Silva"], ids["Bo Ek"]),
        (ids["Bo Ek"], ids["Ci Doe"]),
    }
    assert {(edge.debt, edge.may_use_name, edge.meeting_id) for edge in edges} == {(Debt.NONE, True, None)}
    assert [(remark.line, remark.reason) for remark in report.warnings] == [(5, "is named as their own referrer")]


def test_a_referrer_whose_name_two_people_have_is_not_guessed(app: App, account_id: str) -> None:
    report = import_contacts(
        app,
        account_id,
        people("Ana,Silva,a1@example.com,X,,", "Ana,Silva,a2@example.com,Y,,", "Bo,Ek,bo@example.com,,Ana Silva,"),
    )
    assert stored(app, account_id)["Bo Ek"].referrer_id is None
    assert "several contacts have the referrer's name" in report.warnings[0].reason


def test_a_dry_run_changes_nothing_and_tells_what_an_import_would_do(app: App, account_id: str) -> None:
    import_contacts(app, account_id, people("Ana,Silva,ana@example.com,City of Porto,,", "El,Go,el@example.com,Go,,"))
    file = people(
        "Ana,Silva,ana@example.com,,,Your talk.",
        "El,Go,el@example.com,,,",
        "Bo,Ek,,Ekhus,Ana Silva,",
        "Bo,Ek,bo@example.com,Ekhus,,",
        f"Ada,Okafor,{ME},,,",
        "Di,Fo,di@,,,",
    )
    before = everything(app)
    preview = preview_import(app, account_id, file)
    assert everything(app) == before
    assert [(one.person.name, one.outcome) for one in preview.people] == [
        ("Ana Silva", "updated"),
        ("El Go", "unchanged"),
        ("Bo Ek", "created"),
        ("Bo Ek", "updated"),
    ]
    assert [one.contact_id is None for one in preview.people] == [False, False, True, True]
    report = import_contacts(app, account_id, file)
    outcomes = [one.outcome for one in preview.people]
    assert figures(report) == (outcomes.count("created"), outcomes.count("updated"), outcomes.count("unchanged"))
    assert report.skipped == preview.skipped
    assert [row.line for row in preview.skipped] == [6, 7]


def test_a_dry_run_remembers_a_person_from_hundreds_of_rows_before(app: App, account_id: str) -> None:
    others = [f"F{number},L{number},p{number}@example.com,,," for number in range(600)]
    file = people("Bo,Ek,,Ekhus,,", *others, "Bo,Ek,bo@example.com,Ekhus,,", "Bo,Ek,,Ekhus,,")
    outcomes = [one.outcome for one in preview_import(app, account_id, file).people if one.person.name == "Bo Ek"]
    assert outcomes == ["created", "updated", "unchanged"]
    assert figures(import_contacts(app, account_id, file)) == (601, 1, 1)


def test_ones_own_address_is_skipped_in_any_spelling(app: App, account_id: str) -> None:
    file = people("Ada,Okafor,ADA@Student.Example.com,,,", "Bo,Ek,bo@example.com,,,")
    report = import_contacts(app, account_id, file)
    assert figures(report) == (1, 0, 0)
    assert [(row.line, row.reason) for row in report.skipped] == [(2, "this is your own address")]
    assert set(stored(app, account_id)) == {"Bo Ek"}


def test_somebody_who_is_never_to_be_written_to_stays_blocked(app: App, account_id: str) -> None:
    import_contacts(app, account_id, people("Ana,Silva,ana@example.com,,,"))
    block_contact(app, account_id, "ana@example.com", "asked me not to")
    block_contact(app, account_id, "bo@example.com")
    import_contacts(app, account_id, people("Ana,Silva,ANA@example.com,Porto,,Your talk.", "Bo,Ek,Bo@Example.com,,,"))
    assert {name: line.blocked for name, line in listed(app, account_id).items()} == {"Ana Silva": True, "Bo Ek": True}
    with app.database.read(account_id) as session:
        assert sorted(session.scalars(select(DoNotContact.address_key))) == ["ana@example.com", "bo@example.com"]


def test_what_a_later_file_says_fills_and_replaces_but_never_empties(app: App, account_id: str) -> None:
    import_contacts(app, account_id, people("Ana,Silva,ana@example.com,City of Porto,,Your talk."))
    report = import_contacts(app, account_id, people("Anna,,ana@example.com,City of Braga,,"))
    assert figures(report) == (0, 1, 0)
    ana = stored(app, account_id)["Ana Silva"]
    assert (ana.organization, ana.why_you) == ("City of Braga", "Your talk.")


def test_two_accounts_know_nothing_of_each_other(app: App, account_id: str) -> None:
    other = open_account(app, "ben@student.example.com")
    import_contacts(app, account_id, people("Ana,Silva,ana@example.com,X,,", "Bo,Ek,bo@example.com,,Ana Silva,"))
    report = import_contacts(app, other, people("Ana,Silva,ana@example.com,Y,,"))
    assert figures(report) == (1, 0, 0)
    assert stored(app, account_id)["Ana Silva"].organization == "X"
    assert set(stored(app, other)) == {"Ana Silva"}


def test_a_file_that_cannot_be_used_leaves_everything_as_it_was(app: App, account_id: str) -> None:
    import_contacts(app, account_id, FILE)
    before = everything(app)
    for data in (b"", b"product,price\nTea,3\n", b"\x00\x01\x02" * 500, f"{HEADER}\n".encode()):
        with pytest.raises(BadInput):
            import_contacts(app, account_id, data)
        with pytest.raises(BadInput):
            preview_import(app, account_id, data)
    assert everything(app) == before


def test_thousands_of_rows_are_stored_once(app: App, account_id: str) -> None:
    rows = [
        f"F{i},L{i},{'' if i % 3 else f'p{i}@example.com'},Org {i % 9},{f'F{i - 1} L{i - 1}' if i % 50 == 1 else ''},"
        for i in range(2_000)
    ]
    assert figures(import_contacts(app, account_id, people(*rows))) == (2_000, 0, 0)
    assert figures(import_contacts(app, account_id, people(*rows))) == (0, 0, 2_000)
    with app.database.read(account_id) as session:
        assert len(list(session.scalars(select(Referral.id)))) == 40
