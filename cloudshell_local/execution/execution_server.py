"""Queue, slots and driver instances of the execution server.

Each resource has one process with one driver object, made for its first command (`initialize` comes first) and ended when
it was idle long enough. A shell that declares SupportConcurrentCommands gets its commands at the same time, another one
gets them one after the other. A command that finds no free slot waits in a queue, first come, first served
(docs/reference/server.md §4).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from cloudshell_local.errors import (
    CommandFailed,
    CommandStopped,
    DriverDied,
    DriverEnded,
    DriverError,
    NotFound,
    QueueTimeout,
    WrongCall,
)
from cloudshell_local.execution.driver_instances import DriverInstance, DriverLauncher
from cloudshell_local.execution.driver_process import END_SECONDS
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.executions import (
    FAILED,
    PENDING,
    RUNNING,
    STOPPED,
    Execution,
    Outcome,
    ResourceDriver,
    TokenFactory,
)
from cloudshell_local.execution.interpreters import Interpreters
from cloudshell_local.settings import Settings
from cloudshell_local.storage.executions import MAX_EXECUTIONS, ExecutionRecords
from cloudshell_local.threads import PeriodicTask, run_parallel, start_thread

logger = logging.getLogger(__name__)
UNAVAILABLE = "Execution server is unavailable: it is being ended"
# Clients wait 15 seconds for the answer to an install (docs/reference/server.md §1), of which this is for the import.
CHECK_SECONDS = 10


@dataclass(frozen=True)
class RunningExecution:
    """A command that runs, and the driver that runs it."""

    execution: Execution
    instance: DriverInstance


class ExecutionServer:
    """Execution server of one CloudShell: it runs the commands of drivers until it is closed.

    slots: how many commands run at the same time; environments: those that drivers run in; logs: the folder of the drivers'
    logs; new_token: makes a token that is valid as long as a command runs; on_change: called when an execution is queued, is
    being stopped or has ended; records: what keeps the executions that have ended, nothing by default. Raises
    UnsuitablePython if no drivers can run on the Python of the settings.
    """

    def __init__(
        self,
        settings: Settings,
        logs: Path,
        new_token: TokenFactory,
        on_change: Callable[[], None] = lambda: None,
        records: ExecutionRecords | None = None,
    ) -> None:
        self._settings = settings
        self.slots = settings.slots
        self.environments = Environments(settings.environments, Interpreters(settings.python))
        self._launcher = DriverLauncher(self.environments, logs, new_token, settings.load_seconds)
        self._new_token = new_token
        self._on_change = on_change
        self._lock = threading.RLock()
        self._pending: deque[Execution] = deque()
        self._running: dict[str, RunningExecution] = {}
        self._records = records
        earlier = records.all() if records else []
        self._history = deque((Execution.restored(each) for each in earlier), maxlen=MAX_EXECUTIONS)
        self._instances: dict[str, DriverInstance] = {}
        self._stopping: set[str] = set()
        self._is_closed = False
        self._housekeeping = PeriodicTask("execution-server", self._housekeep)

    def submit(self, execution: Execution) -> Execution:
        """Queue a command, which starts when a slot and its driver are free; raise CommandFailed after `close`."""
        with self._lock:
            if self._is_closed:
                raise CommandFailed(UNAVAILABLE)
            execution.secrets = execution.find_secrets(execution.sent)
            self._pending.append(execution)
            self._start_ready()
        self._on_change()
        if execution.sandbox in self._stopping:
            self._stop_if_possible(execution)
        return execution

    def executions(self) -> list[Execution]:
        """Return the last thousand executions that ended, then those that run, then those that wait."""
        with self._lock:
            running = [each.execution for each in self._running.values()]
            return [*self._history, *running, *self._pending]

    def execution(self, execution_id: str) -> Execution:
        """Return an execution; raise NotFound for one that is unknown or too long ago."""
        for execution in self.executions():
            if execution.id == execution_id:
                return execution
        raise NotFound(execution_id, "No execution that waits, runs or is still remembered has this id.")

    def log_folder(self, execution: Execution) -> Path:
        """Return the folder of the log files of a command's driver; it is made when the driver's process is started."""
        return self._launcher.log_folder(execution.driver.resource)

    def stop(self, execution_id: str) -> None:
        """Stop a command: take a waiting one out of the queue, cancel a running one; raise NotFound or WrongCall."""
        execution = self.execution(execution_id)
        if self._withdraw(execution):
            return
        with self._lock:
            if execution.state != RUNNING:
                raise WrongCall(f"The command '{execution.command}' has ended already")
            if not execution.cancellable:
                raise WrongCall(
                    f"The command '{execution.command}' cannot be stopped: it declares no EnableCancellation. An "
                    "administrator can terminate it, which kills its driver"
                )
            execution.stop_requested = True
        if execution.call:
            execution.call.cancel()
        self._on_change()

    def stop_all(self, sandbox: str) -> None:
        """Stop the commands of a sandbox (its id) that can be stopped, also those that come, until `resume`."""
        with self._lock:
            self._stopping.add(sandbox)
            running = [each.execution for each in self._running.values()]
            found = [each for each in (*self._pending, *running) if each.sandbox == sandbox]
        for execution in found:
            self._stop_if_possible(execution)

    def resume(self, sandbox: str) -> None:
        """Let the commands of a sandbox run again that come after `stop_all`."""
        self._stopping.discard(sandbox)

    def terminate(self, execution_id: str) -> None:
        """Kill the process that a command runs in, also while it starts, with all its commands.

        The real server's Terminate does so, too (docs/reference/server.md §4, Cancel). Raises NotFound or WrongCall.
        """
        execution = self.execution(execution_id)
        with self._lock:
            if execution_id not in self._running:
                raise WrongCall(f"The command '{execution.command}' does not run")
            instance = self._running[execution_id].instance
            self._forget(instance)
            execution.stop_requested = True
        instance.kill(DriverEnded(f"'{execution.command}' was terminated. The next command starts it afresh"))
        self._on_change()

    def commands_with(self, execution: Execution) -> list[Execution]:
        """Return the commands that end when one that runs is terminated, that one too."""
        with self._lock:
            running = self._running.get(execution.id)
            return self._commands_of(running.instance) if running else []

    def end_driver(self, resource_id: str, why: DriverDied | None = None) -> None:
        """End the driver of a resource, if it has one that runs; the next command starts another.

        why: the error of commands that still run.
        """
        with self._lock:
            instance = self._instances.pop(resource_id, None)
        if instance:
            instance.end(why)

    def replace_driver(self, resource_id: str) -> None:
        """Have the next command of a resource start its driver afresh, when the commands that run have ended."""
        with self._lock:
            if resource_id in self._instances:
                self._instances[resource_id].is_outdated = True

    def close(self) -> None:
        """End all drivers; commands that wait or run fail."""
        with self._lock:
            self._is_closed = True
            pending, self._pending = self._pending, deque()
            instances, self._instances = self._instances, {}
            running = [each.execution for each in self._running.values()]
            starting = [execution for execution in running if not execution.call]
            self._running = {key: each for key, each in self._running.items() if each.execution.call}
        for execution in pending:
            self._give_up(execution, CommandStopped(execution.command), STOPPED)
        for execution in starting:  # The environment may be a minute away.
            self._give_up(execution, CommandFailed(UNAVAILABLE), FAILED)
        run_parallel("end-driver", lambda each: each.end(DriverEnded("the server was ended")), instances.values())
        self.environments.close()
        futures.wait([each.answer for each in running], END_SECONDS)  # They fail now, and their records are to be kept.
        self._housekeeping.close()

    def check_driver(self, folder: Path) -> None:
        """Load an unpacked driver and end it again; raise DriverNotLoaded or DriverDied, LoadTimeout after CHECK_SECONDS."""
        seconds = min(CHECK_SECONDS, self._settings.load_seconds)
        with replace(self._launcher, load_seconds=seconds).process(folder, "install"):
            pass

    def _start_ready(self) -> None:
        for execution in list(self._pending):
            if len(self._running) >= self.slots:
                return
            if self._is_free(execution.driver):
                self._pending.remove(execution)
                self._start(execution)

    def _is_free(self, driver: ResourceDriver) -> bool:
        instance = self._instances.get(driver.resource_id)
        if instance is None or not instance.running:
            return True
        # While commands run on an old version of the driver, the new one waits.
        return driver.concurrent and not _is_outdated(instance, driver)

    def _start(self, execution: Execution) -> None:
        driver = execution.driver
        instance = self._instances.get(driver.resource_id)
        outdated = instance if instance and _is_outdated(instance, driver) else None
        if instance is None or outdated:
            instance = self._instances[driver.resource_id] = DriverInstance(driver, self._launcher)
        instance.running += 1
        execution.state, execution.started_at = RUNNING, time.time()
        self._running[execution.id] = RunningExecution(execution, instance)
        name = f"{execution.command} on {driver.resource}"
        start_thread(name, lambda: self._run(execution, instance, outdated))

    def _run(self, execution: Execution, instance: DriverInstance, outdated: DriverInstance | None) -> None:
        outcome: Outcome
        try:
            if outdated:
                outdated.end()
            outcome = self._execute(execution, instance)
        except DriverError as error:  # Its text gets into feeds, live statuses and answers, which many may read.
            outcome = error.redacted(execution.without_secrets)
        except Exception as error:  # Whatever it is, it becomes the command's answer.
            outcome = error
        if isinstance(outcome, DriverDied):
            self._discard(instance, outcome)
        self._finish(execution, instance, outcome)

    def _execute(self, execution: Execution, instance: DriverInstance) -> str | None:
        process = instance.ensure_process(execution.report)
        with self._new_token() as token:
            context = execution.context(token)
            execution.secrets = execution.find_secrets([context, execution.sent])
            execution.call = process.start(execution.command, context, **execution.sent)
            if execution.stop_requested:
                execution.call.cancel()
            answer = execution.call.result()
        execution.on_success()
        return answer

    def _discard(self, instance: DriverInstance, why: DriverDied) -> None:
        """End an instance whose process has died; a command that has just begun to start it again fails for that, too."""
        self._forget(instance)
        instance.end(why)

    def _forget(self, instance: DriverInstance) -> None:
        """Let the next command of a driver's resource have another instance."""
        with self._lock:
            if self._instances.get(instance.driver.resource_id) is instance:
                del self._instances[instance.driver.resource_id]

    def _commands_of(self, instance: DriverInstance) -> list[Execution]:
        return [each.execution for each in self._running.values() if each.instance is instance]

    def _finish(self, execution: Execution, instance: DriverInstance, outcome: Outcome) -> None:
        """Free the slot of a command that ran, and answer it."""
        state = execution.state_after(outcome)
        with self._lock:
            instance.running -= 1
            instance.last_used = time.monotonic()
            if self._running.pop(execution.id, None) is None:  # It was given up when the server was closed.
                return
            self._end(execution, outcome, state)
            self._start_ready()
        self._answer(execution, outcome)

    def _stop_if_possible(self, execution: Execution) -> None:
        with suppress(WrongCall):
            self.stop(execution.id)

    def _withdraw(self, execution: Execution) -> bool:
        """Take a command out of the queue; return whether it waited there."""
        with self._lock:
            if execution.state != PENDING:
                return False
            self._pending.remove(execution)
            self._give_up(execution, CommandStopped(execution.command), STOPPED)
            return True

    def _give_up(self, execution: Execution, error: CommandFailed, state: str) -> None:
        """End a command whose driver has not been called."""
        with self._lock:
            self._end(execution, error, state)
        self._answer(execution, error)

    def _end(self, execution: Execution, outcome: Outcome, state: str) -> None:
        execution.end(outcome, state)
        self._history.append(execution)

    def _answer(self, execution: Execution, outcome: Outcome) -> None:
        try:
            execution.on_end(execution, outcome)
        except Exception:  # Whatever it is, somebody waits for the answer.
            logger.exception("The end of %s", execution.command)
        self._keep(execution)
        if isinstance(outcome, Exception):
            execution.answer.set_exception(outcome)
        else:
            execution.answer.set_result(outcome)
        self._on_change()

    def _keep(self, execution: Execution) -> None:
        try:
            if self._records:
                self._records.add(execution.record)
        except Exception:  # A full disk is no reason that a command is never answered.
            logger.exception("The record of the execution %s cannot be kept", execution.id)

    def _housekeep(self) -> None:
        self._end_idle()
        self._trim_outputs()
        self._expire_pending()

    def _end_idle(self) -> None:
        latest = time.monotonic() - self._settings.idle_seconds
        with self._lock:
            idle = [key for key, each in self._instances.items() if not each.running and each.last_used < latest]
            instances = [self._instances.pop(key) for key in idle]
        for instance in instances:
            instance.end()

    def _trim_outputs(self) -> None:
        with self._lock:
            processes = [each.process for each in self._instances.values() if each.process]
        for process in processes:
            process.trim_output()

    def _expire_pending(self) -> None:
        latest = time.monotonic() - self._settings.queue_seconds
        with self._lock:
            expired = [execution for execution in self._pending if execution.waits_since < latest]
            for execution in expired:
                self._pending.remove(execution)
        for execution in expired:
            self._give_up(execution, QueueTimeout(execution.command, self._settings.queue_seconds), FAILED)


def _is_outdated(instance: DriverInstance, driver: ResourceDriver) -> bool:
    return instance.is_outdated or instance.driver.folder != driver.folder
