"""Cancellation: whether the user pressed Stop, and waits that end when they do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable

from shell.errors import Cancelled

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import CancellationContext

SLICE = 0.2  # seconds: a command that waits notices Stop within this time


class Cancellation:
    """Cancellation of one command. The context may be None: not every command can be stopped, and a test may have none."""

    def __init__(self, context: CancellationContext | None, sleep: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._sleep = sleep

    def check(self, state: str = "nothing was changed") -> None:
        """Raise Cancelled, with the state for its sentence, when Stop was pressed."""
        if self._context is not None and self._context.is_cancelled:
            raise Cancelled(state=state)

    def wait(self, seconds: float, state: str = "nothing was changed") -> None:
        """Sleep, and raise Cancelled soon after Stop was pressed."""
        while seconds > 0:
            self.check(state)
            self._sleep(min(seconds, SLICE))
            seconds -= SLICE
        self.check(state)
