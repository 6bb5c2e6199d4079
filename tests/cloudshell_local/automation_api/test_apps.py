from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.cloudshell_api import DeployAppInput, SecurityGroup, SecurityGroupRule, SecurityGroupsConfiguration
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local.storage.model import Connector
from tests.cloudshell_local.toy import DRIVER, Toy, package

SECURITY = """
    def SetAppSecurityGroups(self, context, request):
        self._begin(context, "SetAppSecurityGroups", request)
        names = [each["deployedApp"]["name"] for each in json.loads(request)]
        return json.dumps([{"appName": name, "success": False, "error": "no wall"} for name in names])

    def left("""


@pytest.fixture
def sandbox(toy: Toy) -> str:
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    for name in ("Web", "Db"):
        toy.app(name)
        toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app(name))
    return str(sandbox.id)


def test_a_bulk_of_apps_has_a_result_each(toy: Toy, api: Any, sandbox: str) -> None:
    toy.fail(Deploy={"refuse": "no bricks", "times": 1})
    inputs = [DeployAppInput("Web", "Name", "front"), DeployAppInput("Db", "Name", "back")]
    results = api.DeployAppToCloudProviderBulk(sandbox, ["Web", "Db"], inputs).ResultItems
    assert [each.AppName for each in results] == ["Web", "Db"]
    good = next(each for each in results if each.Success)
    bad = next(each for each in results if not each.Success)
    assert (bad.Error, bad.ErrorCode) == ("no bricks", 100)
    assert good.AppDeploymentyInfo.LogicalResourceName.startswith(("front-", "back-"))
    assert good.AppDeploymentyInfo.VmUuid.startswith("vm-")
    assert good.AppDeploymentyInfo.CloudProviderResourceName == toy.provider.name


def test_a_single_app_fails_with_its_reason(toy: Toy, api: Any, sandbox: str) -> None:
    toy.fail(Deploy={"refuse": "no bricks"})
    with pytest.raises(CloudShellAPIError, match="no bricks"):
        api.DeployAppToCloudProvider(sandbox, "Web")


def test_vm_details_are_refreshed_and_a_failure_is_an_error(toy: Toy, api: Any, sandbox: str) -> None:
    name = api.DeployAppToCloudProviderBulk(sandbox, ["Web"]).ResultItems[0].AppDeploymentyInfo.LogicalResourceName
    toy.calls()
    api.RefreshVMDetails(sandbox, [name])
    assert toy.commands() == ["GetVmDetails"]
    toy.fail(GetVmDetails={"raise": "blind"})
    with pytest.raises(CloudShellAPIError, match="blind"):
        api.RefreshVMDetails(sandbox, [name])


def test_a_failed_connection_is_an_error(toy: Toy, api: Any, sandbox: str) -> None:
    toy.services.sandboxes.set_connectors(sandbox, [Connector("Web", "Db")])
    names = [
        each.AppDeploymentyInfo.LogicalResourceName
        for each in api.DeployAppToCloudProviderBulk(sandbox, ["Web", "Db"]).ResultItems
    ]
    toy.fail(ApplyConnectivityChanges={"refuse": "no cable"})
    with pytest.raises(CloudShellAPIError, match="no cable"):
        api.ConnectRoutesInReservation(sandbox, names, "bi")


def test_remapping_and_configuring_have_no_results(api: Any, sandbox: str) -> None:
    assert api.RemapConnections(sandbox, [], True).ResultItems == []
    assert api.ConfigureAppsV2(sandbox, [], True).ResultItems == []
    assert api.ConfigureApps(sandbox, [], True).ResultItems == []


def test_connectivity_of_an_l2_sandbox_needs_no_preparation(toy: Toy, api: Any, sandbox: str) -> None:
    toy.calls()
    api.PrepareSandboxConnectivity(sandbox)
    api.CleanupSandboxConnectivity(sandbox)
    assert toy.calls() == []


def test_security_groups_are_sent_to_the_driver_and_its_errors_are_returned(toy: Toy, api: Any, sandbox: str) -> None:
    toy.services.catalog.update(
        "Toy", package(l3=True, driver={"driver.py": DRIVER.replace("    def left(", SECURITY.strip("\n"))}), "admin"
    )
    name = api.DeployAppToCloudProviderBulk(sandbox, ["Web"]).ResultItems[0].AppDeploymentyInfo.LogicalResourceName
    toy.calls()
    rule = SecurityGroupRule("22", "22", "TCP", "198.51.100.7/32")
    with pytest.raises(CloudShellAPIError, match=f"{name}: no wall"):
        api.SetAppSecurityGroups(sandbox, [SecurityGroup(name, [SecurityGroupsConfiguration("net", [rule])])])
    ((_, request),) = toy.calls()
    assert request[0]["deployedApp"]["name"] == name
    assert request[0]["securityGroupsConfigurations"] == [
        {
            "subnetId": "net",
            "rules": [{"fromPort": "22", "toPort": "22", "protocol": "TCP", "source": "198.51.100.7/32"}],
        }
    ]
