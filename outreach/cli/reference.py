"""docs/cli.md, written from the commands themselves, so that it cannot drift from ``--help``.

``python -m outreach.cli.reference`` prints it; ``make docs`` stores it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from outreach.cli.context import EVERYWHERE

_EVERYWHERE = ("help", *EVERYWHERE)

_HEAD = """# The command line

Every command takes `--home FOLDER`, `--account WHO`, `--debug`, `-q`/`--quiet` and `--help`, as the first words
or the last. `--home` says where everything is kept (or `OUTREACH_HOME`); `--account` is needed only when there are
several. Commands that print facts take `--json`. Facts go to stdout, messages to stderr.

Ids may be shortened to any unique beginning of three characters or more; a contact may also be named by address or
full name.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | usage |
| 65 | bad input |
| 69 | unavailable |
| 75 | try later |
| 77 | not allowed |
| 78 | configuration |
| 130 | stopped by the keyboard |

<!-- written by `python -m outreach.cli.reference`; change the commands, not this page -->
"""


def reference() -> str:
    """Return docs/cli.md as it should be: every command with its arguments and options."""
    from outreach.cli.main import cli

    return "\n".join([_HEAD, *_commands(typer.main.get_command(cli), "outreach")]).rstrip() + "\n"


def _commands(command: Any, path: str) -> Iterator[str]:
    for name in command.list_commands(None):
        each = command.commands[name]
        full = f"{path} {name}"
        if hasattr(each, "commands"):
            yield f"## {full}\n\n{_help(each)}\n"
            for one in each.commands.values():
                if one.hidden:  # the command that the group itself stands for
                    yield from _describe(one, f"{full} [FILE]", "###", usage=full)
            yield from _commands(each, full)
        elif not each.hidden:
            yield from _describe(each, full, "##" if path == "outreach" else "###", usage=full)


def _describe(command: Any, title: str, level: str, *, usage: str) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [
        one
        for one in command.params
        if one.param_type_name == "option" and one.name not in _EVERYWHERE and not one.hidden
    ]
    words = " ".join([usage, *(_metavar(one) for one in arguments)])
    yield f"{level} {title}\n\n`{words}`\n\n{_help(command)}\n"
    rows = [f"| `{_metavar(one)}` | {one.help or ''} |" for one in arguments if one.help]
    rows += [f"| `{_option(one)}` | {one.help or ''} |" for one in options]
    if rows:
        yield "\n".join(["| | meaning |", "|---|---|", *(row.replace("<", "\\<") for row in rows)]) + "\n"


def _help(command: Any) -> str:
    return (command.help or "").strip()


def _metavar(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    bare = name.removeprefix("[").replace("]...", "...").rstrip("]")
    return (bare if argument.required else f"[{bare}]").replace("|", " or ")


def _option(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    return f"{names} {option.metavar or option.name.upper()}"


if __name__ == "__main__":
    sys.stdout.write(reference())
