from __future__ import annotations

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_code import main_class_methods, syntax_errors
from cloudshell_local.shells.findings import Findings
from tests.cloudshell_local.toy import zipped


def archive(**files: str) -> Archive:
    return Archive(zipped({f"{name}.py": content for name, content in files.items()}), "Driver.zip")


def test_the_methods_have_their_arguments_without_self() -> None:
    code = """
class Parent:
    def inherited(self): ...

class Driver(Parent):
    def one(self, context, /, request, *, ports=None): ...
    def _private(self): ...
"""
    findings = Findings()
    assert main_class_methods(archive(driver=code), "driver.Driver", "m.xml", findings) == {
        "one": ("context", "request", "ports")
    }
    assert findings == Findings()


def test_a_class_that_is_not_found_is_a_problem_with_the_location() -> None:
    for main_class, problem in (
        ("Driver", "m.xml: MainClass 'Driver' should be a module and a class, as driver.MyDriver"),
        ("other.Driver", "m.xml: MainClass other.Driver: invalid driver, there is no other.py"),
        ("driver.Driver", "m.xml: MainClass driver.Driver: invalid driver, driver.py has no class Driver"),
    ):
        findings = Findings()
        assert main_class_methods(archive(driver="x = 1"), main_class, "m.xml", findings) is None
        assert findings.problems == [problem]


def test_syntax_errors_are_found_once_with_file_and_line() -> None:
    findings = Findings()
    broken = archive(driver="x = 1\nclass Driver(:", more="", nulls="\0")
    assert main_class_methods(broken, "driver.Driver", "m.xml", findings) is None
    assert findings == Findings()
    found = list(syntax_errors(broken))
    assert found[0].startswith("Driver.zip/driver.py, line 2: invalid driver, ")
    assert found[1].startswith("Driver.zip/nulls.py")
    assert len(found) == 2
