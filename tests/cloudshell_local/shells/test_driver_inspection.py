from __future__ import annotations

import json
import subprocess
import sys

from cloudshell_local.shells import driver_inspection
from cloudshell_local.shells.driver_inspection import Argument, Inspection, from_json, inspect
from tests.cloudshell_local.toy import zipped

CLASS = "class Driver:\n    def go(self, context): ...\n"


def inspected(main_class: str = "driver.Driver", **files: str) -> Inspection:
    content = zipped({f"{name}.py": content for name, content in files.items()})
    return inspect(content, main_class, "D.zip")


def test_the_methods_have_their_arguments_without_self_and_with_their_defaults() -> None:
    code = """
class Parent:
    def inherited(self): ...

class Driver(Parent):
    def one(self, context, /, request, number=7, flag=False, nothing=None, made=dict(), *, ports=("a",), text="t"): ...
    @staticmethod
    def two(context): ...
    def _private(self): ...
    @property
    def size(self): ...
    @size.setter
    def size(self, value): ...
    @functools.cached_property
    def made(self): ...
"""
    assert inspected(driver=code) == Inspection(
        {
            "one": (
                Argument("context"),
                Argument("request"),
                Argument("number", has_default=True, default="7"),
                Argument("flag", has_default=True, default="False"),
                Argument("nothing", has_default=True),
                Argument("made", has_default=True),
                Argument("ports", has_default=True),
                Argument("text", has_default=True, default="t"),
            ),
            "two": (Argument("context"),),
        },
        [],
        [],
    )


def test_a_class_that_is_not_found_is_a_problem_with_the_location() -> None:
    for main_class, problem in (
        ("Driver", "MainClass 'Driver' should be a module and a class, as driver.MyDriver"),
        ("other.Driver", "MainClass other.Driver: invalid driver, there is no other.py"),
        ("driver.Driver", "MainClass driver.Driver: invalid driver, driver.py has no class Driver"),
    ):
        found = Inspection(None, [f"D.zip/drivermetadata.xml: {problem}"], [])
        assert inspected(main_class, driver="x = 1") == found


def test_a_file_that_the_driver_imports_must_parse_however_it_is_imported() -> None:
    for statement, broken in (
        ("import helper", "helper"),
        ("from helper import x", "helper"),
        ("def later():\n    import helper", "helper"),
        ("import tools.helper", "tools/helper"),
        ("import tools.helper", "tools/__init__"),
        ("from tools import helper", "tools/helper"),
        ("import between", "helper"),
        ("import tools.inner", "tools/helper"),
        ("import tools.inner", "tools/deep/more"),
    ):
        files = {
            "driver": f"{statement}\n{CLASS}",
            "between": "import helper",
            "tools/__init__": "",
            "tools/inner": "from . import helper\nfrom .deep.more import x",
            "helper": "",
            broken: "x = 1\nx =",
        }
        (problem,) = inspected(**files).problems
        assert problem.startswith(f"D.zip/{broken}.py, line 2: invalid driver, "), statement


def test_a_file_that_nothing_imports_may_be_of_another_python() -> None:
    found = inspected(driver=CLASS, debug="print 'x'", nulls="\0")
    assert found.methods == {"go": (Argument("context"),)}
    assert found.problems == []
    assert [each.split(",")[0].split(":")[0] for each in found.warnings] == ["D.zip/debug.py", "D.zip/nulls.py"]
    assert all("the module of the main class does not import it" in each for each in found.warnings)


def test_a_main_class_that_cannot_be_parsed_is_found_once() -> None:
    found = inspected(driver="x = 1\nclass Driver(:")
    assert (found.methods, len(found.problems), found.warnings) == (None, 1, [])
    assert found.problems[0].startswith("D.zip/driver.py, line 2: invalid driver, ")


def test_a_file_that_is_nested_too_deeply_is_a_problem_and_ends_nothing() -> None:
    assert len(inspected(driver=f"x = {'-' * 100000}1\n{CLASS}").problems) == 1


def test_pythons_own_warnings_are_those_of_the_shell() -> None:
    found = inspected(driver=f"{CLASS}x = 1 is 1\n", unused="x = 1 is 1\n")
    (warning,) = found.warnings
    assert warning.startswith('D.zip/driver.py, line 3: "is" with')


def test_another_interpreter_inspects_as_this_one() -> None:
    content = zipped({"driver.py": CLASS, "more.py": "x ="})
    command = [sys.executable, "-I", driver_inspection.__file__, "driver.Driver", "D.zip"]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    assert from_json(done.stdout.decode()) == inspect(content, "driver.Driver", "D.zip")
    assert from_json(json.dumps(Inspection(None, ["p"], ["w"])._asdict())) == Inspection(None, ["p"], ["w"])
