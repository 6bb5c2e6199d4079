"""Life of a sandbox: setup, active, teardown, completed.

Setup and teardown are orchestration scripts. As on the real server, neither can be stopped once it runs, but End stops the
commands of a setup; and teardown runs after a failed setup, too (docs/reference/server.md §3, §4 and §5). What teardown
leaves, the server deletes afterwards.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timezone

from cloudshell_local.errors import LocalError, NotFound, WrongCall
from cloudshell_local.orchestration.runner import SETUP, TEARDOWN, Orchestration, ScriptResult
from cloudshell_local.services.blueprints import Blueprints
from cloudshell_local.services.networking.networking import Networking
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.services.sandboxes.teardown import Teardowns
from cloudshell_local.storage.model import Sandbox, SandboxState
from cloudshell_local.threads import PeriodicTask, start_thread

logger = logging.getLogger(__name__)
# Names of the orchestration scripts, as commands and as the sandbox's provisioning status.
SCRIPT_NAMES = {SETUP: "Setup", TEARDOWN: "Teardown"}
# How long a server that ends waits for the ends of its sandboxes, together.
END_SECONDS = 300
# How long a server that ends waits for the steps of teardowns that run, as the deletion of a VM.
CLOSE_SECONDS = 10
# When the end of a sandbox could not be written, as on a full disk, it is tried again after so long.
RETRY_SECONDS = 10
ERROR, READY = "Error", "Ready"
Work = Callable[[str], None]
ENDING = "The sandbox will end as soon as its setup has: what runs in it and can be stopped is being stopped"
INTERRUPTED = (
    "The server was ended during this sandbox's {}, which is not complete. End the sandbox to delete what was deployed"
)


class Lifecycle:
    """Reserves, sets up and ends sandboxes. Setup and teardown of a sandbox run in a thread, one after the other."""

    def __init__(
        self,
        blueprints: Blueprints,
        sandboxes: Sandboxes,
        deployment: DeploymentService,
        networking: Networking,
        orchestration: Orchestration,
    ) -> None:
        self._blueprints = blueprints
        self._sandboxes = sandboxes
        self._deployment = deployment
        self._networking = networking
        self._orchestration = orchestration
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._ending: set[str] = set()
        self._is_closing = False
        self._teardowns = Teardowns(sandboxes, deployment, networking, self._run)
        # What is to be done again for a sandbox (its id), since it could not be written, and when, of `time.monotonic`.
        self._unfinished: dict[str, tuple[float, Work]] = {}
        self._report_interrupted()
        self._clock = PeriodicTask("sandbox clock", self._look)

    def reserve(
        self,
        path: str,
        name: str,
        owner: str,
        minutes: int,
        inputs: Mapping[str, str] | None = None,
        set_up: bool = True,
    ) -> Sandbox:
        """Create a sandbox from a blueprint, start its setup, and return it; raise NotFound or WrongCall.

        path: the blueprint's name or full path. minutes: the sandbox's duration. set_up: False for no setup.
        """
        blueprint = self._blueprints.blueprint(path)
        sandbox = self._sandboxes.create_from(blueprint, name, owner, minutes, inputs)
        if set_up and blueprint.has_setup and blueprint.setup_minutes > 0:
            self.set_up(sandbox.id)
        return self._sandboxes.get(sandbox.id)

    def set_up(self, sandbox_id: str) -> None:
        """Start the setup of a sandbox, also again after one that failed.

        Raises NotFound, or WrongCall when its setup or teardown is running or it has ended.
        """
        self._sandboxes.live(sandbox_id)
        with self._sandboxes.changing(sandbox_id) as sandbox:
            if sandbox.provisioning in SCRIPT_NAMES.values():
                raise WrongCall(f"The sandbox '{sandbox.name}' is in its {sandbox.provisioning.lower()}")
            sandbox.provisioning, sandbox.failed = "Setup", False
        self._start(sandbox_id, self._set_up)

    def reserve_empty(self, name: str, owner: str, minutes: int) -> Sandbox:
        """Create an empty sandbox, which is not set up, and return it."""
        return self._sandboxes.create(name, owner, minutes)

    def end(self, sandbox_id: str) -> None:
        """Start the teardown of a sandbox; raise NotFound, or WrongCall if it has ended.

        A setup that runs comes to its end before, and quickly: its commands that can be stopped are stopped, as public
        reports tell of the real server (docs/reference/server.md §5, End).
        """
        if self._sandboxes.live(sandbox_id).provisioning == SCRIPT_NAMES[SETUP]:
            self._interrupt_setup(sandbox_id)
        self._start(sandbox_id, self._tear_down)

    def terminate(self, sandbox_id: str) -> None:
        """Cut the teardown of a sandbox short: its script is killed, and nothing more is deleted.

        What is left stays in Inventory. Raises NotFound, or WrongCall unless the teardown is running.
        """
        sandbox = self._sandboxes.live(sandbox_id)
        if sandbox.provisioning != SCRIPT_NAMES[TEARDOWN]:
            raise WrongCall(
                f"The sandbox '{sandbox.name}' is not in its teardown, so that it cannot be terminated; end it"
            )
        self._teardowns.cut_short(sandbox_id)
        self._orchestration.kill(sandbox_id)

    def wait(self, sandbox_id: str) -> Sandbox:
        """Wait until the setup or teardown of a sandbox has ended, and return the sandbox."""
        with self._lock:
            thread = self._threads.get(sandbox_id)
        if thread:
            thread.join()
        return self._sandboxes.get(sandbox_id)

    def ensure_ended(self, sandbox_id: str) -> None:
        """End a sandbox unless it has ended or was deleted, and wait until it has ended."""
        with suppress(NotFound, WrongCall):
            self.end(sandbox_id)
            self.wait(sandbox_id)

    def end_all(self) -> list[str]:
        """End all sandboxes that have anything outside of this server, as VMs; return what could not be ended, and why."""
        ids = [each.id for each in self._sandboxes.all_live() if self._has_anything(each)]
        for sandbox_id in ids:
            with suppress(NotFound, WrongCall):  # It may have ended at this moment.
                self.end(sandbox_id)
        deadline = time.monotonic() + END_SECONDS
        return [problem for problem in (self._problem_of_end(each, deadline) for each in ids) if problem]

    def run_script(self, sandbox_id: str, name: str) -> str:
        """Run Setup or Teardown as a command, and return what it printed; raise LocalError."""
        scripts = {command: script for script, command in SCRIPT_NAMES.items()}
        if name not in scripts:
            raise WrongCall(f"The sandbox has no command '{name}'; it has: {', '.join(scripts)}")
        self._sandboxes.live(sandbox_id)
        outcome = self._run(scripts[name], sandbox_id)
        if outcome.failure:
            raise LocalError(outcome.failure)
        return outcome.output

    def close(self) -> None:
        """End the running scripts. Their sandboxes stay incomplete, and the next server on the data folder says so."""
        self._is_closing = True
        self._clock.close()
        self._orchestration.close()
        self._teardowns.close(CLOSE_SECONDS)
        for thread in list(self._threads.values()):
            thread.join()

    def _has_anything(self, sandbox: Sandbox) -> bool:
        is_changing = sandbox.state in (SandboxState.SETUP, SandboxState.TEARDOWN) or self._is_busy(sandbox.id)
        return bool(is_changing or sandbox.networks or sandbox.vlans or self._deployment.apps_to_delete(sandbox.id))

    def _problem_of_end(self, sandbox_id: str, deadline: float) -> str:
        """Wait until a sandbox has ended, and return what may be left of it, empty if nothing is."""
        with self._lock:
            thread = self._threads.get(sandbox_id)
        if thread:
            thread.join(max(deadline - time.monotonic(), 0))
        sandbox = self._sandboxes.get(sandbox_id)
        if sandbox.state == SandboxState.COMPLETED:
            return ""
        left = ", ".join(self._deployment.vms_to_delete(sandbox_id)) or "no VM that is known"
        reason = self._sandboxes.last_error(sandbox_id) or f"its end took more than {END_SECONDS} seconds"
        return f"The sandbox '{sandbox.name}' could not be ended: {reason}. It may have left: {left}"

    def _start(self, sandbox_id: str, work: Work) -> None:
        """Do work for a sandbox in a thread, after the work that was started for it before."""
        with self._lock:
            self._unfinished.pop(sandbox_id, None)
            self._threads = {key: each for key, each in self._threads.items() if each.is_alive()}
            previous = self._threads.get(sandbox_id)
            self._threads[sandbox_id] = start_thread(
                f"sandbox {sandbox_id}", lambda: self._in_turn(previous, work, sandbox_id)
            )

    def _in_turn(self, previous: threading.Thread | None, work: Work, sandbox_id: str) -> None:
        if previous:
            previous.join()
        self._attempt(sandbox_id, work)

    def _attempt(self, sandbox_id: str, work: Work) -> None:
        """Do work for a sandbox; if that fails, as on a full disk, the clock does it again later."""
        try:
            work(sandbox_id)
        except NotFound:
            logger.info("The sandbox %s was deleted", sandbox_id)
        except Exception:  # Whatever it is, the sandbox must not stay as it is for ever.
            logger.exception("The sandbox %s", sandbox_id)
            self._unfinished[sandbox_id] = time.monotonic() + RETRY_SECONDS, work

    def _interrupt_setup(self, sandbox_id: str) -> None:
        if sandbox_id not in self._ending:
            self._ending.add(sandbox_id)
            self._sandboxes.post(sandbox_id, ENDING)
        self._deployment.interrupt(sandbox_id)

    def _set_up(self, sandbox_id: str) -> None:
        if self._sandboxes.get(sandbox_id).is_over:
            return
        failure = self._setup_failure(sandbox_id)
        if self._is_closing:
            return
        if failure and sandbox_id in self._ending:
            self._sandboxes.post(sandbox_id, f"The setup has ended before it was complete. {failure}")
        elif failure:
            self._attempt(sandbox_id, self._failing(failure))
        else:
            self._attempt(sandbox_id, lambda each: self._set_provisioning(each, READY))

    def _setup_failure(self, sandbox_id: str) -> str:
        try:
            return self._run(SETUP, sandbox_id).failure
        except LocalError as error:
            return str(error)
        except Exception as error:  # Nobody waits for this thread: the sandbox shows that it failed.
            logger.exception("The setup of the sandbox %s", sandbox_id)
            return f"The server failed: {type(error).__name__}, {error}"

    def _tear_down(self, sandbox_id: str) -> None:
        self._ending.discard(sandbox_id)
        if self._sandboxes.get(sandbox_id).is_over:
            return
        problems = self._teardowns.run(sandbox_id, lambda each: self._set_provisioning(each, SCRIPT_NAMES[TEARDOWN]))
        if self._is_closing:
            return
        for problem in problems:
            self._sandboxes.post_error(sandbox_id, problem)
        self._complete(sandbox_id, failed=bool(problems))

    def _run(self, script: str, sandbox_id: str) -> ScriptResult:
        return self._orchestration.run(
            script, self._sandboxes.get(sandbox_id), lambda text: self._sandboxes.post(sandbox_id, text)
        )

    def _set_provisioning(self, sandbox_id: str, provisioning: str) -> None:
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.provisioning = provisioning

    def _failing(self, problem: str) -> Work:
        return lambda sandbox_id: self._fail(sandbox_id, problem)

    def _fail(self, sandbox_id: str, problem: str) -> None:
        self._sandboxes.post_error(sandbox_id, problem)
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.provisioning, sandbox.failed = ERROR, True

    def _complete(self, sandbox_id: str, failed: bool) -> None:
        self._networking.checkouts.release_all(sandbox_id)
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.status, sandbox.failed = "Completed", failed
            sandbox.provisioning = ERROR if failed else READY
            sandbox.resources, sandbox.networks, sandbox.vlans = {}, {}, {}
        self._sandboxes.post(sandbox_id, f"The sandbox is over: {self._sandboxes.get(sandbox_id).state}")

    def _report_interrupted(self) -> None:
        for sandbox in self._sandboxes.all_live():
            if sandbox.provisioning in SCRIPT_NAMES.values():
                self._attempt(sandbox.id, self._failing(INTERRUPTED.format(sandbox.provisioning.lower())))

    def _look(self) -> None:
        self._do_again()
        self._end_expired()

    def _do_again(self) -> None:
        for sandbox_id, (moment, work) in list(self._unfinished.items()):
            if moment < time.monotonic() and not self._is_busy(sandbox_id):
                self._start(sandbox_id, work)

    def _end_expired(self) -> None:
        moment = datetime.now(timezone.utc).replace(tzinfo=None).isoformat()
        for sandbox in self._sandboxes.all_live():
            is_free = sandbox.id not in self._unfinished and not self._is_busy(sandbox.id)
            if sandbox.end < moment and is_free:
                self._sandboxes.post(sandbox.id, "The sandbox's time is over")
                self._start(sandbox.id, self._tear_down)

    def _is_busy(self, sandbox_id: str) -> bool:
        thread = self._threads.get(sandbox_id)
        return thread is not None and thread.is_alive()
