"""Access tokens: had with the consent, kept for as long as they hold, renewed by one thread at a time."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import google.auth.transport
import google_auth_httplib2
import httplib2
from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError

from outreach.edge import AccessLost, EdgeError, NotDone
from outreach.google.credentials import AuthorizedUser, in_words, missing_scopes
from outreach.google.errors import token_error
from outreach.google.transport import AnswerLost, NotWritten, OnceHttp, Timeouts

#: How many accounts' tokens are kept; one that falls out is simply had again.
_MOST = 10_000


class Access:
    """One consent's access token, shared by all threads."""

    def __init__(self, user: AuthorizedUser, timeouts: Timeouts) -> None:
        self.user = user
        self._timeouts = timeouts.of_tokens()
        self._credentials = user.to_credentials()
        self._lock = threading.Lock()
        self._tries = 0
        self._scopes: tuple[str, ...] = ()
        self._failure: EdgeError | None = None

    def token(self, stale: str | None = None) -> str:
        """Return an access token other than ``stale``, the one that Google has just turned down.

        Raises AccessLost when the consent is gone or lacks a scope, NotDone when none can be had now. Threads that
        waited for a refresh share its outcome.
        """
        tries = self._tries
        with self._lock:
            token = self._credentials.token
            if token is not None and token != stale and self._credentials.token_state is TokenState.FRESH:
                return str(token)
            if self._failure is not None and self._tries > tries:
                raise copy.copy(self._failure)
            return self._renewed()

    def allows_one_of(self, scopes: frozenset[str]) -> bool:
        """Return whether the consent has one of the scopes; True where Google has not said which it has."""
        return not self._scopes or not scopes.isdisjoint(self._scopes)

    def _renewed(self) -> str:
        self._tries += 1
        try:
            self._refresh()
        except EdgeError as error:
            self._credentials.token, self._failure = None, copy.copy(error)  # without its frames
            raise
        self._failure = None
        return str(self._credentials.token)

    def _refresh(self) -> None:
        http = OnceHttp(self._timeouts, largest=1_000_000)
        asking = _TokenRequest(http)
        try:
            self._credentials.refresh(asking)  # type: ignore[no-untyped-call]
        except (GoogleAuthError, NotWritten, AnswerLost, OSError, httplib2.HttpLib2Error) as error:
            raise token_error(error) from error
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            raise NotDone("The token endpoint's answer cannot be read.", reason="token") from error
        finally:
            http.close()
        self._scopes = asking.scopes
        lacking = missing_scopes(asking.scopes) if asking.scopes else []
        if lacking:
            raise AccessLost(f"The consent does not allow to {', '.join(in_words(lacking))}.", reason="scope")


class _TokenRequest(google.auth.transport.Request):
    """Asks the token endpoint once: google-auth would ask an ailing one three times, and sleep in between."""

    def __init__(self, http: OnceHttp) -> None:
        self._ask = google_auth_httplib2.Request(http)
        self.scopes: tuple[str, ...] = ()

    def __call__(self, url: str, method: str = "GET", *args: Any, **more: Any) -> Any:
        response = self._ask(url, method, *args, **more)
        if response.status in {408, 429} or response.status >= 500:
            raise NotDone(f"Google's token service answered {response.status}.", reason="token")
        if response.status == 200:
            self.scopes = _scopes(response.data)
        return response


def _scopes(data: bytes) -> tuple[str, ...]:
    try:
        scope = json.loads(data)["scope"]
    except (ValueError, KeyError, TypeError):
        return ()
    return tuple(scope.split()) if isinstance(scope, str) else ()


class Keyring:
    """The access of each account. A consent that differs from the one known replaces it."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Access] = OrderedDict()

    def access(self, account_id: str, user: AuthorizedUser) -> Access:
        """Return the account's access by its present consent."""
        with self._lock:
            known = self._known.get(account_id)
            if known is None or known.user != user:
                known = self._known[account_id] = Access(user, self._timeouts)
            self._known.move_to_end(account_id)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            return known


class AuthorizedHttp:
    """Speaks for one account over the calling thread's connections, in the manner of httplib2.Http.

    A request that was turned down with 401 was not carried out; it alone is written again, with a new token.
    """

    def __init__(self, access: Access, connections: Callable[[], OnceHttp], timeouts: Timeouts) -> None:
        self._access = access
        self._connections = connections
        self._timeouts = timeouts
        #: What the server's clock showed at its last answer (RFC 9110, Date); None where it did not say.
        self.answered_at: datetime | None = None

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **_more: Any
    ) -> tuple[httplib2.Response, bytes]:
        """Return response and content. Raises NotWritten, AnswerLost, and what ``Access.token`` raises."""
        latest = time.monotonic() + self._timeouts.slack
        token = self._access.token()
        response, content = self._with(token, latest, uri, method, body, headers)
        if response.status == 401:
            token = self._access.token(stale=token)
            response, content = self._with(token, latest, uri, method, body, headers)
        self.answered_at = _date(response)
        return response, content

    def _with(
        self, token: str, latest: float, uri: str, method: str, body: Any, headers: Mapping[str, str] | None
    ) -> tuple[httplib2.Response, bytes]:
        if time.monotonic() > latest:
            raise NotDone("Getting an access token from Google took too long.", reason="token")
        authorized = {**(headers or {}), "authorization": f"Bearer {token}"}
        return self._connections().request(uri, method, body, authorized)


def _date(response: httplib2.Response) -> datetime | None:
    try:
        told = parsedate_to_datetime(response.get("date", ""))
    except ValueError:
        return None
    return told if told.tzinfo is not None else None
