"""Who is logged in at the console: sealed cookies, CSRF tokens, and tries that slow down."""

from __future__ import annotations

import hashlib
import hmac

from fieldapp.central.refusals import BadAccount, TooManyTries
from fieldapp.central.service import CentralService
from fieldapp.central.trust.accounts import Account, check_login, end_sessions, find_account, open_cookie, sealed_cookie

__all__ = ["SESSION_SECONDS", "Sessions"]

SESSION_SECONDS = 12 * 3600
FREE_TRIES = 5
WAIT_SECONDS = 30


class Sessions:
    """Sessions of one service. A cookie says name, session number and end, sealed with a key of the service's own."""

    def __init__(self, service: CentralService) -> None:
        self._service = service
        self._secret = hmac.new(service.settings.passphrase, b"fieldapp-console-session", hashlib.sha256).digest()
        self._tries: dict[str, tuple[int, float]] = {}

    def begin(self, name: str, password: str) -> str:
        """A cookie for a name and its password; BadAccount, or TooManyTries after five wrong ones."""
        count, free_at = self._tries.get(name, (0, 0.0))
        now = self._service.clock.elapsed()
        if count >= FREE_TRIES and now < free_at:
            raise TooManyTries(seconds=int(free_at - now) + 1)
        try:
            with self._service.store.reading() as connection:
                account = check_login(connection, name, password)
        except BadAccount:
            if len(self._tries) > 1000:
                self._tries.clear()
            self._tries[name] = (count + 1, now + WAIT_SECONDS)
            raise
        self._tries.pop(name, None)
        ends = int(self._service.clock.now().timestamp()) + SESSION_SECONDS
        return sealed_cookie(self._secret, f"{account.name}|{account.session}|{ends}")

    def find(self, cookie: str) -> tuple[Account, str] | None:
        """The account of a cookie and the CSRF token of its session; None when there is no such session (any more)."""
        text = open_cookie(self._secret, cookie)
        if text is None:
            return None
        name, session, ends = text.rsplit("|", 2)
        if int(ends) < self._service.clock.now().timestamp():
            return None
        with self._service.store.reading() as connection:
            account = find_account(connection, name)
        if account is None or str(account.session) != session:
            return None
        return account, hmac.new(self._secret, f"csrf|{text}".encode(), hashlib.sha256).hexdigest()

    def end(self, account: Account) -> None:
        """End all sessions of an account."""
        with self._service.store.writing() as connection:
            end_sessions(connection, account.name)
