"""``outreach config``: the settings in force, and where each was said."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from outreach.cli.context import Desk, command

group = typer.Typer(
    help="The settings in force, and where each comes from.", no_args_is_help=True, rich_markup_mode=None
)


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.add_typer(group, name="config")


@command(group, "show", facts=True)
def config_show(desk: Desk) -> None:
    """Show every setting with its value and source; passwords are blotted out."""
    from outreach.cli.show import as_json, table
    from outreach.setting_sources import setting_lines

    settings = desk.settings()
    lines = setting_lines(settings, home_given=desk.home is not None)
    if desk.as_json:
        as_json({line.name: {"value": line.value, "source": line.source} for line in lines})
        return
    table([(line.name, line.source, _words(line.value)) for line in lines])
    desk.note(f"change them in {settings.home / 'config.toml'}, or as OUTREACH_… in the environment")


def _words(value: object) -> str:
    if isinstance(value, Mapping):  # the weekly hours
        return "; ".join(f"{day} {', '.join(map(_words, spans))}" for day, spans in value.items() if spans)
    if isinstance(value, (list, tuple)):
        return "-".join(str(time)[:5] for time in value) if len(value) == 2 else ", ".join(map(str, value))
    return "" if value is None else str(value)
