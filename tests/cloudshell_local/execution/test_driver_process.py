from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local.errors import DriverDied, DriverError, DriverNotLoaded
from cloudshell_local.execution.driver_process import PRINTED_BYTES, DriverProcess
from cloudshell_local.file_lock import try_to_acquire
from tests.cloudshell_local.toy import until

METADATA = '<Driver MainClass="odd_driver.OddDriver" PythonVersion="3"/>'
DRIVER = """
    import logging, os, subprocess, sys, threading, time

    class NoText(Exception):
        pass

    class Unprintable(Exception):
        def __str__(self):
            raise KeyError("a bug")

    class Parent:
        def inherited(self, context):
            return "not a command"

    class OddDriver(Parent):
        def __init__(self):
            self.together = threading.Barrier(2)

        def echo(self, context, request, cancellation_context):
            print("this must not get into the pipe", flush=True)
            return request + type(context).__name__ + context.resource.attributes["a b"]

        def thing(self, context):
            return context.resource

        def nothing(self, context, delay="3"):
            return None

        def meet(self, context):
            self.together.wait(5)

        def wait(self, context, cancellation_context):
            while not cancellation_context.is_cancelled:
                time.sleep(0.01)
            raise ValueError("stopped")

        def cleanup(self):
            open(os.path.join(os.path.dirname(__file__), "cleaned"), "w").close()

        def talk(self, context, name):
            logger = logging.getLogger("toy")
            logger.addHandler(logging.NullHandler())
            def say(where):
                for _ in range(50):
                    print(name, where)
                    logger.warning("%s %s", name, where)
            thread = threading.Thread(target=say, args=("thread",))
            thread.start()
            self.together.wait(5)
            say("command")
            thread.join()
            logger.warning("a wrong %d", "argument")

        def have_children(self, context):
            subprocess.run(["echo", "child"])
            if os.fork() == 0:
                print("fork", flush=True)
                os._exit(0)
            os.wait()

        def fail(self, context):
            try:
                self._deep()
            except KeyError as error:
                raise ValueError("on the surface") from error

        def _deep(self):
            {}["nope"]

        def say_nothing(self, context):
            raise NoText()

        def raise_unprintable(self, context):
            raise Unprintable()

        def print_much(self, context):
            print(("x" * 999 + "\\n") * 2000)

        def die(self, context):
            os._exit(7)

        def leave(self, context):
            raise SystemExit("out")
"""
# As the handler of cloudshell-logging 1.1, which writes from a thread that reads a queue of multiprocessing.
QUEUED_LOGGING = """
    import atexit, logging, multiprocessing, queue, threading, time, traceback

    atexit.register(lambda: print("bye"))

    class QueuedHandler(logging.Handler):
        def __init__(self):
            super().__init__()
            self.queue = multiprocessing.Queue()
            threading.Thread(target=self.receive, daemon=True).start()

        def receive(self):
            while True:
                try:
                    print("received", self.queue.get(timeout=0.001))
                except queue.Empty:
                    pass
                except Exception:
                    traceback.print_exc()

        def emit(self, record):
            self.queue.put(record.getMessage())

        def close(self):
            time.sleep(0.05)  # Until its thread has ended.

    class OddDriver:
        def log(self, context):
            logging.getLogger().addHandler(QueuedHandler())
            logging.getLogger().warning("a line")
"""
CONTEXT = {"class": "ResourceCommandContext", "resource": {"name": "heaven", "attributes": {"a b": "!"}}}


@pytest.fixture
def process(tmp_path: Path) -> Iterator[DriverProcess]:
    folder = tmp_path / "driver"
    folder.mkdir()
    (folder / "drivermetadata.xml").write_text(METADATA)
    (folder / "odd_driver.py").write_text(textwrap.dedent(DRIVER))
    with DriverProcess(folder, Path(sys.executable), tmp_path / "logs") as process:
        yield process


def test_a_command_gets_its_parameters_by_name_and_a_context_of_the_right_class(process: DriverProcess) -> None:
    assert process.run("echo", CONTEXT, request="hello ", ports=[]) == "hello ResourceCommandContext!"


def test_an_object_comes_back_as_json_and_nothing_as_nothing(process: DriverProcess) -> None:
    assert json.loads(process.run("thing", CONTEXT) or "") == CONTEXT["resource"]
    assert process.run("nothing", CONTEXT) is None


def test_commands_run_at_the_same_time_on_one_object(process: DriverProcess) -> None:
    for call in [process.start("meet", CONTEXT) for _ in range(2)]:
        assert call.result(5) is None


def test_a_command_can_be_stopped(process: DriverProcess) -> None:
    call = process.start("wait", CONTEXT)
    call.cancel()
    with pytest.raises(
        DriverError, match="'wait' command failed with 'ValueError' error. Description: stopped"
    ) as caught:
        call.result(5)
    assert (caught.value.kind, caught.value.reason) == ("ValueError", "stopped")


@pytest.mark.parametrize("name", ["inherited", "__init__", "fly"])
def test_methods_outside_of_the_class_body_are_no_commands(process: DriverProcess, name: str) -> None:
    with pytest.raises(DriverError, match=f"no command '{name}'"):
        process.run(name, CONTEXT)


def test_a_command_that_exits_is_a_failed_command(process: DriverProcess) -> None:
    with pytest.raises(DriverError, match="out"):
        process.run("leave", CONTEXT)
    assert process.run("nothing", CONTEXT) is None


def test_a_driver_that_dies_fails_its_running_and_later_commands(process: DriverProcess) -> None:
    waiting = process.start("wait", CONTEXT)
    with pytest.raises(DriverDied, match="exit code 7"):
        process.run("die", CONTEXT)
    with pytest.raises(DriverDied):
        waiting.result(5)
    with pytest.raises(DriverDied):
        process.start("nothing", CONTEXT).result(5)


def test_a_closed_process_fails_its_running_and_later_commands(process: DriverProcess) -> None:
    running = process.start("wait", CONTEXT)
    process.close()
    running.cancel()
    for call in (running, process.start("nothing", CONTEXT)):
        with pytest.raises(DriverDied):
            call.result(5)


def test_a_driver_that_cannot_be_loaded_is_an_error_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text(METADATA)
    for code, message in (
        ("import no_such_thing", "'LoadDriver' 'ModuleNotFoundError: No module named 'no_such_thing''"),
        (
            "class OddDriver:\n    def __init__(self, more): ...",
            "'LoadDriver' 'TypeError: .*missing 1 required positional",
        ),
        ("class Other: ...", "'LoadDriver' 'AttributeError"),
        ("raise SystemExit(3)", "'LoadDriver' 'SystemExit: 3'"),
    ):
        (tmp_path / "odd_driver.py").write_text(code)
        with pytest.raises(DriverNotLoaded, match=message) as caught:
            DriverProcess(tmp_path, Path(sys.executable), tmp_path / "logs").__enter__()
        assert f"It was loaded by Python {sys.version.split()[0]};" in str(caught.value)
    assert "ModuleNotFoundError" in (tmp_path / "logs" / "driver.out").read_text()


def test_a_process_that_ends_while_it_loads_the_driver_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text(METADATA)
    (tmp_path / "odd_driver.py").write_text("import os; os._exit(4)")
    with pytest.raises(DriverDied, match="exit code 4"):
        DriverProcess(tmp_path, Path(sys.executable), tmp_path / "logs").__enter__()


def test_a_process_keeps_its_environment_while_it_runs(tmp_path: Path) -> None:
    """The lock is the process's own: the server may be killed and leave it to end."""
    mark, python = tmp_path / "env" / "complete", tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    mark.touch()
    python.symlink_to(sys.executable)
    (tmp_path / "drivermetadata.xml").write_text(METADATA)
    (tmp_path / "odd_driver.py").write_text("class OddDriver: ...")
    with DriverProcess(tmp_path, python, tmp_path / "logs"), mark.open() as file:
        assert not try_to_acquire(file)
    with mark.open() as file:
        assert try_to_acquire(file)


def test_a_driver_cleans_up_when_its_process_is_ended(tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text(METADATA)
    (tmp_path / "odd_driver.py").write_text(textwrap.dedent(DRIVER))
    with DriverProcess(tmp_path, Path(sys.executable), tmp_path / "logs"):
        assert not (tmp_path / "cleaned").exists()
    assert (tmp_path / "cleaned").exists()


def test_what_a_driver_prints_goes_to_its_log_folder(process: DriverProcess) -> None:
    process.run("echo", CONTEXT, request="hello ", ports=[])
    assert "this must not get into the pipe" in _printed(process)


def test_what_a_command_and_its_threads_log_and_print_belongs_to_it_alone(process: DriverProcess) -> None:
    one, two = (process.start("talk", CONTEXT, name=name) for name in ("one", "two"))
    for call, name, other in ((one, "one", "two"), (two, "two", "one")):
        call.result(10)
        for text in (call.log.text, call.printed.text):
            assert text.count(f"{name} thread\n") == text.count(f"{name} command\n") == 50
            assert other not in text
        assert re.search(rf"^\d{{4}}-.* \[WARNING\] toy: {name} command$", call.log.text, re.MULTILINE)
        assert "toy: " in call.log.text
        assert call.log.text.endswith("a wrong %d\n")


def test_what_children_print_is_in_driver_out_and_does_not_get_into_the_pipe(process: DriverProcess) -> None:
    call = process.start("have_children", CONTEXT)
    call.result(10)
    assert call.printed.text == ""
    assert process.run("nothing", CONTEXT) is None
    assert _printed(process) == "child\nfork\n"


def test_an_exception_has_its_traceback_with_that_of_its_cause(process: DriverProcess) -> None:
    with pytest.raises(DriverError) as caught:
        process.run("fail", CONTEXT)
    traceback = caught.value.traceback
    assert re.search(r'odd_driver.py", line \d+, in _deep\n +\{\}\["nope"\]', traceback)
    assert re.search(r'odd_driver.py", line \d+, in fail', traceback)
    assert traceback.index("KeyError: 'nope'") < traceback.index("direct cause") < traceback.index("ValueError: on")
    assert "driver_host.py" not in traceback
    printed = _printed(process)
    assert f"'fail' failed\n{traceback}" in printed


def test_an_exception_without_a_text_says_where_its_traceback_is(process: DriverProcess) -> None:
    with pytest.raises(DriverError, match="'NoText' error. Description: it has no text; .* have its traceback"):
        process.run("say_nothing", CONTEXT)


def test_an_exception_that_cannot_be_printed_fails_its_command(process: DriverProcess) -> None:
    with pytest.raises(DriverError, match="'Unprintable' error. Description: it has no text"):
        process.run("raise_unprintable", CONTEXT)


def test_driver_out_is_bounded(process: DriverProcess, tmp_path: Path) -> None:
    process.run("print_much", CONTEXT)
    assert process.output.stat().st_size > PRINTED_BYTES
    process.trim_output()
    assert process.output.stat().st_size < PRINTED_BYTES
    process.run("echo", CONTEXT, request="")
    assert process.output.read_text().endswith("this must not get into the pipe\n")


def test_loggers_that_read_queues_are_quiet_when_the_process_ends(tmp_path: Path) -> None:
    (tmp_path / "drivermetadata.xml").write_text(METADATA)
    (tmp_path / "odd_driver.py").write_text(textwrap.dedent(QUEUED_LOGGING))
    with DriverProcess(tmp_path, Path(sys.executable), tmp_path / "logs") as process:
        process.run("log", CONTEXT)
        until(lambda: "received a line" in process.output.read_text())
    assert process.output.read_text() == "received a line\nbye\n"


def _printed(process: DriverProcess) -> str:
    process.kill()
    until(lambda: not process.is_alive())
    return (process.logs / "driver.out").read_text()
