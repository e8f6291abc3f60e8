"""The one place where commands get their options, their app and their account from."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from outreach.cli.troubles import told

if TYPE_CHECKING:
    from outreach.app import App
    from outreach.queries.accounts import AccountLine
    from outreach.settings import Settings

P = ParamSpec("P")

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="FOLDER", help="Where everything is kept (OUTREACH_HOME)."),
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", metavar="WHO", help="Which account, by address or id, when there are several."),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Facts and errors only.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]

#: Options of every command, which may stand before or after its name.
EVERYWHERE: dict[str, Any] = {
    "home": HomeOption,
    "account": AccountOption,
    "debug": DebugOption,
    "quiet": QuietOption,
}


@dataclass(frozen=True)
class Desk:
    """What a command works with: the common options, and the way to the app and the account."""

    home: Path | None = None
    account_named: str | None = None
    debug: bool = False
    quiet: bool = False
    as_json: bool = False

    def settings(self) -> Settings:
        """Return the settings in force."""
        from outreach.settings import load_settings

        return load_settings(home=self.home.expanduser().absolute() if self.home else None)

    @contextmanager
    def app(self) -> Iterator[App]:
        """Open the app, and close it at the end."""
        from outreach.app import open_app
        from outreach.logs import log_to_stderr

        log_to_stderr(level=logging.INFO if self.debug else logging.WARNING)
        running = open_app(self.settings())
        try:
            yield running
        finally:
            running.close()

    @contextmanager
    def account(self) -> Iterator[tuple[App, AccountLine]]:
        """Open the app and find the account that is meant."""
        from outreach.queries.accounts import choose_account

        with self.app() as app:
            yield app, choose_account(app, self.account_named)

    def note(self, text: str) -> None:
        """Say something on stderr that is no fact asked for; nothing with -q."""
        if not self.quiet:
            from outreach.cli.show import plain

            typer.echo(plain(text), err=True)

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show that something takes its time, on a terminal only; yields what changes the words."""
        from outreach.cli.show import is_terminal

        if self.quiet or not is_terminal():
            yield lambda _: None
            return
        from rich.console import Console

        with Console(stderr=True).status(text) as status:
            yield status.update


def command(
    group: typer.Typer, name: str, *, facts: bool = False, **more: Any
) -> Callable[[Callable[Concatenate[Desk, P], None]], Callable[Concatenate[Desk, P], None]]:
    """Register a function of ``group`` that takes a Desk first; with ``facts`` it gets ``--json`` too."""

    def register(function: Callable[Concatenate[Desk, P], None]) -> Callable[Concatenate[Desk, P], None]:
        group.command(name, **more)(_with_common_options(function, facts=facts))
        return function

    return register


def _with_common_options(function: Callable[..., None], *, facts: bool) -> Callable[..., None]:
    @functools.wraps(function)
    def run(context: typer.Context, **given: Any) -> None:
        options = {option: given.pop(option) or (context.obj or {}).get(option) for option in EVERYWHERE}
        desk = Desk(
            home=options["home"],
            account_named=options["account"],
            debug=bool(options["debug"]),
            quiet=bool(options["quiet"]),
            as_json=given.pop("as_json", False),
        )
        with told(debug=desk.debug):
            function(desk, **given)

    _sign(run, function, facts=facts)
    return run


def _sign(run: Callable[..., None], function: Callable[..., None], *, facts: bool) -> None:
    """Give ``run`` the options of ``function``, --json when it prints facts, and the common ones."""
    hints = get_type_hints(function, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = list(inspect.signature(function).parameters.values())[1:]
    parameters = [inspect.Parameter("context", keyword, annotation=typer.Context)]
    parameters += [one.replace(kind=keyword, annotation=hints[one.name]) for one in own]
    if facts:
        parameters.append(inspect.Parameter("as_json", keyword, default=False, annotation=JsonOption))
    empty: dict[str, Any] = {"home": None, "account": None, "debug": False, "quiet": False}
    parameters += [
        inspect.Parameter(name, keyword, default=empty[name], annotation=option) for name, option in EVERYWHERE.items()
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
