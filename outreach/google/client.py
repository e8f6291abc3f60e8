"""Opens an account's mailbox and calendar at Google, or at a Google of one's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from outreach.edge import AccessLost
from outreach.errors import BadInput
from outreach.google.access import Access, AuthorizedHttp, Keyring
from outreach.google.api import calendar_api, gmail_api
from outreach.google.calendar import GoogleCalendar
from outreach.google.credentials import AuthorizedUser
from outreach.google.line import Line
from outreach.google.mailbox import GmailMailbox
from outreach.google.roots import checked_root
from outreach.google.transport import HungUpHttp, OnceHttp, Timeouts
from outreach.google.trial import GoogleTrial


class GoogleClient:
    """Implements ``edge.Google``; any thread may use it.

    Each thread has its own connections, which serve all accounts; access tokens are kept per account for all threads.
    Raises Misconfigured for an ``api_root`` that is neither Google's nor on this computer. ``credentials_of`` is asked
    once each time something is opened, so that a renewed consent counts from then on.
    """

    def __init__(
        self,
        *,
        api_root: str,
        credentials_of: Callable[[str], AuthorizedUser],
        now: Callable[[], datetime],
        timeouts: Timeouts | None = None,
    ) -> None:
        self._root = checked_root(api_root)
        self._credentials_of = credentials_of
        self._now = now
        self._timeouts = timeouts or Timeouts()
        self._keyring = Keyring(self._timeouts)
        self._here = threading.local()

    def mailbox(self, account_id: str) -> GmailMailbox:
        """Return the account's mailbox. Raises AccessLost when the account has no usable consent."""
        return GmailMailbox(gmail_api(self._root), self._line(account_id))

    def calendar(self, account_id: str) -> GoogleCalendar:
        """Return the account's calendar. Raises AccessLost when the account has no usable consent."""
        return GoogleCalendar(calendar_api(self._root), self._line(account_id))

    def trial(self, account_id: str) -> GoogleTrial:
        """Return what the probe asks the account with. Raises AccessLost when it has no usable consent."""
        access = self._access(account_id)
        hanging_up = AuthorizedHttp(access, lambda: HungUpHttp(self._timeouts), self._timeouts)
        apis = (gmail_api(self._root), calendar_api(self._root))
        return GoogleTrial(*apis, access, self._line(account_id), Line(hanging_up, self._now))

    def _line(self, account_id: str) -> Line:
        return Line(AuthorizedHttp(self._access(account_id), self._connections, self._timeouts), self._now)

    def _access(self, account_id: str) -> Access:
        try:
            user = self._credentials_of(account_id)
        except BadInput as error:
            raise AccessLost(error.message) from error
        return self._keyring.access(account_id, user)

    def _connections(self) -> OnceHttp:
        """Return the calling thread's connections."""
        http: OnceHttp | None = getattr(self._here, "http", None)
        if http is None:
            http = self._here.http = OnceHttp(self._timeouts)
        return http
