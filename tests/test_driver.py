from __future__ import annotations

import inspect
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from driver import HeavenlyCloudShellDriver

PROJECT = Path(__file__).resolve().parents[1]
NOT_SHOWN = {"initialize", "cleanup", "get_inventory"}
COMMANDS = {
    command.attrib["Name"]: command.attrib for command in ET.parse(PROJECT / "drivermetadata.xml").iter("Command")
}
METHODS = {
    name: method
    for name, method in vars(HeavenlyCloudShellDriver).items()
    if inspect.isfunction(method) and not name.startswith("_")
}
# The shipping shells' tags.
TAGS = {
    "PowerOn": "power",
    "PowerOff": "power",
    "PowerCycle": "power",
    "DeleteInstance": "remote_app_management,allow_shared",
    "remote_refresh_ip": "remote_connectivity,allow_shared",
}


def test_the_metadata_lists_exactly_the_commands_that_the_class_has() -> None:
    assert set(COMMANDS) == set(METHODS) - NOT_SHOWN


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_the_tags_of_the_shipping_shells(name: str) -> None:
    assert COMMANDS[name]["Tags"] == TAGS.get(name, "allow_unreserved")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_can_be_stopped_when_and_only_when_it_takes_a_cancellation_context(name: str) -> None:
    takes_a_cancellation = "cancellation_context" in inspect.signature(METHODS[name]).parameters
    assert (COMMANDS[name].get("EnableCancellation") == "true") is takes_a_cancellation


def test_the_driver_is_one_for_python_3() -> None:
    root = ET.parse(PROJECT / "drivermetadata.xml").getroot()
    assert root.attrib["PythonVersion"] == "3"
    assert root.attrib["MainClass"] == "driver.HeavenlyCloudShellDriver"
    assert COMMANDS["remote_refresh_ip"]["DisplayName"] == "Refresh IP"


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_of_the_driver_has_no_logic(name: str) -> None:
    """One to three lines: what a command does is in its operation."""
    lines, _ = inspect.getsourcelines(METHODS[name])
    end_of_signature = next(index for index, line in enumerate(lines) if line.rstrip().endswith(":"))
    assert len(lines) - end_of_signature - 1 <= 3
