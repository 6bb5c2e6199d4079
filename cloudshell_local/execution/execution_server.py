"""Runs the commands of drivers as an execution server does.

One process and one driver object per resource, made for its first command (`initialize` comes first) and ended when it
was idle long enough. A shell that declares SupportConcurrentCommands gets its commands in parallel, another one by one.
There are so many slots for running commands; the others wait in the order in which they came.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Union

from cloudshell_local.errors import CommandFailed, CommandStopped, DriverDied, NotFound, QueueTimeout, WrongCall
from cloudshell_local.execution.driver_process import Call, DriverProcess
from cloudshell_local.execution.environments import environment
from cloudshell_local.storage.model import new_id

logger = logging.getLogger(__name__)
HISTORY = 1000
PENDING, RUNNING, COMPLETED, FAILED, STOPPED = "Pending", "Running", "Completed", "Failed", "Stopped"
NewToken = Callable[[], AbstractContextManager[str]]
Context = Callable[[str], Mapping[str, Any]]
Outcome = Union[str, BaseException, None]


@dataclass(frozen=True)
class Driver:
    """A resource's driver. folder: the unpacked zip; another folder is another version; init: initialize's context for a
    token."""

    resource_id: str
    resource: str
    folder: Path
    concurrent: bool
    init: Context


@dataclass
class Execution:
    """A command that waits, runs or ran. Times are of `time.time`, 0 until then.

    context: the command's context for its token, which is made when the command begins and dies with it; report: told what
    the user should see; on_success: done before anybody is told that it succeeded; app: the deployed app that it is of.
    """

    driver: Driver
    command: str
    context: Context
    parameters: Mapping[str, Any] = field(repr=False)
    cancellable: bool = False
    sandbox: str = ""
    report: Callable[[str], None] = lambda _: None
    on_success: Callable[[], None] = lambda: None
    app: str = ""
    id: str = field(default_factory=new_id)
    state: str = PENDING
    asked: float = field(default_factory=time.time)
    began: float = 0
    ended: float = 0
    answer: Future[str | None] = field(default_factory=Future)
    call: Call | None = None
    stop_asked: bool = False

    def result(self) -> str | None:
        """Wait for what the command returns; raise CommandFailed or EnvironmentFailed."""
        return self.answer.result()


class _Instance:
    """A resource's driver process. running: how many commands it has."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.running = 0
        self.used = time.monotonic()
        self.process: DriverProcess | None = None
        self.stack = ExitStack()
        self.lock = threading.Lock()
        self.is_ended = False

    def end(self) -> None:
        """End the process; one that is being started ends itself."""
        self.is_ended = True
        self.stack.close()


class ExecutionServer:
    """environments: where those of drivers lie; logs: each driver's in a folder of the resource's name; new_token: gives a
    command its token, for as long as it lasts; python: the interpreter for environments; changed: told when a command comes,
    begins, is stopped or ends."""

    def __init__(
        self,
        environments: Path,
        logs: Path,
        new_token: NewToken,
        slots: int = 20,
        idle_seconds: float = 600,
        queue_seconds: float = 600,
        python: str = sys.executable,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed = changed
        self._environments = environments
        self._logs = logs
        self._new_token = new_token
        self.slots = slots
        self._idle_seconds = idle_seconds
        self._queue_seconds = queue_seconds
        self._python = python
        self._lock = threading.RLock()
        self._pending: deque[Execution] = deque()
        self._running: list[Execution] = []
        self._history: deque[Execution] = deque(maxlen=HISTORY)
        self._instances: dict[str, _Instance] = {}
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_house, name="execution-server", daemon=True)
        self._keeper.start()

    def submit(self, execution: Execution) -> Execution:
        """Queue a command; it begins when a slot and its driver are free."""
        with self._lock:
            if self._closing.is_set():
                raise CommandFailed("Execution server is unavailable: it is being ended")
            self._pending.append(execution)
            self._begin_what_can()
        self._changed()
        return execution

    def executions(self) -> list[Execution]:
        """Return what waits, runs and ran: the newest last, as far as they are remembered."""
        with self._lock:
            return [*self._history, *self._running, *self._pending]

    def execution(self, execution_id: str) -> Execution:
        """Return a command that waits, runs or ran; raise NotFound for one that is not remembered."""
        for execution in self.executions():
            if execution.id == execution_id:
                return execution
        raise NotFound(execution_id)

    def logs_of(self, execution: Execution) -> list[Path]:
        """Return the log files that its driver has written to since it began, the latest first."""
        files = [path for path in (self._logs / _file_name(execution.driver.resource)).rglob("*") if path.is_file()]
        times = {path: path.stat().st_mtime for path in files}
        return sorted((path for path in files if times[path] >= execution.asked - 1), key=lambda path: -times[path])

    def stop(self, execution_id: str) -> None:
        """Stop a command: one that waits is taken out of the queue, one that runs is told; raise NotFound or WrongCall."""
        execution = self.execution(execution_id)
        with self._lock:
            if execution.state == PENDING:
                self._pending.remove(execution)
                return self._give_up(execution, CommandStopped(execution.command), STOPPED)
            if execution.state != RUNNING:
                raise WrongCall(f"The command '{execution.command}' has ended already")
            if not execution.cancellable:
                raise WrongCall(
                    f"The command '{execution.command}' cannot be stopped: it declares no EnableCancellation"
                )
            execution.stop_asked = True
        if execution.call:
            execution.call.cancel()
        self._changed()
        return None

    def terminate(self, execution_id: str) -> None:
        """Kill the process that a command runs in; its other commands fail with it. Raise NotFound or WrongCall."""
        execution = self.execution(execution_id)
        with self._lock:
            instance = self._instances.get(execution.driver.resource_id)
            if execution.state != RUNNING or not instance or not instance.process:
                raise WrongCall(f"The command '{execution.command}' does not run")
            instance.process.kill()

    def forget(self, resource_id: str) -> None:
        """End the driver of a resource that is gone."""
        with self._lock:
            instance = self._instances.pop(resource_id, None)
        if instance:
            instance.end()

    def close(self) -> None:
        """End all drivers; what waits or runs fails."""
        with self._lock:
            self._closing.set()
            pending, self._pending = self._pending, deque()
            instances, self._instances = self._instances, {}
        for execution in pending:
            self._give_up(execution, CommandStopped(execution.command), STOPPED)
        _all([instance.end for instance in instances.values()])
        self._keeper.join()

    def is_loadable(self, folder: Path) -> None:
        """Import a driver whose environment is there; raise DriverNotLoaded or DriverDied."""
        with DriverProcess(folder, self._environment(folder), self._logs / "install"):
            pass

    def _environment(self, folder: Path, report: Callable[[str], None] = lambda _: None) -> Path:
        return environment(folder / "requirements.txt", self._environments, self._python, report)

    def _begin_what_can(self) -> None:
        for execution in list(self._pending):
            if len(self._running) >= self.slots:
                return
            if self._is_free(execution.driver):
                self._pending.remove(execution)
                self._begin(execution)

    def _is_free(self, driver: Driver) -> bool:
        instance = self._instances.get(driver.resource_id)
        if instance is None or not instance.running:
            return True
        # While commands run on an old version of the driver, the new one waits.
        return driver.concurrent and instance.driver.folder == driver.folder

    def _begin(self, execution: Execution) -> None:
        driver = execution.driver
        instance = self._instances.get(driver.resource_id)
        outdated = instance if instance and instance.driver.folder != driver.folder else None
        if instance is None or outdated:
            instance = self._instances[driver.resource_id] = _Instance(driver)
        instance.running += 1
        execution.state, execution.began = RUNNING, time.time()
        self._running.append(execution)
        name = f"{execution.command} on {driver.resource}"
        threading.Thread(target=self._run, args=(execution, instance, outdated), name=name, daemon=True).start()

    def _run(self, execution: Execution, instance: _Instance, outdated: _Instance | None) -> None:
        outcome: str | BaseException | None
        try:
            if outdated:
                outdated.end()
            outcome = self._execute(execution, instance)
        except DriverDied as error:
            self._discard(instance)
            outcome = error
        except Exception as error:  # Whatever it is, whoever waits is told.
            outcome = error
        failed = isinstance(outcome, BaseException)
        with self._lock:
            instance.running -= 1
            instance.used = time.monotonic()
            self._running.remove(execution)
            self._note(execution, (STOPPED if execution.stop_asked else FAILED) if failed else COMPLETED)
            self._begin_what_can()
        self._end(execution, outcome)

    def _execute(self, execution: Execution, instance: _Instance) -> str | None:
        with instance.lock:  # Whoever comes while it starts waits for it.
            if instance.process and not instance.process.is_alive():  # It died while it was idle.
                instance.stack.close()
                instance.process = None
            process = instance.process or self._start(instance, execution.report)
        with self._new_token() as token:
            execution.call = process.start(execution.command, execution.context(token), **execution.parameters)
            if execution.stop_asked:
                execution.call.cancel()
            answer = execution.call.result()
        execution.on_success()
        return answer

    def _start(self, instance: _Instance, report: Callable[[str], None]) -> DriverProcess:
        driver = instance.driver

        def tell(text: str) -> None:
            logger.info("%s: %s", driver.resource, text)
            report(text)

        python = self._environment(driver.folder, tell)
        process = DriverProcess(driver.folder, python, self._logs / _file_name(driver.resource))
        with ExitStack() as stack, self._new_token() as token:
            stack.enter_context(process)
            process.run("initialize", driver.init(token))
            if instance.is_ended:
                raise CommandFailed("Execution server is unavailable: the driver was ended while it was started")
            instance.stack = stack.pop_all()
        instance.process = process
        return process

    def _discard(self, instance: _Instance) -> None:
        with self._lock:
            if self._instances.get(instance.driver.resource_id) is instance:
                del self._instances[instance.driver.resource_id]
        instance.end()

    def _give_up(self, execution: Execution, error: CommandFailed, state: str) -> None:
        """End a command that has not begun."""
        with self._lock:
            self._note(execution, state)
        self._end(execution, error)

    def _note(self, execution: Execution, state: str) -> None:
        execution.state, execution.ended = state, time.time()
        self._history.append(execution)

    def _end(self, execution: Execution, outcome: Outcome) -> None:
        if isinstance(outcome, BaseException):
            execution.answer.set_exception(outcome)
        else:
            execution.answer.set_result(outcome)
        self._changed()

    def _keep_house(self) -> None:
        while not self._closing.wait(min(1, self._idle_seconds / 4, self._queue_seconds / 4)):
            self._end_idle()
            self._give_up_waiting()

    def _end_idle(self) -> None:
        latest = time.monotonic() - self._idle_seconds
        with self._lock:
            idle = [key for key, each in self._instances.items() if not each.running and each.used < latest]
            instances = [self._instances.pop(key) for key in idle]
        for instance in instances:
            instance.end()

    def _give_up_waiting(self) -> None:
        latest = time.time() - self._queue_seconds
        with self._lock:
            late = [execution for execution in self._pending if execution.asked < latest]
            for execution in late:
                self._pending.remove(execution)
        for execution in late:
            self._give_up(execution, QueueTimeout(execution.command, self._queue_seconds), FAILED)


def _all(closings: list[Callable[[], None]]) -> None:
    """Do them at once: each may wait for a driver."""
    threads = [threading.Thread(target=close) for close in closings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name)
