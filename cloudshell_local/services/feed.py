"""Activity feeds of sandboxes: how the server writes its lines into them."""

from __future__ import annotations

import logging

from cloudshell_local.errors import NO_TEXT, DriverError
from cloudshell_local.execution.executions import STOPPED, Execution, Outcome
from cloudshell_local.services.times import now
from cloudshell_local.storage.model import Message
from cloudshell_local.storage.store import Store

logger = logging.getLogger(__name__)
RED = '<font color="red">{}</font>'


def write(store: Store, sandbox_id: str, text: str) -> None:
    """Write a message of a client into the activity feed of a sandbox; raise sqlite3.Error if it cannot be kept."""
    store.add_message(sandbox_id, Message(now(), text))


def post(store: Store, sandbox_id: str, text: str) -> None:
    """Post a message of the server to the activity feed of a sandbox; one that cannot be kept is in the log alone."""
    try:
        write(store, sandbox_id, text)
    except Exception:  # Whatever it is, as a full disk, it is no reason that what the message tells of is not done.
        logger.exception("The feed of the sandbox %s cannot have: %s", sandbox_id, text)


def post_error(store: Store, sandbox_id: str, text: str) -> None:
    """Post an error to the activity feed of a sandbox, in red."""
    post(store, sandbox_id, RED.format(text))


class CommandLines:
    """The lines of one command in an activity feed: that it has begun, and how it has ended.

    title: the command as people know it, as "'Power On' on Web".
    """

    def __init__(self, store: Store, sandbox_id: str, title: str) -> None:
        self._store = store
        self._sandbox_id = sandbox_id
        self._title = title

    def post_begin(self) -> None:
        """Post that the command has begun, or waits for its turn."""
        post(self._store, self._sandbox_id, f"{self._title}: started")

    def post_end(self, execution: Execution, outcome: Outcome) -> None:
        """Post that the command is done, was stopped, or has failed and why."""
        if not isinstance(outcome, Exception):
            post(self._store, self._sandbox_id, f"{self._title}: done")
        elif execution.state == STOPPED:
            post(self._store, self._sandbox_id, f"{self._title}: stopped: {_reason(outcome)}")
        else:
            post_error(self._store, self._sandbox_id, f"{self._title}: failed: {_reason(outcome)}")


def _reason(error: Exception) -> str:
    """Return why a command failed, without the command's name, which the line has already."""
    if isinstance(error, DriverError):
        return f"{error.reason} ({error.kind})" if error.reason.strip() else f"{error.kind}: {NO_TEXT}"
    return str(error)
