"""Teardown of a sandbox: orchestration's script, and then the server deletes what that has left.

Nothing that the script, a driver or the disk does keeps a teardown from coming to its end: an error of one step is told, and
the next step is done; and it can be cut short while a step waits for a driver that never answers.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cloudshell_local.errors import LocalError
from cloudshell_local.orchestration.runner import TEARDOWN, ScriptResult
from cloudshell_local.services.networking.networking import Networking
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.storage.model import CONNECTED, PARTIAL
from cloudshell_local.threads import start_thread

logger = logging.getLogger(__name__)
TERMINATED = "The teardown was terminated. What it had not deleted yet is left, and stays in Inventory"
Step = Callable[[str], str | None]
ScriptRunner = Callable[[str, str], ScriptResult]


@dataclass
class _Run:
    """Teardown that runs.

    is_over: set when its work is done, or when it is cut short and its work is not waited for. unwritten: an error of the
    store, after which what was done may not be written.
    """

    is_over: threading.Event = field(default_factory=threading.Event)
    is_cut_short: bool = False
    problems: list[str] = field(default_factory=list)
    unwritten: sqlite3.OperationalError | None = None


class Teardowns:
    """Teardowns of sandboxes, as many at once as there are.

    run_script: runs a script (its name) for a sandbox (its id).
    """

    def __init__(
        self, sandboxes: Sandboxes, deployment: DeploymentService, networking: Networking, run_script: ScriptRunner
    ) -> None:
        self._sandboxes = sandboxes
        self._deployment = deployment
        self._networking = networking
        self._run_script = run_script
        self._runs: dict[str, _Run] = {}
        self._is_closing = False

    def run(self, sandbox_id: str, begin: Callable[[str], None]) -> list[str]:
        """Tear a sandbox down, and return what went wrong.

        begin: the first step, which notes that the teardown runs. Raises sqlite3.OperationalError, after all steps, when the
        store could not be written, as on a full disk: it is to be done again then.
        """
        run = self._runs[sandbox_id] = _Run()
        try:
            start_thread(f"teardown {sandbox_id}", lambda: self._work(sandbox_id, run, begin))
            run.is_over.wait()
        finally:
            del self._runs[sandbox_id]
        if run.unwritten and not run.is_cut_short:
            raise run.unwritten
        return [TERMINATED] if run.is_cut_short else run.problems

    def cut_short(self, sandbox_id: str) -> None:
        """Let the teardown of a sandbox be over now, if one runs; nothing more is begun in it."""
        run = self._runs.get(sandbox_id)
        if run:
            run.is_cut_short = True
            run.is_over.set()

    def close(self, seconds: float) -> None:
        """Let all teardowns be over, when the steps that they are at are done, or after some seconds."""
        self._is_closing = True
        deadline = time.monotonic() + seconds
        for sandbox_id, run in list(self._runs.items()):
            run.is_over.wait(max(deadline - time.monotonic(), 0))
            self.cut_short(sandbox_id)

    def _goes_on(self, run: _Run) -> bool:
        return not run.is_cut_short and not self._is_closing

    def _work(self, sandbox_id: str, run: _Run, begin: Callable[[str], None]) -> None:
        try:
            self._do(begin, sandbox_id, run)
            with self._deployment.ended(sandbox_id, lambda: not self._goes_on(run)):
                for step in (self._run_teardown, *self._sweep(run)):
                    self._do(step, sandbox_id, run)
        except Exception as error:  # Nobody waits for this thread, but for its end.
            logger.exception("The teardown of the sandbox %s", sandbox_id)
            run.problems.append(str(error))
        finally:
            run.is_over.set()

    def _do(self, step: Step, sandbox_id: str, run: _Run) -> None:
        try:
            problem = _problem_of(step, sandbox_id) if self._goes_on(run) else ""
            run.problems += [problem] if problem else []
        except sqlite3.OperationalError as error:
            logger.warning("The teardown of the sandbox %s could not be written: %s", sandbox_id, error)
            run.unwritten = error

    def _sweep(self, run: _Run) -> tuple[Step, ...]:
        """Return the steps that delete what the script left, since an ended sandbox keeps nothing."""

        def delete(sandbox_id: str) -> None:
            self._delete_leftovers(sandbox_id, lambda: self._goes_on(run))

        return (self._disconnect_leftovers, delete, self._clean_up_networks)

    def _run_teardown(self, sandbox_id: str) -> str:
        has_teardown = self._sandboxes.get(sandbox_id).has_teardown
        return self._run_script(TEARDOWN, sandbox_id).failure if has_teardown else ""

    def _disconnect_leftovers(self, sandbox_id: str) -> None:
        lines = [each for each in self._sandboxes.get(sandbox_id).connectors if each.state in (CONNECTED, PARTIAL)]
        self._networking.vlans.disconnect(sandbox_id, [end for line in lines for end in (line.target, line.source)])

    def _delete_leftovers(self, sandbox_id: str, goes_on: Callable[[], bool]) -> None:
        names = self._deployment.apps_to_delete(sandbox_id)
        if names:
            self._sandboxes.post(sandbox_id, f"Deleting what the teardown left: {', '.join(names)}")
            self._deployment.sweep(sandbox_id, names, goes_on)

    def _clean_up_networks(self, sandbox_id: str) -> None:
        if self._sandboxes.get(sandbox_id).networks:
            self._networking.subnets.cleanup(sandbox_id)


def _problem_of(step: Step, sandbox_id: str) -> str:
    """Do a step of a teardown, and return why it failed, empty if it did not; raise sqlite3.OperationalError."""
    try:
        return step(sandbox_id) or ""
    except LocalError as error:
        return str(error)
    except sqlite3.OperationalError:
        raise
    except Exception as error:  # Whatever it is, the other steps are done.
        logger.exception("The teardown of the sandbox %s", sandbox_id)
        return f"The server failed: {type(error).__name__}, {error}"
