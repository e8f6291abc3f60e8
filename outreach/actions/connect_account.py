"""Ask the owner for consent in the browser."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path

from outreach.app import App
from outreach.errors import BadInput, NotFound
from outreach.google.consent import PATIENCE, ask_for_consent

_LARGEST = 100_000
_HOW = (
    "In the Google Cloud Console (console.cloud.google.com) make a project, enable the Gmail API and the Google "
    "Calendar API, make an OAuth client of the type Desktop app under Credentials, download its JSON, and "
    "name that file with --client-secrets or in google.client_secrets."
)


def connect_account(
    app: App,
    client_secrets: Path | None,
    *,
    say: Callable[[str], object],
    open_page: Callable[[str], object] = webbrowser.open,
    patience: float = PATIENCE,
) -> bytes:
    """Return the consent given in the browser, as Google's authorized-user JSON, for ``add_account`` to store.

    The client's JSON is ``client_secrets``, else the file that ``google.client_secrets`` names. ``say`` is told the
    page's address; ``patience`` is how long the browser is waited for, in seconds. Raises NotFound and BadInput for a
    client's JSON that is not there or cannot be used, and what ``ask_for_consent`` raises.
    """
    data = _client_secrets(client_secrets, app.settings.google.client_secrets)
    return ask_for_consent(data, say=say, open_page=open_page, patience=patience).to_json()


def _client_secrets(given: Path | None, set_: str) -> bytes:
    path = given or (Path(set_).expanduser() if set_ else None)
    if path is None:
        raise NotFound(f"To ask Google for consent, Outreach needs an OAuth client of your own. {_HOW}")
    if not path.is_file():
        raise NotFound(f"There is no client file {path}. {_HOW}")
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise BadInput(f"The client file {path} cannot be read: {error.strerror}.") from error
    if len(data) > _LARGEST:
        raise BadInput(f"{path} is far too large for a client file. {_HOW}")
    return data
