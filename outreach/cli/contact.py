"""``outreach contact``: the people one writes to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.queries.contacts import ContactLine

group = typer.Typer(help="The people you write to: import, edit, block.", no_args_is_help=True, rich_markup_mode=None)
Who = Annotated[str, typer.Argument(metavar="CONTACT", help="Address, full name, or the first characters of the id.")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="contact")


@command(group, "import", facts=True)
def contact_import(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or LinkedIn's Connections.csv; - reads stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show each person as understood; change nothing.")] = False,
) -> None:
    """Take in people from a file: new ones created, known ones filled in, none doubled."""
    from outreach.actions.import_contacts import import_contacts
    from outreach.cli.files import read_file
    from outreach.cli.queue import show_import
    from outreach.cli.show import as_json

    data, name = read_file(file)
    with desk.account() as (app, account):
        if dry_run:
            _preview(desk, app, account.id, data, name)
            return
        with desk.progress("Reading people…"):
            report = import_contacts(app, account.id, data, name=name)
    if desk.as_json:
        as_json(report)
        return
    show_import(report)
    if report.without_address:
        desk.note("`outreach contact list --needs-address` lists those who need an address")


def _preview(desk: Desk, app: Any, account_id: str, data: bytes, name: str) -> None:
    from outreach.actions.import_contacts import preview_import
    from outreach.cli.show import as_json, count, say, simple, table

    preview = preview_import(app, account_id, data, name=name)
    if desk.as_json:
        facts = simple(preview)
        facts["people"] = [{**one.pop("person"), **one} for one in facts["people"]]
        as_json(facts)
        return
    table(
        [
            (
                *(str(one.person.line), one.outcome, one.person.name, one.person.email or "no address"),
                *(one.person.organization or "", one.person.zone or "", one.person.why_you or "no why_you"),
            )
            for one in preview.people
        ],
        headers=("line", "", "name", "address", "organization", "zone", "why you"),
    )
    for row in preview.skipped:
        say(f"line {row.line} skipped: {row.reason} ({row.text})")
    for row in preview.warnings:
        say(f"line {row.line}: {row.reason}")
    desk.note(f"a dry run: {count(len(preview.people), 'person', 'people')} understood, nothing stored")


@command(group, "list", facts=True)
def contact_list(
    desk: Desk,
    needs_address: Annotated[bool, typer.Option("--needs-address", help="Those without a living address.")] = False,
) -> None:
    """List contacts by name."""
    from outreach.cli.show import as_json, count, table
    from outreach.queries.contacts import contacts

    with desk.account() as (app, account):
        lines = contacts(app, account.id, needs_address=needs_address)
    if desk.as_json:
        as_json(lines)
        return
    table(
        [(line.id[:8], line.name, _address(line), line.organization, line.zone or "", _stage(line)) for line in lines],
        headers=("id", "name", "address", "organization", "zone", "stage"),
    )
    desk.note(count(len(lines), "contact"))


def _address(line: ContactLine) -> str:
    return f"{line.address} (dead)" if line.address_dead else line.address or "-"


def _stage(line: ContactLine) -> str:
    return "do not contact" if line.blocked else line.stage.replace("_", " ")


@command(group, "show", facts=True)
def contact_show(desk: Desk, contact: Who) -> None:
    """Show one contact and what happened so far."""
    from outreach.cli.show import as_json, pairs, say, simple, when
    from outreach.queries.contacts import contact_view
    from outreach.queries.find import find_contact

    with desk.account() as (app, account):
        view = contact_view(app, account.id, find_contact(app, account.id, contact).id)
    if desk.as_json:
        facts = simple(view)
        as_json({**facts.pop("line"), **facts})
        return
    line = view.line
    pairs(
        [
            ("contact", f"{line.name} ({line.id})"),
            ("address", _address(line)),
            ("organization", line.organization),
            ("title", line.title),
            ("phone", view.phone),
            ("city", view.city),
            ("zone", f"{line.zone} (from {view.zone_source})" if line.zone else "not known"),
            ("place", {True: "local: at their office", False: "by phone or video"}.get(view.local)),  # type: ignore[arg-type]
            ("name learned", line.source),
            ("referred by", view.referrer or view.referred_by),
            ("why you", view.why_you or "missing: a first letter waits for it"),
            ("notes", view.notes),
            ("profile", view.linkedin_url),
            ("stage", _stage(line)),
            ("for you", line.needs_you),
        ]
    )
    for at, what in view.history:
        say(f"  {when(at, account.zone)}  {what}")


@command(group, "edit")
def contact_edit(
    desk: Desk,
    contact: Who,
    first_name: Annotated[str | None, typer.Option("--first-name")] = None,
    last_name: Annotated[str | None, typer.Option("--last-name")] = None,
    email: Annotated[str | None, typer.Option("--email", help="Their address.")] = None,
    organization: Annotated[str | None, typer.Option("--organization")] = None,
    title: Annotated[str | None, typer.Option("--title")] = None,
    phone: Annotated[str | None, typer.Option("--phone")] = None,
    city: Annotated[str | None, typer.Option("--city")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Their IANA zone, as Europe/Lisbon.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="referral, alumni, association, colleague, friend or found.")
    ] = None,
    why_you: Annotated[
        str | None, typer.Option("--why-you", help="The sentence that only this person could get.")
    ] = None,
    notes: Annotated[str | None, typer.Option("--notes")] = None,
    local: Annotated[
        bool | None, typer.Option("--local/--remote", help="Meet at their office, or by phone or video.")
    ] = None,
) -> None:
    """Change what is known about a contact; an empty text clears. A waiting first letter is worded anew."""
    from outreach.actions.edit_contact import edit_contact
    from outreach.queries.find import find_contact

    given = {
        "first_name": first_name,
        "last_name": last_name,
        "email": email,
        "organization": organization,
        "title": title,
        "phone": phone,
        "city": city,
        "zone": zone,
        "source": source,
        "why_you": why_you,
        "notes": notes,
        "local": local,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise typer.BadParameter("say what to change (see --help)")
    with desk.account() as (app, account):
        edited = edit_contact(app, account.id, find_contact(app, account.id, contact).id, changes)
    desk.note(f"{edited.name}: {', '.join(edited.changed).replace('_', ' ') or 'nothing'} changed")
    for letter_id in edited.redrafted:
        desk.note(f"the draft was worded anew: `outreach letter show {letter_id[:8]}`")
    for letter_id in edited.edited_by_hand:
        desk.note(f"the draft that you worded yourself is as it was: `outreach letter show {letter_id[:8]}`")
    for letter_id in edited.already_frozen:
        desk.note(f"an approved letter stays as it is, unless you `outreach letter cancel {letter_id[:8]}`")
    for letter_id in edited.readdressed:
        desk.note(f"a letter that waits goes to the new address: `outreach letter show {letter_id[:8]}`")
    for letter in edited.called_back:
        desk.note(f"the {letter.kind.replace('_', ' ')} letter to the old address is called back; {letter.how_anew}")


@command(group, "block")
def contact_block(
    desk: Desk,
    contact: Annotated[str, typer.Argument(metavar="ADDRESS|CONTACT", help="An address, known or not, or a contact.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for your own memory.")] = "",
) -> None:
    """Never write to an address again; what waits to be sent there is cancelled."""
    from outreach.actions.block_contact import block_by_id, block_contact
    from outreach.cli.show import count
    from outreach.queries.find import find_contact

    with desk.account() as (app, account):
        if "@" in contact:
            blocked = block_contact(app, account.id, contact, reason)
        else:
            blocked = block_by_id(app, account.id, find_contact(app, account.id, contact).id, reason)
    before = " was blocked before" if blocked.already else " is blocked"
    desk.note(f"{blocked.address}{before}; {count(blocked.letters_cancelled, 'letter')} cancelled")


@command(group, "unblock")
def contact_unblock(
    desk: Desk,
    contact: Annotated[str, typer.Argument(metavar="ADDRESS|CONTACT", help="What was blocked by mistake.")],
) -> None:
    """Take back a block of your own; who asked not to be written to stays blocked."""
    from outreach.actions.unblock_contact import unblock_contact
    from outreach.errors import BadInput
    from outreach.queries.find import find_contact

    with desk.account() as (app, account):
        address = contact if "@" in contact else find_contact(app, account.id, contact).address
        if not address:
            raise BadInput(f"{contact} has no address, so nothing is blocked.")
        email = unblock_contact(app, account.id, address)
    desk.note(f"{email} may be written to again; a letter that was cancelled comes back with `outreach letter retry`")
