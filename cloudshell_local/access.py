"""Users, their sessions, and the tokens of driver commands."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from cloudshell_local.errors import LoginFailed, NotPermitted, TokenInvalid
from cloudshell_local.log_on_delays import LogOnDelays
from cloudshell_local.settings import SESSION_SECONDS
from cloudshell_local.storage.model import Blueprint, Sandbox, User
from cloudshell_local.storage.passwords import NO_PASSWORD, hash_password, verify_password
from cloudshell_local.storage.store import Store

logger = logging.getLogger(__name__)
ADMIN, ADMIN_PASSWORD, DOMAIN = "admin", "admin", "Global"


@dataclass(frozen=True)
class Session:
    """Session of a user who has logged on, or of a command; the token is what its API calls carry.

    The table of what users may do is in services/permissions.py.
    """

    token: str = field(repr=False)
    user: str
    is_admin: bool

    def require_admin(self, what: str) -> None:
        """Raise NotPermitted unless the user is an administrator. what: a verb phrase, as "add users"."""
        if not self.is_admin:
            raise NotPermitted(what)

    def may_use(self, sandbox: Sandbox) -> bool:
        """Return whether the user may use a sandbox: its owner, a permitted user or an administrator."""
        return self.is_admin or self.user in sandbox.users

    def require_use(self, sandbox: Sandbox) -> None:
        """Raise NotPermitted unless the user may use a sandbox."""
        if not self.may_use(sandbox):
            raise NotPermitted("use a sandbox of another user")

    def may_change(self, blueprint: Blueprint) -> bool:
        """Return whether the user may change a blueprint: its owner, or an administrator."""
        return self.is_admin or self.user == blueprint.owner != ""

    def require_change(self, blueprint: Blueprint) -> None:
        """Raise NotPermitted unless the user may change a blueprint."""
        if not self.may_change(blueprint):
            raise NotPermitted("change a blueprint of another user")


@dataclass
class _Record:
    """Session with when it was used last, and how many calls use it now. ends: whether it ends when it is unused."""

    session: Session
    ends: bool
    used: float
    calls: int = 0


class Sessions:
    """The sessions of a server by their tokens, in memory only: after a restart everybody logs on again.

    seconds: a session ends when it has not been used for so long. clock: returns seconds.
    """

    def __init__(self, seconds: float = SESSION_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self._lock = threading.Lock()

    def begin(self, user: str, is_admin: bool, ends: bool = True) -> Session:
        """Begin a session and return it. ends: whether it ends when it has not been used for long; a command's does not."""
        session = Session(secrets.token_urlsafe(24), user, is_admin)
        with self._lock:
            self._records = {token: each for token, each in self._records.items() if not self._is_over(each)}
            self._records[session.token] = _Record(session, ends, self._clock())
        return session

    def end(self, token: str) -> None:
        """End the session of a token; a token without a session is no error."""
        with self._lock:
            self._records.pop(token, None)

    @contextmanager
    def using(self, token: str) -> Iterator[Session]:
        """Yield the session of a token, which is in use until the block ends; raise TokenInvalid."""
        with self._lock:
            record = self._records.get(token)
            if not record or self._is_over(record):
                raise TokenInvalid()
            record.calls += 1
        try:
            yield record.session
        finally:
            with self._lock:
                record.calls, record.used = record.calls - 1, self._clock()

    def _is_over(self, record: _Record) -> bool:
        return record.ends and not record.calls and self._clock() - record.used >= self._seconds


class Access:
    """Logging on and off, and the tokens of commands.

    The user `admin` is added when the server starts for the first time. password: of that user, also of one who is there
    already; empty to leave it as it is, or the default one. sessions, delays: of log-ons.
    """

    def __init__(
        self, store: Store, password: str = "", sessions: Sessions | None = None, delays: LogOnDelays | None = None
    ) -> None:
        self._store = store
        self._sessions = sessions or Sessions()
        self._delays = delays or LogOnDelays()
        if ADMIN not in store.users:
            self.add_user(ADMIN, password or ADMIN_PASSWORD, is_admin=True)
        elif password and not self._has_password(ADMIN, password):
            self._set_password(ADMIN, password)

    @property
    def has_default_password(self) -> bool:
        """Whether the user `admin` has the password that everybody knows."""
        return self._has_password(ADMIN, ADMIN_PASSWORD)

    def add_user(self, name: str, password: str, is_admin: bool, email: str = "") -> User:
        """Add a user and return it; raise AlreadyExists."""
        return self._store.users.add(name, User(name, hash_password(password), is_admin, email))

    def log_on(self, name: str, password: str, domain: str, client: str = "") -> Session:
        """Log a user on and return the session; raise LoginFailed, which does not say what was wrong.

        client: the address from which the user logs on; after failures, further log-ons of the user from there take longer.
        """
        self._delays.wait(name, client)
        # Checked first, and for unknown users as well: how long this takes does not tell which users there are.
        if not self._has_password(name, password) or domain.lower() != DOMAIN.lower():
            self._delays.failed(name, client)
            raise LoginFailed()
        self._delays.succeeded(name, client)
        return self._sessions.begin(name, self._store.users.get(name).is_admin)

    def log_off(self, token: str) -> None:
        """End the session of a token; a token without a session is no error."""
        self._sessions.end(token)

    def session(self, token: str) -> Session:
        """Return the session of a token, which is used by that; raise TokenInvalid."""
        with self._sessions.using(token) as session:
            return session

    def using(self, token: str) -> AbstractContextManager[Session]:
        """Yield the session of a token, which does not end before the block does; raise TokenInvalid."""
        return self._sessions.using(token)

    def is_session(self, token: str) -> bool:
        """Return whether a token has a session."""
        try:
            return bool(self.session(token))
        except TokenInvalid:
            return False

    @contextmanager
    def command_token(self, user: str = ADMIN) -> Iterator[str]:
        """Yield an administrator's token for a command, which is valid until the block ends.

        As on the real server, each command gets a new one, also a user's who is no administrator, and calls with it fail
        with error 118 after the command's end: docs/reference/server.md §4.
        """
        session = self._sessions.begin(user, is_admin=True, ends=False)
        try:
            yield session.token
        finally:
            self.log_off(session.token)

    def _has_password(self, name: str, password: str) -> bool:
        found = self._store.users.get(name).password_hash if name in self._store.users else NO_PASSWORD
        return verify_password(password, found)

    def _set_password(self, name: str, password: str) -> None:
        with self._store.users.changing(name) as user:
            user.password_hash = hash_password(password)
        logger.warning("The user '%s' of this data folder has a new password: the one that the server was given", name)
