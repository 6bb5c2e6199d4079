"""Loggers of commands, whose files are closed again.

cloudshell-logging opens a logger's files for every sandbox that it sees and closes none, and each line that is logged
afterwards passes the filters of all of them (docs/reference/wire.md §14.4). A driver's process may serve many sandboxes, so
the files of those that had no command for the longest time are closed here. A later command opens new ones beside them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, NamedTuple

from cloudshell.logging import qs_logger
from cloudshell.logging.context_filters import FilterByContext, folder_name_var, set_logger_context
from cloudshell.logging.memory_handler import LimitedMemoryHandler
from cloudshell.shell.core.session.logging_session import LoggingSessionContext

if TYPE_CHECKING:
    from shell.contexts import CommandContext

KEPT = 8  # sandboxes whose files stay open for their next command
# cloudshell-logging reads its settings file at every call, in a third of the time that Deploy takes: here once in so many
# seconds, after which a changed log level is in force.
SETTINGS_SECONDS = 5.0


class _OpenLog(NamedTuple):
    """A logger as cloudshell-logging made it: its group is the folder of its files."""

    logger: logging.Logger
    group: str
    made_at: float


class Logs:
    """The loggers of one driver process. now: a clock, in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], _OpenLog] = {}  # by the context's class, and the sandbox
        self._running: Counter[str] = Counter()
        self._idle: dict[str, None] = {}  # in the order in which their last commands ended

    @contextmanager
    def of(self, context: CommandContext, sandbox: str) -> Iterator[logging.Logger]:
        """Yield the logger of a command until it ends; sandbox: the id of its sandbox, empty outside of one."""
        with self._lock:
            log = self._log_of(context, sandbox)
            self._running[log.group] += 1
            self._idle.pop(log.group, None)
        try:
            yield log.logger
        finally:
            self._ended(log)

    def _log_of(self, context: CommandContext, sandbox: str) -> _OpenLog:
        key = type(context).__name__, sandbox
        log = self._open.get(key)
        if log and self._now() - log.made_at < SETTINGS_SECONDS:
            set_logger_context(folder_name=log.group, file_prefix=context.resource.name)
            return log
        logger = LoggingSessionContext.get_logger_for_context(context)
        log = self._open[key] = _OpenLog(logger, folder_name_var.get(), self._now())
        return log

    def _ended(self, log: _OpenLog) -> None:
        with self._lock:
            self._running[log.group] -= 1
            if self._running[log.group]:
                return
            del self._running[log.group]
            self._idle[log.group] = None
            while len(self._idle) > KEPT:
                self._forget(next(iter(self._idle)), log.logger)

    def _forget(self, group: str, logger: logging.Logger) -> None:
        del self._idle[group]
        self._open = {key: log for key, log in self._open.items() if log.group != group}
        _close(group, logger)


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
