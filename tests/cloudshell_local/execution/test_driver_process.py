from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local.errors import DriverDied, DriverError, DriverNotLoaded
from cloudshell_local.execution.driver_process import DriverProcess
from cloudshell_local.file_lock import try_to_acquire

METADATA = '<Driver MainClass="odd_driver.OddDriver" PythonVersion="3"/>'
DRIVER = """
    import os, threading, time

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

        def die(self, context):
            os._exit(7)

        def leave(self, context):
            raise SystemExit("out")
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


def _printed(process: DriverProcess) -> str:
    process.kill()
    process._process.wait()
    return (process.logs / "driver.out").read_text()
