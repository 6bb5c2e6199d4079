"""Drivers that do what none should: each command ends with a sentence or can be ended, and nothing else is harmed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from cloudshell_local.errors import CommandFailed, DriverDied, DriverEnded, LoadTimeout, WrongCall
from cloudshell_local.execution import driver_host, driver_process
from cloudshell_local.execution.driver_process import CLOSED_PIPE, FOREIGN, PRINTED_BYTES
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.executions import PENDING, RUNNING, Execution, ResourceDriver
from cloudshell_local.settings import Settings
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.processes import is_gone, processes_with_variable
from tests.cloudshell_local.toy import until

SOURCE = Path(__file__).with_name("bad_driver.py")
SECONDS = 10
SLOTS = 3
# What the commands answer that are answered.
ANSWERS = {
    "result_has_a_surrogate": "odd \ufffd name",
    "closes_standard_streams": "closed",
    "child_reads_input": "empty",
    "shell_reads_input": "0",
    "forks_a_process": "0",
    "forks_a_pool": r"\[1, 2\]",
    "child_prints_and_logs": "parent",
    "child_comes_back": "0",
    "child_raises": "1",
    "child_exits": "5",
    "leaves_a_child": "left",
    "hangs_at_the_end": "later",
    "hangs_in_cleanup": "later",
    "deletes_itself": "deleted",
}
NO_TEXT = "error. Description: it has no text; the execution's page and driver.out"
NO_INPUT = re.escape(driver_host.NO_INPUT)
JUNK = re.escape(FOREIGN)
# What the errors of the others say.
ERRORS = {
    "text_raises": f"'NoText' {NO_TEXT}",
    "text_is_a_number": f"'NumberText' {NO_TEXT}",
    "text_exits": f"'ExitText' {NO_TEXT}",
    "text_is_huge": r"Description: x{10000}\.\.\. \(5,000,000 characters in all\)$",
    "text_has_a_surrogate": "Description: odd \ufffd name$",
    "name_raises": "failed with 'Exception' error. Description: odd$",
    "cause_is_itself": "'ValueError' error. Description: circular$",
    "long_chain": "Description: number 19999$",
    "recursion": "'RecursionError' error",
    "exits": "'SystemExit' error. Description: out of here$",
    "interrupts": "'KeyboardInterrupt' error. Description: stop it$",
    "result_is_circular": "'ValueError' error. Description: Circular reference",
    "result_is_deep": "'RecursionError' error",
    "result_is_no_json": "'TypeError' error",
    "result_is_too_long": "answer is longer than the 256 MB that can be sent",
    "junk": JUNK,
    "junk_lines": JUNK,
    "not_utf8": JUNK,
    "no_object": JUNK,
    "answer_of_nobody": JUNK,
    "answer_without_a_result": JUNK,
    "answer_that_is_no_text": JUNK,
    "error_that_is_none": JUNK,
    "loaded_again": JUNK,
    "deep_line": JUNK,
    "endless_line": JUNK,
    "closes_all": r"exit code 1\)",
    "closes_all_and_opens_others": r"exit code 1\)",
    "loses_standard_streams": "Description: no streams$",
    "makes_pipes_nonblocking": r"exit code 1\)",
    "asks": NO_INPUT,
    "reads_input": NO_INPUT,
    "reads_bytes_of_input": NO_INPUT,
    "has_a_breakpoint": r"Description: breakpoint\(\) cannot be used here",
    "starts_a_debugger": NO_INPUT,
    "child_outlives_the_driver": r"exit code 7\)",
    "child_of_c_outlives_the_driver": r"exit code 7\)",
    "daemon_outlives_the_driver": r"exit code 7\)",
    "daemon_of_c_outlives_the_driver": r"exit code 7\)",
    "ends_at_once": r"exit code 7\)",
    "aborts": r"exit code -6\)",
    "crashes": r"exit code -11\)",
    "kills_itself": r"exit code -9\)",
    "interrupts_the_main_thread": r"exit code 1\)",
    "becomes_another_program": re.escape(CLOSED_PIPE),
    "breaks_json": r"exit code 1\)",
}
ENDLESS = (
    "sleeps",
    "holds_the_interpreter",
    "is_stopped",
    "prints_for_ever",
    "prints_an_endless_line",
    "floods_driver_out",
    "logs_for_ever",
    "ignores_signals",
    "waits_for_a_child",
    "text_never_ends",
)
# Parts of an Execution's driver folder and process that hang while they load.
HANGING = ("sleep", "hold", "sleep in init", "sleep in initialize")


class BadDrivers:
    """An execution server with bad drivers, each of a resource of its own."""

    def __init__(self, folder: Path, load_seconds: float = 60) -> None:
        self._folder = folder
        settings = Settings(
            folder / "environments", slots=SLOTS, python=instant_python(folder), load_seconds=load_seconds
        )
        self.logs = folder / "logs"
        self.server = ExecutionServer(settings, self.logs, lambda: nullcontext("token"))

    def start(self, resource: str, command: str = "good", while_loading: str = "") -> Execution:
        """Start a command of a resource's driver. while_loading: what the driver does then, if this is its first command."""
        folder = self._folder / resource
        if not folder.exists():
            folder.mkdir()
            (folder / "drivermetadata.xml").write_text('<Driver MainClass="bad_driver.BadDriver" PythonVersion="3"/>')
            (folder / "requirements.txt").touch()
            (folder / "while_loading").write_text(while_loading)
            (folder / "bad_driver.py").write_text(SOURCE.read_text())
        driver = ResourceDriver(resource, resource, folder, True, lambda token: {})
        return self.server.submit(Execution(driver, command, lambda token: {}, {}))

    def survivor(self, resource: str) -> Path:
        return self._folder / resource / "survivor"

    def require_order(self, resource: str) -> None:
        """Require that the next commands work, that no slot is taken, and that no process is left of the driver's end."""
        for each in [self.start(resource), self.start("bystander")]:
            assert answer(each) == "good"
        self.require_nothing_left(resource)

    def require_nothing_left(self, resource: str) -> None:
        assert not [each for each in self.server.executions() if each.state in (PENDING, RUNNING)]
        self.server.end_driver(resource)
        self.require_no_process(resource)

    def require_no_process(self, resource: str) -> None:
        until(lambda: not [each for each in self.processes(resource) if not is_gone(each)])

    def processes(self, resource: str) -> list[int]:
        return processes_with_variable("LOG_PATH", str(self.logs / resource))


def answer(execution: Execution) -> str | None:
    return execution.answer.result(SECONDS)


@contextmanager
def bad_drivers(folder: Path, load_seconds: float = 60) -> Iterator[BadDrivers]:
    with pytest.MonkeyPatch.context() as patch:
        for name, seconds in (("CLEANUP_SECONDS", 0.2), ("END_SECONDS", 0.5), ("LAST_SECONDS", 0.5)):
            patch.setattr(driver_process, name, seconds)
        patch.setattr(driver_host, "MOST_LINE_BYTES", 20_000_000)
        drivers = BadDrivers(folder, load_seconds)
        yield drivers
        drivers.server.close()


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadDrivers]:
    with bad_drivers(tmp_path_factory.mktemp("attack")) as drivers:
        yield drivers


@pytest.fixture(autouse=True)
def nothing_runs_on(drivers: BadDrivers) -> Iterator[None]:
    """End what a failed test has left, so that the others do not fail with it."""
    yield
    for each in drivers.server.executions():
        if each.state == RUNNING:
            drivers.server.terminate(each.id)


@pytest.mark.parametrize("misdeed", ANSWERS)
def test_a_misdeed_that_harms_nobody_is_answered(drivers: BadDrivers, misdeed: str) -> None:
    assert re.fullmatch(ANSWERS[misdeed], answer(drivers.start(misdeed, misdeed)) or "")
    drivers.require_order(misdeed)


@pytest.mark.parametrize("misdeed", ERRORS)
def test_a_misdeed_ends_its_command_with_a_sentence(drivers: BadDrivers, misdeed: str) -> None:
    execution = drivers.start(misdeed, misdeed)
    with pytest.raises(CommandFailed, match=ERRORS[misdeed]) as caught:
        answer(execution)
    text = str(caught.value)
    assert len(text) < 11_000
    assert "Traceback" not in text
    text.encode()
    assert len(execution.record.traceback) < 200_000
    end_survivor(drivers.survivor(misdeed))
    drivers.require_order(misdeed)


def end_survivor(file: Path) -> None:
    """End a child that has left the driver's process group, for which the server is not to blame."""
    if file.exists():
        os.kill(int(file.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("misdeed", ENDLESS)
def test_a_command_that_does_not_end_can_be_ended_with_its_driver(drivers: BadDrivers, misdeed: str) -> None:
    execution, other = drivers.start(misdeed, misdeed), drivers.start(misdeed, "sleeps")
    until(lambda: execution.call and other.call)
    assert answer(drivers.start("bystander")) == "good"
    with pytest.raises(WrongCall, match="it declares no EnableCancellation"):
        drivers.server.stop(execution.id)
    assert {each.id for each in drivers.server.commands_with(execution)} == {execution.id, other.id}
    drivers.server.terminate(execution.id)
    for each in (execution, other):
        with pytest.raises(DriverEnded, match=f"'{misdeed}' was terminated. The next command starts it afresh"):
            answer(each)
    drivers.require_order(misdeed)
    drivers.server._housekeep()
    assert (drivers.logs / misdeed / "driver.out").stat().st_size <= PRINTED_BYTES


def test_a_driver_that_reads_its_pipe_can_be_ended(drivers: BadDrivers) -> None:
    """Which of the commands it reads is not known, so that some of them may be answered."""
    resource = "reader"
    executions = [drivers.start(resource, "reads_the_pipe")]
    until(lambda: executions[0].call)
    executions += [drivers.start(resource, "sleeps") for _ in range(SLOTS - 1)]
    until(lambda: all(each.call or each.answer.done() for each in executions))
    running = [each for each in executions if not each.answer.done()]
    with suppress_wrong_call():
        drivers.server.terminate(running[-1].id)
    for each in executions[1:]:
        with pytest.raises(DriverDied):
            answer(each)
    executions[0].answer.exception(SECONDS)
    drivers.require_order(resource)


@contextmanager
def suppress_wrong_call() -> Iterator[None]:
    """Let a command end by itself just before it is killed."""
    try:
        yield
    except WrongCall:
        pass


def test_children_that_read_input_take_no_commands(drivers: BadDrivers) -> None:
    for _ in range(5):
        eater, *others = [drivers.start("eater", "child_reads_input"), *(drivers.start("eater") for _ in range(2))]
        assert [answer(each) for each in others] == ["good"] * 2
        assert answer(eater) == "empty"
    drivers.require_order("eater")


@pytest.mark.parametrize("while_loading", HANGING)
def test_a_driver_that_hangs_while_it_is_loaded_can_be_killed(drivers: BadDrivers, while_loading: str) -> None:
    resource = f"killed in {while_loading}"
    executions = [drivers.start(resource, while_loading=while_loading) for _ in range(2)]
    until(lambda: drivers.processes(resource))
    drivers.server.terminate(executions[1].id)
    for each in executions:
        with pytest.raises(DriverEnded, match="'good' was terminated"):
            answer(each)
    drivers.require_nothing_left(resource)


def test_a_driver_that_writes_into_the_pipe_while_it_is_loaded_is_ended(drivers: BadDrivers) -> None:
    with pytest.raises(DriverEnded, match=JUNK):
        answer(drivers.start("junk while loading", while_loading="junk"))
    drivers.require_nothing_left("junk while loading")


def test_a_driver_that_hangs_while_it_is_loaded_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    with bad_drivers(tmp_path, load_seconds=0.5) as drivers:
        executions = {each: [drivers.start(each, while_loading=each) for _ in range(2)] for each in HANGING}
        for resource, both in executions.items():
            for each in both:
                with pytest.raises(LoadTimeout, match=r"within 0\.5 seconds \(`serve --load-seconds` gives more\)"):
                    answer(each)
            drivers.server.end_driver(resource)
            drivers.require_no_process(resource)
        with pytest.raises(LoadTimeout):
            drivers.server.check_driver(tmp_path / "sleep")


def test_a_server_is_closed_at_once_whatever_its_drivers_do(tmp_path: Path) -> None:
    with bad_drivers(tmp_path) as drivers:
        loading = drivers.start("loading", while_loading="sleep")
        running = [drivers.start("running", "sleeps"), drivers.start("running", "waits_for_a_child")]
        until(lambda: drivers.processes("loading") and all(each.call for each in running))
        began = time.monotonic()
    assert time.monotonic() - began < SECONDS
    with pytest.raises(CommandFailed, match="Execution server is unavailable: it is being ended"):
        answer(loading)
    for each in running:
        with pytest.raises(DriverEnded, match="the server was ended"):
            answer(each)
    for resource in ("loading", "running"):
        drivers.require_no_process(resource)


def test_the_commands_of_a_driver_that_is_ended_say_why(drivers: BadDrivers) -> None:
    running = drivers.start("deleted", "sleeps")
    until(lambda: running.call)
    drivers.server.end_driver("deleted", DriverEnded("its resource 'deleted' was deleted"))
    with pytest.raises(DriverEnded, match="was ended before it answered: its resource 'deleted' was deleted$"):
        answer(running)


def test_the_misdeeds_are_all_tried() -> None:
    names = {*ANSWERS, *ERRORS, *ENDLESS, "reads_the_pipe", "good", "initialize", "cleanup"}
    assert names == set(re.findall(r"^    def ([a-z]\w*)\(self", SOURCE.read_text(), re.MULTILINE))
    assert len(names) > 26
