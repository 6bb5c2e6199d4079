"""Users, their sessions, and the tokens of driver commands."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cloudshell_local.errors import LoginFailed, NotFound, NotPermitted, TokenInvalid
from cloudshell_local.storage.model import Sandbox, User
from cloudshell_local.storage.passwords import hash_password, verify_password
from cloudshell_local.storage.store import Store

ADMIN, ADMIN_PASSWORD, DOMAIN = "admin", "admin", "Global"


@dataclass(frozen=True)
class Session:
    """Session of a user who has logged on, or of a command; the token is what its API calls carry."""

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


class Access:
    """The sessions of a server. They are in memory only: after a restart everybody logs on again.

    The user `admin` is added when the server starts for the first time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        if ADMIN not in store.users:
            self.add_user(ADMIN, ADMIN_PASSWORD, is_admin=True)

    def add_user(self, name: str, password: str, is_admin: bool, email: str = "") -> User:
        """Add a user and return it; raise AlreadyExists."""
        return self._store.users.add(name, User(name, hash_password(password), is_admin, email))

    def log_on(self, name: str, password: str, domain: str) -> Session:
        """Log a user on and return the session; raise LoginFailed, which does not say what was wrong."""
        try:
            user = self._store.users.get(name)
        except NotFound:
            raise LoginFailed() from None
        if domain.lower() != DOMAIN.lower() or not verify_password(password, user.password_hash):
            raise LoginFailed()
        return self._begin(name, user.is_admin)

    def log_off(self, token: str) -> None:
        """End the session of a token; a token without a session is no error."""
        with self._lock:
            self._sessions.pop(token, None)

    def require_use(self, session: Session, sandbox_id: str) -> None:
        """Raise NotPermitted if a sandbox is there that the session's user may not use."""
        if sandbox_id in self._store.sandboxes:
            session.require_use(self._store.sandboxes.get(sandbox_id))

    def session(self, token: str) -> Session:
        """Return the session of a token; raise TokenInvalid."""
        found = self._sessions.get(token)
        if not found:
            raise TokenInvalid()
        return found

    @contextmanager
    def command_token(self, user: str = ADMIN) -> Iterator[str]:
        """Yield an administrator's token for a command, which is valid until the block ends.

        As on the real server, each command gets a new one, also a user's who is no administrator, and calls with it fail
        with error 118 after the command's end: docs/reference/server.md §4.
        """
        session = self._begin(user, is_admin=True)
        try:
            yield session.token
        finally:
            self.log_off(session.token)

    def _begin(self, user: str, is_admin: bool) -> Session:
        session = Session(secrets.token_urlsafe(24), user, is_admin)
        with self._lock:
            self._sessions[session.token] = session
        return session
