from __future__ import annotations

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_source import CommandInfo, DriverInfo, Parameter, read_driver
from cloudshell_local.shells.findings import Findings
from tests.cloudshell_local.toy import DRIVER, METADATA, zipped


def read(driver: str = DRIVER, metadata: str = METADATA) -> DriverInfo:
    findings = Findings()
    found = read_driver(Archive(zipped({"driver.py": driver, "drivermetadata.xml": metadata}), "Driver.zip"), findings)
    assert findings == Findings()
    assert found
    return found


def test_the_commands_are_the_public_methods_of_the_class_body() -> None:
    found = read(
        "class Parent:\n    def inherited(self): ...\n\n"
        + DRIVER.replace("class ToyDriver:", "class ToyDriver(Parent):")
    )
    assert {"Deploy", "echo", "left", "whoami"} <= set(found.commands)
    assert not {"inherited", "_begin", "initialize", "cleanup", "get_inventory"} & set(found.commands)
    assert {"initialize", "cleanup", "get_inventory"} <= set(found.methods)


def test_a_command_is_described_by_the_metadata_and_has_the_arguments_of_its_method() -> None:
    echo = read().commands["echo"]
    assert (echo.display_name, echo.description, echo.hidden) == ("Echo", "Says it again", False)
    assert echo.parameters == (Parameter("text", mandatory=True), Parameter("number", default="7"))
    assert echo.arguments == ("context", "text", "number")


def test_hidden_commands_and_those_of_deployed_apps_are_marked() -> None:
    commands = read().commands
    assert commands["Deploy"].hidden
    assert commands["Deploy"].cancellable
    assert [name for name, each in commands.items() if each.is_remote] == [
        "PowerOn", "PowerOff", "remote_refresh_ip", "DeleteInstance"
    ]  # fmt: skip


def test_a_command_that_the_metadata_does_not_list_exists_too() -> None:
    assert read().commands["whoami"] == CommandInfo("whoami", arguments=("context",))


def test_the_main_class_may_be_in_a_package() -> None:
    findings = Findings()
    metadata = METADATA.replace("driver.ToyDriver", "toys.inner.ToyDriver")
    driver = Archive(zipped({"toys/inner.py": DRIVER, "drivermetadata.xml": metadata}), "Driver.zip")
    assert read_driver(driver, findings)
    assert findings == Findings()


def test_lookups_have_their_values() -> None:
    choice = '<Parameter Name="number" Type="Lookup" AllowedValues="1, 2"/>'
    command = read(metadata=METADATA.replace('<Parameter Name="number" DefaultValue="7"/>', choice)).commands["echo"]
    assert command.parameters[1].values == ("1", "2")


def guide(layout: str, driver: str) -> tuple[dict[str, CommandInfo], list[str]]:
    """Return the commands and warnings of a driver whose metadata has a layout."""
    metadata = f'<Driver MainClass="driver.D" Name="D" Version="1.0.0" PythonVersion="3">{layout}</Driver>'
    findings = Findings()
    found = read_driver(Archive(zipped({"driver.py": driver, "drivermetadata.xml": metadata}), "D.zip"), findings)
    assert found
    assert findings.problems == []
    return dict(found.commands), findings.warnings


ASKING = """
class D:
    def report(self, context, first, second): ...
"""


def test_the_parameters_are_the_arguments_though_no_metadata_lists_them() -> None:
    for layout in ("", "<Layout/>", '<Layout><Command Name="report" DisplayName="Report"/></Layout>'):
        commands, warnings = guide(layout, ASKING)
        assert commands["report"].parameters == (Parameter("first"), Parameter("second"))
        assert all(parameter.is_required for parameter in commands["report"].parameters)
        assert warnings == []


def test_the_metadata_decorates_the_parameters_and_the_arguments_order_stays() -> None:
    layout = """<Layout><Command Name="report" DisplayName="Report" Visibility="AdminOnly"
        EnableCancellation="true" Tags="power">
        <Parameters>
          <Parameter Name="second" DisplayName="The second" Description="Yes or no" Type="Lookup" AllowedValues="Yes,No"
            DefaultValue="Yes" Mandatory="False"/>
          <Parameter Name="third" Mandatory="True"/>
        </Parameters></Command></Layout>"""
    commands, warnings = guide(layout, ASKING)
    report = commands["report"]
    first, second = report.parameters
    assert (report.title, report.admin_only, report.cancellable, report.is_remote) == ("Report", True, True, True)
    assert first == Parameter("first")
    assert second == Parameter("second", "The second", "Yes or no", "Lookup", default="Yes", values=("Yes", "No"))
    assert (second.title, first.title, second.is_required) == ("The second", "first", False)
    assert warnings == [
        "D.zip/drivermetadata.xml: it lists the parameter 'third' of the command 'report', whose method has no such argument"
    ]


def test_a_default_is_the_metadatas_or_else_the_arguments_own() -> None:
    driver = """
class D:
    def report(self, context, ports, a=1, b=None, c="x", d="y", *, cancellation_context=None): ...
    def other(self, context, e, f): ...
"""
    described = "".join(
        f'<Parameter Name="{name}" {more}/>'
        for name, more in (("c", ""), ("d", 'DefaultValue="z"'), ("e", 'Mandatory="False"'), ("f", 'Mandatory="True"'))
    )
    layout = f'<Layout><Command Name="report">{described}</Command><Command Name="other">{described}</Command></Layout>'
    commands, _ = guide(layout, driver)
    found = {each.name: (each.default, each.own_default) for name in commands for each in commands[name].parameters}
    assert found == {
        "a": ("1", True), "b": ("", True), "c": ("x", True), "d": ("z", False), "e": ("", False), "f": (None, False)
    }  # fmt: skip


def test_a_command_knows_its_category_and_only_one_makes_it_hidden() -> None:
    driver = "class D:\n    def a(self): ...\n    def b(self): ...\n    def c(self): ...\n    def d(self): ...\n"
    layout = """<Layout><Command Name="a"/><Category Name="Operate"><Command Name="b"/></Category>
        <Category Name="Hidden Commands"><Command Name="c"/></Category></Layout>"""
    commands, warnings = guide(layout, driver)
    assert {name: (each.category, each.hidden) for name, each in commands.items()} == {
        "a": ("", False), "b": ("Operate", False), "c": ("Hidden Commands", True), "d": ("", False)
    }  # fmt: skip
    assert warnings == []
