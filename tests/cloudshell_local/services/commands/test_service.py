from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import DriverError, NoDriver, NoSuchCommand, TokenInvalid, WrongCall
from cloudshell_local.storage.model import Resource
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.toy import DRIVER, METADATA, Toy, package, without_l3


def test_a_command_gets_its_defaults_and_a_context_of_its_class(toy: Toy) -> None:
    assert toy.services.commands.run(toy.provider, "echo", text="a") == "a7ResourceCommandContext"
    assert toy.services.commands.run(toy.provider, "echo", text="a", number="1") == "a1ResourceCommandContext"


def test_parameters_are_checked_by_name(toy: Toy) -> None:
    with pytest.raises(WrongCall, match="The command 'echo' needs its parameter 'text'"):
        toy.services.commands.run(toy.provider, "echo")
    with pytest.raises(WrongCall, match="The command 'echo' needs its parameter 'text'"):
        toy.services.commands.run(toy.provider, "echo", text="")
    with pytest.raises(WrongCall, match="'echo' has no parameter 'words'; it has: text, number"):
        toy.services.commands.run(toy.provider, "echo", text="a", words="b")


def test_a_value_outside_of_a_lookup_is_run_and_told_in_the_feed(server: CloudShellLocal) -> None:
    choice = '<Parameter Name="number" DisplayName="A number" Type="Lookup" AllowedValues="1,2" DefaultValue="1"/>'
    metadata = METADATA.replace('<Parameter Name="number" DefaultValue="7"/>', choice)
    server.services.catalog.add(package(driver={"drivermetadata.xml": metadata}), "admin")
    provider = server.create_resource("Toy", "r")
    sandbox = server.services.sandboxes.create("s", "admin", 60)
    answer = server.services.commands.run(provider, "echo", sandbox, text="a", number="3")
    assert answer == "a3ResourceCommandContext"
    sentence = "'echo' is run with A number '3', which is not among the values that its metadata allows: 1, 2"
    assert [line.text for line in server.feed(sandbox)].count(sentence) == 1


def test_commands_are_those_of_the_class_body(server: CloudShellLocal) -> None:
    driver = without_l3(DRIVER).replace(
        "class ToyDriver:", "class Base:\n    def inherited(self, context): ...\n\n\nclass ToyDriver(Base):"
    )
    server.services.catalog.add(package(driver={"driver.py": driver}), "admin")
    provider = server.create_resource("Toy", "r")
    for name in ("inherited", "_inject_fault", "initialize", "no"):
        with pytest.raises(NoSuchCommand, match=f"does not contain the command '{name}'; it has: Deploy"):
            server.services.commands.run(provider, name)


def test_a_command_for_administrators_alone_is_hidden_from_others(server: CloudShellLocal) -> None:
    metadata = METADATA.replace('<Command Name="left"', '<Command Name="left" Visibility="AdminOnly"')
    server.services.catalog.add(package(driver={"drivermetadata.xml": metadata}), "admin")
    provider = server.create_resource("Toy", "r")
    shown = {
        is_admin: {each.name for each in server.services.commands.visible_commands(provider, is_admin)}
        for is_admin in (True, False)
    }
    assert shown[True] - shown[False] == {"left"}
    assert "echo" in shown[False]


def test_the_live_status_of_a_resource_that_was_deleted_meanwhile_is_no_error(server: CloudShellLocal) -> None:
    gone = Resource("gone", "CS_CloudProvider", "Toy", "NA", {})
    server.services.commands.set_live_status(gone, "Offline", "")
    assert "gone" not in server.services.store.resources


def test_a_commands_token_is_an_admins_and_dies_with_it(toy: Toy) -> None:
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    answer = json.loads(toy.services.commands.run(toy.provider, "whoami", sandbox, "eve") or "")
    assert answer["user"] == "eve"
    with pytest.raises(TokenInvalid):
        toy.services.access.session(answer["token"])


def test_an_exception_of_a_driver_is_an_error_with_its_class(toy: Toy) -> None:
    toy.fail(GetVmDetails={"raise": "no idea"})
    with pytest.raises(DriverError) as caught:
        toy.services.commands.run(toy.provider, "GetVmDetails", requests='{"items": []}')
    assert str(caught.value) == "'GetVmDetails' command failed with 'RuntimeError' error. Description: no idea"


def test_power_sets_the_live_status_and_a_failed_one_does_not(toy: Toy) -> None:
    toy.app("Web", **{"Auto Power On": "False"})
    toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = toy.cloudshell.reserve("B")

    def status() -> str:
        return toy.cloudshell.deployed(sandbox)["Web"].live_status[0]

    assert status() == "Offline"
    toy.services.commands.run_on_app(toy.cloudshell.deployed(sandbox)["Web"], "PowerOn", sandbox)
    assert status() == "Online"
    toy.fail(PowerOff={"raise": "stuck"})
    with pytest.raises(DriverError):
        toy.services.commands.run_on_app(toy.cloudshell.deployed(sandbox)["Web"], "PowerOff", sandbox)
    assert status() == "Online"
    toy.fail()
    toy.services.commands.run_on_app(toy.cloudshell.deployed(sandbox)["Web"], "PowerOff", sandbox)
    assert status() == "Offline"


def test_a_deployed_app_has_its_providers_remote_commands_and_no_other(toy: Toy) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    app = toy.cloudshell.deployed(toy.cloudshell.reserve("B"))["Web"]
    assert set(toy.services.commands.connected_commands(app)) == {
        "PowerOn",
        "PowerOff",
        "remote_refresh_ip",
        "DeleteInstance",
    }
    assert toy.services.commands.connected_commands(toy.provider) == {}
    with pytest.raises(NoDriver):
        toy.services.commands.run(app, "PowerOn")
    with pytest.raises(WrongCall, match="is no deployed app"):
        toy.services.commands.run_on_app(toy.provider, "PowerOn")


def test_an_updated_shells_next_command_runs_the_new_driver(toy: Toy) -> None:
    before = toy.left()["pid"]
    newer = without_l3(DRIVER).replace("return text + number", 'return "new " + text + number')
    toy.services.catalog.update("Toy", package(driver={"driver.py": newer}), "admin")
    assert (toy.services.commands.run(toy.provider, "echo", text="a") or "").startswith("new a")
    assert toy.left()["pid"] != before


def test_what_a_driver_prints_is_in_its_log_folder(toy: Toy) -> None:
    toy.services.commands.run(toy.provider, "echo", text="a")
    toy.services.execution_server.end_driver(toy.provider.id)
    printed = "".join(file.read_text() for file in toy.cloudshell.logs.rglob("driver.out"))
    assert "this goes to driver.out" in printed


@pytest.mark.parametrize(("requirements", "renewed"), [("mylib~=1.0\n", True), ("mylib==1.0\n", False), (None, False)])
def test_an_update_asks_for_newer_packages_where_the_requirements_allow_them(
    tmp_path: Path, requirements: str | None, renewed: bool
) -> None:
    with CloudShellLocal(python=instant_python(tmp_path), environments=tmp_path / "environments") as cloudshell:
        content = package(driver={"requirements.txt": requirements})
        cloudshell.services.catalog.add(content, "admin")
        cloudshell.services.commands.run(cloudshell.create_resource("Toy", "r"), "left")
        cloudshell.services.catalog.update("Toy", content, "admin")
        assert [path.read_text() for path in (tmp_path / "environments").glob("*.renew")] == ["if newer"] * renewed
