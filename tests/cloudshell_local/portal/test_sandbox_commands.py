from __future__ import annotations

from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import DRIVER, METADATA, package, until, without_l3


def test_power_sets_the_live_status(workspace: SandboxClient) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.submit("command", resource=name, command="PowerOff")
    assert workspace.app("Web").live_status == ("Offline", "Powered Off")
    workspace.submit("command", resource=name, command="PowerOn")
    assert workspace.app("Web").live_status == ("Online", "Active")


def test_a_command_that_can_be_cancelled_has_a_stop_button_while_it_runs(
    workspace: SandboxClient, client: PortalClient
) -> None:
    workspace.set_up()
    workspace.toy.fail(remote_refresh_ip={"wait": 30})
    client.submit(f"{workspace.path}/command", resource=workspace.app("Web").name, command="remote_refresh_ip")
    execution = workspace.toy.cloudshell.executions()[-1]
    until(lambda: execution.call)
    assert execution.id in client.get(workspace.path).text
    assert f"remote_refresh_ip on {workspace.app('Web').name}, running" in client.page_text(workspace.path)
    workspace.submit("stop", execution=execution.id)
    assert "'remote_refresh_ip' on Web: stopped: " in workspace.feed
    assert "it was cancelled" in workspace.feed
    assert execution.id not in client.get(workspace.path).text


def test_a_command_of_another_sandbox_cannot_be_stopped_here(workspace: SandboxClient, client: PortalClient) -> None:
    execution = workspace.toy.services.commands.start(workspace.toy.provider, "echo", text="x")
    assert "does not run in this sandbox" in client.submit_error(f"{workspace.path}/stop", execution=execution.id)


def test_only_visible_commands_are_run(workspace: SandboxClient, client: PortalClient) -> None:
    workspace.set_up()
    path, name = f"{workspace.path}/command", workspace.app("Web").name
    assert "it has: PowerOn, PowerOff, remote_refresh_ip" in client.submit_error(
        path, resource=name, command="DeleteInstance"
    )
    assert "There is no 'Moon' in the sandbox" in client.submit_error(path, resource="Moon", command="PowerOn")
    outside = workspace.toy.provider.name
    assert f"There is no '{outside}' in the sandbox" in client.submit_error(path, resource=outside, command="echo")


def test_a_command_with_parameters_has_a_form(workspace: SandboxClient, client: PortalClient) -> None:
    """The provider itself is added to the sandbox: its command echo has two parameters."""
    toy = workspace.toy
    toy.services.sandboxes.add_resources(workspace.id, [toy.provider.name])
    assert "Echo..." in client.page_text(f"{workspace.path}?chosen={toy.provider.name}")
    page = client.get(f"{workspace.path}/command?resource={toy.provider.name}&command=echo").text
    assert "Says it again" in page
    assert 'name="attribute:number" value="7"' in page
    typed = {"resource": toy.provider.name, "command": "echo"}
    assert client.submit_error(f"{workspace.path}/command", **typed) == "The command 'echo' needs its parameter 'text'"
    location = client.submit(
        f"{workspace.path}/command", **typed, **{"attribute:text": "hello", "attribute:number": "8"}
    )
    assert location.startswith(f"{workspace.path}?chosen=toys")
    until(lambda: "hello8" in workspace.feed)


def test_an_argument_that_no_metadata_lists_has_a_field(workspace: SandboxClient, client: PortalClient) -> None:
    described = '<Parameter Name="text" Mandatory="True" Type="String"/><Parameter Name="number" DefaultValue="7"/>'
    unlisted = METADATA.replace(described, "")
    toy = workspace.toy
    code = without_l3(DRIVER).replace('number="7"', "number=7").replace("text + number", "text + str(number + 1)")
    toy.services.catalog.update("Toy", package(driver={"drivermetadata.xml": unlisted, "driver.py": code}), "admin")
    toy.services.sandboxes.add_resources(workspace.id, [toy.provider.name])
    page = client.get(f"{workspace.path}/command?resource={toy.provider.name}&command=echo").text
    assert "text (required)" in page
    assert 'name="attribute:number" value="7"' in page
    typed = {"resource": toy.provider.name, "command": "echo", "attribute:number": "7"}
    error = client.submit_error(f"{workspace.path}/command", **typed, **{"attribute:text": ""})
    assert error == "The command 'echo' needs its parameter 'text'"
    client.submit(f"{workspace.path}/command", **typed, **{"attribute:text": "hello"})
    until(lambda: "hello8" in workspace.feed)


def test_labels_and_choices_are_those_of_the_metadata(workspace: SandboxClient, client: PortalClient) -> None:
    decorated = METADATA.replace(
        '<Parameter Name="number" DefaultValue="7"/>',
        '<Parameter Name="number" DisplayName="How many" Description="Of all" Type="Lookup" AllowedValues="1,2"/>',
    )
    toy = workspace.toy
    toy.services.catalog.update("Toy", package(driver={"drivermetadata.xml": decorated}), "admin")
    toy.services.sandboxes.add_resources(workspace.id, [toy.provider.name])
    text = client.page_text(f"{workspace.path}/command?resource={toy.provider.name}&command=echo")
    assert "How many 7 1 2 Of all" in text


def test_commands_are_in_the_folders_of_their_categories(workspace: SandboxClient, client: PortalClient) -> None:
    toy = workspace.toy
    toy.services.sandboxes.add_resources(workspace.id, [toy.provider.name])
    text = client.page_text(f"{workspace.path}?chosen={toy.provider.name}")
    assert "whoami Toys left Echo... Remove" in text
    assert "Hidden Commands" not in text
