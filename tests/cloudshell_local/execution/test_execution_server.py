from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from cloudshell_local.errors import (
    CommandFailed,
    CommandStopped,
    DriverDied,
    DriverError,
    DriverNotLoaded,
    NotFound,
    QueueTimeout,
    UnsuitablePython,
    WrongCall,
)
from cloudshell_local.execution import driver_process
from cloudshell_local.execution.driver_instances import DriverInstance
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.executions import (
    ACTIONS_FAILED,
    COMPLETED,
    FAILED,
    PENDING,
    RUNNING,
    STOPPED,
    Execution,
    Outcome,
    ResourceDriver,
)
from cloudshell_local.redaction import HIDDEN, Secrets
from cloudshell_local.settings import Settings
from cloudshell_local.storage import executions
from cloudshell_local.storage.executions import ExecutionRecords
from cloudshell_local.storage.store import Store
from heavenly.pack import ENVIRONMENTS
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.toy import until

MakeServer = Callable[..., ExecutionServer]
METADATA = '<Driver MainClass="busy.BusyDriver" PythonVersion="3"/>'
DRIVER = """
    import json, logging, os, threading, time

    logging.getLogger("busy").addHandler(logging.NullHandler())

    class BusyDriver:
        made = 0

        def __init__(self):
            self.initialized = []
            self.together = threading.Barrier(2)

        def initialize(self, context):
            if context.mood == "bad":
                raise ValueError("in a bad mood")
            time.sleep(0.05)
            self.initialized.append(context.token)

        def info(self, context):
            assert self.initialized, "a command ran before initialize had ended"
            return {"pid": os.getpid(), "initialized": len(self.initialized), "token": context.token}

        def meet(self, context):
            self.together.wait(5)

        def wait(self, context, cancellation_context):
            end = time.monotonic() + float(context.seconds)
            while time.monotonic() < end:
                if cancellation_context.is_cancelled:
                    raise RuntimeError("cancelled")
                time.sleep(0.005)

        def fail(self, context, text):
            print("printed", text)
            logging.getLogger("busy").warning("logged %s", text)
            raise ValueError("the password is " + text)

        def refuse(self, context, request):
            result = {"actionId": "1", "success": False, "errorMessage": "no capacity"}
            return json.dumps({"driverResponse": {"actionResults": [result]}})

        def die(self, context):
            os._exit(3)
"""


class Tokens:
    """Makes tokens, and knows which are valid."""

    def __init__(self) -> None:
        self.valid: set[str] = set()
        self.made = 0

    @contextmanager
    def new(self) -> Iterator[str]:
        self.made += 1
        token = f"t{self.made}"
        self.valid.add(token)
        yield token
        self.valid.discard(token)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_driver(tmp_path / "driver")


def write_driver(folder: Path, code: str = DRIVER) -> Path:
    folder.mkdir()
    (folder / "drivermetadata.xml").write_text(METADATA)
    (folder / "requirements.txt").write_text("")
    (folder / "busy.py").write_text(textwrap.dedent(code))
    return folder


@pytest.fixture
def make(tokens: Tokens, tmp_path: Path) -> Iterator[MakeServer]:
    made: list[ExecutionServer] = []

    def make_one(
        on_change: Callable[[], None] = lambda: None, records: ExecutionRecords | None = None, **settings: Any
    ) -> ExecutionServer:
        logs = tmp_path / "logs"
        made.append(ExecutionServer(Settings(ENVIRONMENTS, **settings), logs, tokens.new, on_change, records))
        return made[-1]

    yield make_one
    for server in made:
        server.close()


def new_execution(
    folder: Path, command: str, concurrent: bool = True, mood: str = "good", resource: str = "r", **more: Any
) -> Execution:
    driver = ResourceDriver(resource, f"{resource}/1", folder, concurrent, lambda token: {"token": token, "mood": mood})
    seconds = more.pop("seconds", 5)
    sent = more.pop("sent", {})
    return Execution(driver, command, lambda token: {"token": token, "seconds": seconds}, sent, **more)


def driver_info(server: ExecutionServer, folder: Path, **more: Any) -> Any:
    return json.loads(server.submit(new_execution(folder, "info", **more)).result() or "")


def test_a_resource_has_one_process_and_initialize_comes_first(make: MakeServer, folder: Path) -> None:
    server = make()
    executions = [server.submit(new_execution(folder, "info")) for _ in range(5)]
    answers = [json.loads(execution.result() or "") for execution in executions]
    assert len({answer["pid"] for answer in answers}) == 1
    assert {answer["initialized"] for answer in answers} == {1}
    assert driver_info(server, folder, resource="other")["pid"] != answers[0]["pid"]


def test_a_command_has_a_token_of_its_own_that_ends_with_it(make: MakeServer, folder: Path, tokens: Tokens) -> None:
    server = make()
    first, second = driver_info(server, folder), driver_info(server, folder)
    assert first["token"] != second["token"]
    assert tokens.valid == set()


def test_commands_run_at_the_same_time_where_the_shell_declares_it(make: MakeServer, folder: Path) -> None:
    server = make()
    for execution in [server.submit(new_execution(folder, "meet")) for _ in range(2)]:
        execution.result()


def test_commands_run_one_by_one_where_the_shell_does_not_declare_concurrency(make: MakeServer, folder: Path) -> None:
    server = make()
    first = server.submit(new_execution(folder, "wait", concurrent=False, cancellable=True))
    second = server.submit(new_execution(folder, "info", concurrent=False))
    elsewhere = server.submit(new_execution(folder, "info", concurrent=False, resource="other"))
    elsewhere.result()
    assert (first.state, second.state) == (RUNNING, PENDING)
    server.stop(first.id)
    second.result()
    assert first.ended_at <= second.started_at


def test_commands_beyond_the_slots_wait_their_turn_in_order(make: MakeServer, folder: Path) -> None:
    server = make(slots=2)
    running = [server.submit(new_execution(folder, "wait", cancellable=True)) for _ in range(2)]
    waiting = [server.submit(new_execution(folder, "wait", seconds=0)) for _ in range(6)]
    until(lambda: all(each.call for each in running))
    assert {each.state for each in waiting} == {PENDING}
    assert [each.state for each in server.executions()] == [RUNNING] * 2 + [PENDING] * 6
    server.stop(running[0].id)
    for each in waiting:
        each.result()
    started = [each.started_at for each in waiting]
    assert started == sorted(started)
    server.stop(running[1].id)


def test_a_running_command_is_stopped_if_it_can_be(make: MakeServer, folder: Path) -> None:
    server = make()
    execution = server.submit(new_execution(folder, "wait", cancellable=True))
    until(lambda: execution.call is not None)
    server.stop(execution.id)
    with pytest.raises(DriverError, match="cancelled"):
        execution.result()
    assert execution.state == STOPPED
    with pytest.raises(WrongCall, match="has ended already"):
        server.stop(execution.id)


def test_a_stop_between_the_queue_and_the_start_reaches_the_command(make: MakeServer, folder: Path) -> None:
    server = make()
    execution = new_execution(folder, "wait", cancellable=True)
    context = execution.context

    def context_while_stopped(token: str) -> Mapping[str, object]:
        assert (execution.state, execution.call) == (RUNNING, None)
        server.stop(execution.id)
        return context(token)

    execution.context = context_while_stopped
    with pytest.raises(DriverError, match="cancelled"):
        server.submit(execution).result()
    assert execution.state == STOPPED


def test_a_command_that_declares_no_cancellation_cannot_be_stopped_but_terminated(
    make: MakeServer, folder: Path
) -> None:
    server = make()
    execution = server.submit(new_execution(folder, "wait"))
    until(lambda: execution.call is not None)
    with pytest.raises(WrongCall, match="cannot be stopped: it declares no EnableCancellation"):
        server.stop(execution.id)
    server.terminate(execution.id)
    with pytest.raises(DriverDied):
        execution.result()
    pid = driver_info(server, folder)["pid"]
    with pytest.raises(WrongCall, match="The command 'wait' does not run"):
        server.terminate(execution.id)
    assert driver_info(server, folder) == {"pid": pid, "initialized": 1, "token": ANY}


def test_a_waiting_command_is_taken_out_of_the_queue(make: MakeServer, folder: Path) -> None:
    server = make(slots=1)
    running = server.submit(new_execution(folder, "wait", cancellable=True))
    waiting = server.submit(new_execution(folder, "info"))
    server.stop(waiting.id)
    with pytest.raises(CommandStopped, match="'info' was stopped before it began"):
        waiting.result()
    assert server.execution(waiting.id).state == STOPPED
    assert waiting.ended_at >= waiting.queued_at
    server.stop(running.id)
    with pytest.raises(NotFound):
        server.stop("nothing")


def test_all_commands_of_a_sandbox_are_stopped_also_those_that_come_until_it_may_go_on(
    make: MakeServer, folder: Path
) -> None:
    server = make(slots=2)
    other = server.submit(new_execution(folder, "wait", cancellable=True, sandbox="other"))
    running = server.submit(new_execution(folder, "wait", cancellable=True, sandbox="s"))
    waiting = server.submit(new_execution(folder, "info", sandbox="s"))
    until(lambda: running.call)
    server.stop_all("s")
    for execution in (running, waiting, server.submit(new_execution(folder, "wait", cancellable=True, sandbox="s"))):
        with pytest.raises(CommandFailed):
            execution.result()
        assert execution.state == STOPPED
    server.resume("s")
    assert driver_info(server, folder, sandbox="s")["initialized"] == 1
    assert other.state == RUNNING
    server.stop(other.id)


def test_a_command_that_must_not_be_stopped_runs_on_when_its_sandboxs_commands_are_stopped(
    make: MakeServer, folder: Path
) -> None:
    server = make()
    server.stop_all("s")
    assert driver_info(server, folder, sandbox="s")["initialized"] == 1


def test_an_error_of_what_is_done_at_the_end_keeps_nobody_from_the_answer(
    make: MakeServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(execution: Execution, outcome: Outcome) -> None:
        raise OSError("no space left")

    execution = make().submit(new_execution(folder, "info", on_end=fail))
    assert execution.result()
    assert "no space left" in caplog.text


def test_a_command_that_waits_too_long_fails(make: MakeServer, folder: Path) -> None:
    server = make(slots=1, queue_seconds=0.2)
    running = server.submit(new_execution(folder, "wait", cancellable=True))
    with pytest.raises(QueueTimeout, match=r"'info' waited 0\.2 seconds for its turn"):
        server.submit(new_execution(folder, "info")).result()
    server.stop(running.id)


def test_a_clock_that_is_set_changes_nothing_for_a_command_that_waits(make: MakeServer, folder: Path) -> None:
    patient, strict = make(slots=0, queue_seconds=60), make(slots=0, queue_seconds=0)
    waiting, late = new_execution(folder, "info"), new_execution(folder, "info")
    waiting.queued_at -= 3600  # as after the clock was set forward
    late.queued_at += 3600
    patient.submit(waiting)
    patient._housekeep()
    assert waiting.state == PENDING
    with pytest.raises(QueueTimeout):
        strict.submit(late).result()


def test_an_idle_driver_is_ended_and_started_again(make: MakeServer, folder: Path) -> None:
    server = make(idle_seconds=0.2)
    first = driver_info(server, folder)
    until(lambda: not server._instances)
    second = driver_info(server, folder)
    assert first["pid"] != second["pid"]
    assert second["initialized"] == 1


def test_a_busy_driver_is_not_idle(make: MakeServer, folder: Path) -> None:
    server = make(idle_seconds=0.1)
    pid = driver_info(server, folder)["pid"]
    server.submit(new_execution(folder, "wait", seconds=0.5)).result()
    assert driver_info(server, folder)["pid"] == pid


def test_a_driver_is_idle_from_the_end_of_its_last_command(make: MakeServer, folder: Path) -> None:
    server = make(idle_seconds=60)
    execution = server.submit(new_execution(folder, "wait", cancellable=True))
    until(lambda: execution.call is not None)
    server._instances["r"].last_used -= 61
    server.stop(execution.id)
    with pytest.raises(DriverError):
        execution.result()
    server._housekeep()
    assert "r" in server._instances


def test_the_logs_of_a_driver_are_in_a_folder_of_its_resource(make: MakeServer, folder: Path, tmp_path: Path) -> None:
    assert make().log_folder(new_execution(folder, "info")) == tmp_path / "logs" / "r_1"


def test_a_driver_that_dies_fails_its_commands_and_the_next_gets_a_new_one(make: MakeServer, folder: Path) -> None:
    server = make()
    pid = driver_info(server, folder)["pid"]
    waiting = server.submit(new_execution(folder, "wait"))
    with pytest.raises(DriverDied, match=r"exit code 3\).*The next command starts it afresh"):
        server.submit(new_execution(folder, "die")).result()
    with pytest.raises(DriverDied):
        waiting.result()
    assert waiting.state == FAILED
    assert driver_info(server, folder)["pid"] != pid


def test_what_begins_to_start_a_driver_that_has_died_fails_with_the_same_error(
    make: MakeServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons: list[DriverDied | None] = []
    monkeypatch.setattr(DriverInstance, "end", lambda instance, why=None: reasons.append(why))
    execution = make().submit(new_execution(folder, "die"))
    with pytest.raises(DriverDied) as raised:
        execution.result()
    assert reasons == [raised.value]


def test_a_driver_that_died_while_it_was_idle_is_started_again_without_an_error(make: MakeServer, folder: Path) -> None:
    server = make()
    pid = driver_info(server, folder)["pid"]
    os.kill(pid, signal.SIGKILL)
    process = server._instances["r"].process
    assert process
    until(lambda: not process.is_alive())
    assert driver_info(server, folder)["pid"] != pid


def test_a_driver_that_is_ended_while_it_starts_leaves_no_process(make: MakeServer, folder: Path) -> None:
    server = make()
    execution = server.submit(new_execution(folder, "info"))
    server.end_driver("r")
    with pytest.raises(CommandFailed):
        execution.result()
    assert driver_info(server, folder)["initialized"] == 1


def test_an_initialize_that_fails_fails_the_command_and_is_tried_again(make: MakeServer, folder: Path) -> None:
    server = make()
    with pytest.raises(
        DriverError, match="'initialize' command failed with 'ValueError' error. Description: in a bad mood"
    ):
        server.submit(new_execution(folder, "info", mood="bad")).result()
    assert driver_info(server, folder, resource="r2")["initialized"] == 1


def test_another_version_of_the_driver_gets_a_new_process_when_the_old_one_is_free(
    make: MakeServer, folder: Path, tmp_path: Path
) -> None:
    server = make()
    newer = write_driver(tmp_path / "newer")
    old = driver_info(server, folder)["pid"]
    busy = server.submit(new_execution(folder, "wait", cancellable=True))
    execution = server.submit(new_execution(newer, "info"))
    until(lambda: busy.call is not None)
    assert execution.state == PENDING
    server.stop(busy.id)
    assert json.loads(execution.result() or "")["pid"] != old
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)


def test_a_driver_is_replaced_when_its_commands_have_ended(make: MakeServer, folder: Path) -> None:
    server = make()
    old = driver_info(server, folder)["pid"]
    busy = server.submit(new_execution(folder, "wait", cancellable=True))
    until(lambda: busy.call is not None)
    server.replace_driver("r")
    server.replace_driver("of nothing")
    execution = server.submit(new_execution(folder, "info"))
    assert execution.state == PENDING
    server.stop(busy.id)
    new = json.loads(execution.result() or "")["pid"]
    assert new != old
    assert driver_info(server, folder)["pid"] == new, "once"


def test_a_server_whose_python_cannot_be_used_does_not_start(make: MakeServer) -> None:
    with pytest.raises(UnsuitablePython, match="The Python /nowhere/python cannot be used: there is no such program"):
        make(python="/nowhere/python")


def test_a_command_reports_once_that_an_environment_is_made(make: MakeServer, tmp_path: Path, tokens: Tokens) -> None:
    folder = write_driver(tmp_path / "driver")
    (folder / "requirements.txt").write_text("# of this test alone\n")
    settings = Settings(tmp_path / "environments", python=instant_python(tmp_path))
    server = ExecutionServer(settings, tmp_path / "logs", tokens.new)
    messages: list[str] = []
    server.submit(new_execution(folder, "info", report=messages.append)).result()
    server.submit(new_execution(folder, "info", report=messages.append)).result()
    server.close()
    assert len(messages) == 1
    assert "once (it can take a minute)" in messages[0]


def test_a_driver_that_cannot_be_imported_is_an_error(make: MakeServer, tmp_path: Path) -> None:
    server = make()
    server.check_driver(write_driver(tmp_path / "good"))
    broken = write_driver(tmp_path / "broken", "import nothing_of_that_name")
    with pytest.raises(DriverNotLoaded, match="nothing_of_that_name"):
        server.check_driver(broken)
    with pytest.raises(DriverNotLoaded):
        server.submit(new_execution(broken, "info")).result()


def test_a_command_that_ended_stays_in_the_list(make: MakeServer, folder: Path) -> None:
    server = make()
    execution = server.submit(new_execution(folder, "info", sandbox="s"))
    execution.result()
    (found,) = server.executions()
    assert (found.command, found.state, found.sandbox) == ("info", COMPLETED, "s")
    assert found.queued_at <= found.started_at <= found.ended_at


def test_executions_are_there_after_a_restart_without_their_secrets(
    make: MakeServer, folder: Path, tmp_path: Path
) -> None:
    find = lambda sent: Secrets(values=frozenset({"s3cret"}))  # noqa: E731
    with closing(Store(tmp_path / "db")) as store:
        server = make(records=store.executions)
        good = server.submit(new_execution(folder, "info", sandbox="s", app="Web"))
        bad = server.submit(
            new_execution(folder, "fail", find_secrets=find, sent={"text": "s3cret", "token": "s3cret"})
        )
        good.result()
        with pytest.raises(DriverError):
            bad.result()
        running = server.submit(new_execution(folder, "wait"))
        until(lambda: running.call)
        server.close()
        before = [each.record for each in server.executions()]
    with closing(Store(tmp_path / "db")) as store:
        restored = {each.command: each for each in make(records=store.executions).executions()}
    assert sorted(restored) == ["fail", "info", "wait"]
    assert [restored[each.command].record for each in before] == before
    assert restored["info"].result() == good.record.output
    assert (restored["info"].app, restored["info"].sandbox, restored["info"].driver.resource) == ("Web", "s", "r/1")
    with pytest.raises(CommandFailed, match=r"ValueError.*the password is \(hidden\)"):
        restored["fail"].result()
    record = restored["fail"].record
    assert record.parameters == {"text": HIDDEN, "token": HIDDEN}
    assert re.search(r"busy.py.*in fail\n(.*\n)+ValueError: the password is \(hidden\)\n", record.traceback)
    assert (record.printed, record.state) == (f"printed {HIDDEN}\n", FAILED)
    assert record.log.endswith(f"[WARNING] busy: logged {HIDDEN}\n")
    assert not [each.name for each in tmp_path.glob("db*") if b"s3cret" in each.read_bytes()]
    assert (restored["wait"].state, "ended" in restored["wait"].record.error) == (FAILED, True)


def test_a_record_that_cannot_be_written_keeps_no_command_from_its_answer(
    make: MakeServer, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Store(tmp_path / "db")) as store:
        store.write("DROP TABLE executions")
        with pytest.raises(sqlite3.OperationalError):
            make(records=store.executions)
        store.write(executions.TABLE)
        server = make(records=store.executions)
        store.write("DROP TABLE executions")
        assert server.submit(new_execution(folder, "info")).result()
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize(("stop", "state"), [(False, ACTIONS_FAILED), (True, STOPPED)])
def test_an_answer_with_failed_actions_is_no_success(make: MakeServer, folder: Path, stop: bool, state: str) -> None:
    request = json.dumps({"driverRequest": {"actions": [{"actionId": "1", "type": "deployApp"}]}})
    execution = new_execution(folder, "refuse", sent={"request": request})
    execution.stop_requested = stop
    make().submit(execution).result()
    assert (execution.state, execution.record.failed_actions) == (state, ["deployApp: no capacity"])


def test_driver_out_is_trimmed_while_the_driver_runs(
    make: MakeServer, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(driver_process, "PRINTED_BYTES", 100)
    server = make()
    driver_info(server, folder)
    output = tmp_path / "logs" / "r_1" / "driver.out"
    output.write_text("a line\n" * 1000)
    server._housekeep()
    assert output.stat().st_size < 100


def test_closing_stops_waiting_commands_and_refuses_new_ones(make: MakeServer, folder: Path) -> None:
    server = make(slots=1)
    running = server.submit(new_execution(folder, "wait", seconds=0.2))
    waiting = server.submit(new_execution(folder, "info"))
    threading.Timer(0.05, server.close).start()
    with pytest.raises(CommandStopped):
        waiting.result()
    with pytest.raises(CommandFailed, match="Execution server is unavailable"):
        server.submit(new_execution(folder, "info"))
    assert running.answer.done() or running.state == RUNNING


def test_closing_answers_a_command_whose_environment_is_being_made(tmp_path: Path, tokens: Tokens) -> None:
    folder = write_driver(tmp_path / "driver")
    settings = Settings(tmp_path / "environments", python=instant_python(tmp_path))
    server = ExecutionServer(settings, tmp_path / "logs", tokens.new)
    is_being_made, may_be_made = threading.Event(), threading.Event()

    def report(text: str) -> None:
        is_being_made.set()
        may_be_made.wait()

    execution = server.submit(new_execution(folder, "info", report=report))
    is_being_made.wait()
    server.close()
    assert execution.answer.done()
    may_be_made.set()
    with pytest.raises(CommandFailed, match="Execution server is unavailable"):
        execution.result()
    assert [(each.command, each.state) for each in server.executions()] == [("info", FAILED)]


def test_changes_are_notified_when_a_command_is_queued_is_stopped_and_has_ended(make: MakeServer, folder: Path) -> None:
    states: list[tuple[str, bool]] = []
    execution = new_execution(folder, "wait", cancellable=True)
    server = make(on_change=lambda: states.append((execution.state, execution.stop_requested)))
    server.submit(execution)
    until(lambda: execution.call is not None)
    server.stop(execution.id)
    with pytest.raises(DriverError, match="cancelled"):
        execution.result()
    until(lambda: len(states) == 3)
    assert states[0] == (RUNNING, False)
    assert (STOPPED, True) in states
