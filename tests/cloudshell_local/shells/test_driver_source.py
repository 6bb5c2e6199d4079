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
