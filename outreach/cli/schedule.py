"""``outreach schedule``: offer times to a contact, or book one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.context import Desk, command

if TYPE_CHECKING:
    from outreach.app import App
    from outreach.queries.accounts import AccountLine
    from outreach.rules.kinds import PlaceKind


def add_to(cli: typer.Typer) -> None:
    """Register the command."""
    command(cli, "schedule", facts=True)(schedule)


def schedule(
    desk: Desk,
    contact: Annotated[str, typer.Argument(metavar="CONTACT", help="Address, full name, or beginning of the id.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="WHEN", help="Book this time: 2026-03-03T10:00, in your zone or one you name."),
    ] = None,
    offer: Annotated[bool, typer.Option("--offer", help="Offer three times by letter (the default).")] = False,
    minutes: Annotated[int | None, typer.Option("--minutes", min=5, max=240, metavar="N", help="How long.")] = None,
    place: Annotated[str | None, typer.Option("--place", help="Where: an address, a number, a link.")] = None,
    phone: Annotated[bool, typer.Option("--phone", help="By telephone.")] = False,
    video: Annotated[bool, typer.Option("--video", help="By video call.")] = False,
    office: Annotated[bool, typer.Option("--office", help="At their place of work.")] = False,
) -> None:
    """Offer three free times by letter, or book one with --at."""
    from outreach.queries.find import find_contact

    if offer and at:
        raise typer.BadParameter("--offer and --at exclude each other")
    kind = place_kind(phone=phone, video=video, office=office)
    with desk.account() as (app, account):
        contact_id = find_contact(app, account.id, contact).id
        if at:
            _book(desk, app, account, contact_id, at, minutes, kind, place)
        else:
            _offer(desk, app, account, contact_id, minutes, kind)


def _book(
    desk: Desk,
    app: App,
    account: AccountLine,
    contact_id: str,
    at: str,
    minutes: int | None,
    kind: PlaceKind | None,
    place: str | None,
) -> None:
    from outreach.actions.book_meeting import book_meeting, outside_hours
    from outreach.queries.accounts import whereabouts_of

    start = whereabouts_of(app, account.id).parse(at, app.now())
    unusual = outside_hours(app, account.id, start, minutes)
    meeting_id = book_meeting(app, account.id, contact_id, start, minutes=minutes, place_kind=kind, place=place or "")
    show_meeting(desk, app, account, meeting_id)
    if unusual:
        desk.note(f"booked as you said, though it would not have been offered: {unusual.partition(': ')[2]}")


def _offer(
    desk: Desk, app: App, account: AccountLine, contact_id: str, minutes: int | None, kind: PlaceKind | None
) -> None:
    from outreach.actions.offer_slots import offer_slots
    from outreach.cli.show import as_json, say, when

    offered = offer_slots(app, account.id, contact_id, minutes=minutes, place_kind=kind)
    if desk.as_json:
        as_json(offered)
        return
    for number, words in enumerate(offered.words, start=1):
        say(f"{number}. {words}")
    desk.note(
        f"the letter to {offered.contact_name} ({offered.letter_id[:8]}) leaves {when(offered.due_at, account.zone)}; "
        f"take it back with `outreach letter cancel {offered.letter_id[:8]}`"
    )


def place_kind(*, phone: bool, video: bool, office: bool) -> PlaceKind | None:
    """Return the one kind of place that was said, None for none. Raises BadParameter for two."""
    from outreach.rules.kinds import PlaceKind

    said = [
        kind
        for kind, wanted in ((PlaceKind.PHONE, phone), (PlaceKind.VIDEO, video), (PlaceKind.OFFICE, office))
        if wanted
    ]
    if len(said) > 1:
        raise typer.BadParameter("say one of --phone, --video, --office")
    return said[0] if said else None


def show_meeting(desk: Desk, app: App, account: AccountLine, meeting_id: str) -> None:
    """Print one meeting."""
    from outreach.cli.show import as_json, pairs, simple, when
    from outreach.queries.meetings import meeting_view

    view = meeting_view(app, account.id, meeting_id)
    if desk.as_json:
        facts = simple(view)
        as_json({**facts.pop("line"), **facts})
        return
    line = view.line
    pairs(
        [
            ("meeting", f"{line.id}  {line.status.replace('_', ' ')}"),
            ("with", f"{line.with_name} <{line.with_address or 'no address'}>"),
            ("organization", line.organization),
            ("your time", when(line.starts_at, line.own_zone)),
            ("their time", when(line.starts_at, line.zone) if line.zone != line.own_zone else ""),
            ("minutes", int((line.ends_at - line.starts_at).total_seconds() // 60)),
            ("place", f"{line.place_kind}{f', {line.place}' if line.place else ''}"),
            ("they say", view.partstat.lower().replace("-", " ")),
            ("calendar", view.calendar_error),
            ("they wrote", view.guest_note),
            ("topics", view.topics),
            ("notes", view.notes),
            ("thank-you by", when(line.thank_you_by, account.zone) if line.thanked_at is None else ""),
            ("thanked", when(line.thanked_at, account.zone)),
            *(
                ("letter", f"{letter_id[:8]} {kind.replace('_', ' ')}: {state}")
                for letter_id, kind, state in view.letters
            ),
        ]
    )
