"""Deploys that are under way: each App is deployed once at a time, and none in a sandbox that is being ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from typing import Generic, TypeVar

from cloudshell_local.errors import WrongCall
from cloudshell_local.storage.model import Sandbox
from cloudshell_local.threads import POLL_SECONDS

T = TypeVar("T")


class DeploysUnderWay(Generic[T]):
    """Deploys that are under way, with their future results of the type T, by their sandbox (its id) and App (its name)."""

    def __init__(self) -> None:
        self._futures: dict[tuple[str, str], futures.Future[T]] = {}
        self._ending: set[str] = set()
        self._lock = threading.Lock()

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._futures

    def begin(self, sandbox_id: str, names: Sequence[str]) -> tuple[list[str], list[futures.Future[T]]]:
        """Return which Apps the caller has to deploy, since nobody does so now, and the future results of all."""
        mine, keys = [], [(sandbox_id, name) for name in names]
        with self._lock:
            for key in keys:
                if key not in self._futures:
                    self._futures[key] = futures.Future()
                    mine.append(key[1])
            return mine, [self._futures[key] for key in keys]

    def finish(self, sandbox_id: str, name: str, deploy: Callable[[], T]) -> None:
        """Do a deploy that `begin` has returned, and answer all that wait for it."""
        future = self._futures[sandbox_id, name]
        try:
            future.set_result(deploy())
        except BaseException as error:  # A repeated call may wait for the same App: it gets the error, too.
            future.set_exception(error)
        finally:
            with self._lock:
                del self._futures[sandbox_id, name]

    def of(self, sandbox_id: str) -> list[futures.Future[T]]:
        """Return the future results of the deploys in a sandbox."""
        with self._lock:
            return [future for (sandbox, _), future in self._futures.items() if sandbox == sandbox_id]

    def wait(self, sandbox_id: str, seconds: float, is_cut_short: Callable[[], bool]) -> None:
        """Wait until a sandbox has no deploy under way, or the seconds are over, or the waiting is cut short."""
        deadline = time.monotonic() + seconds
        while self.of(sandbox_id) and time.monotonic() < deadline and not is_cut_short():
            futures.wait(self.of(sandbox_id), POLL_SECONDS)

    @contextmanager
    def refused(self, sandbox_id: str) -> Iterator[None]:
        """Let `require_allowed` refuse all deploys in a sandbox during a block, which ends the sandbox."""
        self._ending.add(sandbox_id)
        try:
            yield
        finally:
            self._ending.discard(sandbox_id)

    def require_allowed(self, sandbox: Sandbox) -> None:
        """Raise WrongCall when a sandbox is being ended."""
        if sandbox.id in self._ending:
            raise WrongCall(f"The sandbox '{sandbox.name}' is being ended: no App is deployed in it any more")
