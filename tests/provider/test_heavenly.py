from __future__ import annotations

import inspect
import logging
from typing import Callable

import pytest

from heavenly_cloud import FaultRule, HeavenlyCloud
from provider.cloud import CloudProvider, InstanceRequest, NicRequest
from provider.deployments import read_deployment
from provider.heavenly import HeavenlyProvider
from provider.resource import ProviderResource
from provider.unknown_instances import Sweep, UnknownInstances
from shell.cloudshell_api import CloudShellApi
from shell.command import Scope
from shell.deployments import DeploymentRequest
from shell.errors import Cancelled, ConflictError, InstanceNotFound, MistakeError, NetworkNotFound, ShellError
from shell.vlans import VlanIds, read_ids, read_vlan
from tests.fakes import PRIVATE_KEY, ApiSession, Clock
from tests.provider.test_resource import details

ANGEL = DeploymentRequest("L2.HeavenlyCloudAngelDeployment", {"wing_count": "6"}, (), True, True)


def provider(cloud: HeavenlyCloud, sandbox: str = "s-1", wait: object = None) -> HeavenlyProvider:
    client = cloud.login("gabriel", "halo", "narnia")
    scope = Scope(sandbox, wait or Clock().sleep, logging.getLogger("test"))  # type: ignore[arg-type]
    return HeavenlyProvider(client, ProviderResource.from_details(details()), unknown(), scope)


def unknown() -> UnknownInstances:
    return UnknownInstances(CloudShellApi(ApiSession), Sweep())


def request(of: CloudProvider, *nics: NicRequest) -> InstanceRequest:
    return InstanceRequest(of.new_instance_id(), "web", read_deployment(ANGEL), nics or [NicRequest()])


@pytest.fixture
def heaven_provider(heaven: HeavenlyCloud) -> HeavenlyProvider:
    return provider(heaven)


def test_it_has_every_method_of_the_interface_and_no_other() -> None:
    methods = {
        of: {
            name: inspect.signature(each) for name, each in inspect.getmembers(of, inspect.isfunction) if name[0] != "_"
        }
        for of in (CloudProvider, HeavenlyProvider)
    }
    assert methods[CloudProvider].keys() == methods[HeavenlyProvider].keys()
    for name, signature in methods[CloudProvider].items():
        assert list(signature.parameters) == list(methods[HeavenlyProvider][name].parameters), name


def test_every_method_that_can_fail_maps_its_errors(heaven_provider: HeavenlyProvider) -> None:
    calls: dict[str, Callable[[HeavenlyProvider], object]] = {
        "get_instance": lambda p: p.get_instance("vm-x"),
        "power_on": lambda p: p.power_on("vm-x"),
        "power_off": lambda p: p.power_off("vm-x"),
        "get_guest_address": lambda p: p.get_guest_address("vm-x"),
        "delete_instance": lambda p: p.delete_instance("vm-x"),
        "connect_vlan": lambda p: p.connect_vlan("vm-x", read_vlan("11", "Access"), [""], ""),
        "disconnect_vlan": lambda p: p.disconnect_vlan("vm-x", VlanIds(read_ids("11")), [], ""),
        "prepare_network": lambda p: p.prepare_network("no network"),
        "prepare_subnet": lambda p: p.prepare_subnet("10.0.0.0/24", "a", True),
        "prepare_key_pair": lambda p: p.prepare_key_pair(),
        "get_subnets": lambda p: p.get_subnets(),
        "delete_network": lambda p: p.delete_network(),
        "set_security_rules": lambda p: p.set_security_rules("vm-x", []),
        "create_instance": lambda p: p.create_instance(request(p, NicRequest("subnet-x"))),
        "read_deployment": lambda p: p.read_deployment(DeploymentRequest("L2.Devil", {}, (), True, True)),
    }
    methods = {name for name, _ in inspect.getmembers(CloudProvider, inspect.isfunction) if name[0] != "_"}
    # The first never fails; the others are tried below, and with a store.
    assert calls.keys() == methods - {
        "new_instance_id",
        "check_usable",
        "get_defaults",
        "get_vlan_type",
    }
    for call in calls.values():
        with pytest.raises(ShellError):
            call(heaven_provider)


def test_an_instance_is_as_the_cloud_has_it(heaven: HeavenlyCloud, heaven_provider: HeavenlyProvider) -> None:
    made = heaven_provider.create_instance(request(heaven_provider))
    assert (made.is_on, made.state, made.progress) == (False, "Off", 100)
    assert heaven_provider.power_on(made.id).is_on
    assert heaven_provider.get_instance(made.id).details["wing_count"] == 6
    (nic,) = made.nics
    assert (nic.slot, nic.address, nic.is_management) == (0, made.address, True)
    assert heaven_provider.get_guest_address(made.id) == made.address
    with pytest.raises(ConflictError, match="is on"):
        heaven_provider.delete_instance(made.id)
    heaven_provider.power_off(made.id)
    heaven_provider.delete_instance(made.id)
    with pytest.raises(InstanceNotFound):
        heaven_provider.get_instance(made.id)


def test_vlans_are_put_on_and_taken_off(heaven_provider: HeavenlyProvider) -> None:
    made = heaven_provider.create_instance(request(heaven_provider))
    (mac,) = heaven_provider.connect_vlan(made.id, read_vlan("100-105,106-110,200", "Trunk"), [""], "")
    _, nic = heaven_provider.get_instance(made.id).nics
    assert nic.mac == mac
    assert (nic.network, nic.details["VLAN"]) == ("VLAN 100-110,200", "100-110,200 (Trunk)")
    assert heaven_provider.disconnect_vlan(made.id, VlanIds(read_ids("11")), [], "") == []
    assert heaven_provider.disconnect_vlan(made.id, VlanIds(read_ids("100-110,200")), [], "") == [mac]
    assert heaven_provider.get_instance(made.id).nics[1].network == ""
    assert heaven_provider.connect_vlan(made.id, read_vlan("11", "Access", inner="20-30"), ["eth1"], "") == [mac]
    assert heaven_provider.get_instance(made.id).nics[1].details["VLAN"] == "11 (Access, QnQ 20-30)"


def test_the_network_is_of_the_commands_sandbox(heaven: HeavenlyCloud, heaven_provider: HeavenlyProvider) -> None:
    heaven_provider.prepare_network("10.0.3.0/24")
    subnet = heaven_provider.prepare_subnet("10.0.3.0/28", "A", True)
    assert heaven_provider.get_subnets() == [subnet]
    assert heaven_provider.prepare_key_pair() == PRIVATE_KEY
    with pytest.raises(NetworkNotFound, match="The sandbox 's-2' has no network; PrepareSandboxInfra makes it"):
        provider(heaven, "s-2").get_subnets()
    heaven_provider.delete_network()
    with pytest.raises(NetworkNotFound):
        heaven_provider.get_subnets()


def test_discovery_has_defaults_of_the_shells_networking(heaven_provider: HeavenlyProvider) -> None:
    defaults = heaven_provider.get_defaults("L3")
    assert (defaults["Region"], defaults["Networking type"]) == ("narnia", "L3")


def test_a_type_of_vlan_that_does_not_exist_is_named(heaven: HeavenlyCloud) -> None:
    client, scope = heaven.login("gabriel", "halo", "narnia"), Scope("", Clock().sleep, logging.getLogger("test"))
    for typed in ("VLAN", "VXLAN"):
        of = HeavenlyProvider(client, ProviderResource.from_details(details(VLAN_Type=typed)), unknown(), scope)
        assert of.get_vlan_type() == typed
    with pytest.raises(MistakeError, match="'VLAN Type' is 'vxlan' but should be one of VLAN, VXLAN"):
        HeavenlyProvider(
            client, ProviderResource.from_details(details(VLAN_Type="vxlan")), unknown(), scope
        ).get_vlan_type()


def test_what_discovery_checks(heaven: HeavenlyCloud, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    heaven.faults.add(FaultRule("power_on", latency=1))
    provider(heaven).check_usable("L2")
    assert "Fault rule 1: power_on; it was applied 0 times" in caplog.text
    client = heaven.login("gabriel", "halo", "sun")
    scope = Scope("", Clock().sleep, logging.getLogger("test"))
    with pytest.raises(MistakeError, match="'sun'; choose one of"):
        HeavenlyProvider(client, ProviderResource.from_details(details()), unknown(), scope).check_usable("L2")
    networks = ProviderResource.from_details(details(Networks_in_use="10.0.0.0/33"))
    with pytest.raises(MistakeError, match=r"'10.0.0.0/33' is not a network"):
        HeavenlyProvider(heaven.login("gabriel", "halo", "narnia"), networks, unknown(), scope).check_usable("L2")


def test_stop_during_an_injected_latency_is_a_cancellation_and_changes_nothing(heaven: HeavenlyCloud) -> None:
    def stopped(_: float) -> None:
        raise Cancelled(state="nothing was changed")

    made = provider(heaven).create_instance(request(provider(heaven)))
    heaven.faults.add(FaultRule("power_on", latency=1))
    with pytest.raises(Cancelled, match="nothing was changed"):
        provider(heaven, wait=stopped).power_on(made.id)
    assert not provider(heaven).get_instance(made.id).is_on
