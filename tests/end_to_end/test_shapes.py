"""Small shells of every shape that authors write, installed and run through Quali's own clients."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import InputNameValue
from cloudshell.api.common_cloudshell_api import CloudShellAPIError
from cloudshell.rest.exceptions import PackagingRestApiError

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import UnsuitablePython
from cloudshell_local.execution.interpreters import Interpreters
from cloudshell_local.storage.model import Sandbox
from heavenly.pack import ENVIRONMENTS
from tests.cloudshell_local.instant_python import instant_python, quick_python
from tests.cloudshell_local.toy import DRIVER, OPTIONS, package, without_l3, zipped

# Methods as the developer guide and the published shells have them. Each answers what it got, as JSON.
COMMANDS = """
    def user_facing_function(self, context, some_parameter, some_other_parameter):
        return json.dumps([some_parameter, some_other_parameter])

    def described(self, context, first, second="two", third=3):
        return json.dumps([first, second, third])

    def restore(self, context, path): ...

    def api_only_function(self, context):
        return "from the API"

    def admin_function(self, context): ...

    def PowerCycle(self, context, ports, delay):
        return json.dumps([ports, delay])

    def AddCustomTags(self, context, request, ports):
        return request

    def remote_save_snapshot(self, context, ports, snapshot_name, save_memory):
        return json.dumps([snapshot_name, save_memory])
"""
LAYOUT = """
    <Command Name="described" DisplayName="Described" Description="It asks" EnableCancellation="true">
      <Parameters>
        <Parameter Name="first" DisplayName="The first" Description="Any text" Mandatory="True"/>
        <Parameter Name="second" Type="Lookup" AllowedValues="one,two" DefaultValue="one" Mandatory="False"/>
      </Parameters>
    </Command>
    <Command Name="admin_function" DisplayName="For administrators" Visibility="AdminOnly"/>
    <Category Name="Operate">
      <Command Name="restore" DisplayName="Restore"/>
      <Command Name="SaveApp" DisplayName="Save App"/>
      <Command Name="PowerCycle" Tags="power"/>
      <Command Name="AddCustomTags" Tags="remote_add_custom_tags"/>
      <Command Name="remote_save_snapshot" Tags="remote_connectivity"><Parameters>
        <Parameter Name="snapshot_name" DisplayName="Name" Mandatory="True"/></Parameters></Command>
      <Command Name="DeleteInstance" Tags="remote_app_management"/>
    </Category>
    <Category Name="Hidden Commands"><Command Name="api_only_function"/><Command Name="Deploy"/></Category>
"""


def metadata(layout: str = LAYOUT, python: str = "3") -> str:
    return (
        '<Driver Description="" MainClass="driver.ToyDriver" Name="ToyDriver" Version="1.0.0" '
        f'PythonVersion="{python}"><Layout>{layout}</Layout></Driver>'
    )


def shell(name: str = "Toy", commands: str = COMMANDS, **driver: str) -> bytes:
    """Return the package of a provider with these commands besides the toy shell's. driver: further files of its driver."""
    files: dict[str, str | bytes | None] = {
        "driver.py": without_l3(DRIVER) + commands,
        "drivermetadata.xml": metadata(),
        "debug.py": "print 'of another Python'\n",
        **driver,
    }
    return package(name=name, driver=files)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudShellLocal]:
    """A server with the shell of all shapes, its provider "Cloud" and the App "Web"."""
    folder = tmp_path_factory.mktemp("shapes")
    with CloudShellLocal(python=instant_python(folder), environments=folder / "environments") as cloudshell:
        cloudshell.rest().add_shell_from_buffer(shell())
        cloudshell.create_resource("Toy", "Cloud")
        cloudshell.add_app("Web", "Toy.Brick", "Cloud", {}, {"Password": "pw"})
        cloudshell.add_blueprint("One App", ["Web"])
        yield cloudshell


@pytest.fixture(scope="module")
def sandbox(server: CloudShellLocal) -> Sandbox:
    """A sandbox whose App is deployed."""
    made = server.services.lifecycle.reserve("One App", "Shapes", "admin", 60, set_up=False)
    server.session().DeployAppToCloudProvider(made.id, "Web", [])
    return server.sandbox(made)


@pytest.fixture(scope="module")
def api(server: CloudShellLocal) -> Any:
    return server.session()


@pytest.fixture
def app(server: CloudShellLocal, sandbox: Sandbox) -> str:
    return server.deployed(sandbox)["Web"].name


def parameters(commands: Any) -> dict[str, list[tuple[str, bool, str]]]:
    return {
        command.Name: [(each.Name, each.Mandatory, each.DefaultValue) for each in command.Parameters]
        for command in commands.Commands
    }


def test_metadata_that_lists_too_much_and_a_file_of_another_python_install_with_warnings(
    server: CloudShellLocal,
) -> None:
    lacking, unparsable = sorted(server.services.catalog.installed("Toy").warnings, reverse=True)
    assert lacking == (
        "ToyDriver.zip/drivermetadata.xml: it lists the command 'SaveApp', which the body of driver.ToyDriver does not have"
    )
    assert unparsable.startswith("ToyDriver.zip/debug.py, line 1: ")
    assert server.rest().get_shell("Toy")["Version"] == "1.2.0"


def test_the_commands_of_a_provider_have_the_parameters_of_their_functions(api: Any) -> None:
    found = parameters(api.GetResourceCommands("Cloud"))
    assert found["user_facing_function"] == [("some_parameter", True, ""), ("some_other_parameter", True, "")]
    assert found["described"] == [("first", True, ""), ("second", False, "one"), ("third", False, "3")]
    assert found["restore"] == [("path", True, "")]
    assert {"api_only_function", "Deploy"} <= set(found), "hidden commands are the portal's not to show"
    assert not {"SaveApp", "PowerCycle"} & set(found)


def test_a_described_command_has_its_names_for_people(api: Any) -> None:
    commands = {each.Name: each for each in api.GetResourceCommands("Cloud").Commands}
    described = commands["described"]
    assert (described.DisplayName, described.Description) == ("Described", "It asks")
    assert [(each.Type, each.EnumValues) for each in described.Parameters] == [
        ("String", ""), ("Lookup", "one,two"), ("String", "")
    ]  # fmt: skip


def test_values_are_given_by_name_and_defaults_are_the_functions_own(api: Any, sandbox: Sandbox) -> None:
    def run(command: str, **inputs: str) -> Any:
        values = [InputNameValue(name, value) for name, value in inputs.items()]
        return json.loads(api.ExecuteCommand(sandbox.id, "Cloud", "Resource", command, values).Output)

    assert run("user_facing_function", some_other_parameter="b", some_parameter="a") == ["a", "b"]
    assert run("described", first="x") == ["x", "one", 3]
    with pytest.raises(CloudShellAPIError, match="'user_facing_function' needs its parameter 'some_other_parameter'"):
        run("user_facing_function", some_parameter="a")
    assert api.ExecuteCommand(sandbox.id, "Cloud", "Resource", "api_only_function").Output == "from the API"


def test_a_value_outside_of_a_lookup_is_run_and_told(api: Any, server: CloudShellLocal, sandbox: Sandbox) -> None:
    inputs = [InputNameValue("first", "x"), InputNameValue("second", "five")]
    assert api.ExecuteCommand(sandbox.id, "Cloud", "Resource", "described", inputs).Output == '["x", "five", 3]'
    assert "second 'five', which is not among the values that its metadata allows: one, two" in "".join(
        message.text for message in server.feed(sandbox)
    )


@pytest.mark.parametrize(
    ("command", "tag", "values", "answer"),
    [
        ("PowerCycle", "power", ["5"], '[[], "5"]'),
        ("AddCustomTags", "remote_add_custom_tags", ['[{"Key": "t"}]'], '[{"Key": "t"}]'),
        ("remote_save_snapshot", "remote_connectivity", ["snap", "No"], '["snap", "No"]'),
    ],
)
def test_positional_values_bind_in_the_functions_order(
    api: Any, sandbox: Sandbox, app: str, command: str, tag: str, values: list[str], answer: str
) -> None:
    assert api.ExecuteResourceConnectedCommand(sandbox.id, app, command, tag, values, []).Output == answer
    with pytest.raises(CloudShellAPIError, match=f"'{command}' got {len(values) + 1} values, but it has: "):
        api.ExecuteResourceConnectedCommand(sandbox.id, app, command, tag, [*values, "more"], [])
    with pytest.raises(CloudShellAPIError, match=f"The command '{command}' needs its parameter"):
        api.ExecuteResourceConnectedCommand(sandbox.id, app, command, tag, values[:-1], [])


def test_a_connected_command_gets_its_ports(api: Any, sandbox: Sandbox, app: str) -> None:
    done = api.ExecuteResourceConnectedCommand(sandbox.id, app, "PowerCycle", "power", ["0"], ["a/port"])
    assert json.loads(done.Output) == [["a/port"], "0"]
    assert parameters(api.GetResourceConnectedCommands(app))["PowerCycle"] == [("delay", True, "")]


def test_a_shell_without_a_python_version_is_refused_in_the_words_of_today(server: CloudShellLocal) -> None:
    with pytest.raises(
        Exception, match='PythonVersion is missing; set PythonVersion=\\\\"3\\\\"; without it CloudShell'
    ):
        server.rest().add_shell_from_buffer(
            shell("Old", **{"drivermetadata.xml": metadata().replace(' PythonVersion="3"', "")})
        )


@pytest.mark.slow
def test_a_shell_runs_on_the_python_that_it_names() -> None:
    """Its syntax and its imports are that Python's; a server runs shells of several."""
    try:
        Interpreters().for_version("3.9")
    except UnsuitablePython as error:
        pytest.skip(str(error))
    which = "    def which(self, context):\n        import sys\n        return sys.version.split()[0]\n"
    with CloudShellLocal(environments=ENVIRONMENTS) as cloudshell:
        files = {"drivermetadata.xml": metadata("", "3.9")}
        newer_syntax = shell("Nine", "    def new(self, x):\n        match x:\n            case _: ...\n", **files)
        with pytest.raises(Exception, match="driver.py, line .*: invalid driver, invalid syntax"):
            cloudshell.rest().add_shell_from_buffer(newer_syntax)
        cloudshell.rest().add_shell_from_buffer(shell("Nine", which, **files))
        provider = cloudshell.create_resource("Nine", "Old Cloud")
        assert str(cloudshell.services.commands.run(provider, "which")).startswith("3.9.")
        broken = shell("Nine", which, **files, **{"driver.py": "import tomllib\n" + DRIVER})
        with pytest.raises(Exception, match=r"No module named 'tomllib''. It was loaded by Python 3\.9\."):
            cloudshell.rest().update_shell_from_buffer(broken, "Nine")


def wheel(folder: Path, version: str) -> None:
    """Write a wheel of a library that knows its version."""
    info = f"shapes_lib-{version}.dist-info"
    files: dict[str, str | bytes] = {
        "shapes_lib.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: shapes-lib\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"shapes_lib.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    (folder / f"shapes_lib-{version}-py3-none-any.whl").write_bytes(zipped(files))


@pytest.mark.slow
def test_an_update_of_a_shell_brings_the_newest_packages_and_ends_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    code = (
        "    def lib(self, context):\n        import shapes_lib\n        return shapes_lib.VERSION\n"
        "    def where(self, context):\n        import sys\n        return sys.prefix\n"
    )
    made = shell("Thin", code, **{"requirements.txt": "shapes-lib~=1.0\n"})
    wheel(tmp_path, "1.0.0")
    python = quick_python(tmp_path)
    with CloudShellLocal(python=python, environments=tmp_path / "environments") as cloudshell:
        cloudshell.rest().add_shell_from_buffer(made)
        provider = cloudshell.create_resource("Thin", "Thin Cloud", {"Control": str(tmp_path)})
        run = cloudshell.services.commands.run
        assert run(provider, "lib") == "1.0.0"
        before = run(provider, "where")
        cloudshell.rest().update_shell_from_buffer(made, "Thin")
        assert run(provider, "where") == before, "nothing is newer"
        wheel(tmp_path, "1.0.1")
        assert run(provider, "lib") == "1.0.0"
        cloudshell.rest().update_shell_from_buffer(made, "Thin")
        assert run(provider, "lib") == "1.0.1"
        assert not os.path.lexists(str(before)), "no driver runs in the environment of before"
        wheel(tmp_path, "1.0.2")
        cloudshell.renew_environment("Thin")
        assert run(provider, "lib") == "1.0.2"


# Definitions: TOSCA as the developer guide and Quali's examples write it.

PROPERTIES = """\
      Speed: {type: string, default: fast, description: Some text, constraints: [{valid_values: [fast, slow]}]}
      Listed: {type: string, default: value 1, constraints: [value 1, value 2, value 3]}
      Written: {type: string, default: value 1, constraints: "value 1, value 2, value 3"}
      Code: {type: string, default: 123456, tags: [setting, configuration]}
      Old: {type: string, tags: [readonly_to_users, new_in_the_next_release]}
"""
DEPRECATE = """\
      deprecate_properties:
        type: cloudshell.capabilities.DeprecateProperties
        properties:
          allow_deprecate_properties: {type: boolean, default: true}
"""


def definition(
    properties: str = PROPERTIES, capabilities: str = "", options: str = OPTIONS, standard: str = "1_0_8"
) -> bytes:
    """Return the package of the shell "Guide": the toy shell with more properties, of a newer standard."""
    return package(
        lambda text: (
            text.replace("    properties:\n", f"    properties:\n{properties}", 1)
            .replace("    capabilities:\n", f"    capabilities:\n{capabilities}")
            .replace("provider_standard_1_0_0", f"provider_standard_{standard}")
            .replace("enable_auto_discovery: {type: boolean, default: true}", "enable_auto_discovery: {default: false}")
        ),
        name="Guide",
        options={"deployment.yaml": options, "brick.png": b""},
    )


@pytest.fixture(scope="module")
def guide(server: CloudShellLocal, api: Any) -> str:
    """The resource of the shell "Guide"; the App "Guided" has its deployment type."""
    server.rest().add_shell_from_buffer(definition())
    api.CreateResource(resourceModel="Guide", resourceName="Guide Cloud", resourceAddress="NA")
    server.add_app("Guided", "Guide.Brick", "Guide Cloud")
    return "Guide Cloud"


def test_what_is_unknown_in_a_definition_installs_with_warnings(server: CloudShellLocal, guide: str) -> None:
    standard, tag = server.services.catalog.installed("Guide").warnings
    assert standard.endswith(
        "standard_1_0_8.yaml is unknown; it is read as cloudshell_cloud_provider_standard_1_0_1.yaml"
    )
    assert ".properties.Old.tags: 'new_in_the_next_release' is unknown; known are setting" in tag


@pytest.mark.parametrize(("name", "value"), [("Speed", "slow"), ("Listed", "value 2"), ("Written", "value 3")])
def test_possible_values_hold_in_all_three_spellings(api: Any, guide: str, name: str, value: str) -> None:
    api.SetAttributeValue(guide, name, value)
    assert api.GetAttributeValue(guide, f"Guide.{name}").Value == value
    with pytest.raises(CloudShellAPIError, match=f"'Guide.{name}' is 'nonsense' and should be one of"):
        api.SetAttributeValue(guide, name, "nonsense")


def test_a_number_is_the_default_of_a_string(api: Any, guide: str) -> None:
    assert api.GetAttributeValue(guide, "Guide.Code").Value == "123456"


def test_discovery_that_is_switched_off_is_not_run_for_a_new_resource(server: CloudShellLocal, guide: str) -> None:
    made = server.create_resource("Guide", "Another")
    assert (made.excluded, made.live_status) == (False, ("", ""))
    server.session().DeleteResource("Another")


def test_an_update_that_drops_what_is_used_is_refused_with_its_users(server: CloudShellLocal, guide: str) -> None:
    changed = definition(
        PROPERTIES.replace("Code: {type: string", "Code: {type: integer"), options=OPTIONS.replace("Brick", "Stone")
    )
    with pytest.raises(PackagingRestApiError) as caught:
        server.rest().update_shell_from_buffer(changed, "Guide")
    assert "'Guide.Code' cannot change from string to integer, since it is used by the resource Guide Cloud" in str(
        caught.value
    )
    assert "the deployment type 'Guide.Brick' is missing, and it is used by the App Guided" in str(caught.value)


def test_attributes_may_go_with_the_switch_of_the_guide(server: CloudShellLocal, guide: str) -> None:
    fewer = PROPERTIES[: PROPERTIES.index("      Old:")]
    with pytest.raises(
        PackagingRestApiError, match=r"Removing attributes .* 'Old' \(used by the resource Guide Cloud\)"
    ):
        server.rest().update_shell_from_buffer(definition(fewer), "Guide")
    server.rest().update_shell_from_buffer(definition(fewer, DEPRECATE), "Guide")
    attributes = server.services.store.resources.get(guide).attributes
    assert "Guide.Old" not in attributes
    assert "Guide.Code" in attributes
    server.rest().update_shell_from_buffer(definition(), "Guide")  # As the other tests expect it.


def test_shells_that_are_not_hosted_are_refused_in_one_sentence(server: CloudShellLocal) -> None:
    other = package(lambda text: text.replace("cloud_provider_standard_1_0_0", "resource_standard_2_0_2"), name="Rack")
    with pytest.raises(
        PackagingRestApiError, match="the standard of resource shells; this server hosts only shells of cloud"
    ):
        server.rest().add_shell_from_buffer(other)
