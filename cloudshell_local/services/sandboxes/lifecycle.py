"""A sandbox's life: setup, active, teardown, completed. Setup and teardown are orchestration's; what they leave is ours.

Neither can be stopped once it runs. Teardown runs after a failed setup too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.orchestration.runner import SETUP, TEARDOWN, Orchestration, Outcome
from cloudshell_local.services.blueprints import Blueprints
from cloudshell_local.services.networking.networking import Networking
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.storage.model import CONNECTED, PARTIAL, Sandbox
from cloudshell_local.threads import PeriodicTask, start_thread

logger = logging.getLogger(__name__)
# The orchestration scripts, and what the field calls them.
SCRIPT_NAMES = {SETUP: "Setup", TEARDOWN: "Teardown"}
ERROR, READY = "Error", "Ready"
INTERRUPTED = (
    "The server was ended during this sandbox's {}. It is as far as it had come; "
    "end the sandbox to delete what was deployed"
)


class Lifecycle:
    """Begins and ends sandboxes, each in a thread of its own."""

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
        self._closing = threading.Event()
        self._report_interrupted()
        self._clock = PeriodicTask("sandbox clock", self._end_expired)

    def reserve(
        self,
        path: str,
        name: str,
        owner: str,
        minutes: int,
        inputs: Mapping[str, str] | None = None,
        set_up: bool = True,
    ) -> Sandbox:
        """Make a sandbox from a blueprint and, if that is wanted, begin its setup; raise NotFound or WrongCall."""
        blueprint = self._blueprints.blueprint(path)
        sandbox = self._sandboxes.create_from(blueprint, name, owner, minutes, inputs)
        if set_up and blueprint.has_setup and blueprint.setup_minutes > 0:
            self.set_up(sandbox.id)
        return self._sandboxes.get(sandbox.id)

    def set_up(self, sandbox_id: str) -> None:
        """Begin a sandbox's setup, also one that failed, anew; raise NotFound, or WrongCall if it runs or is over."""
        self._sandboxes.live(sandbox_id)
        with self._sandboxes.changing(sandbox_id) as sandbox:
            if sandbox.provisioning in SCRIPT_NAMES.values():
                raise WrongCall(f"The sandbox '{sandbox.name}' is in its {sandbox.provisioning.lower()}")
            sandbox.provisioning, sandbox.failed = "Setup", False
        self._after_others(sandbox_id, self._set_up)

    def reserve_empty(self, name: str, owner: str, minutes: int) -> Sandbox:
        """Make an empty sandbox without orchestration."""
        return self._sandboxes.create(name, owner, minutes)

    def end(self, sandbox_id: str) -> None:
        """Begin a sandbox's teardown, after its setup if that still runs; raise NotFound, or WrongCall if it has ended."""
        self._sandboxes.live(sandbox_id)
        self._after_others(sandbox_id, self._tear_down)

    def wait(self, sandbox_id: str) -> Sandbox:
        """Wait until nothing is under way for a sandbox; return it."""
        with self._lock:
            thread = self._threads.get(sandbox_id)
        if thread:
            thread.join()
        return self._sandboxes.get(sandbox_id)

    def run_script(self, sandbox_id: str, name: str) -> str:
        """Run Setup or Teardown as an environment command; return what it printed. Raises WrongCall, LocalError."""
        scripts = {shown: script for script, shown in SCRIPT_NAMES.items()}
        if name not in scripts:
            raise WrongCall(f"The sandbox has no command '{name}'; it has: {', '.join(scripts)}")
        self._sandboxes.live(sandbox_id)
        outcome = self._run(scripts[name], sandbox_id)
        if outcome.failure:
            raise LocalError(outcome.failure)
        return outcome.output

    def close(self) -> None:
        """End the scripts that run, and wait for them: their sandboxes stay as far as they had come."""
        self._closing.set()
        self._clock.close()
        self._orchestration.close()
        for thread in list(self._threads.values()):
            thread.join()

    def _after_others(self, sandbox_id: str, work: Callable[[str], None]) -> None:
        with self._lock:
            self._threads = {key: each for key, each in self._threads.items() if each.is_alive()}
            previous = self._threads.get(sandbox_id)
            self._threads[sandbox_id] = start_thread(
                f"sandbox {sandbox_id}", lambda: self._in_turn(previous, work, sandbox_id)
            )

    def _in_turn(self, previous: threading.Thread | None, work: Callable[[str], None], sandbox_id: str) -> None:
        if previous:
            previous.join()
        try:
            work(sandbox_id)
        except Exception as error:  # Nobody waits for this thread: the sandbox shows it.
            logger.exception("The sandbox %s", sandbox_id)
            if not self._closing.is_set():
                self._fail(sandbox_id, str(error))

    def _set_up(self, sandbox_id: str) -> None:
        outcome = self._run(SETUP, sandbox_id)
        if self._closing.is_set():
            return
        if outcome.failure:
            self._fail(sandbox_id, outcome.failure)
        else:
            self._provision(sandbox_id, READY)

    def _tear_down(self, sandbox_id: str) -> None:
        sandbox = self._sandboxes.get(sandbox_id)
        if sandbox.is_over:
            return
        self._provision(sandbox_id, "Teardown")
        problems = [self._run(TEARDOWN, sandbox_id).failure] if sandbox.has_teardown else []
        if self._closing.is_set():
            return
        problems += self._sweep(sandbox_id)
        for problem in filter(None, problems):
            self._sandboxes.post_error(sandbox_id, problem)
        self._complete(sandbox_id, failed=any(problems))

    def _run(self, script: str, sandbox_id: str) -> Outcome:
        return self._orchestration.run(
            script, self._sandboxes.get(sandbox_id), lambda text: self._sandboxes.post(sandbox_id, text)
        )

    def _sweep(self, sandbox_id: str) -> list[str]:
        """Delete what teardown left, as a sandbox that is over keeps nothing; return what cannot be."""
        steps = (self._disconnect_rest, self._delete_rest, self._clean_up_rest)
        return [problem for problem in (_failure_of(step, sandbox_id) for step in steps) if problem]

    def _disconnect_rest(self, sandbox_id: str) -> None:
        lines = [each for each in self._sandboxes.get(sandbox_id).connectors if each.state in (CONNECTED, PARTIAL)]
        self._networking.vlans.disconnect(sandbox_id, [end for line in lines for end in (line.target, line.source)])

    def _delete_rest(self, sandbox_id: str) -> None:
        names = self._deployment.apps_to_delete(sandbox_id)
        if names:
            self._sandboxes.post(sandbox_id, f"Deleting what the teardown left: {', '.join(names)}")
            self._deployment.remove(sandbox_id, names)

    def _clean_up_rest(self, sandbox_id: str) -> None:
        if self._sandboxes.get(sandbox_id).networks:
            self._networking.subnets.cleanup(sandbox_id)

    def _provision(self, sandbox_id: str, provisioning: str) -> None:
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.provisioning = provisioning

    def _fail(self, sandbox_id: str, problem: str) -> None:
        self._sandboxes.post_error(sandbox_id, problem)
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.provisioning, sandbox.failed = ERROR, True

    def _complete(self, sandbox_id: str, failed: bool) -> None:
        with self._sandboxes.changing(sandbox_id) as sandbox:
            sandbox.status, sandbox.failed = "Completed", failed
            sandbox.provisioning = ERROR if failed else READY
            sandbox.resources, sandbox.networks, sandbox.vlans = {}, {}, {}
        self._networking.checkouts.release_all(sandbox_id)
        self._sandboxes.post(sandbox_id, f"The sandbox is over: {self._sandboxes.get(sandbox_id).state}")

    def _report_interrupted(self) -> None:
        for sandbox in self._sandboxes.all_live():
            if sandbox.provisioning in SCRIPT_NAMES.values():
                self._fail(sandbox.id, INTERRUPTED.format(sandbox.provisioning.lower()))

    def _end_expired(self) -> None:
        moment = datetime.now(timezone.utc).replace(tzinfo=None).isoformat()
        for sandbox in self._sandboxes.all_live():
            is_free = sandbox.provisioning not in SCRIPT_NAMES.values() and not self._is_busy(sandbox.id)
            if sandbox.end < moment and is_free:
                self._sandboxes.post(sandbox.id, "The sandbox's time is over")
                self.end(sandbox.id)

    def _is_busy(self, sandbox_id: str) -> bool:
        thread = self._threads.get(sandbox_id)
        return thread is not None and thread.is_alive()


def _failure_of(step: Callable[[str], None], sandbox_id: str) -> str:
    try:
        step(sandbox_id)
    except LocalError as error:
        return str(error)
    return ""
