"""Loggers of commands, whose files are closed again.

cloudshell-logging opens a logger's files for every sandbox that it sees and closes none, and each line that is logged
afterwards passes the filters of all of them (docs/reference/wire.md §14.4). A driver's process may serve many sandboxes, so
the files of those that had no command for the longest time are closed here. A later command opens new ones beside them.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudshell.logging import qs_logger
from cloudshell.logging.context_filters import FilterByContext, folder_name_var
from cloudshell.logging.memory_handler import LimitedMemoryHandler
from cloudshell.shell.core.session.logging_session import LoggingSessionContext

if TYPE_CHECKING:
    from shell.contexts import CommandContext

KEPT = 8  # sandboxes whose files stay open for their next command


class Logs:
    """The loggers of one driver process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._idle: dict[str, None] = {}  # in the order in which their last commands ended

    @contextmanager
    def of(self, context: CommandContext) -> Iterator[logging.Logger]:
        """Return the logger of a command, until it ends."""
        with self._lock:
            logger = LoggingSessionContext.get_logger_for_context(context)
            group = folder_name_var.get()
            self._running[group] += 1
            self._idle.pop(group, None)
        try:
            yield logger
        finally:
            self._ended(group, logger)

    def _ended(self, group: str, logger: logging.Logger) -> None:
        with self._lock:
            self._running[group] -= 1
            if self._running[group]:
                return
            del self._running[group]
            self._idle[group] = None
            while len(self._idle) > KEPT:
                longest = next(iter(self._idle))
                del self._idle[longest]
                _close(longest, logger)


def _close(group: str, logger: logging.Logger) -> None:
    """Close a sandbox's files, and forget them; cloudshell-logging has no public way to."""
    with qs_logger._LOGGER_LOCK:
        qs_logger._LOGGER_CONTAINER.pop(group, None)
    for handler in [each for each in logger.handlers if _is_of(group, each)]:
        logger.removeHandler(handler)
        if isinstance(handler, LimitedMemoryHandler):
            # It holds the last lines back, debug ones too, until there is an error; they must not be lost.
            handler.flush()
            handler.target.close()
        handler.close()


def _is_of(group: str, handler: logging.Handler) -> bool:
    return any(isinstance(each, FilterByContext) and each.folder_name == group for each in handler.filters)
